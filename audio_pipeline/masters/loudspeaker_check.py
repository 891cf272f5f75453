"""The check of a loudspeaker master: readable, whole, the channels of a layout, and below the true-peak limit."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audio_pipeline import riff
from audio_pipeline.adm.files import is_riff
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.profiles import Verdict
from audio_pipeline.codecs import open_audio
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.loudness.true_peak import TruePeakMeter
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, Layout, get_layout

TRUE_PEAK_LIMIT_DBTP: Final = -1.0
PROFILE: Final = "loudspeakers"


def check_loudspeakers(path: Path) -> Verdict:
    """Judge one loudspeaker WAV. The layout is the one in the file's name, `<name>.<layout>.wav`, if it is there."""
    return verdict(path, PROFILE, _findings(path))


def verdict(path: Path, profile: str, findings: Iterable[Finding]) -> Verdict:
    """What the findings come to: ok without a reject."""
    found = tuple(findings)
    return Verdict(str(path), profile, all(finding.severity != "reject" for finding in found), found)


def _findings(path: Path) -> Iterator[Finding]:
    if not is_riff(path):
        yield rejected("NOT_WAVE", "", "the file is no WAV, RF64 or BW64")
        return
    try:
        layout = layout_in_name(path)
        yield from header_findings(path, get_layout(layout) if layout else None)
        yield from sound_findings(path)
    except AudioPipelineError as fault:
        yield rejected("UNREADABLE", "", str(fault))


def header_findings(path: Path, layout: Layout | None) -> Iterator[Finding]:
    """What the header of a WAV says, held against the layout that it should be in; any layout where that is None."""
    header = riff.scan_riff(path)
    if header.data_repaired:
        yield rejected(
            "DATA_SIZE_WRONG", "data", f"the header leaves its size open; {header.present_frames} frames are there"
        )
    elif header.declared_frames != header.present_frames:
        yield rejected(
            "DATA_SIZE_WRONG",
            "data",
            f"{header.declared_frames} frames are declared, {header.present_frames} are there",
        )
    channels = header.fmt.channels if header.fmt else 0
    if layout is not None and layout.channel_count != channels:
        yield rejected(
            "CHANNEL_COUNT",
            "fmt ",
            f"it should be {layout.name}, which has {layout.channel_count} channels; the file has {channels}",
        )
    elif layout is None and channels not in {get_layout(name).channel_count for name in LAYOUT_NAMES}:
        yield rejected("CHANNEL_COUNT", "fmt ", f"no layout has {channels} channels")
    if header.fmt and header.fmt.bits_per_sample < 24:
        yield rejected("BIT_DEPTH", "fmt ", f"samples have {header.fmt.bits_per_sample} bits; 24 is the least")
    if header.fmt and header.fmt.sample_rate_hz < 44100:
        yield rejected("SAMPLE_RATE", "fmt ", f"the rate is {header.fmt.sample_rate_hz} Hz; 44100 Hz is the least")


def sound_findings(path: Path) -> Iterator[Finding]:
    """What the samples say: numbers, below the limit of true peak, and not all zero."""
    with open_audio(path) as reader:
        meter = TruePeakMeter(reader.sample_rate_hz, reader.channels)
        for block in reader.blocks():
            meter.process(block)
        meter.finish()
    peak_dbtp = meter.true_peak_dbtp
    if peak_dbtp != peak_dbtp:
        yield rejected("NOT_FINITE", "data", "some samples are not finite numbers")
    elif peak_dbtp > TRUE_PEAK_LIMIT_DBTP:
        yield rejected(
            "TRUE_PEAK", "data", f"the true peak is {peak_dbtp:.2f} dBTP; {TRUE_PEAK_LIMIT_DBTP} dBTP is the limit"
        )
    elif peak_dbtp == float("-inf"):
        yield Finding("SILENT", "warn", "data", "every sample is zero")


def layout_in_name(path: Path) -> str | None:
    """The layout that the name ends on, before `.wav`."""
    last = path.name.removesuffix(path.suffix).rpartition(".")[2]
    return last if last in LAYOUT_NAMES else None
