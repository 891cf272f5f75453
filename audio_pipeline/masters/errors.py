"""Refusals of rendering and of masters."""

from collections.abc import Iterable
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError
from opencall.kernel.errors import Kind


class MasterError(AudioPipelineError):
    """Base of what is refused here."""


class OutputNotEmpty(MasterError):
    """The output folder holds something already."""

    kind = Kind.CONFLICT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} is not an empty folder. Choose another, or add --force to replace files in it.")


class OutputNotAFolder(MasterError):
    """The output path names a file."""

    kind = Kind.CONFLICT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} is a file, not a folder. Choose another output folder.")


class SceneHasNoProgrammes(MasterError):
    """A programme was asked for by name, of a file that cannot have several."""

    def __init__(self, path: Path, programme_id: str) -> None:
        self.path, self.programme_id = path, programme_id
        super().__init__(f"{path} is a scene, which is one programme. Leave out --programme {programme_id}.")


class UnknownDeliverable(MasterError):
    """No deliverable of that kind is registered."""

    kind = Kind.NOT_FOUND

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.deliverable = kind
        super().__init__(f"There is no deliverable {kind!r}. Choose from: {', '.join(known)}.")


class EarsAreNoLoudspeakers(MasterError):
    """Binaural was asked for among the loudspeaker masters."""

    def __init__(self) -> None:
        super().__init__("binaural is no loudspeaker layout: take it out of --to, and add it to --as.")


class HrtfUnusable(MasterError):
    """A file that was given as somebody's ears, and is not."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} cannot be used as an HRTF: {reason}. Give a SOFA file of convention SimpleFreeFieldHRIR."
        )


class SofaReaderMissing(MasterError):
    """Reading SOFA files takes an extra that is not installed."""

    def __init__(self) -> None:
        super().__init__('SOFA files are read by the extra `sofa`: pip install "opencall[sofa]", or leave out --hrtf.')


class EarsReplaced(MasterError):
    """A render was ordered for ears that this installation no longer has."""

    kind = Kind.CONFLICT

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(
            f"This render was ordered for the HRTF {sha256[:12]}…, which this version no longer ships. "
            "Use the scene again, so that a render for the present one is ordered and approved."
        )


class EarsForNobody(MasterError):
    """Something was said about ears, but nothing is made for ears."""

    def __init__(self, option: str) -> None:
        self.option = option
        super().__init__(f"{option} is about binaural, but nothing binaural is asked for. Leave it out.")


class RoomUnreadable(MasterError):
    """A file that was given as somebody's room, and is not."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} cannot be used as a layout: {reason}. docs/schemas/layout.schema.json describes them."
        )


class RoomForNobody(MasterError):
    """A room was given for a layout that nothing is rendered to."""

    def __init__(self, path: Path, layout_name: str) -> None:
        self.path, self.layout_name = path, layout_name
        super().__init__(f"{path} is a room with {layout_name}, which is not asked for. Add it to --to.")


class HeadUnusable(MasterError):
    """A turn of the head that is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"--head {text} is no turn of a head. Give degrees: YAW, or YAW,PITCH,ROLL; left and up count up."
        )


class UnknownProfile(MasterError):
    """No check of that name is registered."""

    kind = Kind.NOT_FOUND

    def __init__(self, profile: str, known: Iterable[str]) -> None:
        self.profile = profile
        super().__init__(f"There is no profile {profile!r}. Choose one of: {', '.join(known)}.")


class MasterRateUnfit(MasterError):
    """A 360 master is 48 kHz, and the source is not."""

    def __init__(self, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        super().__init__(
            f"A 360 master has 48000 Hz, the source has {sample_rate_hz} Hz. "
            "Normalise the stems to 48 kHz and compose the scene again."
        )


class MasterTooWide(MasterError):
    """A 360 master has a track for each signal, and the source has more of them than a master may."""

    def __init__(self, signals: int, most: int) -> None:
        self.signals = signals
        super().__init__(
            f"A 360 master has {most} tracks at most, the source has {signals} signals. "
            "Join what moves together, or choose a programme with fewer objects."
        )


class MasterNeedsObjects(MasterError):
    """A 360 master holds objects only, and the source has something else."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"A 360 master holds objects only, and {name!r} is none: it is a bed, HOA or binaural. "
            "Leave out adm-360, or choose a programme of objects."
        )


class NothingToRender(MasterError):
    """A programme without any object, or a file without any sound."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} has no object, or no frame, that sounds. Export it again.")


class CannotRender(MasterError):
    """The renderer refuses the metadata of the programme."""

    def __init__(self, title: str, reason: str) -> None:
        self.title, self.reason = title, reason
        super().__init__(f"{title!r} cannot be rendered: {reason}")
