"""Make renders and masters: read a programme once, feed every deliverable, then say what was made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.masters.deliverables import DELIVERABLES
from audio_pipeline.masters.errors import EarsAreNoLoudspeakers, OutputNotAFolder, OutputNotEmpty, UnknownDeliverable
from audio_pipeline.masters.headphones import USUAL, Headphones
from audio_pipeline.masters.job import Deliverable, Job, MadeFile
from audio_pipeline.masters.manifest import HrtfEntry, Manifest, describe, write_manifest
from audio_pipeline.masters.programme import AudioProgramme
from audio_pipeline.masters.rendering import Progress, render_pass
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout, get_layout
from audio_pipeline.wave_writing import Encoding

DEFAULT_LAYOUTS: Final = ("0+2+0", "4+7+0", "5+5+3")


class Export(msgspec.Struct, frozen=True):
    """The masters of one programme: the manifest that lies beside them, and the files with what was noticed."""

    manifest: Manifest
    files: tuple[MadeFile, ...]


def export_programme(
    programme: AudioProgramme,
    output_folder: Path,
    kinds: Sequence[str],
    layouts: Sequence[str] = DEFAULT_LAYOUTS,
    *,
    headphones: Headphones = USUAL,
    progress: Progress = lambda done: None,
) -> Export:
    """Make masters of every kind in `kinds` and their manifest in `output_folder`, in one pass over the signals.

    `layouts` are names or aliases for the loudspeaker masters; `headphones` say how a binaural one is
    listened to. Every file appears whole or not at all; on a failure none of this call's is left
    half-written. Raises `UnknownDeliverable`, `UnknownLayout` and `EarsAreNoLoudspeakers` before anything is written.
    """
    chosen = require_makeable(kinds, layouts)

    output_folder.mkdir(parents=True, exist_ok=True)
    job = Job(programme=programme, layouts=chosen, folder=output_folder, headphones=headphones)
    files = _run(job, tuple(dict.fromkeys(kinds)), progress)
    hrtf = headphones.hrtf
    manifest = describe(programme, files, hrtf=HrtfEntry(hrtf.name, hrtf.sha256) if hrtf else None)
    write_manifest(manifest, output_folder)
    return Export(manifest, files)


def render_programme(
    programme: AudioProgramme,
    output_folder: Path,
    layouts: Sequence[str],
    *,
    rooms: Sequence[Layout] = (),
    encoding: Encoding = "pcm24",
    headphones: Headphones = USUAL,
    measure_loudness: bool = False,
    progress: Progress = lambda done: None,
) -> tuple[MadeFile, ...]:
    """Render to one WAV a layout, `<name>.<layout>.wav`, without a manifest. Raises `UnknownLayout`.

    A layout among `rooms` stands as it does there.
    """
    standing = {room.name: room for room in rooms}
    chosen = tuple(standing.get(layout.name, layout) for layout in distinct_layouts(layouts))

    output_folder.mkdir(parents=True, exist_ok=True)
    job = Job(
        programme=programme,
        layouts=chosen,
        folder=output_folder,
        headphones=headphones,
        encoding=encoding,
        measure_loudness=measure_loudness,
    )
    return _run(job, ("loudspeakers",), progress)


def require_makeable(kinds: Sequence[str], layouts: Sequence[str]) -> tuple[Layout, ...]:
    """The layouts of loudspeaker masters; refuses, as `export_programme` does, what it cannot make."""
    unknown = [kind for kind in kinds if kind not in DELIVERABLES]
    if unknown:
        raise UnknownDeliverable(unknown[0], DELIVERABLES)
    chosen = distinct_layouts(layouts)
    if BINAURAL in chosen:
        raise EarsAreNoLoudspeakers
    return chosen


def distinct_layouts(names: Sequence[str]) -> tuple[Layout, ...]:
    """The layouts of `names`, each once, in the order asked for. Raises `UnknownLayout`."""
    return tuple({(layout := get_layout(name)).name: layout for name in names}.values())


def require_output_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder with anything in it, unless forced, and a path that is no folder."""
    if folder.exists() and not folder.is_dir():
        raise OutputNotAFolder(folder)
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise OutputNotEmpty(folder)


def _run(job: Job, kinds: Sequence[str], progress: Progress) -> tuple[MadeFile, ...]:
    deliverables: list[Deliverable] = []
    try:
        for kind in kinds:
            deliverables.append(DELIVERABLES[kind](job))
        wanted = {layout.name: layout for deliverable in deliverables for layout in deliverable.layouts}
        render_pass(job.programme, tuple(wanted.values()), deliverables, progress, job.headphones)
        return tuple(file for deliverable in deliverables for file in deliverable.finish())
    except BaseException:
        for deliverable in deliverables:
            deliverable.abandon()
        raise
