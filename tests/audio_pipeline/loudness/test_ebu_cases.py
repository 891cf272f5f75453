import numpy as np
import pytest

from tests.audio_pipeline.loudness.ebu_checks import ebu_checks

CHECKS = list(ebu_checks())


def test_all_checks_are_there():
    assert len(CHECKS) == 64


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_ebu(check):
    errors = check.measured_errors()
    assert len(errors)
    assert np.all((check.lowest <= errors) & (errors <= check.highest)), errors
