"""Words that a database can keep."""

from submissions.errors import TextUnreadable


def refuse_unreadable(field: str, *texts: str) -> None:
    """Raise `TextUnreadable` for a NUL, which PostgreSQL cannot store, and for half a character, which UTF-8 cannot.

    Both come from broken programs, never from a keyboard.
    """
    if any("\0" in text or any("\ud800" <= character <= "\udfff" for character in text) for text in texts):
        raise TextUnreadable(field)
