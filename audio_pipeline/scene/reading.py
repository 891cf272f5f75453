"""Reads scene.json and trusts nothing in it: every fault is named with its place.

Three steps, each usable alone: `parse_scene` (bytes to a scene), `check_scene` (what types cannot say), `check_stems`
(what the files beside it say). `read_scene` does all three.
"""

from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec

from audio_pipeline.codecs import open_audio
from audio_pipeline.scene.errors import (
    DuplicateObjectName,
    KeyframeBeyondEnd,
    KeyframesUnordered,
    SceneMissing,
    SceneUnreadable,
    StemDoesNotFit,
    StemMissing,
    StemPathEscapes,
)
from audio_pipeline.scene.model import Scene, SceneObject

# 128 objects with a keyframe every 100 ms over an hour are below this; a larger file is not read into memory.
LARGEST_SCENE_BYTES = 1 << 30


def read_scene(path: Path) -> Scene:
    """The scene at `path`, its stems checked.

    Raises a `SceneError` that names the place of the fault.
    """
    try:
        if path.stat().st_size > LARGEST_SCENE_BYTES:
            raise SceneUnreadable(str(path), "it is larger than 1 GiB")
        document = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise SceneMissing(str(path)) from None
    except OSError as fault:
        raise SceneUnreadable(str(path), fault.strerror or "the system cannot read it") from None
    scene = parse_scene(document, str(path))
    check_scene(scene)
    check_stems(scene, path.parent)
    return scene


def parse_scene(document: bytes, path: str = "scene.json") -> Scene:
    """`document` as a scene, types and ranges checked. `path` only names it in a refusal.

    Raises SceneUnreadable.
    """
    try:
        return msgspec.json.decode(document, type=Scene)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:  # ValidationError is a DecodeError
        raise SceneUnreadable(path, str(fault)) from None
    except RecursionError:
        raise SceneUnreadable(path, "it is nested too deeply") from None


def check_scene(scene: Scene) -> None:
    """Refuse what the types cannot: object names used twice, keyframes out of order or behind the end, stray paths."""
    names: set[str] = set()
    for scene_object in scene.objects:
        if scene_object.name in names:
            raise DuplicateObjectName(scene_object.name)
        names.add(scene_object.name)
        _check_keyframes(scene_object, scene.frames)
        _check_path_text(scene_object)


def check_stems(scene: Scene, folder: Path) -> None:
    """Refuse stems that are missing, lie outside `folder`, or do not have the scene's rate, length and channels.

    A stem may be shorter than the scene: it is silent from its end on.
    """
    headers: dict[str, tuple[int, int, int]] = {}
    for scene_object in scene.objects:
        stem = scene_object.source.stem
        if stem not in headers:
            path = stem_path(scene_object, folder)
            with open_audio(path) as reader:
                headers[stem] = (reader.sample_rate_hz, reader.frames, reader.channels)
        sample_rate_hz, frames, channels = headers[stem]
        name, gains = scene_object.name, len(scene_object.source.channel_gains)
        if sample_rate_hz != scene.sample_rate_hz:
            raise StemDoesNotFit(name, stem, f"{sample_rate_hz} Hz", f"{scene.sample_rate_hz} Hz")
        if frames > scene.frames:
            raise StemDoesNotFit(name, stem, f"{frames} frames", f"at most {scene.frames} frames")
        if channels != gains:
            raise StemDoesNotFit(name, stem, f"{channels} channels", f"{gains} (one entry of channel_gains for each)")


def stem_path(scene_object: SceneObject, folder: Path) -> Path:
    """Where the object's stem lies. Raises StemPathEscapes and StemMissing; a link may not lead out either."""
    stem = scene_object.source.stem
    _check_path_text(scene_object)
    path = folder / stem
    if not path.is_file():
        raise StemMissing(scene_object.name, stem)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise StemPathEscapes(scene_object.name, stem, "is a link that leads out of the folder")
    return path


def _check_path_text(scene_object: SceneObject) -> None:
    stem = scene_object.source.stem
    # Both families of paths are read, so that a scene refused on one system is refused on the other.
    for pure in (PurePosixPath(stem), PureWindowsPath(stem)):
        if pure.is_absolute() or pure.drive or pure.root:
            raise StemPathEscapes(scene_object.name, stem, "is absolute")
        if ".." in pure.parts:
            raise StemPathEscapes(scene_object.name, stem, "leads out of the folder with '..'")
    if any(ord(character) < 32 for character in stem):
        raise StemPathEscapes(scene_object.name, stem, "has control characters")


def _check_keyframes(scene_object: SceneObject, frames: int) -> None:
    previous = -1
    for index, keyframe in enumerate(scene_object.keyframes):
        if keyframe.time_samples <= previous:
            raise KeyframesUnordered(scene_object.name, index, keyframe.time_samples, previous)
        if keyframe.time_samples > frames:
            raise KeyframeBeyondEnd(scene_object.name, index, keyframe.time_samples, frames)
        previous = keyframe.time_samples
