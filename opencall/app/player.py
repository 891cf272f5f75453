"""What pages show of the sound of a song: a player with its waveform, where everything is, and how far it is made.

Fragments that any room's page loads by address; what may be in them is decided where sound is given out.
"""

from typing import Final

import msgspec
from litestar import Response, Router
from litestar.params import FromPath, FromQuery

from audio_pipeline import listening
from audio_pipeline.editing import read_scene, scene_of
from audio_pipeline.hearing.levels import FULL_SCALE
from audio_pipeline.hearing.peaks import Peaks
from audio_pipeline.listening import ListeningCopy, equal_loudness_gains_db
from audio_pipeline.overview import stages_of
from audio_pipeline.scene.picture import picture_of
from opencall.app.sound import NotMadeYet, heard
from opencall.kernel.unit_of_work import UnitOfWork
from opencall.kernel.web.pages import StoreHere, Visit, WorkHere, page, shows
from opencall.kernel.web.waveform import bars_path
from opencall.kernel.web.words import number
from submissions.hearing import Hearing, Sound

BARS: Final = {"full": 160, "mini": 120}
# Less than this nobody hears, and nobody has to be told of.
_AUDIBLE_DB: Final = 0.05


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the versions of a song that the player switches between."""

    key: str
    label: str
    icon: str
    url: str
    gain_db: float
    path: str


class SongWave(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of a waveform: `full_scale` is the number that stands for ±1."""

    duration_s: float
    full_scale: int
    peak: tuple[int, ...]
    rms: tuple[int, ...]


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    label: str
    icon: str
    copy: ListeningCopy
    wave: SongWave | None


@shows("/sound/{song_id:str}/player")
def player(
    request: Visit,
    work: WorkHere,
    song_id: FromPath[str],
    of: FromQuery[str] = "both",
    size: FromQuery[str] = "full",
) -> Response[str]:
    """A player of the song: `of` is `mix`, `render` or `both`; `size` is `full` or `mini`."""
    with work.read() as uow:
        hearing = heard(uow, request.user, song_id, Sound.RENDER if of == "render" else Sound.MIX)
        found = _found(uow, hearing, of)
        music = listening.music_of(uow, song_id, hearing.mix_sha256) if of == "mix" and found else None
    if not found:
        return page(request, "app/player-waits.html", song_id=song_id, of=of, size=size)
    gains_db = equal_loudness_gains_db([one.copy for one in found])
    size = size if size in BARS else "full"
    return page(
        request,
        "app/player.html",
        song_id=song_id,
        key=f"{song_id[:8]}-{of}",
        title=hearing.title,
        artist_name=hearing.artist_name,
        has_cover=Sound.COVER in hearing.sounds,
        voices=_voices(song_id, found, gains_db, BARS[size]),
        duration_s=max(one.copy.duration_s for one in found),
        lufs=min((one.copy.integrated_lufs for one in found if one.copy.integrated_lufs is not None), default=None),
        said=_said(found, gains_db),
        turns_s=[section.start_s for section in music.sections[1:]] if music else [],
        size=size,
    )


@shows("/sound/{song_id:str}/peaks/{what:str}")
def peaks(request: Visit, work: WorkHere, song_id: FromPath[str], what: FromPath[str]) -> Response[SongWave]:
    """The waveform of `original` or `render` as numbers, for who draws it otherwise."""
    with work.read() as uow:
        hearing = heard(uow, request.user, song_id, Sound.RENDER if what == "render" else Sound.MIX)
        found = _found(uow, hearing, {"original": "mix", "render": "render"}.get(what, ""))
    if not found or found[0].wave is None:
        raise NotMadeYet("waveform")
    return Response(found[0].wave, headers={"Cache-Control": "private, no-cache"})


@shows("/sound/{song_id:str}/where")
def where(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str]) -> Response[str]:
    """The scene from above: where everything is."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.PLACES)
        artifact = scene_of(uow, song_id)
    if artifact is None:
        return page(request, "app/where-waits.html")
    return page(request, "audio/where.html", picture=picture_of(read_scene(store, artifact)), key=song_id[:8])


@shows("/audio/songs/{song_id:str}/stages")
def stages(request: Visit, work: WorkHere, song_id: FromPath[str]) -> Response[str]:
    """How far the song is, live: for its artist, and for those who work on it."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.FILES)
        lines = stages_of(uow, song_id)
    return page(request, "audio/stages.html", song_id=song_id, stages=lines)


@shows("/audio/songs/{song_id:str}/inspecting")
def inspecting(request: Visit, work: WorkHere, song_id: FromPath[str]) -> Response[str]:
    """How far the listening report of a song is, live: for its artist, and for those who work on it."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.FILES)
        line = next(line for line in stages_of(uow, song_id) if line.stage == "inspect")
    return page(request, "audio/inspecting.html", song_id=song_id, stage=line)


def _found(uow: UnitOfWork, hearing: Hearing, of: str) -> list[_Found]:
    found = []
    if of in ("mix", "both"):
        copy = listening.listening_copy(uow, hearing.song_id, hearing.mix_sha256)
        drawn = listening.peaks_of(uow, hearing.song_id, hearing.mix_sha256)
        if copy is not None:
            wave = _wave(copy, None if drawn is None else drawn.song)
            found.append(_Found(key="original", label="Original stereo", icon="speaker", copy=copy, wave=wave))
    if of in ("render", "both") and Sound.RENDER in hearing.sounds:
        copies = listening.audition_of(uow, hearing.song_id)
        if copies:
            best = copies[0]
            drawn = listening.audition_peaks_of(uow, hearing.song_id).get(best.layout)
            is_binaural = best.layout == "binaural"
            found.append(
                _Found(
                    key="render",
                    label="Headphones 360" if is_binaural else "360 mix in stereo",
                    icon="headphones" if is_binaural else "sphere",
                    copy=best,
                    wave=_wave(best, None if drawn is None else drawn.song),
                )
            )
    return found


def _wave(copy: ListeningCopy, drawn: Peaks | None) -> SongWave | None:
    if drawn is None:
        return None
    return SongWave(duration_s=copy.duration_s, full_scale=FULL_SCALE, peak=drawn.peak, rms=drawn.rms)


def _voices(song_id: str, found: list[_Found], gains_db: tuple[float, ...], bars: int) -> list[Voice]:
    """The versions with their waveforms drawn as loud as they are played, on one scale."""
    played = [
        [level * 10 ** (gain_db / 20) for level in one.wave.rms] if one.wave is not None else []
        for one, gain_db in zip(found, gains_db, strict=True)
    ]
    top = max((max(levels) for levels in played if levels), default=1.0)
    return [
        Voice(
            key=one.key,
            label=one.label,
            icon=one.icon,
            url=f"/sound/{song_id}/{one.key}",
            gain_db=round(gain_db, 2),
            path=bars_path(levels, bars=bars, top=top),
        )
        for one, gain_db, levels in zip(found, gains_db, played, strict=True)
    ]


def _said(found: list[_Found], gains_db: tuple[float, ...]) -> str:
    """Which version is turned down, and by how much."""
    if len(found) < 2:
        return ""
    softer = min(range(len(found)), key=lambda index: gains_db[index])
    if -gains_db[softer] < _AUDIBLE_DB:
        return "Both versions are equally loud as they are."
    which = "original" if found[softer].key == "original" else "360 version"
    return (
        f"The {which} is turned down by {number(-gains_db[softer], 1)} dB, so that neither sounds better just for "
        "being louder."
    )


router = Router("/", route_handlers=[player, peaks, where, stages, inspecting])
