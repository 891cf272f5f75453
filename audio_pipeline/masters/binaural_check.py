"""The check of a binaural file, WAV or FLAC: readable, whole, two ears of 24 bits, below the true-peak limit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audio_pipeline.adm.files import is_riff
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.profiles import Verdict
from audio_pipeline.codecs import open_audio
from audio_pipeline.containers import sniff
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.masters.loudspeaker_check import header_findings, sound_findings, verdict
from audio_pipeline.spatialaudio.layouts import BINAURAL

PROFILE: Final = "binaural"


def check_binaural(path: Path) -> Verdict:
    """Judge one file for headphones."""
    return verdict(path, PROFILE, _findings(path))


def is_binaural(path: Path) -> bool:
    """Whether a file is meant for two ears: `<name>.binaural.<suffix>`, or FLAC, which no other master is."""
    return path.name.removesuffix(path.suffix).endswith(f".{BINAURAL.name}") or sniff(path) == "flac"


def _findings(path: Path) -> Iterator[Finding]:
    container = sniff(path)
    if not is_riff(path) and container != "flac":
        yield rejected("NOT_AUDIO", "", "the file is neither WAV nor FLAC")
        return
    try:
        yield from header_findings(path, BINAURAL) if container != "flac" else _stream_findings(path)
        yield from sound_findings(path)
    except AudioPipelineError as fault:
        yield rejected("UNREADABLE", "", str(fault))


def _stream_findings(path: Path) -> Iterator[Finding]:
    with open_audio(path) as reader:
        channels, subtype, sample_rate_hz = reader.channels, reader.subtype, reader.sample_rate_hz
        frames, present = reader.frames, sum(len(block) for block in reader.blocks())
    if channels != BINAURAL.channel_count:
        yield rejected("CHANNEL_COUNT", "STREAMINFO", f"two ears have 2 channels; the file has {channels}")
    if subtype != "PCM_24":
        yield rejected("BIT_DEPTH", "STREAMINFO", f"samples are {subtype}; PCM_24 is the least")
    if sample_rate_hz < 44100:
        yield rejected("SAMPLE_RATE", "STREAMINFO", f"the rate is {sample_rate_hz} Hz; 44100 Hz is the least")
    if frames != present:
        yield rejected("DATA_SIZE_WRONG", "STREAMINFO", f"{frames} frames are declared, {present} are there")
