"""What moved between two programmes, object by object: scenes and ADM files alike."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from audio_pipeline.masters.differences import Change, Value, column_changes
from audio_pipeline.masters.programme import AdmProgramme, AudioProgramme, open_programme


class ObjectDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One object that B has `added` or A had (`removed`), or that `changed`; `renamed_to` is another name in B."""

    name: str
    change: Literal["added", "removed", "changed"]
    renamed_to: str | None = None
    changes: tuple[Change, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two programmes: what concerns them as a whole, and the objects that are not the same in both."""

    a: str
    b: str
    same: bool
    changes: tuple[Change, ...]
    objects: tuple[ObjectDifference, ...]


def compare_files(path_a: Path, path_b: Path) -> Comparison:
    """Compare two scenes or ADM files, either with either. Raises what `open_programme` raises."""
    a, b = open_programme(path_a), open_programme(path_b)
    # The gain of a scene is told once, not at every object. An ADM file has it in its blocks only.
    alike = isinstance(a, AdmProgramme) == isinstance(b, AdmProgramme)
    changes = tuple(_whole(a, b, alike=alike))
    objects = tuple(_objects(a, b, alike=alike))
    return Comparison(a=str(path_a), b=str(path_b), same=not changes and not objects, changes=changes, objects=objects)


def _whole(a: AudioProgramme, b: AudioProgramme, *, alike: bool) -> Iterator[Change]:
    pairs: list[tuple[str, Value, Value]] = [
        ("title", a.title, b.title),
        ("sample_rate_hz", a.sample_rate_hz, b.sample_rate_hz),
        ("length_s", a.frames / a.sample_rate_hz, b.frames / b.sample_rate_hz),
    ]
    if alike:
        pairs.append(("programme_gain_db", a.gain_db, b.gain_db))
    yield from (Change(what=what, a=of_a, b=of_b) for what, of_a, of_b in pairs if of_a != of_b)


def _objects(a: AudioProgramme, b: AudioProgramme, *, alike: bool) -> Iterator[ObjectDifference]:
    pairs = _paired(a, b, by_source=alike)
    gain_a, gain_b = (10 ** (one.gain_db / 20) if alike else 1.0 for one in (a, b))
    for row_a, row_b in pairs:
        if row_a is None:
            yield ObjectDifference(name=b.column_names[row_b or 0], change="added")
        elif row_b is None:
            yield ObjectDifference(name=a.column_names[row_a], change="removed")
        else:
            changes = []
            if alike and a.column_sources[row_a] != b.column_sources[row_b]:
                changes.append(Change(what="source", a=a.column_sources[row_a], b=b.column_sources[row_b]))
            changes += column_changes(
                a.blocks[row_a],
                b.blocks[row_b],
                rate_a_hz=a.sample_rate_hz,
                rate_b_hz=b.sample_rate_hz,
                gain_a=gain_a,
                gain_b=gain_b,
            )
            name, other = a.column_names[row_a], b.column_names[row_b]
            if changes or name != other:
                renamed_to = None if name == other else other
                yield ObjectDifference(name=name, change="changed", renamed_to=renamed_to, changes=tuple(changes))


def _paired(a: AudioProgramme, b: AudioProgramme, *, by_source: bool) -> list[tuple[int | None, int | None]]:
    """Objects of the same name, in order where several share it; of what is left, those of the same source."""
    rows_a: list[int] = list(range(len(a.column_names)))
    rows_b: list[int] = list(range(len(b.column_names)))
    pairs = _take(rows_a, rows_b, a.column_names, b.column_names)
    if by_source:
        pairs += _take(rows_a, rows_b, a.column_sources, b.column_sources)
    found: list[tuple[int | None, int | None]] = [*sorted(pairs)]
    return [*found, *((row, None) for row in rows_a), *((None, row) for row in rows_b)]


def _take(rows_a: list[int], rows_b: list[int], of_a: Sequence[str], of_b: Sequence[str]) -> list[tuple[int, int]]:
    """Rows of the same text, taken out of both lists."""
    waiting: dict[str, list[int]] = {}
    for row in rows_b:
        waiting.setdefault(of_b[row], []).append(row)
    pairs = [(row, waiting[of_a[row]].pop(0)) for row in rows_a if waiting.get(of_a[row])]
    for row_a, row_b in pairs:
        rows_a.remove(row_a)
        rows_b.remove(row_b)
    return pairs
