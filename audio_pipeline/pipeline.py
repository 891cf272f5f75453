"""What a pipeline is made of: stages, what goes into them and what comes out.

A stage is a pure step from stored inputs to stored artifacts: `function(task, progress) -> tuple[Artifact, ...]`. It
may be run twice (a worker died), even twice at once (a worker was believed dead); the store makes that harmless.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from audio_pipeline.run_errors import UnknownStage
from opencall.kernel.object_store import ObjectStore

if TYPE_CHECKING:  # a stage's process loads this module, and has no use for a database
    from opencall.kernel.facts import Fact
    from opencall.kernel.unit_of_work import UnitOfWork

PEER = "peer"
"""The kind under which a stage reads what was made of another song; its name is that song's identifier."""

WHOLE = "whole"
"""The one part of a stage that is not divided into parts."""

# A light stage is not renewed while it runs, so it has to be over well before its lease is.
LIGHT_LIMIT_S = 5.0


class Queue(StrEnum):
    """Where a stage waits, so that a short job never stands behind a long one."""

    CONTROL = "control"
    IO = "io"
    CPU = "cpu"
    RENDER = "render"


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file that a stage reads. `origin` is `upload` or the stage that made it."""

    origin: str
    kind: str
    name: str
    sha256: str
    bytes: int
    details: dict[str, Any] = {}


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that the outcome of a run depends on, besides the stage's own version.

    `parts` are results that can be made one without another (the layouts of a render); each has an input hash of its
    own, and a run makes only those that are missing.
    """

    files: tuple[InputFile, ...] = ()
    params: dict[str, Any] = {}
    parts: tuple[str, ...] = (WHOLE,)

    def of_kind(self, kind: str) -> tuple[InputFile, ...]:
        """The files of one kind, in order."""
        return tuple(file for file in self.files if file.kind == kind)

    def one(self, kind: str) -> InputFile:
        """The only file of its kind."""
        (file,) = self.of_kind(kind)
        return file


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A stored result. `part` is the part of the inputs that it belongs to; `details` what was measured on it."""

    kind: str
    name: str
    sha256: str
    bytes: int
    part: str = WHOLE
    details: dict[str, Any] = {}


@dataclass(frozen=True)
class StageTask:
    """What a stage function works with: inputs, the parts to make, the store, and an empty folder of its own."""

    inputs: Inputs
    missing: tuple[str, ...]
    store: ObjectStore
    scratch: Path

    def keep(self, path: Path, *, kind: str, part: str = WHOLE, **details: Any) -> Artifact:
        """Store the file at `path` (inside `scratch`) under its own name and return the artifact."""
        stored = self.store.put_file(path)
        return Artifact(kind=kind, name=path.name, sha256=stored.sha256, bytes=stored.bytes, part=part, details=details)


Progress = Callable[[float], None]
"""Told how much of the work is done, 0 to 1, as often as is convenient."""

StageFunction = Callable[[StageTask, Progress], tuple[Artifact, ...]]


@dataclass(frozen=True)
class FinishedRun:
    """A run that is done, as what follows from it sees it."""

    song_id: str
    stage: "Stage"
    input_hash: str
    inputs: Inputs
    artifacts: tuple[Artifact, ...]


Announce = Callable[[FinishedRun], "Fact"]
Gate = Callable[["UnitOfWork", str, Inputs], bool]
"""`gate(uow, song_id, inputs)`: whether people allow the stage to start on these inputs."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step. `needs` are stages whose current artifacts it reads; `uploads`, whether it reads the artist's files.

    `peers` is a kind of artifact among what it needs: it reads those of all other songs of the song's circle as well.
    `beside` names stages with which it is ordered, though none of them waits for it nor it for them.
    `takes` names the song's settings that it depends on, `parts_from` the setting whose items are its parts.
    `announces` makes the fact that is recorded when it is done; `gate` holds it back until people have agreed.
    """

    name: str
    version: str
    queue: Queue
    function: str
    needs: tuple[str, ...] = ()
    peers: str | None = None
    beside: tuple[str, ...] = ()
    uploads: bool = False
    takes: tuple[str, ...] = ()
    parts_from: str | None = None
    heavy: bool = True
    time_limit_s: float = 3600.0
    announces: Announce | None = None
    gate: Gate | None = None

    def __post_init__(self) -> None:
        if not self.heavy and self.time_limit_s > LIGHT_LIMIT_S:
            raise ValueError(f"{self.name} may take {self.time_limit_s} s: more than {LIGHT_LIMIT_S} s is heavy")

    def as_of(self, version: str) -> "Stage":
        """The stage as it was in that version, for what was ordered then."""
        return self if version == self.version else replace(self, version=version)

    def input_hash(self, inputs: Inputs) -> str:
        """SHA-256 (hex) over everything that the outcome depends on: files by content, parameters, own version."""
        files = [(file.origin, file.kind, file.name, file.sha256) for file in inputs.files]
        return digest([self.name, self.version, files, inputs.params, inputs.parts])

    def part_hash(self, inputs: Inputs, part: str) -> str:
        """The input hash of one part alone: the same whichever other parts are asked for with it."""
        return self.input_hash(msgspec.structs.replace(inputs, parts=(part,)))


@dataclass(frozen=True)
class Pipeline:
    """Stages in an order in which each one comes after all that it needs."""

    stages: tuple[Stage, ...]
    _by_name: dict[str, Stage] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known: dict[str, Stage] = {}
        for stage in self.stages:
            if stage.name in known or any(other not in known for other in (*stage.needs, *stage.beside)):
                raise ValueError(f"stage {stage.name} stands twice, or before a stage that it needs or stands beside")
            known[stage.name] = stage
        object.__setattr__(self, "_by_name", known)

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __getitem__(self, name: str) -> Stage:
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownStage(name, tuple(self._by_name)) from None

    def after(self, name: str) -> tuple[Stage, ...]:
        """The stages that read what `name` makes."""
        return tuple(stage for stage in self.stages if name in stage.needs)

    def beside(self, name: str) -> tuple[Stage, ...]:
        """The stages that are ordered together with `name`."""
        return tuple(stage for stage in self.stages if name in stage.beside)

    def downstream(self, name: str) -> tuple[str, ...]:
        """Every stage whose result depends on `name`, nearest first."""
        found: list[str] = []
        for stage in self.stages:
            if name in stage.needs or any(need in found for need in stage.needs):
                found.append(stage.name)
        return tuple(found)


def digest(value: Any) -> str:
    """SHA-256 (hex) of `value` as canonical JSON: the same for equal values, whatever the order of their keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
