"""Words that a database can keep, and that a page can show."""

from typing import Final

from submissions.errors import TextTooLong, TextUnreadable

# In characters. A page shows many lines, and thinks about every text as long as somebody waits for it.
LONGEST_LINE: Final = 300
LONGEST_TEXT: Final = 20_000


def refuse_unfit(field: str, *texts: str, longest: int = LONGEST_TEXT) -> None:
    """Raise `TextUnreadable` for a NUL, which PostgreSQL cannot store, and for half a character, which UTF-8 cannot.

    Both come from broken programs, never from a keyboard. Raises `TextTooLong` for more than `longest` characters.
    """
    if any(len(text) > longest for text in texts):
        raise TextTooLong(field, longest)
    if any("\0" in text or any("\ud800" <= character <= "\udfff" for character in text) for text in texts):
        raise TextUnreadable(field)
