"""References frozen from the ITU renderer, and layouts to try."""

from pathlib import Path

import numpy as np
import pytest

REFERENCES = Path(__file__).parents[3] / "fixtures" / "reference"


@pytest.fixture(scope="session")
def reference():
    """Loads a frozen reference by its path inside `fixtures/reference`; a missing one fails."""

    def load(name):
        with np.load(REFERENCES / name) as arrays:
            return {key: arrays[key] for key in arrays.files}

    return load


@pytest.fixture(autouse=True)
def numpy_errors_raise():
    with np.errstate(all="raise", under="ignore"):
        yield
