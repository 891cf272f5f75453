"""Values of an ADM document's text: read leniently, each that cannot be read noted as a finding.

A value that cannot be read becomes the standard's default, so that one reading lists every fault of a file.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from lxml import etree

from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.times import AdmTime, parse_time

_FLAGS = {"0": False, "1": True, "false": False, "true": True}
# A gain above this is a typing error, and its linear value beyond what a float holds.
_MOST_GAIN_DB = 200


@lru_cache(maxsize=512)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for what is no element."""
    tag = element.tag
    return _local_name(tag) if isinstance(tag, str) else ""


def text_of(element: etree._Element) -> str:
    """An element's text without the white space around it."""
    return (element.text or "").strip()


def children(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The children of that name, whatever their namespace."""
    return (child for child in element if local(child) == tag)


def refs(element: etree._Element, tag: str) -> tuple[str, ...]:
    """The texts of the children of that name."""
    return tuple(text_of(child) for child in children(element, tag))


class Values:
    """Reads values of elements; `where` is the ID of the element that a finding names."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        # Objects share their times, durations above all: a song of dense metadata has few different ones.
        self._parse_time = lru_cache(maxsize=1 << 16)(parse_time)

    def fault(self, code: str, where: str, detail: str) -> None:
        """Note what cannot be read."""
        self.findings.append(rejected(code, where, detail))

    def remark(self, code: str, where: str, detail: str) -> None:
        """Note what can be read, but should have been written in another way."""
        self.findings.append(Finding(code, "warn", where, detail))

    def element_id(self, element: etree._Element, attribute: str) -> str:
        """The element's ID, "" where it has none."""
        element_id: str = element.get(attribute, "").strip()
        if not element_id:
            self.fault("ID_MISSING", local(element), f"an element has no {attribute}")
        return element_id

    def number(self, text: str, where: str, name: str, default: float) -> float:
        """A finite number."""
        try:
            value = float(text)
        except ValueError:
            self.fault("VALUE_UNREADABLE", where, f"{name} is {text[:80]!r}, not a number")
            return default
        if not math.isfinite(value):
            self.fault("NOT_FINITE", where, f"{name} is {text[:80]}, not a finite number")
            return default
        return value

    def attribute(self, element: etree._Element, name: str, where: str) -> float | None:
        """A number in an attribute, None where it is not given."""
        text = element.get(name)
        return None if text is None else self.number(text, where, name, 0.0)

    def decimal(self, text: str, where: str, name: str) -> Fraction:
        """A number exactly as it is written; 0 where it cannot be read."""
        value = self.number(text, where, name, 0.0)
        # The exact fraction of a number with a large exponent would fill the memory.
        return Fraction(text.strip()) if 1e-9 < abs(value) < 1e9 else Fraction(value)

    def gain(self, text: str, unit: str, where: str) -> float:
        """A linear gain, from either unit."""
        if unit == "linear":
            gain = self.number(text, where, "gain", 1.0)
            if abs(gain) > 10 ** (_MOST_GAIN_DB / 20):
                self.fault("NOT_FINITE", where, f"gain is {text}")
                return 1.0
            return gain
        if unit != "dB":
            self.fault("VALUE_UNREADABLE", where, f"gainUnit is {unit!r}, neither linear nor dB")
            return 1.0
        if text.lower() in ("-inf", "-infinity"):
            return 0.0
        gain_db = self.number(text, where, "gain", 0.0)
        if gain_db > _MOST_GAIN_DB:
            self.fault("NOT_FINITE", where, f"gain is {text} dB")
            return 1.0
        return float(10 ** (gain_db / 20))

    def gain_of(self, element: etree._Element, where: str) -> float:
        """The gain that an element's text says, in the unit of its gainUnit."""
        return self.gain(text_of(element), element.get("gainUnit", "linear"), where)

    def flag(self, text: str, where: str, name: str) -> bool:
        """0 or 1, also as true and false."""
        value = _FLAGS.get(text.strip().lower())
        if value is None:
            self.fault("VALUE_UNREADABLE", where, f"{name} is {text[:80]!r}, neither 0 nor 1")
        return bool(value)

    def flag_of(self, element: etree._Element, where: str) -> bool:
        """The flag that an element's text says."""
        return self.flag(element.text or "", where, local(element))

    def whole(self, text: str | None, where: str, name: str) -> int | None:
        """A whole number, None where it is not given or cannot be read."""
        if text is None:
            return None
        digits = text.strip().removeprefix("-").removeprefix("+")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
            self.fault("VALUE_UNREADABLE", where, f"{name} is {text[:80]!r}, not a whole number")
            return None
        return int(text)

    def time(self, element: etree._Element, attribute: str, where: str) -> AdmTime | None:
        """A time in an attribute, None where it is not given or cannot be read."""
        text = element.get(attribute)
        if text is None:
            return None
        try:
            return self._parse_time(text)
        except ValueError as fault:
            self.fault("TIME_UNREADABLE", where, f"{attribute}: {fault}")
            return None

    def seconds(self, text: str | None, where: str, name: str) -> Fraction | None:
        """Decimal seconds, or one of the forms of a time."""
        if text is None:
            return None
        try:
            if ":" in text:
                return self._parse_time(text).seconds
            value = Fraction(text if len(text) < 40 and "e" not in text.lower() else "unreadable")
            if value < 0:
                raise ValueError(f"{text} is below 0")
            return value
        except (ValueError, ZeroDivisionError) as fault:
            self.fault("TIME_UNREADABLE", where, f"{name}: {fault}")
            return None
