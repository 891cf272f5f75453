"""Refusals of the renderer, one class each; all of them are a `ValueError`."""


class SpatialAudioError(ValueError):
    """Base of the renderer's refusals."""


class UnknownLayout(SpatialAudioError):
    """A layout was asked for by a name that nobody registered."""

    def __init__(self, name: str, known_names: tuple[str, ...]) -> None:
        self.name = name
        self.known_names = known_names
        super().__init__(f"There is no loudspeaker layout {name!r}; the known ones are {', '.join(known_names)}.")


class MetadataLengthMismatch(SpatialAudioError):
    """The fields of one object's blocks differ in length."""

    def __init__(self, field: str, shape: tuple[int, ...], blocks: int) -> None:
        self.field = field
        self.shape = shape
        self.blocks = blocks
        super().__init__(
            f"{field} has the shape {shape}, but the object has {blocks} blocks: give one value each, or one."
        )


class ValueOutOfRange(SpatialAudioError):
    """A metadata value is not finite, or lies outside of what the standard allows."""

    def __init__(self, field: str, block: int, value: float, lowest: float, highest: float) -> None:
        self.field = field
        self.block = block
        self.value = value
        super().__init__(
            f"{field} of block {block} is {value:g}; give a finite value between {lowest:g} and {highest:g}."
        )


class BlocksOverlap(SpatialAudioError):
    """A block starts before the one in front of it has ended."""

    def __init__(self, block: int, start_samples: float, previous_end_samples: float) -> None:
        self.block = block
        self.start_samples = start_samples
        self.previous_end_samples = previous_end_samples
        super().__init__(
            f"Block {block} starts at sample {start_samples:g}, before block {block - 1} ends at "
            f"{previous_end_samples:g}; put blocks in order of time and shorten the earlier one."
        )


class BlockEndsBeforeStart(SpatialAudioError):
    """A block has a negative duration, or never ends although another follows or it would have to interpolate."""

    def __init__(self, block: int, start_samples: float, end_samples: float) -> None:
        self.block = block
        self.start_samples = start_samples
        self.end_samples = end_samples
        super().__init__(
            f"Block {block} goes from sample {start_samples:g} to {end_samples:g}; a block ends where it starts or "
            "later, and only a block that stands alone may go on for ever."
        )


class InterpolationTooLong(SpatialAudioError):
    """A block's interpolation would go on after the block has ended."""

    def __init__(self, block: int, interpolation_samples: float, duration_samples: float) -> None:
        self.block = block
        self.interpolation_samples = interpolation_samples
        self.duration_samples = duration_samples
        super().__init__(
            f"Block {block} lasts {duration_samples:g} samples but interpolates over {interpolation_samples:g}; "
            "shorten the interpolation to the block."
        )


class LayoutNotPannable(SpatialAudioError):
    """The loudspeakers of a layout do not surround the listener in a way that the panner can use."""

    def __init__(self, layout_name: str, reason: str) -> None:
        self.layout_name = layout_name
        self.reason = reason
        super().__init__(f"Nothing can be panned in layout {layout_name}: {reason}; correct its entry in the layouts.")


class ScreenUnusable(SpatialAudioError):
    """A screen that nobody can look at."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The screen cannot be used: {reason}; give its size and the place of its centre in front.")


class LoudspeakerUnknown(SpatialAudioError):
    """A real position was given for a loudspeaker that the layout does not have."""

    def __init__(self, layout_name: str, name: str, known_names: tuple[str, ...]) -> None:
        self.layout_name = layout_name
        self.name = name
        super().__init__(f"Layout {layout_name} has no loudspeaker {name!r}; it has {', '.join(known_names)}.")


class LoudspeakerMisplaced(SpatialAudioError):
    """A real loudspeaker stands where its layout does not allow it."""

    def __init__(self, layout_name: str, name: str, angle: str, value_deg: float, allowed: str) -> None:
        self.layout_name = layout_name
        self.name = name
        super().__init__(
            f"Loudspeaker {name} of layout {layout_name} stands at {angle} {value_deg:g}°; it may stand at {allowed}. "
            "Move it, or choose another layout."
        )


class LoudspeakersCrossed(SpatialAudioError):
    """Two neighbours of a layer stand the other way round than their layout has them."""

    def __init__(self, layout_name: str, left: str, right: str) -> None:
        self.layout_name = layout_name
        super().__init__(
            f"In layout {layout_name} loudspeaker {left} stands to the left of {right}, and here it does not. "
            "Exchange their names, or choose another layout."
        )


class HoaUnsupported(SpatialAudioError):
    """Ambisonics of a kind that the standard does not define, or gives no rule for."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The HOA signals cannot be rendered: {reason}; give orders 0 to 5 in N3D, SN3D or FuMa.")


class EarsOnly(SpatialAudioError):
    """Signals made for two ears were to be played by loudspeakers."""

    def __init__(self, layout_name: str) -> None:
        self.layout_name = layout_name
        super().__init__(
            f"A track of the type Binaural holds what one ear hears, and cannot be rendered to {layout_name}; "
            "render to binaural only, or choose a programme without it."
        )


class ColumnCountMismatch(SpatialAudioError):
    """Audio came with another number of columns than the renderer knows."""

    def __init__(self, shape: tuple[int, ...], columns: int) -> None:
        self.shape = shape
        self.columns = columns
        super().__init__(
            f"The audio has the shape {shape}, but the renderer has {columns} columns; give an array of shape "
            f"(frames, {columns})."
        )


class TapUnusable(SpatialAudioError):
    """A signal is to be mixed from a track that is not there, or in a way that cannot be."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The signals cannot be mixed from tracks: {reason}; correct the matrix.")


class HrtfMalformed(SpatialAudioError):
    """A set of ear responses that does not fit together."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"The HRTF {name!r} cannot be used: {reason}; give responses of shape (directions, 2, taps).")


class ResponsesTooLong(SpatialAudioError):
    """Ear responses that are a room's rather than a head's."""

    def __init__(self, taps: int, most_taps: int) -> None:
        self.taps = taps
        self.most_taps = most_taps
        super().__init__(f"The ear filters have {taps} taps, {most_taps} at most can be used; shorten the responses.")


class EarsMissing(SpatialAudioError):
    """Binaural was asked for without saying whose ears."""

    def __init__(self) -> None:
        super().__init__("A binaural render needs ears; give the renderer those that `design_ears` makes of an HRTF.")


class NothingToRender(SpatialAudioError):
    """A renderer was asked for without any column, or without any layout."""

    def __init__(self, columns: int, layouts: int) -> None:
        self.columns = columns
        self.layouts = layouts
        super().__init__(f"There are {columns} signals to render to {layouts} layouts; give at least one of each.")
