"""How an ADM file says that it is an upmix: in the name of its programme, which every tool keeps and shows.

ADM has no field for it, and a chunk of our own would be lost in the first program that writes the file again.
"""

from typing import Final

MARK: Final = " (upmix from the stereo mix)"


def marked(title: str) -> str:
    """`title` with the mark behind it, once."""
    return title if is_marked(title) else title + MARK


def is_marked(name: str) -> bool:
    """Whether a programme of that name says that it is an upmix."""
    return name.rstrip().casefold().endswith(MARK)
