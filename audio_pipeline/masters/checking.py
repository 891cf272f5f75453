"""Hold a master against what it has to be: one line here for each check."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from audio_pipeline.adm.files import is_adm
from audio_pipeline.adm.profiles import PROFILES, Verdict, check_adm
from audio_pipeline.containers import require_regular_file
from audio_pipeline.masters.binaural_check import check_binaural, is_binaural
from audio_pipeline.masters.errors import UnknownProfile
from audio_pipeline.masters.loudspeaker_check import check_loudspeakers

CHECKS: Final[dict[str, Callable[[Path], Verdict]]] = {
    **{profile: partial(check_adm, profile=profile) for profile in PROFILES},
    "loudspeakers": check_loudspeakers,
    "binaural": check_binaural,
}


def check_file(path: Path, profile: str | None = None) -> Verdict:
    """The verdict on one file. Without a profile: `adm` where it carries ADM chunks, `binaural` or `loudspeakers` else.

    Raises `UnknownProfile`, `NoSuchFile` and `NotARegularFile`; a file that is merely wrong is a verdict.
    """
    require_regular_file(path)
    if profile is not None and profile not in CHECKS:
        raise UnknownProfile(profile, CHECKS)
    return CHECKS[profile or default_profile(path)](path)


def default_profile(path: Path) -> str:
    """What a file should be held against when nobody says."""
    if is_adm(path):
        return "adm"
    return "binaural" if is_binaural(path) else "loudspeakers"
