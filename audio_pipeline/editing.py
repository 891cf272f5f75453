"""A scene that an engineer edited elsewhere comes back: held against the song that it is of, then taken."""

from typing import Final

from audio_pipeline.pipeline import Artifact, Pipeline
from audio_pipeline.production import song_artifacts, use_scene
from audio_pipeline.run_errors import NotReadyFor
from audio_pipeline.scene.errors import SceneOfAnotherSong, StemMissing
from audio_pipeline.scene.model import Scene
from audio_pipeline.scene.reading import check_scene, parse_scene
from audio_pipeline.stages import PIPELINE
from opencall.kernel.object_store import ObjectStore
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork, Work

LARGEST_UPLOAD_BYTES: Final = 8 << 20
"""128 objects that move all through a song are below this."""


def take_scene(
    work: Work,
    principal: Principal,
    store: ObjectStore,
    song_id: str,
    document: bytes,
    name: str = "scene.json",
    pipeline: Pipeline = PIPELINE,
) -> Scene:
    """Have the song rendered from `document`, a scene file of its own stems; returns the scene.

    What types, names and times cannot be is refused here; what only the sound can tell, by the stage that composes.
    Raises `NotAllowed`, a `SceneError`, and as `use_scene` does. Nobody waits while the scene is read and kept.
    """
    require(principal, Role.ENGINEER)
    with work.read(principal) as uow:
        artifact = scene_of(uow, song_id, pipeline)
        stems = {
            f"stems/{one.name}" for one in song_artifacts(uow, song_id, "normalise", pipeline) if one.kind == "stem"
        }

    scene = parse_scene(document, name)
    check_scene(scene)
    if artifact is None:
        raise NotReadyFor(song_id, "an edited scene", "compose")
    current = read_scene(store, artifact)
    if (scene.sample_rate_hz, scene.frames) != (current.sample_rate_hz, current.frames):
        raise SceneOfAnotherSong(scene.sample_rate_hz, scene.frames, current.sample_rate_hz, current.frames)
    for one in scene.objects:
        if one.source.stem not in stems:
            raise StemMissing(one.name, one.source.stem)

    stored = store.put([document])

    with work.write(principal) as uow:
        use_scene(uow, principal, song_id, stored.sha256, pipeline)
    return scene


def scene_of(uow: UnitOfWork, song_id: str, pipeline: Pipeline = PIPELINE) -> Artifact | None:
    """The scene file of the song as it is now; None while there is none."""
    artifacts = song_artifacts(uow, song_id, "compose", pipeline)
    return next((one for one in artifacts if one.kind == "scene"), None)


def read_scene(store: ObjectStore, artifact: Artifact) -> Scene:
    """The scene that a scene file says."""
    with store.open(artifact.sha256) as file:
        return parse_scene(file.read(), artifact.name)
