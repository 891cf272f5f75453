"""Normalise stems: one rate, one zero, one length, one gain; a measured null; a manifest that can undo it all."""

import itertools
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from audio_pipeline.hashing import sha256_of
from audio_pipeline.stems.analysing import (
    SetAnalysis,
    StemAlignment,
    analyse_set,
    as_signal,
    in_session_samples,
    repair,
    without_constant,
)
from audio_pipeline.stems.errors import NameUnspeakable, NoStems
from audio_pipeline.stems.fitting import Fit, fit
from audio_pipeline.stems.manifest import (
    FitRecord,
    MixFile,
    OutputFile,
    Session,
    SourceFile,
    StemRecord,
    StemsManifest,
)
from audio_pipeline.stems.preparing import Prepared, analysis_rate_hz, prepare, read_source, session_rate_hz
from audio_pipeline.stems.session import sound_files, split_mix
from audio_pipeline.stems.signals import Signal
from audio_pipeline.wave_writing import WaveWriter
from opencall.kernel.whole_files import write_whole

BLOCK_FRAMES: Final = 1 << 16
ROUNDING_SAMPLES: Final = 1e-6

Progress = Callable[[float], None]


def normalise_folder(
    folder: Path,
    out: Path,
    *,
    mix: Path | None = None,
    confirm: bool = False,
    progress: Progress = lambda done: None,
) -> StemsManifest:
    """Normalise the stems in `folder` into `out/stems/` and write `out/manifest.json`, which is returned.

    The mix is `mix`, else `mix.*` in the folder, else there is none and nothing is fitted. `confirm` applies every lag
    and polarity that was found. Files appear by atomic rename, the manifest last; the same input gives the same bytes.
    Raises `NoStems`, `StemUnusable` and whatever `open_audio` raises.
    """
    stems, mix = split_mix(sound_files(folder), mix)
    if not stems:
        raise NoStems(folder)
    return normalise_files(stems, mix, out, confirm=confirm, progress=progress)


def normalise_files(
    stems: Sequence[Path], mix: Path | None, out: Path, *, confirm: bool, progress: Progress = lambda done: None
) -> StemsManifest:
    """As `normalise_folder`, for files that are named one by one. Paths are kept in the manifest as given."""
    for path in (*stems, *((mix,) if mix else ())):
        if not _is_utf8(path):
            raise NameUnspeakable(path)
    sources = [read_source(path) for path in [*stems, *([mix] if mix else [])]]
    rate_hz, lag_rate_hz = session_rate_hz(sources), analysis_rate_hz(sources)
    prepared = prepare(sources, lag_rate_hz, lambda done: progress(0.2 * done))
    analysis = analyse_set(
        prepared[: len(stems)], prepared[-1] if mix else None, lag_rate_hz, lambda done: progress(0.2 + 0.4 * done)
    )
    if rate_hz != lag_rate_hz:
        del prepared
        prepared = prepare(sources, rate_hz, lambda done: progress(0.6 + 0.1 * done))
    prepared_mix = prepared.pop() if mix else None

    applied = [
        found.asks_for_repair and (confirm or sure)
        for found, sure in zip(analysis.alignments, analysis.applied, strict=True)
    ]
    signals = [
        repair(stem, found, rate_hz, lag_rate_hz) if used else as_signal(stem)
        for stem, found, used in zip(prepared, analysis.alignments, applied, strict=True)
    ]
    placed, shift, frames = place(prepared, signals, prepared_mix)
    written = [replace(signal, channel_means=stem.dc) for signal, stem in zip(placed, prepared, strict=True)]
    final = _final_fit(written, prepared_mix, shift, frames, lambda done: progress(0.7 + 0.1 * done))
    gain = final.gain if final and not math.isnan(final.null_db) and final.verdict != "does_not_reconstruct" else 1.0

    outputs = _write_stems(
        out, written, _output_names(stems), gain, rate_hz, frames, lambda done: progress(0.8 + 0.2 * done)
    )
    manifest = StemsManifest(
        session=Session(rate_hz, frames),
        mix=MixFile(os.fspath(mix), prepared_mix.source.sha256) if mix and prepared_mix else None,
        fit=_fit_record(analysis, final),
        gain_db=20 * math.log10(gain),
        stems=tuple(
            _stem_record(stem, signal, in_session_samples(found, lag_rate_hz, rate_hz), used, output, gain)
            for stem, signal, found, used, output in zip(
                prepared, placed, analysis.alignments, applied, outputs, strict=True
            )
        ),
    )
    write_whole(out / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


def place(
    prepared: Sequence[Prepared], signals: Sequence[Signal], mix: Prepared | None
) -> tuple[list[Signal], int, int]:
    """Every stem at its final place: (signals, how far all were moved behind the mix's zero, frames).

    Only digital silence may fall off either end: a stem whose head sounds before zero pushes all others back, one that
    sounds behind the longest file as delivered makes all of them longer.
    """
    delivered = [as_signal(stem).end_samples for stem in [*prepared, *([mix] if mix else [])]]
    shift, end = 0, max(delivered)
    for signal, stem in zip(signals, prepared, strict=True):
        # What is a whole number at the source's rate is one here but for rounding.
        first_sound = math.floor(signal.input_zero_samples + stem.silent_head + ROUNDING_SAMPLES)
        last_sound = math.ceil(signal.end_samples - stem.silent_tail - ROUNDING_SAMPLES)
        shift = max(shift, -first_sound)
        end = max(end, last_sound)
    return [replace(signal, offset_samples=signal.offset_samples + shift) for signal in signals], shift, end + shift


def _final_fit(
    written: Sequence[Signal], mix: Prepared | None, shift: int, frames: int, progress: Progress
) -> Fit | None:
    if mix is None:
        return None
    whole = without_constant(mix)
    whole = replace(whole, offset_samples=whole.offset_samples + shift)
    return fit(whole, written, frames, mean_free=True, progress=progress)


def _fit_record(analysis: SetAnalysis, final: Fit | None) -> FitRecord:
    if final is None or analysis.as_delivered is None:
        return FitRecord(None, None, None, None)
    return FitRecord(
        final.gain_db,
        _finite(final.null_db),
        _finite(analysis.as_delivered.null_db),
        final.verdict,
        analysis.rest.says if analysis.rest else (),
        analysis.rest,
    )


def _stem_record(
    stem: Prepared, signal: Signal, found: StemAlignment, used: bool, output: OutputFile, gain: float
) -> StemRecord:
    source = stem.source
    return StemRecord(
        source=SourceFile(os.fspath(source.path), source.sha256, source.sample_rate_hz, source.frames, source.channels),
        output=output,
        dc_removed=stem.dc,
        lag_samples=found.lag_samples,
        polarity=1 if found.polarity > 0 else -1,
        correlation=_finite(found.correlation),
        alignment_applied=used,
        offset_samples=_whole(signal.input_zero_samples),
        polarity_applied=1 if signal.polarity > 0 else -1,
        gain_db=20 * math.log10(gain),
        silent=stem.silent,
    )


def _is_utf8(path: Path) -> bool:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _output_names(stems: Iterable[Path]) -> list[str]:
    """`<base>.wav`; where two files share a base, the later one gets its own extension, then a number, behind it."""
    taken: set[str] = set()
    names = []
    for path in stems:
        numbered = (f"{path.stem}-{number}" for number in itertools.count(2))
        candidates = itertools.chain([path.stem, f"{path.stem}-{path.suffix.lstrip('.').lower()}"], numbered)
        # Case does not tell files apart everywhere.
        base = next(candidate for candidate in candidates if candidate.casefold() not in taken)
        taken.add(base.casefold())
        names.append(f"{base}.wav")
    return names


def _write_stems(
    out: Path,
    placed: Sequence[Signal],
    names: Sequence[str],
    gain: float,
    rate_hz: int,
    frames: int,
    progress: Progress,
) -> list[OutputFile]:
    folder = out / "stems"
    folder.mkdir(parents=True, exist_ok=True)
    outputs: list[OutputFile] = []
    try:
        for index, (signal, name) in enumerate(zip(placed, names, strict=True)):
            path = folder / name
            with WaveWriter(path, channels=signal.channels, sample_rate_hz=rate_hz, encoding="float32") as writer:
                for start in range(0, frames, BLOCK_FRAMES):
                    block = signal.between(start, min(start + BLOCK_FRAMES, frames))
                    writer.write((gain * block).astype(np.float32))
            outputs.append(OutputFile(f"stems/{name}", sha256_of(path), signal.channels))
            progress((index + 1) / len(placed))
    except BaseException:
        # Some stems without a manifest would look like all of them.
        for output in outputs:
            (out / output.path).unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    return outputs


def _whole(samples: float) -> int | float:
    return int(samples) if float(samples).is_integer() else samples


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
