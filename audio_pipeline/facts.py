"""What happens to a song in this room, told to the rooms that act on it."""

from typing import Any

from opencall.kernel.facts import Fact


class SongInspected(Fact, frozen=True, kw_only=True):
    """Every file of the song has been judged, exactly those that the hashes name.

    `report` is the document of `opencall inspect --json`; `verdict` its worst one.
    """

    song_id: str
    mix_sha256: str
    stem_sha256s: tuple[str, ...]
    verdict: str
    report: dict[str, Any]


class RenderFinished(Fact, frozen=True, kw_only=True):
    """The song can be heard in every layout asked for; whoever approves names `approval_sha256`.

    `is_upmix` where it had no stems, and was made of parts of its stereo mix.
    """

    song_id: str
    approval_sha256: str
    is_upmix: bool = False


class MasterApproved(Fact, frozen=True, kw_only=True):
    """An engineer approved the render."""

    song_id: str
    approval_sha256: str
    by: str


class MastersFinished(Fact, frozen=True, kw_only=True):
    """The masters are written and judged. Each artifact: `kind`, `name`, `sha256`, `bytes` and `details`."""

    song_id: str
    artifacts: list[dict[str, Any]]


class RunFailed(Fact, frozen=True, kw_only=True):
    """A stage said why it cannot do its work; trying again changes nothing until somebody changes something."""

    song_id: str
    stage: str
    error: str


class RunQuarantined(Fact, frozen=True, kw_only=True):
    """A run lost its worker too often to be tried again without a person having looked."""

    song_id: str
    stage: str
    error: str
