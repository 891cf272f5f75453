"""The listening report as its artist reads it: from the document of the machine to words, and bars.

Pure functions over the document of `opencall inspect --json`, which another room wrote: whatever is missing in it is
not known, never an error.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from submissions.advice import Advice, advice_on, advice_on_same_recording
from submissions.material import Part
from submissions.rows import SongFile
from submissions.same_recordings import SameForArtist

# What is left of the mix when the stems are subtracted: below the first it is silence, below the second, effects.
EXACT_DB: Final = -60.0
BUS_PROCESSING_DB: Final = -30.0
# So many moments are told one by one.
MOMENTS: Final = 6
# A guess below this is worth a look.
SURE_ENOUGH: Final = 0.6
_REPAIRABLE: Final = ("LATE", "POLARITY_INVERTED")
_GRAVEST_FIRST: Final = {"reject": 0, "warn": 1, "info": 2}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found: where and when, how grave, in our words and in the machine's.

    `picture` is what the machine saw of a file of so many `seconds`, `places` are stretches of it.
    """

    code: str
    severity: str
    file: str
    advice: Advice
    detail: str
    moments_s: tuple[float, ...] = ()
    places: tuple[dict[str, float], ...] = ()
    picture: dict[str, Any] = {}
    seconds: float | None = None


class HeardFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was heard; numbers that could not be learnt are None. `lag_ms` is positive when it is late.

    `role` is what the artist says that it is, `guess` what the machine takes it for, with a confidence from 0 to 1.
    """

    file_id: str
    name: str
    is_mix: bool
    role: str
    verdict: str
    sample_rate_hz: int | None
    channels: int | None
    seconds: float | None
    in_the_mix: bool
    lag_ms: float | None
    is_inverted: bool
    guess: str = ""
    confidence: float = 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody should look at what it is taken for."""
        return not self.role and self.confidence < SURE_ENOUGH


class Bar(msgspec.Struct, frozen=True):
    """What is left of the mix, in dB and as a length in percent of −100 to 0 dB; None is nothing at all."""

    label: str
    left_db: float | None
    percent: float

    @property
    def is_exact(self) -> bool:
        return self.left_db is None or self.left_db <= EXACT_DB


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the stems add up: the answer in a few words, what it means, and up to two bars.

    `rest` is what is left with every repair, as the machine measured it, and `says` the machine's sentences on it.
    """

    answer: str
    sentence: str
    bars: tuple[Bar, ...]
    repairs: int
    says: tuple[str, ...] = ()
    rest: dict[str, Any] | None = None


class ReadReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows, the gravest finding first."""

    total: Sum
    found: tuple[Found, ...]
    mix: HeardFile | None
    stems: tuple[HeardFile, ...]

    @property
    def unusable(self) -> int:
        return len({one.file for one in self.found if one.severity == "reject"})

    @property
    def worth_fixing(self) -> int:
        return sum(one.severity == "warn" for one in self.found)

    @property
    def good_to_know(self) -> int:
        return sum(one.severity == "info" for one in self.found)


def read_report(document: dict[str, Any], files: Sequence[SongFile], same: SameForArtist | None = None) -> ReadReport:
    """The report on `files`, which may have other names by now than when they were heard.

    `same` is what its artist may know of other songs with the same recording.
    """
    names = _Names(files)
    stems = document.get("stems") or {}
    places = {place["path"]: place for place in stems.get("files", ())}
    rate_hz = stems.get("session_rate_hz")
    roles = {role["path"]: role for role in document.get("roles", ())}
    heard = [
        _heard(file, names, places.get(file["path"], {}), rate_hz, roles.get(file["path"], {}))
        for file in document.get("files", ())
    ]
    found = [
        *(
            _found_in_file(one, file, names.of(file["path"]))
            for file in document.get("files", ())
            for one in file.get("findings", ())
        ),
        *(_found_in_set(one, names) for one in stems.get("findings", ())),
        *([_found_in_call(same, names)] if same else []),
    ]
    # That repairs make it whole is the answer to the first question, and stands there.
    told = [one for one in found if (one.code, one.severity) != ("SUM_MISMATCH", "info")]
    return ReadReport(
        total=msgspec.structs.replace(
            _sum(stems, found), says=tuple((stems.get("rest") or {}).get("says", ())), rest=stems.get("rest")
        ),
        found=tuple(sorted(told, key=lambda one: _GRAVEST_FIRST.get(one.severity, 1))),
        mix=next((file for file in heard if file.is_mix), None),
        stems=tuple(file for file in heard if not file.is_mix),
    )


class _Names:
    """What the artist calls the files that the machine knows by safe names."""

    def __init__(self, files: Sequence[SongFile]) -> None:
        self._mix = next((file for file in files if file.part is Part.MIX), None)
        self._stems = {file.safe_name: file for file in files if file.part is Part.STEM}

    @property
    def mix(self) -> str:
        return self._mix.name if self._mix else ""

    def is_mix(self, path: str) -> bool:
        # Stems are heard in a folder, and the mix in one of its own inside it.
        return "/" in path or (self._mix is not None and path == self._mix.safe_name and path not in self._stems)

    def of(self, path: str) -> str:
        if self.is_mix(path):
            return self._mix.name if self._mix else path.rpartition("/")[2]
        return self._stems[path].name if path in self._stems else path

    def file(self, path: str) -> SongFile | None:
        return self._mix if self.is_mix(path) else self._stems.get(path)

    def split(self, detail: str) -> tuple[str, str]:
        """The file that a sentence about the set begins with, and the rest; no file where it is about all of them."""
        for path in sorted(self._stems, key=len, reverse=True):
            if detail.startswith(f"{path}: "):
                return self.of(path), detail.removeprefix(f"{path}: ")
        return "", detail


def _heard(
    file: dict[str, Any],
    names: _Names,
    place: dict[str, Any],
    session_rate_hz: int | None,
    guessed: dict[str, Any],
) -> HeardFile:
    path = file["path"]
    kept = names.file(path)
    lag = place.get("lag_samples")
    return HeardFile(
        file_id=kept.id if kept else "",
        name=names.of(path),
        is_mix=names.is_mix(path),
        role=kept.role if kept else "",
        verdict=file.get("verdict", "accept"),
        sample_rate_hz=file.get("sample_rate_hz"),
        channels=file.get("channels"),
        seconds=_seconds(file),
        in_the_mix=lag is not None,
        lag_ms=1000 * lag / session_rate_hz if lag is not None and session_rate_hz else None,
        is_inverted=place.get("polarity") == -1,
        guess=str(guessed.get("role", "")),
        confidence=float(guessed.get("confidence", 0.0)),
    )


def _found(finding: dict[str, Any], file: str, detail: str) -> Found:
    code = str(finding.get("code", ""))
    return Found(
        code=code,
        severity=str(finding.get("severity", "info")),
        file=file,
        advice=advice_on(code),
        detail=detail,
    )


def _found_in_file(finding: dict[str, Any], file: dict[str, Any], name: str) -> Found:
    found = _found(finding, name, str(finding.get("detail", "")))
    places = tuple(finding.get("places") or ())
    return msgspec.structs.replace(
        found,
        moments_s=tuple(place["start_s"] for place in places[:MOMENTS]),
        places=places,
        picture=file.get("picture") or {},
        seconds=_seconds(file),
    )


def _seconds(file: dict[str, Any]) -> float | None:
    rate_hz, frames = file.get("sample_rate_hz"), file.get("frames")
    return frames / rate_hz if frames is not None and rate_hz else None


def _found_in_set(finding: dict[str, Any], names: _Names) -> Found:
    file, detail = names.split(str(finding.get("detail", "")))
    places = finding.get("places") or ()
    return msgspec.structs.replace(
        _found(finding, file, detail), moments_s=tuple(place["start_s"] for place in places[:MOMENTS])
    )


def _found_in_call(same: SameForArtist, names: "_Names") -> Found:
    return Found(
        code="DUPLICATE",
        severity="warn",
        file=names.mix,
        advice=advice_on_same_recording(same.own_titles, same.of_others),
        detail="The acoustic fingerprint of the mix is that of another song in this call.",
    )


def _sum(stems: dict[str, Any], found: Sequence[Found]) -> Sum:
    if not stems:
        return Sum(
            answer="There are none to add up",
            sentence="You sent the mix alone. That is enough to hear the song; a 360 mix gets better with a file for "
            "each instrument.",
            bars=(),
            repairs=0,
        )
    if stems.get("class") is None:
        return Sum(
            answer="We cannot tell",
            sentence="There is no mix that can be compared with them. Replace the mix, and we listen again.",
            bars=(),
            repairs=0,
        )
    repairs = sum(one.code in _REPAIRABLE for one in found)
    sent = _bar("as you sent them", stems.get("residual_db"))
    if stems["class"] == "exact":
        return Sum(
            answer="Yes, exactly",
            sentence="Played together, your stems give back your mix: what is left when they are subtracted is "
            "silence.",
            bars=(sent,),
            repairs=0,
        )
    repaired = _bar("repaired", stems.get("repaired_residual_db"))
    bars = (sent, repaired) if repairs else (sent,)
    if repaired.is_exact and repairs:
        times = "one repair" if repairs == 1 else f"{repairs} repairs"
        return Sum(
            answer=f"Yes, after {times}",
            sentence="With what stands below put right, your stems give back your mix exactly.",
            bars=bars,
            repairs=repairs,
        )
    best = repaired if repairs else sent
    if best.left_db is not None and best.left_db <= BUS_PROCESSING_DB:
        return Sum(
            answer="Almost: the mix has effects that they lack",
            sentence="Something works on the sum of your mix, a compressor or a limiter perhaps, that is not in the "
            "stems. That is a choice, not a fault: the engineer hears it in your mix and aims for it.",
            bars=bars,
            repairs=repairs,
        )
    rest = stems.get("rest") or {}
    if rest and not rest.get("is_other_sound", True):
        return Sum(
            answer="Not exactly: the mix was worked on as a whole",
            sentence="Every sound of your mix is in the stems, but something makes the whole softer, louder or "
            "brighter in the mix: a compressor, a limiter or an equaliser that the stems lack. That is a choice, not a "
            "fault: the engineer hears it in your mix and aims for it.",
            bars=bars,
            repairs=repairs,
        )
    return Sum(
        answer="No, something is missing",
        sentence="A part of your mix is in none of the stems, or one of them is another version. Is every track here?",
        bars=bars,
        repairs=repairs,
    )


def _bar(label: str, left_db: float | None) -> Bar:
    return Bar(label, left_db, 0.0 if left_db is None else max(0.0, min(100.0, 100.0 + left_db)))
