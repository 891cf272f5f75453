"""Which files of a folder are stems, and how a scene file comes to stand beside them.

A scene names its stems relative to its own folder and never out of it, so that a scene from a stranger opens nothing
else, and so that the folder can be moved as a whole. Where a scene is written elsewhere than above its stems, the stems
are therefore linked into `<scene>.stems/` beside it (hard links; copies where the file system has none).
"""

import secrets
from pathlib import Path, PurePosixPath

import msgspec

from audio_pipeline.containers import EXTENSIONS, sniff
from audio_pipeline.scene.errors import NoStems
from audio_pipeline.scene.model import Scene, Source
from opencall.kernel.whole_files import link_or_copy

# A file with one of these names claims to be sound: if it is not, composing says so instead of leaving it out.
_SOUND_SUFFIXES = frozenset(f".{extension}" for extensions in EXTENSIONS.values() for extension in extensions)


def audio_folder(folder: Path) -> Path:
    """Where the sound lies: `folder/stems` where `normalise` (or a person) put it there, else `folder` itself."""
    inner = folder / "stems"
    return inner if inner.is_dir() else folder


def stem_files(folder: Path) -> list[Path]:
    """The stems in `folder` in order of their names: every sound but `mix.*`, hidden files left aside.

    Raises NoStems. A file that is named as sound is listed even if it is none, so that opening it speaks.
    """
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or path.stem.casefold() == "mix" or not path.is_file():
            continue
        if path.suffix.casefold() in _SOUND_SUFFIXES or sniff(path) is not None:
            found.append(path)
    if not found:
        raise NoStems(str(folder))
    return found


def beside(scene: Scene, stems_folder: Path, scene_path: Path) -> Scene:
    """`scene`, whose stem paths are relative to `stems_folder`, with paths that hold for a file at `scene_path`.

    Links stems that lie outside the scene's folder into `<scene>.stems/`, replacing files of the same name there.
    """
    home, away = scene_path.parent.resolve(), stems_folder.resolve()
    if away.is_relative_to(home):
        return _with_stems_in(scene, PurePosixPath(away.relative_to(home).as_posix()))
    folder = scene_path.with_suffix(".stems")
    folder.mkdir(exist_ok=True)
    for stem in sorted({scene_object.source.stem for scene_object in scene.objects}):
        _link(stems_folder / stem, folder / stem)
    return _with_stems_in(scene, PurePosixPath(folder.name))


def _with_stems_in(scene: Scene, folder: PurePosixPath) -> Scene:
    objects = tuple(
        msgspec.structs.replace(
            scene_object,
            source=Source(str(folder / scene_object.source.stem), scene_object.source.channel_gains),
        )
        for scene_object in scene.objects
    )
    return msgspec.structs.replace(scene, objects=objects)


def _link(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        link_or_copy(source, temporary)
        temporary.replace(target)
    finally:
        # Renaming one hard link over another of the same file does nothing and leaves it behind.
        temporary.unlink(missing_ok=True)
