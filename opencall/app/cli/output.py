"""What commands print: one JSON document, or lines for people."""

import math
from typing import Any

import click
import msgspec


def sayable(value: Any) -> Any:
    """`value` with every NaN and infinity replaced by None: JSON numbers are finite, `null` is undefined or −∞.

    Text becomes UTF-8 that any reader takes.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: sayable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [sayable(inner) for inner in value]
    if isinstance(value, str) and not value.isascii():
        # A file name may hold bytes that are no UTF-8, which JSON cannot carry.
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value


def emit_json(document: Any) -> None:
    """Print `document` (anything msgspec can turn into builtins) as the one JSON document on stdout."""
    plain = sayable(msgspec.to_builtins(document))
    click.echo(msgspec.json.format(msgspec.json.encode(plain), indent=1).decode())


def shown(level: float | None, digits: int = 2) -> str:
    """A level or a loudness for people: −∞ where there is none."""
    return "−∞" if level is None else f"{level:.{digits}f}".replace("-", "−")


def one_line(text: str) -> str:
    """A name may hold a newline or worse; a line of ours does not."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
