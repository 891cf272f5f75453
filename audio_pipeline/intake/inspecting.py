"""Inspect what was handed in: files one by one, or a folder of stems as a set.

Files are judged side by side: somebody waits for the report, and most of what a song is judged by is asked of each file
alone.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.cores import side_by_side
from audio_pipeline.intake.findings import FileReport, Verdict
from audio_pipeline.intake.judging import Hears, TakePrint, judge_file
from audio_pipeline.intake.set_sound import SetSound
from audio_pipeline.intake.stem_sets import StemSetReport, judge_set
from audio_pipeline.stems.session import sound_files, split_mix

# How much of the work on a set is done when each file is judged.
JUDGED: Final = 0.6

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
    return Inspection(tuple(_judged([_Job(path) for path in paths], progress)), None)


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
    paths = [*stems, *([mix] if mix else [])]
    sound = SetSound(paths)
    jobs = [
        _Job(path, as_stem=path != mix, draw=draw, hears=sound.hears(path), take_print=take_print) for path in paths
    ]
    reports = _judged(jobs, lambda done: progress(JUDGED * done))
    stem_set = judge_set(
        dict(zip(paths, reports, strict=True)), mix, sound, lambda done: progress(JUDGED + (1 - JUDGED) * done)
    )
    progress(1.0)
    return Inspection(tuple(reports), stem_set)


def is_stem_folder(path: Path) -> bool:
    """Whether `path` is a folder, not a link to one, with sound in it."""
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        return bool(sound_files(path))
    except OSError:
        return False


class _Job(msgspec.Struct, frozen=True):
    """A file to judge, and how."""

    path: Path
    as_stem: bool = False
    draw: bool = False
    hears: Hears | None = None
    take_print: TakePrint = lambda words: None


def _judged(jobs: Sequence[_Job], progress: Progress) -> list[FileReport]:
    """The verdicts in the order of `jobs`; `progress` hears how much of all files is done."""
    done = dict.fromkeys(range(len(jobs)), 0.0)
    lock = threading.Lock()

    def judge(number: int) -> FileReport:
        def reached(share: float) -> None:
            with lock:
                done[number] = share
                progress(sum(done.values()) / len(jobs))

        job = jobs[number]
        return judge_file(
            job.path,
            as_stem=job.as_stem,
            draw=job.draw,
            progress=reached,
            take_print=job.take_print,
            hears=job.hears,
        )

    return side_by_side(judge, range(len(jobs)))
