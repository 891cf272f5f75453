"""Pieces of XML as text: start tags, elements that hold a value, numbers."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def opened(tag: str, **attributes: str) -> str:
    """A start tag."""
    return f"<{tag}{_attributes(attributes)}>"


def leaf(tag: str, text: str, **attributes: str) -> str:
    """An element that holds text only, or nothing."""
    if not text:
        return f"<{tag}{_attributes(attributes)}/>"
    return f"<{tag}{_attributes(attributes)}>{escape(_NOT_IN_XML.sub(chr(0xFFFD), text))}</{tag}>"


def texts(tag: str, values: tuple[str, ...]) -> Iterator[str]:
    """One element of that name for each text."""
    return (leaf(tag, value) for value in values)


def number(value: float) -> str:
    """The shortest decimal that reads back as the same double, never in exponent form."""
    return format(Decimal(repr(float(value))), "f")


def importance(value: float) -> str:
    """A whole number, as the standard has it; what tools wrote with a fraction keeps it."""
    return f"{value:.0f}" if value == round(value) else number(value)


def quoted(value: str) -> str:
    """An attribute's value in quotation marks; what XML cannot hold becomes U+FFFD."""
    return quoteattr(_NOT_IN_XML.sub(chr(0xFFFD), value))


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoted(value)}" for name, value in attributes.items())
