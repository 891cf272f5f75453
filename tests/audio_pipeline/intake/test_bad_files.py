"""Every broken or hostile file gets its verdict, and none a false alarm."""

import json
import shutil
from pathlib import Path

import pytest

from audio_pipeline.intake.findings import Severity
from audio_pipeline.intake.inspecting import inspect_paths
from audio_pipeline.intake.judging import judge_file

BAD = Path(__file__).parents[3].parent / "shared" / "data" / "bad"
EXPECTED = json.loads((BAD / "expected.json").read_text()) if BAD.exists() else {}

pytestmark = pytest.mark.skipif(not BAD.exists(), reason="test data not found at ../shared/data")


def told(findings):
    return {finding.code.value for finding in findings if finding.severity is not Severity.INFO}


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.endswith("/")])
def test_file_gets_its_verdict(name):
    expected = EXPECTED[name]
    report = judge_file(BAD / name)
    assert report.verdict == expected["verdict"]
    assert set(expected["codes"]) <= told(report.findings)
    assert told(report.findings) <= {*expected["codes"], *expected.get("may", [])}


def test_stem_set_that_does_not_fit(tmp_path):
    expected = EXPECTED["stemset_mismatch/"]
    folder = tmp_path / "set"
    shutil.copytree(BAD / "stemset_mismatch", folder)

    stems = inspect_paths([folder], BAD / expected["mix"]).stems

    assert stems is not None
    assert told(stems.findings) == set(expected["codes"])
    assert stems.class_ == "does_not_reconstruct"
    found = {Path(file.path).name: (file.lag_samples, file.polarity) for file in stems.files}
    for name, truth in expected["stems"].items():
        named = {finding.code.value for finding in stems.findings if finding.detail.startswith(name)}
        assert named == set(truth["codes"])
        assert found[name] == (truth.get("lag_samples"), truth.get("polarity"))


def test_stem_set_without_a_mix(tmp_path):
    expected = EXPECTED["stemset_mismatch/"]
    folder = tmp_path / "set"
    shutil.copytree(BAD / "stemset_mismatch", folder)

    stems = inspect_paths([folder]).stems

    assert stems is not None
    assert told(stems.findings) == set(expected["codes_without_mix"])
    assert (stems.mix, stems.class_, stems.residual_db) == (None, None, None)
