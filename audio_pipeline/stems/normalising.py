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
    is_silent,
    repaired_signal,
)
from audio_pipeline.stems.errors import NoStems
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
from audio_pipeline.stems.preparing import Prepared, prepare, read_source, session_rate_hz
from audio_pipeline.stems.session import sound_files, split_mix
from audio_pipeline.stems.signals import Signal
from audio_pipeline.wave_writing import WaveWriter

BLOCK_FRAMES: Final = 1 << 16

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
    sources = [read_source(path) for path in [*stems, *([mix] if mix else [])]]
    rate_hz = session_rate_hz(sources)
    prepared = prepare(sources, rate_hz, lambda done: progress(0.3 * done))
    prepared_mix = prepared.pop() if mix else None

    analysis = analyse_set(prepared, prepared_mix, rate_hz, lambda done: progress(0.3 + 0.4 * done))
    applied = [
        found.asks_for_repair and (confirm or sure)
        for found, sure in zip(analysis.alignments, analysis.applied, strict=True)
    ]
    placed, shift, frames = place(prepared, prepared_mix, analysis, applied)
    final = _final_fit(placed, prepared_mix, shift, frames, lambda done: progress(0.7 + 0.1 * done))
    gain = final.gain if final and not math.isnan(final.null_db) and final.verdict != "does_not_reconstruct" else 1.0

    outputs = _write_stems(
        out, placed, _output_names(stems), gain, rate_hz, frames, lambda done: progress(0.8 + 0.2 * done)
    )
    manifest = StemsManifest(
        session=Session(rate_hz, frames),
        mix=MixFile(os.fspath(mix), prepared_mix.source.sha256) if mix and prepared_mix else None,
        fit=_fit_record(analysis, final),
        gain_db=20 * math.log10(gain),
        stems=tuple(
            _stem_record(stem, signal, found, used, output, gain)
            for stem, signal, found, used, output in zip(
                prepared, placed, analysis.alignments, applied, outputs, strict=True
            )
        ),
    )
    _write_manifest(out / "manifest.json", manifest)
    return manifest


def place(
    prepared: Sequence[Prepared], mix: Prepared | None, analysis: SetAnalysis, applied: Sequence[bool]
) -> tuple[list[Signal], int, int]:
    """Every stem at its final place: (signals, how far all were moved behind the mix's zero, frames).

    Only digital silence may fall off either end: a stem whose head sounds before zero pushes all others back, one that
    sounds behind the end makes all of them longer.
    """
    signals = []
    for stem, found, used in zip(prepared, analysis.alignments, applied, strict=True):
        signal = as_signal(stem, without_dc=True)
        signals.append(repaired_signal(signal, found) if used else signal)
    bare = [replace(signal, channel_means=()) for signal in signals]
    shift = max(
        (-signal.offset_samples for signal in bare if not is_silent(signal, signal.offset_samples, 0)), default=0
    )
    shift = max(shift, 0)
    frames = max(
        analysis.frames,
        *(signal.end_samples for signal in bare if not is_silent(signal, analysis.frames, signal.end_samples)),
        0,
    )
    moved = [replace(signal, offset_samples=signal.offset_samples + shift) for signal in signals]
    return moved, shift, frames + shift


def _final_fit(
    placed: Sequence[Signal], mix: Prepared | None, shift: int, frames: int, progress: Progress
) -> Fit | None:
    if mix is None:
        return None
    whole = as_signal(mix)
    whole = replace(whole, offset_samples=whole.offset_samples + shift)
    return fit(whole, placed, frames, mean_free=True, progress=progress)


def _fit_record(analysis: SetAnalysis, final: Fit | None) -> FitRecord:
    if final is None or analysis.as_delivered is None:
        return FitRecord(None, None, None, None)
    return FitRecord(final.gain_db, _finite(final.null_db), _finite(analysis.as_delivered.null_db), final.verdict)


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
        offset_samples=signal.offset_samples,
        polarity_applied=1 if signal.polarity > 0 else -1,
        gain_db=20 * math.log10(gain),
        silent=stem.silent,
    )


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
    outputs = []
    for index, (signal, name) in enumerate(zip(placed, names, strict=True)):
        path = folder / name
        with WaveWriter(path, channels=signal.channels, sample_rate_hz=rate_hz, encoding="float32") as writer:
            for start in range(0, frames, BLOCK_FRAMES):
                block = signal.between(start, min(start + BLOCK_FRAMES, frames))
                writer.write((gain * block).astype(np.float32))
        outputs.append(OutputFile(f"stems/{name}", sha256_of(path), signal.channels))
        progress((index + 1) / len(placed))
    return outputs


def _write_manifest(path: Path, manifest: StemsManifest) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
