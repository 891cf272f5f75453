"""A scene that an engineer edited elsewhere comes back: held against the song that it is of, then taken."""

from typing import Final

from audio_pipeline.pipeline import Pipeline
from audio_pipeline.production import song_artifacts, use_scene
from audio_pipeline.run_errors import NotReadyFor
from audio_pipeline.scene.errors import SceneOfAnotherSong, StemMissing
from audio_pipeline.scene.model import Scene
from audio_pipeline.scene.reading import check_scene, parse_scene
from audio_pipeline.stages import PIPELINE
from opencall.kernel.object_store import ObjectStore
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork

LARGEST_UPLOAD_BYTES: Final = 8 << 20
"""128 objects that move all through a song are below this."""


def take_scene(
    uow: UnitOfWork,
    principal: Principal,
    store: ObjectStore,
    song_id: str,
    document: bytes,
    name: str = "scene.json",
    pipeline: Pipeline = PIPELINE,
) -> Scene:
    """Have the song rendered from `document`, a scene file of its own stems; returns the scene.

    What types, names and times cannot be is refused here; what only the sound can tell, by the stage that composes.
    Raises `NotAllowed`, a `SceneError`, and as `use_scene` does.
    """
    require(principal, Role.ENGINEER)
    scene = parse_scene(document, name)
    check_scene(scene)
    current = scene_of(uow, store, song_id, pipeline)
    if current is None:
        raise NotReadyFor(song_id, "an edited scene", "compose")
    if (scene.sample_rate_hz, scene.frames) != (current.sample_rate_hz, current.frames):
        raise SceneOfAnotherSong(scene.sample_rate_hz, scene.frames, current.sample_rate_hz, current.frames)
    stems = {f"stems/{one.name}" for one in song_artifacts(uow, song_id, "normalise", pipeline) if one.kind == "stem"}
    for one in scene.objects:
        if one.source.stem not in stems:
            raise StemMissing(one.name, one.source.stem)

    stored = store.put([document])
    use_scene(uow, principal, song_id, stored.sha256, pipeline)
    return scene


def scene_of(uow: UnitOfWork, store: ObjectStore, song_id: str, pipeline: Pipeline = PIPELINE) -> Scene | None:
    """The scene of the song as it is now; None while there is none."""
    for artifact in song_artifacts(uow, song_id, "compose", pipeline):
        if artifact.kind == "scene":
            with store.open(artifact.sha256) as file:
                return parse_scene(file.read(), artifact.name)
    return None
