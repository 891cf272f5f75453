"""The rails there are. A new one is a file with `write` and `SUFFIX`, and a line here."""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from rewards.errors import RailUnknown
from rewards.rails import csv, sepa
from rewards.rails.order import PaymentOrder, Sent


class Rail(msgspec.Struct, frozen=True):
    """How an order becomes a file: `write(order, sent, today)`, and how the file's name ends."""

    write: Callable[[PaymentOrder, Sent, date], bytes]
    suffix: str


RAILS: Mapping[str, Rail] = {
    "sepa": Rail(sepa.write, sepa.SUFFIX),
    "csv": Rail(csv.write, csv.SUFFIX),
}


def rail_named(name: str) -> Rail:
    """Raises `RailUnknown`."""
    if name not in RAILS:
        raise RailUnknown(name, tuple(RAILS))
    return RAILS[name]
