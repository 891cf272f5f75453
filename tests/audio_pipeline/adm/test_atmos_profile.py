"""A master of a bed and objects in a room passes its profile; each planted departure is named."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from audio_pipeline.adm.profiles import check_adm

from .tools import atmos_master, reality_360, write_adm


def test_a_master_of_the_tools_has_no_findings(tmp_path: Path) -> None:
    text, rows = atmos_master()
    verdict = check_adm(write_adm(tmp_path / "a.wav", text.encode(), rows, frames=3072), "atmos")
    assert verdict.findings == ()


DEPARTURES: dict[str, tuple[Callable[[str], str], str]] = {
    "polar objects": (lambda text: re.sub("<cartesian>1(?=.*?interpolationLength)", "<cartesian>0", text), "CARTESIAN"),
    "no jump": (
        lambda text: text.replace('interpolationLength="0">1', 'interpolationLength="0">0', 1),
        "JUMP_POSITION",
    ),
    "a flat object": (lambda text: text.replace("<height>0.1", "<height>0.2", 1), "SIZE"),
    "a slow start": (lambda text: text.replace('Length="0"', 'Length="0.005208"', 1), "INTERPOLATION"),
    "another label": (lambda text: text.replace("RC_Lss", "M+090"), "BED_LABEL"),
    "a second programme": (
        lambda text: text.replace(
            "</audioProgramme>", '</audioProgramme><audioProgramme audioProgrammeID="APR_1002" audioProgrammeName="b"/>'
        ),
        "NUMBER_OF_PROGRAMMES",
    ),
}


@pytest.mark.parametrize("departure", DEPARTURES)
def test_a_departure_is_named(tmp_path: Path, departure: str) -> None:
    edit, code = DEPARTURES[departure]
    text, rows = atmos_master(objects=2)
    assert edit(text) != text
    verdict = check_adm(write_adm(tmp_path / "a.wav", edit(text).encode(), rows, frames=3072), "atmos")
    assert code in {finding.code for finding in verdict.findings if finding.severity == "reject"}
    assert not verdict.ok


def test_a_119th_object_is_too_many(tmp_path: Path) -> None:
    text, rows = atmos_master(objects=119)
    verdict = check_adm(write_adm(tmp_path / "a.wav", text.encode(), rows, frames=480), "atmos")
    codes = {finding.code for finding in verdict.findings if finding.severity == "reject"}
    assert {"NUMBER_OF_DYNAMIC_OBJECTS", "TOO_MANY_CHANNELS"} <= codes


def test_a_360_master_is_no_other_master(tmp_path: Path) -> None:
    text, rows = reality_360()
    verdict = check_adm(write_adm(tmp_path / "a.wav", text.encode(), rows, frames=3072), "atmos")
    codes = {finding.code for finding in verdict.findings if finding.severity == "reject"}
    assert codes == {"CARTESIAN", "JUMP_POSITION"}
