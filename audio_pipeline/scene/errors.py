"""Refusals of the scene: what is wrong with which file, and what to do next."""

from collections.abc import Iterable

from audio_pipeline.errors import AudioPipelineError
from opencall.kernel.errors import Kind


class SceneError(AudioPipelineError):
    """Base of what is refused here."""


class SceneUnreadable(SceneError):
    """The file is no scene of the schema; `detail` names the place and the fault."""

    def __init__(self, path: str, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(f"{path} is not a usable scene: {detail}. Mend that place, or compose the scene again.")


class SceneMissing(SceneError):
    """There is no such scene file."""

    kind = Kind.NOT_FOUND

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"There is no scene file {path}. Make one with `opencall compose`.")


class KeyframesUnordered(SceneError):
    """Two keyframes of an object are not in strictly rising time order."""

    def __init__(self, object_name: str, index: int, time_samples: int, previous_samples: int) -> None:
        self.object_name, self.index = object_name, index
        super().__init__(
            f"Object {object_name!r}: keyframe {index} is at sample {time_samples}, not after the one before it, "
            f"at {previous_samples}. Put the keyframes in rising time order."
        )


class KeyframeBeyondEnd(SceneError):
    """A keyframe lies behind the end of the scene."""

    def __init__(self, object_name: str, index: int, time_samples: int, frames: int) -> None:
        self.object_name, self.index = object_name, index
        super().__init__(
            f"Object {object_name!r}: keyframe {index} is at sample {time_samples}, but the scene ends at {frames}. "
            "Move it to the end or before."
        )


class DuplicateObjectName(SceneError):
    """Two objects have one name."""

    def __init__(self, object_name: str) -> None:
        self.object_name = object_name
        super().__init__(f"Two objects are named {object_name!r}. Give each object a name of its own.")


class StemPathEscapes(SceneError):
    """A stem's path is absolute or leads out of the scene's folder."""

    def __init__(self, object_name: str, stem: str, why: str) -> None:
        self.object_name, self.stem = object_name, stem
        super().__init__(
            f"Object {object_name!r}: the stem path {stem!r} {why}. "
            "Keep stems in the scene file's folder or below it, and name them relative to it."
        )


class StemMissing(SceneError):
    """A stem named by the scene is not there."""

    kind = Kind.NOT_FOUND

    def __init__(self, object_name: str, stem: str) -> None:
        self.object_name, self.stem = object_name, stem
        super().__init__(
            f"Object {object_name!r}: there is no stem file {stem!r} in the scene's folder. "
            "Put it back, or compose the scene again."
        )


class StemDoesNotFit(SceneError):
    """Rate, length or channel count of a stem is not what the scene says."""

    def __init__(self, object_name: str, stem: str, found: str, expected: str) -> None:
        self.object_name, self.stem = object_name, stem
        super().__init__(
            f"Object {object_name!r}: the stem {stem!r} has {found}, the scene says {expected}. "
            "Normalise the stems, then compose the scene again."
        )


class NoStems(SceneError):
    """The folder holds no sound."""

    kind = Kind.NOT_FOUND

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"{folder} holds no stems. Give a folder with audio files, or one that `normalise` wrote.")


class StemsDisagree(SceneError):
    """The stems of one folder have different sample rates."""

    def __init__(self, folder: str, rates_hz: Iterable[int]) -> None:
        self.rates_hz = tuple(sorted(rates_hz))
        rates = ", ".join(str(rate) for rate in self.rates_hz)
        super().__init__(f"The stems in {folder} have different sample rates ({rates} Hz). Normalise them first.")


class StemHasTooManyChannels(SceneError):
    """Composing places mono and stereo stems only."""

    def __init__(self, stem: str, channels: int) -> None:
        self.stem, self.channels = stem, channels
        super().__init__(
            f"The stem {stem!r} has {channels} channels; composing places mono and stereo stems. "
            "Split it into mono or stereo files, or write its objects by hand."
        )


class StemNotFinite(SceneError):
    """A stem holds NaN or infinity: no level, no place."""

    def __init__(self, stem: str) -> None:
        self.stem = stem
        super().__init__(f"The stem {stem!r} holds samples that are no finite numbers. Export it again.")


class OnlyLfeStems(SceneError):
    """Nothing but LFE stems: an objects-only scene would be empty."""

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder} holds LFE stems only; an objects-only scene cannot carry them. Add other stems.")


class TooManyObjects(SceneError):
    """More objects than a scene carries."""

    def __init__(self, objects: int) -> None:
        self.objects = objects
        super().__init__(f"These stems would make {objects} objects; a scene carries 128. Bounce some together.")


class UnknownPreset(SceneError):
    """No preset of that name is registered."""

    kind = Kind.NOT_FOUND

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"There is no preset {name!r}. Choose one of: {', '.join(known)}.")


class UnknownRole(SceneError):
    """A role was named that is not in the table."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"There is no role {name!r}. Choose one of: {', '.join(known)}.")


class RoleForNoStem(SceneError):
    """The roles file speaks of a stem that is not in the folder."""

    def __init__(self, stem: str, stems: Iterable[str]) -> None:
        self.stem = stem
        super().__init__(f"A role is given for {stem!r}, but the stems are: {', '.join(stems)}.")


class RolesUnreadable(SceneError):
    """The roles file is not one JSON object of stem names and roles."""

    def __init__(self, path: str, detail: str) -> None:
        self.path = path
        super().__init__(f'{path} is not a roles file: {detail}. Write JSON like {{"01 Kick.wav": "kick"}}.')


class SceneExists(SceneError):
    """A scene file is in the way: what a person moved is not overwritten unasked."""

    kind = Kind.CONFLICT

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path} exists already. Choose another name, or add --force to replace it.")


class SceneOfAnotherSong(SceneError):
    """An edited scene has not the rate or length of the song that it is given for."""

    def __init__(self, sample_rate_hz: int, frames: int, wanted_hz: int, wanted_frames: int) -> None:
        self.sample_rate_hz, self.frames = sample_rate_hz, frames
        super().__init__(
            f"This scene has {frames} frames at {sample_rate_hz} Hz, the song has {wanted_frames} at {wanted_hz} Hz. "
            "Start from the scene.json of this song, and keep both numbers."
        )
