"""What commands print: one JSON document, or lines for people."""

import math
from typing import Any

import click
import msgspec


def finite(value: Any) -> Any:
    """`value` with every NaN and infinity replaced by None: JSON numbers are finite, `null` is undefined or −∞."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def emit_json(document: Any) -> None:
    """Print `document` (anything msgspec can turn into builtins) as the one JSON document on stdout."""
    plain = finite(msgspec.to_builtins(document))
    click.echo(msgspec.json.format(msgspec.json.encode(plain), indent=1).decode())
