"""The listening report: what the machine hears in exactly these files, asked for before a song can be submitted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import delete, insert, null, select, update

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import MixMissing, NoReportAsked, ReportMissing, ReportPending, ReportRejects
from submissions.facts import ReportRequested
from submissions.likeness import music_in
from submissions.material import Part, files_sha256
from submissions.moves import next_song_state
from submissions.rows import SongFile, as_struct, files_of, find_song, own_song
from submissions.states import SongEvent
from submissions.tables import report_table, same_table


class Verdict(StrEnum):
    """The worst that was found."""

    ACCEPT = "accept"
    WARN = "warn"
    REJECT = "reject"


class SameAs(msgspec.Struct, frozen=True):
    """Another song whose mix is the same recording: how many of the bits of their prints differ, and how many seconds
    they have in common."""

    song_id: str
    mix_sha256: str
    bit_error: float
    common_s: float


class ListeningReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: a verdict on the set of files that `files_sha256` names, and the findings as JSON builtins.

    `same` are the songs of the call that the mix was found in.
    """

    files_sha256: str
    verdict: Verdict
    findings: dict[str, Any]
    same: tuple[SameAs, ...] = ()


class KeptReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it stands; `verdict` and `findings` are None while it is being made."""

    id: str
    song_id: str
    files_sha256: str
    mix_sha256: str
    verdict: Verdict | None
    findings: dict[str, Any] | None
    requested_at: datetime
    reported_at: datetime | None


def request_report(uow: UnitOfWork, principal: Principal, song_id: str) -> str:
    """Ask for a report on the present files; returns its identifier. Records `ReportRequested`.

    A finished report on the same files is not ordered again. One that is still being made is, because its making may
    have been stopped when the artist asked about other files in between; whoever works on it already goes on. Raises
    `MixMissing`.
    """
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.ADD_STEMS)
    files = files_of(uow, song_id)
    set_sha256 = set_of(files)
    mix = next(file.frozen_as().ref for file in files if file.part is Part.MIX)
    known = report_on(uow, song_id, files)
    if known is not None and known.verdict is not None:
        return known.id

    report_id = uow.ids.new() if known is None else known.id
    if known is None:
        uow.connection.execute(
            insert(report_table).values(
                id=report_id,
                song_id=song_id,
                files_sha256=set_sha256,
                mix_sha256=mix.sha256,
                requested_at=uow.clock.now(),
            )
        )
    uow.record(
        ReportRequested(
            song_id=song_id,
            call_id=song.call_id,
            mix=mix,
            stems=tuple(file.frozen_as().ref for file in files if file.part is Part.STEM),
            files_sha256=set_sha256,
        )
    )
    return report_id


def record_report(uow: UnitOfWork, song_id: str, report: ListeningReport) -> None:
    """Keep what the machine heard. The files may have changed since: then it counts again if they change back.

    A later report on the same files takes the place of the earlier. Raises `NoReportAsked`.
    """
    find_song(uow, song_id)
    asked = uow.connection.execute(
        select(report_table.c.id, report_table.c.mix_sha256).where(
            report_table.c.song_id == song_id, report_table.c.files_sha256 == report.files_sha256
        )
    ).first()
    if asked is None:
        raise NoReportAsked(song_id, report.files_sha256)

    # SQL's own null where there is no music, not the JSON word.
    music = music_in(report.findings)
    uow.connection.execute(
        update(report_table)
        .where(report_table.c.id == asked.id)
        .values(
            verdict=report.verdict,
            findings=report.findings,
            music=null() if music is None else msgspec.to_builtins(music),
            reported_at=uow.clock.now(),
        )
    )
    _keep_same(uow, song_id, asked.mix_sha256, report.same)


def _keep_same(uow: UnitOfWork, song_id: str, mix_sha256: str, same: tuple[SameAs, ...]) -> None:
    """What is known of this very mix is what was found last."""
    uow.connection.execute(
        delete(same_table).where(same_table.c.song_id == song_id, same_table.c.mix_sha256 == mix_sha256)
    )
    rows = [
        {
            "song_id": song_id,
            "mix_sha256": mix_sha256,
            "other_id": one.song_id,
            "other_mix_sha256": one.mix_sha256,
            "bit_error": one.bit_error,
            "common_s": one.common_s,
            "found_at": uow.clock.now(),
        }
        for one in same
    ]
    if rows:
        uow.connection.execute(insert(same_table), rows)


def report_on(uow: UnitOfWork, song_id: str, files: tuple[SongFile, ...]) -> KeptReport | None:
    """The report on exactly these files, if one was asked for."""
    row = uow.connection.execute(
        select(report_table).where(report_table.c.song_id == song_id, report_table.c.files_sha256 == set_of(files))
    ).first()
    return None if row is None else as_struct(row, KeptReport)


def accepted_report(uow: UnitOfWork, song_id: str, files: tuple[SongFile, ...]) -> KeptReport:
    """The finished report on these files that rejects nothing. Raises what says why there is none."""
    report = report_on(uow, song_id, files)
    if report is None:
        raise ReportMissing(song_id)
    if report.verdict is None:
        raise ReportPending(song_id)
    if report.verdict is Verdict.REJECT:
        raise ReportRejects(song_id)
    return report


def set_of(files: tuple[SongFile, ...]) -> str:
    """The name of the set of files. Raises `MixMissing`."""
    mix = next((file.sha256 for file in files if file.part is Part.MIX), None)
    if mix is None:
        raise MixMissing
    return files_sha256(mix, [file.sha256 for file in files if file.part is Part.STEM])
