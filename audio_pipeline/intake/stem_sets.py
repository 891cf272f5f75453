"""Judge the stems of a song as a set: do they have one rate, one zero and one length, and do they make the mix?"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.intake.checks.places import MOST
from audio_pipeline.intake.findings import Code, FileReport, Finding, Place, Verdict, info, warn
from audio_pipeline.intake.judging import printable
from audio_pipeline.intake.set_sound import SetSound
from audio_pipeline.stems.analysing import SetAnalysis, StemAlignment, analyse_set, in_session_samples
from audio_pipeline.stems.fitting import EXACT_DB, Fit
from audio_pipeline.stems.preparing import Prepared, analysis_rate_hz, resampled_frames, session_rate_hz
from audio_pipeline.stems.rest import Rest

LENGTH_TOLERANCE_S: Final = 0.1

Progress = Callable[[float], None]


class StemPlace(msgspec.Struct, frozen=True):
    """Lag (positive: late, in session samples) and polarity against the mix; None where it was not found in it."""

    path: str
    lag_samples: int | None
    polarity: int | None


class StemSetReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What concerns the set as a whole. What needs a mix is None without one; residuals are None for −∞ too.

    `rest` is there where stems with every repair still differ from the mix.
    """

    session_rate_hz: int
    frames: int
    mix: str | None
    gain_db: float | None
    residual_db: float | None
    repaired_residual_db: float | None
    class_: str | None = msgspec.field(name="class")
    findings: tuple[Finding, ...]
    files: tuple[StemPlace, ...]
    rest: Rest | None = None


def judge_set(
    judged: Mapping[Path, FileReport],
    mix: Path | None,
    sound: SetSound,
    progress: Progress = lambda done: None,
) -> StemSetReport | None:
    """The report on a set whose files have been judged one by one, their `sound` kept.

    A rejected mix is none. Rejected stems are left out, and named; without a single usable stem there is nothing to
    report.
    """
    usable = {path: report for path, report in judged.items() if report.verdict is not Verdict.REJECT}
    left_out = [path for path in judged if path not in usable and path != mix]
    mix = mix if mix in usable else None
    if len(usable) == (mix is not None):
        return None
    if mix is not None:
        usable[mix] = usable.pop(mix)  # the last of all
    try:
        sources = sound.sources(usable)
        rate_hz, lag_rate_hz = session_rate_hz(sources), analysis_rate_hz(sources)
        prepared = sound.prepared(sources, lag_rate_hz)
    except AudioPipelineError:
        return None
    prepared_mix = prepared.pop() if mix else None
    analysis = analyse_set(prepared, prepared_mix, lag_rate_hz, progress)
    alignments = [in_session_samples(found, lag_rate_hz, rate_hz) for found in analysis.alignments]
    fit = analysis.as_delivered
    measured = fit is not None and not math.isnan(fit.null_db)
    return StemSetReport(
        session_rate_hz=rate_hz,
        frames=resampled_frames(analysis.frames, lag_rate_hz, rate_hz),
        mix=printable(mix) if mix else None,
        gain_db=fit.gain_db if fit and measured else None,
        residual_db=_finite(fit),
        repaired_residual_db=_finite(analysis.repaired),
        class_=fit.verdict if fit and measured else None,
        findings=(
            *_rate_findings(prepared, prepared_mix),
            *_length_findings(prepared, prepared_mix, lag_rate_hz),
            *_duplicate_findings(prepared),
            *_alignment_findings(prepared, alignments, rate_hz),
            *_sum_findings(analysis, left_out),
        ),
        files=tuple(_stem_place(stem, found) for stem, found in zip(prepared, alignments, strict=True)),
        rest=analysis.rest,
    )


def _rate_findings(stems: Sequence[Prepared], mix: Prepared | None) -> Iterator[Finding]:
    expected_hz = mix.source.sample_rate_hz if mix else _most_common([stem.source.sample_rate_hz for stem in stems])
    for stem in stems:
        if stem.source.sample_rate_hz != expected_hz:
            yield warn(
                Code.RATE_MISMATCH,
                f"{stem.source.path.name}: {stem.source.sample_rate_hz} Hz, where the {'mix' if mix else 'others'} "
                f"{'has' if mix else 'have'} {expected_hz} Hz. It will be resampled; export all stems at one rate.",
            )


def _length_findings(stems: Sequence[Prepared], mix: Prepared | None, rate_hz: int) -> Iterator[Finding]:
    ends = [stem.placed_at_samples + len(stem.samples) for stem in stems]
    tolerance = round(LENGTH_TOLERANCE_S * rate_hz)
    expected = mix.placed_at_samples + len(mix.samples) if mix else _most_common(ends)
    for stem, end in zip(stems, ends, strict=True):
        if abs(end - expected) > tolerance:
            yield warn(
                Code.LENGTH_MISMATCH,
                f"{stem.source.path.name}: it ends {abs(end - expected) / rate_hz:.2f} s "
                f"{'before' if end < expected else 'after'} the {'mix' if mix else 'others'}. Check that it starts "
                "with the song; export all stems from the song's start to its end.",
            )


def _duplicate_findings(stems: Sequence[Prepared]) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for stem in stems:
        if stem.silent:
            continue
        other = first.setdefault(stem.source.sha256, stem.source.path)
        if other != stem.source.path:
            yield warn(
                Code.DUPLICATE,
                f"{stem.source.path.name}: the same file as {other.name}. Leave one out, or deliver the right one.",
            )


def _alignment_findings(
    stems: Sequence[Prepared], alignments: Sequence[StemAlignment], rate_hz: int
) -> Iterator[Finding]:
    for stem, found in zip(stems, alignments, strict=True):
        if found.known and found.lag_samples:
            yield warn(
                Code.LATE,
                f"{stem.source.path.name}: {abs(found.lag_samples)} samples "
                f"({1000 * abs(found.lag_samples) / rate_hz:.1f} ms) {'late' if found.lag_samples > 0 else 'early'} "
                "against the mix. Confirm that it is to be moved, or export it from the song's start.",
            )
        if found.known and found.polarity < 0:
            yield warn(
                Code.POLARITY_INVERTED,
                f"{stem.source.path.name}: its polarity is the opposite of the mix's. Confirm that it is to be turned.",
            )


def _sum_findings(analysis: SetAnalysis, left_out: Sequence[Path]) -> Iterator[Finding]:
    delivered, repaired = analysis.as_delivered, analysis.repaired
    if delivered is None or repaired is None or math.isnan(delivered.null_db) or delivered.verdict == "exact":
        return
    where = "".join(f" {sentence}" for sentence in (analysis.rest.says if analysis.rest else ()))
    places = tuple(Place(one.start_s, one.end_s) for one in (analysis.rest.places[:MOST] if analysis.rest else ()))
    without = f" Left out: {', '.join(path.name for path in left_out)}." if left_out else ""
    if repaired.verdict == "exact":
        yield info(
            Code.SUM_MISMATCH,
            f"As delivered the sum of the stems leaves {delivered.null_db:.1f} dB of the mix; with the lags and "
            f"polarities above put right, {repaired.null_db:.1f} dB: exact.{without}",
        )
    elif analysis.rest and analysis.rest.is_other_sound:
        yield warn(
            Code.SUM_MISMATCH,
            f"The sum of the stems leaves {repaired.null_db:.1f} dB of the mix (exact is {EXACT_DB:.0f}): a stem is "
            f"missing, or is another version.{where} A person has to decide.{without}",
            places,
        )
    else:
        yield warn(
            Code.SUM_MISMATCH,
            f"The sum of the stems leaves {repaired.null_db:.1f} dB of the mix (exact is {EXACT_DB:.0f}): the mix has "
            f"processing on its bus that the stems lack.{where} Listen whether they still make the song.{without}",
            places,
        )


def _stem_place(stem: Prepared, found: StemAlignment) -> StemPlace:
    path = printable(stem.source.path)
    return StemPlace(path, found.lag_samples, found.polarity) if found.known else StemPlace(path, None, None)


def _most_common(values: Sequence[int]) -> int:
    """The value that most have; the largest of those that are equally common."""
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def _finite(fit: Fit | None) -> float | None:
    return fit.null_db if fit is not None and math.isfinite(fit.null_db) else None
