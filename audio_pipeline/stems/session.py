"""Which files make a session: the stems of a folder and their mix."""

import stat
from pathlib import Path
from typing import Final

from audio_pipeline.containers import EXTENSIONS, sniff
from audio_pipeline.errors import UnreadableAudio

SOUND_EXTENSIONS: Final = frozenset().union(*EXTENSIONS.values())


def sound_files(folder: Path) -> list[Path]:
    """The files of `folder` that are sound, or are named as if they were; sorted by name, without hidden ones.

    Links, FIFOs and devices are listed where their name claims sound, and never opened.
    """
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and _is_sound(path)]


def split_mix(files: list[Path], mix: Path | None) -> tuple[list[Path], Path | None]:
    """(stems, mix): the mix is the one named, else the first file called `mix.*`."""
    if mix is None:
        mix = next((path for path in files if path.stem.lower() == "mix"), None)
        return [path for path in files if path != mix], mix
    return [path for path in files if not _same_file(path, mix)], mix


def _is_sound(path: Path) -> bool:
    named = path.suffix.lstrip(".").lower() in SOUND_EXTENSIONS
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return False
    if named or not stat.S_ISREG(mode):
        return named
    try:
        return sniff(path) is not None
    except UnreadableAudio:
        return False


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
