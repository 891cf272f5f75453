"""Inspect what was handed in: files one by one, or a folder of stems as a set."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from audio_pipeline.intake.findings import FileReport, Verdict
from audio_pipeline.intake.judging import TakePrint, judge_file
from audio_pipeline.intake.stem_sets import StemSetReport, judge_set
from audio_pipeline.stems.session import sound_files, split_mix

Progress = Callable[[float], None]


class Inspection(msgspec.Struct, frozen=True):
    """The verdict on each file, and on the set where a folder of stems was inspected."""

    files: tuple[FileReport, ...]
    stems: StemSetReport | None

    @property
    def any_rejected(self) -> bool:
        """Whether a file cannot be used."""
        return any(report.verdict is Verdict.REJECT for report in self.files)


def inspect_paths(paths: Sequence[Path], mix: Path | None = None, progress: Progress = lambda done: None) -> Inspection:
    """Judge `paths`: a single folder with sound in it is a set of stems, everything else is judged by itself.

    `mix` belongs to a set; by default it is `mix.*` in the folder. Nothing but ordinary files is opened.
    """
    if len(paths) == 1 and is_stem_folder(paths[0]):
        return inspect_stems(paths[0], mix, progress)
    reports = []
    for index, path in enumerate(paths):
        reports.append(judge_file(path))
        progress((index + 1) / len(paths))
    return Inspection(tuple(reports), None)


def inspect_stems(folder: Path, mix: Path | None = None, progress: Progress = lambda done: None) -> Inspection:
    """Judge every sound file of `folder` by itself, then the stems against the mix."""
    stems, mix = split_mix(sound_files(folder), mix)
    return inspect_files(stems, mix, progress)


def inspect_files(
    stems: Sequence[Path],
    mix: Path | None = None,
    progress: Progress = lambda done: None,
    *,
    draw: bool = False,
    take_print: TakePrint = lambda words: None,
) -> Inspection:
    """Judge stems and mix that are named one by one; without stems there is no set to judge.

    With `draw` the report on each file has a picture. `take_print` is given the print of the mix, if it has one.
    """
    if not stems:
        alone = (judge_file(mix, draw=draw, progress=progress, take_print=take_print),) if mix else ()
        return Inspection(alone, None)
    reports = []
    for index, path in enumerate(stems):
        reports.append(judge_file(path, as_stem=True, draw=draw))
        progress(0.5 * (index + 1) / len(stems))
    mix_report = judge_file(mix, draw=draw, take_print=take_print) if mix else None
    usable_mix = mix if mix_report and mix_report.verdict is not Verdict.REJECT else None
    stem_set = judge_set(reports, stems, usable_mix, lambda done: progress(0.5 + 0.5 * done))
    return Inspection((*reports, *([mix_report] if mix_report else [])), stem_set)


def is_stem_folder(path: Path) -> bool:
    """Whether `path` is a folder, not a link to one, with sound in it."""
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        return bool(sound_files(path))
    except OSError:
        return False
