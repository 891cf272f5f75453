"""What the stems leave of the mix, as it is told and drawn: sentences, and how much is left by time and by band."""

import msgspec


class Stretch(msgspec.Struct, frozen=True):
    """From when to when in the song, in seconds."""

    start_s: float
    end_s: float


class RestBand(msgspec.Struct, frozen=True):
    """A part of the spectrum; `left_db` has an entry for each step of the song."""

    name: str
    low_hz: float
    high_hz: float
    left_db: tuple[int | None, ...]


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What stems with every repair leave of the mix.

    `left_db` is the level of the rest in steps of `step_s`, in dB of the mix or of the stems, whichever is louder
    there: 0 where one has what the other lacks. The stems are at the level at which most of the song fits. None where
    both are too quiet to tell. `says` are the sentences, and `places` the stretches of which they speak, none where
    they speak of the whole song. `is_other_sound` says that one holds sound that the other lacks, which no processing
    of the whole explains.
    """

    is_other_sound: bool
    says: tuple[str, ...]
    places: tuple[Stretch, ...]
    step_s: float
    left_db: tuple[int | None, ...]
    bands: tuple[RestBand, ...]
