"""Files that somebody made to fool or to break us: each gets its verdict, and none more than it deserves."""

import pytest

from audio_pipeline.intake.findings import Severity
from audio_pipeline.intake.judging import judge_file
from tests.audio_pipeline.intake.hostile import hostile_files

HOSTILE = hostile_files()


def test_there_are_enough_of_them():
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_gets_its_verdict(tmp_path, name):
    hostile = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(hostile.content)

    report = judge_file(path)

    told = {finding.code.value for finding in report.findings if finding.severity is not Severity.INFO}
    assert (report.verdict, hostile.codes - told, told - hostile.codes - hostile.may) == (hostile.verdict, set(), set())
    assert all(finding.detail.endswith(".") and str(tmp_path) not in finding.detail for finding in report.findings)
