"""Stems as files, scenes beside them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

SAMPLE_RATE_HZ = 48000

WriteStem = Callable[..., np.ndarray]


@pytest.fixture
def write_stem(tmp_path: Path) -> WriteStem:
    """Write seeded noise (or `samples`) as a float WAV in the test's folder and return what was written."""

    def write(
        name: str,
        *,
        channels: int = 2,
        frames: int = 4800,
        rate: int = SAMPLE_RATE_HZ,
        seed: int = 1,
        samples: np.ndarray | None = None,
    ) -> np.ndarray:
        if samples is None:
            samples = 0.1 * np.random.default_rng(seed).standard_normal((frames, channels))
        samples = np.asarray(samples, dtype=np.float32)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate, subtype="FLOAT")
        return samples

    return write
