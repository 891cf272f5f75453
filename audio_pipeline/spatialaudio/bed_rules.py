"""Where a channel of a standard bed goes in another layout: the rules of ITU-R BS.2127, clause 8.

They hold for beds whose pack is one of the common definitions (BS.2094). The first rule for a label counts whose
loudspeakers the layout has, and which knows the bed and the layout.
"""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Final, NamedTuple

from audio_pipeline.spatialaudio.layouts import Layout

# The bed that each pack of the common definitions is.
_BEDS: Final = {
    "AP_00010001": "0+1+0",
    "AP_00010002": "0+2+0",
    "AP_00010003": "0+5+0",
    "AP_0001000C": "0+5+0",
    "AP_00010004": "2+5+0",
    "AP_00010005": "4+5+0",
    "AP_00010010": "4+5+1",
    "AP_00010007": "3+7+0",
    "AP_00010008": "4+9+0",
    "AP_00010009": "9+10+3",
    "AP_0001000F": "0+7+0",
    "AP_00010017": "4+7+0",
}

_TWO_LFE: Final = ("9+10+3", "3+7+0")


class _Rule(NamedTuple):
    """Powers by loudspeaker; the beds and layouts it is for, all where empty."""

    powers: Mapping[str, float]
    beds: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()


def _one(name: str, power: float = 1.0) -> _Rule:
    return _Rule({name: power})


def _even(*names: str, power: float = 1.0) -> _Rule:
    return _Rule(dict.fromkeys(names, power / len(names)))


_FRONT: Final = ("M+030", "M-030")
_UP_30: Final = ("U+030", "U-030")
_UP_45: Final = ("U+045", "U-045")
_UP_110: Final = ("U+110", "U-110")
_UP_135: Final = ("U+135", "U-135")
_BACK_110: Final = ("M+110", "M-110")
_BACK_135: Final = ("M+135", "M-135")
_UP_BACK: Final = (_even(*_UP_135), _even(*_UP_110), _even(*_BACK_135), _even(*_BACK_110), _even(*_FRONT, power=0.5))

# The left side and the middle; the right side is its mirror.
_LEFT_RULES: Final[Mapping[str, tuple[_Rule, ...]]] = {
    "M+000": (_one("M+000"), _even(*_FRONT)),
    "M+060": (_one("M+060"), _Rule({"M+030": 2 / 3, "M+110": 1 / 3}), _even("M+030", "M+090"), _one("M+030")),
    "M+090": (
        _one("M+090"),
        _Rule({"M+030": 1 / 3, "M+110": 2 / 3}, beds=("9+10+3",)),
        _even("M+030", "M+110"),
        _one("M+030", 0.5),
    ),
    "M+110": (_one("M+110"), _one("M+135"), _one("M+030", 0.5)),
    "M+135": (_one("M+135"), _one("M+110"), _one("M+030", 0.5)),
    "M+180": (_one("M+180"), _even(*_BACK_135), _even(*_BACK_110), _even(*_FRONT, power=0.5)),
    "U+000": (_one("U+000"), _even(*_UP_30), _even(*_UP_45), _one("M+000"), _even(*_FRONT)),
    "U+030": (_one("U+030"), _one("U+045"), _one("M+030")),
    "U+045": (_one("U+045"), _one("U+030"), _one("M+030")),
    "U+090": (
        _one("U+090"),
        _Rule({"U+045": 2 / 3, "UH+180": 1 / 3}, beds=("9+10+3",)),
        _even("U+030", "U+110"),
        _even("U+045", "U+135"),
        _one("M+090"),
        _even("U+030", "M+110"),
        _even("M+030", "M+110"),
        _one("M+030", 0.5),
    ),
    "U+110": (
        _one("U+110"),
        _one("U+135"),
        _even("U+045", "UH+180"),
        _one("M+110"),
        _one("M+135"),
        _one("M+030", 0.5),
    ),
    "U+135": (
        _one("U+135"),
        _one("U+110"),
        _Rule({"U+045": 1 / 3, "UH+180": 2 / 3}, beds=("9+10+3",)),
        _even("U+045", "UH+180"),
        _one("M+135"),
        _one("M+110"),
        _one("M+030", 0.5),
    ),
    "U+180": (_one("U+180"), _one("UH+180"), *_UP_BACK),
    "UH+180": (_one("UH+180"), _one("U+180"), *_UP_BACK),
    "T+000": (
        _one("T+000"),
        _even(*_UP_45, *_UP_135),
        _even(*_UP_30, *_UP_110),
        _even(*_UP_45, "UH+180"),
        _even(*_UP_45, *_BACK_135),
        _even(*_UP_30, *_BACK_110),
        _even(*_FRONT, *_BACK_135),
        _even(*_FRONT, *_BACK_110),
        _even(*_FRONT, power=0.5),
    ),
    "B+000": (_one("B+000"), _one("M+000"), _even(*_FRONT)),
    "B+045": (_one("B+045"), _one("M+030")),
    "LFE1": (
        _Rule({"LFE1": 1.0}, beds=_TWO_LFE, layouts=_TWO_LFE),
        _Rule({"LFE1": 0.5}, beds=_TWO_LFE),
        _one("LFE1"),
    ),
    "LFE2": (_Rule({"LFE2": 1.0}, beds=_TWO_LFE, layouts=_TWO_LFE), _Rule({"LFE1": 0.5}, beds=_TWO_LFE)),
}


def _mirrored(label: str) -> str:
    """The loudspeaker on the other side; one in the middle is its own mirror."""
    return label if label[-3:] in ("000", "180") else label.translate(str.maketrans("+-", "-+"))


def _both_sides() -> Iterator[tuple[str, tuple[_Rule, ...]]]:
    for label, rules in _LEFT_RULES.items():
        yield label, rules
        if _mirrored(label) != label:
            yield (
                _mirrored(label),
                tuple(
                    rule._replace(powers={_mirrored(name): power for name, power in rule.powers.items()})
                    for rule in rules
                ),
            )


_RULES: Final = dict(_both_sides())


def mapped_gains(pack_id: str | None, label: str, layout: Layout) -> Mapping[str, float] | None:
    """Linear gains by loudspeaker for the channel `label` of the bed `pack_id`; None where no rule is for it."""
    bed = _BEDS.get((pack_id or "").upper())
    if bed is None:
        return None
    for rule in _RULES.get(label, ()):
        known = (not rule.beds or bed in rule.beds) and (not rule.layouts or layout.name in rule.layouts)
        if known and all(name in layout.channel_names for name in rule.powers):
            return {name: sqrt(power) for name, power in rule.powers.items()}
    return None
