"""Composes a scene from a folder of stems: listen to each once, name its role, place it by a preset.

What it proposes is for an engineer to change. It sets no gain; `propose_programme_gain` does, after a measuring render.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.cores import side_by_side
from audio_pipeline.scene.errors import (
    NoStems,
    OnlyLfeStems,
    RoleForNoStem,
    StemHasTooManyChannels,
    StemNotFinite,
    StemPathEscapes,
    StemsDisagree,
    TooManyObjects,
    UnknownRole,
)
from audio_pipeline.scene.features import StemFeatures, measure_stem
from audio_pipeline.scene.model import Material, Scene
from audio_pipeline.scene.placing import StemToPlace, place
from audio_pipeline.scene.presets import preset_named
from audio_pipeline.scene.role_names import UNKNOWN, RoleGuess, guess_role, guess_roles
from audio_pipeline.scene.role_sounds import traits_of, weighed
from audio_pipeline.scene.roles import LFE, ROLES, UPMIX, role_named
from audio_pipeline.scene.stem_files import audio_folder, stem_files

MOST_OBJECTS = 128
LONGEST_SCENE_NAME = 200

Progress = Callable[[float], None]


class ComposedStem(msgspec.Struct, frozen=True):
    """What became of one stem. `confidence` is 1 where a person gave the role; below 0.6 a person should look."""

    stem: str
    role: str
    confidence: float
    objects: tuple[str, ...]


class Composition(msgspec.Struct, frozen=True):
    """A scene with stem paths relative to `folder`, and what became of each stem."""

    scene: Scene
    folder: Path
    stems: tuple[ComposedStem, ...]


def compose(
    stems_folder: Path,
    name: str,
    preset: str = "stage",
    roles: Mapping[str, str] | None = None,
    progress: Progress = lambda done: None,
) -> Composition:
    """A scene of the stems in `stems_folder`: what `normalise` wrote, its `stems/` folder, or any folder of sound.

    `roles` maps file names (with or without extension) to roles and overrules what names and sound tell. Stems shorter
    than the longest are silent from their end on. `progress` hears 0 to 1. Raises a `SceneError` or what `open_audio`
    raises.
    """
    chosen = preset_named(preset)
    folder = audio_folder(stems_folder)
    files = stem_files(folder)
    names = [path.name for path in files]
    features, sample_rate_hz = _listen(folder, files, progress)
    guesses = _roles(files, roles or {})
    if all(guess.role == LFE for guess in guesses):
        raise OnlyLfeStems(str(folder))

    frames = max(feature.frames for feature in features)
    if frames == 0:
        raise NoStems(str(folder))
    placed = [
        StemToPlace(path=path.name, title=path.stem, role=role_named(guess.role), features=feature)
        for path, guess, feature in zip(files, guesses, features, strict=True)
        if guess.role != LFE
    ]
    objects = place(placed, chosen)
    if len(objects) > MOST_OBJECTS:
        raise TooManyObjects(len(objects))
    composed = []
    for path, guess in zip(files, guesses, strict=True):
        made = tuple(scene_object.name for scene_object in objects if scene_object.source.stem == path.name)
        composed.append(ComposedStem(path.name, guess.role, guess.confidence, made))
    scene = Scene(
        name=name.strip()[:LONGEST_SCENE_NAME] or "untitled",
        source=_material(names, guesses),
        sample_rate_hz=sample_rate_hz,
        frames=frames,
        objects=objects,
        notes=_notes(files, guesses, features, frames),
    )
    return Composition(scene, folder, tuple(composed))


def guess_roles_of(files: Sequence[Path], unheard: Collection[Path] = ()) -> list[RoleGuess]:
    """What each of some stems is, by its name among the others and by its sound, but for those that are `unheard`.

    Raises what `open_audio` raises.
    """
    named = guess_roles([path.name for path in files])
    traits = side_by_side(lambda path: None if path in unheard else traits_of(path), files)
    return [weighed(guess, heard) for guess, heard in zip(named, traits, strict=True)]


def _roles(files: Sequence[Path], given: Mapping[str, str]) -> list[RoleGuess]:
    names = [path.name for path in files]
    guesses = guess_roles_of(files)
    for stem, role in given.items():
        # Without extension, too: normalising may have changed it.
        meant = [index for index, name in enumerate(names) if name == stem]
        meant = meant or [index for index, name in enumerate(names) if Path(name).stem in (stem, Path(stem).stem)]
        if not meant:
            raise RoleForNoStem(stem, names)
        for index in meant:
            guesses[index] = RoleGuess(_role_meant(role), 1.0)
    return guesses


def _role_meant(text: str) -> str:
    """The role that a person wrote: a name of the table, or words as in a file name ("lead vocal", "Bajo", "other")."""
    name = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if name in ROLES or name == LFE:
        return name
    if name == "other":
        return UNKNOWN.role
    guess = guess_role(text)
    if guess == UNKNOWN:
        raise UnknownRole(text, (*ROLES, LFE))
    return guess.role


def _material(names: Sequence[str], guesses: Sequence[RoleGuess]) -> Material:
    """Whoever gives a part of an upmix another role does not make a stem of it: names count as well."""
    return "upmix" if any(guess.role in UPMIX for guess in (*guess_roles(names), *guesses)) else "stems"


def _listen(folder: Path, files: Sequence[Path], progress: Progress) -> tuple[list[StemFeatures], int]:
    features: list[StemFeatures] = []
    rates: set[int] = set()
    for index, path in enumerate(files):
        if not path.resolve().is_relative_to(folder.resolve()):
            raise StemPathEscapes(path.stem, path.name, "is a link that leads out of the folder")
        with open_audio(path) as reader:
            features.append(_measure(reader, path.name))
            rates.add(reader.sample_rate_hz)
        progress((index + 1) / len(files))
    if len(rates) > 1:
        raise StemsDisagree(str(folder), rates)
    return features, rates.pop()


def _measure(reader: AudioReader, name: str) -> StemFeatures:
    if reader.channels > 2:
        raise StemHasTooManyChannels(name, reader.channels)
    features = measure_stem(reader.blocks(), reader.channels)
    if not math.isfinite(features.left_energy + features.right_energy):
        raise StemNotFinite(name)
    return features


def _notes(
    files: Sequence[Path], guesses: Sequence[RoleGuess], features: Sequence[StemFeatures], frames: int
) -> tuple[str, ...]:
    notes = []
    for path, guess, feature in zip(files, guesses, features, strict=True):
        if guess.role == LFE:
            notes.append(
                f"{path.name} is an LFE stem: it stays outside, because an objects-only scene has no LFE channel."
            )
        elif feature.frames < frames:
            notes.append(
                f"{path.name} ends {frames - feature.frames} samples before the scene and is silent from there on."
            )
    return tuple(notes)
