"""A judge that is not ours: MediaInfo reports where an ADM file departs from BS.2076."""

from collections.abc import Callable

import pymediainfo
import pytest

from .conftest import WriteMaster


def conformance_errors(path: object) -> list[str]:
    report = pymediainfo.MediaInfo.parse(str(path), output="")
    lines = [line.strip() for line in str(report).splitlines()]
    start = next((i for i, line in enumerate(lines) if line.startswith("Conformance errors")), None)
    return [] if start is None else lines[start:]


def test_mediainfo_finds_nothing_in_our_masters(write_master: WriteMaster) -> None:
    errors = conformance_errors(write_master())
    assert [line for line in errors if "speakerLabel" not in line] == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("<audioContentIDRef>ACO_8001", "<audioContentIDRef>ACO_8009", 1),
        lambda text: text.replace('"azimuth">-20.5', '"azimuth">200', 1),
    ],
)
def test_mediainfo_would_have_said_so(write_master: WriteMaster, edit: Callable[[str], str]) -> None:
    assert conformance_errors(write_master(edit=edit)) != []
