"""Stage `inspect`: the intake's report on the artist's files, and what they are as music."""

from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path

import msgspec

from audio_pipeline.intake.findings import Verdict, verdict_of
from audio_pipeline.intake.inspecting import Inspection, inspect_files
from audio_pipeline.intake.judging import printable
from audio_pipeline.intake.music.printing import Words, to_bytes
from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.scene.composing import guess_roles_of
from audio_pipeline.stage_functions.unpacking import unpack


def inspect(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """The artifact `report`: the document of `opencall inspect --json` with the artist's own file names.

    Each file has its `picture` in it, so that a page draws without reading any sound, and `roles` are what the stems
    are taken for. Where the mix is music, there are also its `print`, by which it is compared, and `music`, from which
    pages mark where it turns.
    """
    # Relative paths, so that a report speaks of files as the artist called them, and not of a folder of ours.
    # They have a folder to themselves, because an artist may call a file whatever we call ours.
    delivered = task.scratch / "delivered"
    delivered.mkdir()
    prints: list[Words] = []
    with chdir(delivered):
        stems = unpack(task, task.inputs.of_kind("stem"), Path())
        beside = Path("mix") if Path("mix") not in stems else Path("the mix")
        mix = unpack(task, task.inputs.of_kind("mix"), beside)

        inspection = inspect_files(stems, mix[0] if mix else None, progress, draw=True, take_print=prints.append)
        roles = _roles(stems, inspection)

    report = task.scratch / "report.json"
    document = msgspec.to_builtins(inspection) | {"roles": msgspec.to_builtins(roles)}
    report.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    document = msgspec.json.decode(report.read_bytes())
    kept = task.keep(report, kind="report", verdict=str(_verdict(inspection)), report=document)
    return (kept, *_keep_music(task, inspection, prints))


def _keep_music(task: StageTask, inspection: Inspection, prints: list[Words]) -> Iterator[Artifact]:
    mix_sha256 = task.inputs.one("mix").sha256
    for words in prints:
        path = task.scratch / "print.bin"
        path.write_bytes(to_bytes(words))
        yield task.keep(path, kind="print", mix_sha256=mix_sha256)
    for music in (file.music for file in inspection.files if file.music is not None):
        path = task.scratch / "music.json"
        path.write_bytes(msgspec.json.encode(music))
        yield task.keep(path, kind="music", mix_sha256=mix_sha256, document=msgspec.to_builtins(music))


class _Role(msgspec.Struct, frozen=True):
    """What a stem is taken for, and how surely, 0 to 1; below 0.6 a person should look."""

    path: str
    role: str
    confidence: float


def _roles(stems: Sequence[Path], inspection: Inspection) -> list[_Role]:
    unheard = {Path(file.path) for file in inspection.files if file.verdict is Verdict.REJECT}
    guesses = guess_roles_of(stems, unheard)
    return [_Role(printable(path), guess.role, guess.confidence) for path, guess in zip(stems, guesses, strict=True)]


def _verdict(inspection: Inspection) -> str:
    findings = [finding for file in inspection.files for finding in file.findings]
    if inspection.stems is not None:
        findings += inspection.stems.findings
    return verdict_of(findings)
