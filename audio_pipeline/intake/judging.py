"""Judge one file: what is it, is all of it there, and is it fit to be worked with?"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.errors import (
    AudioPipelineError,
    CorruptAudio,
    NotAudio,
    TooManyChannels,
    UnpacksToTooMuch,
    UnreadableAudio,
)
from audio_pipeline.hashing import sha256_of
from audio_pipeline.intake.checks import CHECKS
from audio_pipeline.intake.checks.bandwidth import BandwidthCheck
from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.findings import Code, FileReport, Finding, Place, reject, verdict_of
from audio_pipeline.intake.music.describing import Music, MusicListener
from audio_pipeline.intake.music.printing import Words, to_bytes
from audio_pipeline.intake.picture import LevelKeeper, Picture, spectrum_points
from audio_pipeline.loudness.samples import are_numbers
from audio_pipeline.riff import scan_riff

BLOCK_FRAMES: Final = 1 << 16
# A block of all channels stays below this many samples, whatever the channel count.
BLOCK_SAMPLES: Final = 1 << 18

Progress = Callable[[float], None]
TakePrint = Callable[[Words], None]
Hears = Callable[[NDArray[np.float64]], None]


def judge_file(
    path: Path,
    *,
    as_stem: bool = False,
    draw: bool = False,
    progress: Progress = lambda done: None,
    take_print: TakePrint = lambda words: None,
    hears: Hears | None = None,
) -> FileReport:
    """The verdict on the file at `path`.

    Never raises for what a file may contain; only an ordinary file is ever opened. With `as_stem` it is judged as one
    of the stems of a song, else as a mix would be, and what it is as music is told as well; `take_print` is given its
    print then, if it has one. With `draw` the report has a picture. The whole file is read twice, once for its hash,
    and decoded once: `hears` is given all that the checks are given.
    """
    refusal = _refuse_unopened(path)
    if refusal is not None:
        return _report(path, None, None, (refusal,))
    try:
        digest = sha256_of(path)
        reader = open_audio(path)
    except OSError as failure:
        return _report(path, None, None, (reject(Code.UNREADABLE, f"It cannot be read: {failure.strerror}."),))
    except AudioPipelineError as failure:
        return _report(path, None, digest, (_refusal_finding(failure),))
    with reader:
        facts = _facts(reader, as_stem)
        heard = _listen(reader, facts, draw, progress, hears)
    if len(heard.words):
        take_print(heard.words)
    return _report(path, facts, digest, heard.findings, heard)


def may_be_opened(path: Path) -> bool:
    """Whether it is an ordinary file with something in it."""
    return _refuse_unopened(path) is None


def printable(path: Path) -> str:
    """The path as given; bytes that are no UTF-8 become replacement characters, since JSON cannot carry them."""
    return os.fsencode(path).decode("utf-8", "replace")


def _refuse_unopened(path: Path) -> Finding | None:
    """A finding for whatever must not be opened at all."""
    try:
        found = path.lstat()
    except OSError as failure:
        return reject(Code.UNREADABLE, f"It cannot be read: {failure.strerror}.")
    if stat.S_ISREG(found.st_mode):
        return None if found.st_size else reject(Code.EMPTY, "The file has no bytes. Export or upload it again.")
    kinds = {
        stat.S_IFDIR: "a folder that is no single folder of stems",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
    }
    kind = kinds.get(stat.S_IFMT(found.st_mode), "a device")
    return reject(Code.NOT_AUDIO, f"This is {kind}, not a file, and was not opened. Name the sound file itself.")


def _refusal_finding(failure: AudioPipelineError) -> Finding:
    match failure:
        case NotAudio():
            return reject(Code.NOT_AUDIO, f"{failure.found} {failure.advice}")
        case TooManyChannels():
            return reject(
                Code.TOO_MANY_CHANNELS,
                f"The header claims {failure.channels} channels; {failure.limit} is the most. Split the file.",
            )
        case UnpacksToTooMuch():
            return reject(
                Code.UNREADABLE,
                f"It unpacks to more than {failure.most_s / 60:.0f} minutes of sound, more than a file of its size can "
                "mean, and was not heard further. Export the song again, as WAV.",
            )
        case UnreadableAudio() | CorruptAudio():
            return reject(Code.UNREADABLE, f"It cannot be read: {failure.reason}. Export the file again.")
        case _:
            return reject(Code.UNREADABLE, str(failure))


def _facts(reader: AudioReader, as_stem: bool) -> SoundFacts:
    return SoundFacts(
        path=reader.path,
        container=reader.container,
        subtype=reader.subtype,
        sample_rate_hz=reader.sample_rate_hz,
        channels=reader.channels,
        frames=reader.frames,
        riff=scan_riff(reader.path) if reader.container in ("wav", "rf64", "bw64") else None,
        as_stem=as_stem,
    )


@dataclass(frozen=True)
class _Heard:
    """What decoding a file has told; there is music only in what could be heard to its end."""

    frames: int
    findings: tuple[Finding, ...]
    picture: Picture | None = None
    music: Music | None = None
    words: Words = field(default_factory=lambda: np.zeros(0, np.uint32))


def _listen(reader: AudioReader, facts: SoundFacts, draw: bool, progress: Progress, hears: Hears | None) -> _Heard:
    """Decode everything once, through every check."""
    checks = [check(facts) for check in CHECKS]
    levels = LevelKeeper(facts.frames) if draw else None
    listener = None if facts.as_stem else MusicListener(facts.sample_rate_hz)
    frames = 0
    try:
        for block in reader.blocks(min(BLOCK_FRAMES, BLOCK_SAMPLES // facts.channels), dtype=np.float64):
            numbers = are_numbers(block)
            clean = block if numbers.all() else np.where(numbers, block, 0.0)
            for check in checks:
                check.process(block if check.wants_raw else clean)
            if levels is not None:
                levels.process(clean)
            if listener is not None:
                listener.process(clean)
            if hears is not None:
                hears(clean)
            frames += len(block)
            progress(frames / max(frames, facts.frames))
    except CorruptAudio as failure:
        detail = f"Decoding breaks off after frame {failure.frame}: {failure.reason}. Export or upload it again."
        at_s = round(failure.frame / facts.sample_rate_hz, 3)
        return _Heard(frames, (reject(Code.CORRUPT, detail, (Place(at_s, at_s),)),))
    except UnpacksToTooMuch as failure:
        return _Heard(frames, (_refusal_finding(failure),))
    findings = tuple(finding for check in checks for finding in check.findings())
    picture = _picture(checks, levels, facts) if levels is not None and frames else None
    if listener is None:
        return _Heard(frames, findings, picture)
    music, words = listener.finish()
    return _Heard(frames, findings, picture, music, words)


def _picture(checks: list[Check], levels: LevelKeeper, facts: SoundFacts) -> Picture:
    bandwidth = next(check for check in checks if isinstance(check, BandwidthCheck))
    return Picture(levels.levels(), spectrum_points(bandwidth.power), facts.sample_rate_hz / 2, bandwidth.wall_hz())


def _report(
    path: Path,
    facts: SoundFacts | None,
    digest: str | None,
    findings: tuple[Finding, ...],
    heard: _Heard | None = None,
) -> FileReport:
    return FileReport(
        path=printable(path),
        verdict=verdict_of(findings),
        sha256=digest,
        format=f"{facts.container.upper()}/{facts.subtype}" if facts else None,
        sample_rate_hz=facts.sample_rate_hz if facts else None,
        channels=facts.channels if facts else None,
        frames=heard.frames if heard else None,
        findings=findings,
        music=heard.music if heard else None,
        fingerprint_sha256=hashlib.sha256(to_bytes(heard.words)).hexdigest() if heard and len(heard.words) else None,
        picture=heard.picture if heard else None,
    )
