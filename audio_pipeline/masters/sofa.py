"""Other ears: SOFA files (AES69) with the impulse responses of two ears, on grids of any shape.

A SOFA file is HDF5 with names that the standard gives; of these, six are needed here.
"""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from audio_pipeline.containers import require_regular_file
from audio_pipeline.hashing import sha256_of
from audio_pipeline.masters.errors import HrtfUnusable, SofaReaderMissing
from audio_pipeline.spatialaudio.errors import HrtfMalformed
from audio_pipeline.spatialaudio.geometry import FloatArray, polar
from audio_pipeline.spatialaudio.hrtf import Hrtf


def read_hrtf(path: Path) -> Hrtf:
    """The HRTF in the SOFA file at `path`, its delays made part of the responses.

    Raises `NoSuchFile`, `NotARegularFile`, `SofaReaderMissing` without the extra `sofa`, and `HrtfUnusable`.
    """
    require_regular_file(path)
    h5py = _reader()
    try:
        with h5py.File(path, "r") as file:
            if _text(file.attrs.get("DataType")) != "FIR":
                raise HrtfUnusable(path, "it holds no impulse responses (data type FIR)")
            azimuth_deg, elevation_deg = _directions(path, file)
            responses, sample_rate_hz = _responses(path, file), _sample_rate_hz(path, file)
        return Hrtf(
            name=path.name,
            sha256=sha256_of(path),
            sample_rate_hz=sample_rate_hz,
            azimuth_deg=azimuth_deg,
            elevation_deg=elevation_deg,
            responses=responses,
        )
    except HrtfMalformed as fault:
        raise HrtfUnusable(path, fault.reason) from fault
    except KeyError as fault:
        raise HrtfUnusable(path, "something that SOFA asks for is missing in it") from fault
    except OSError as fault:
        raise HrtfUnusable(path, "it is no SOFA file that can be read") from fault
    except (TypeError, ValueError) as fault:
        raise HrtfUnusable(path, "something in it has no shape that fits") from fault


def _reader() -> ModuleType:
    try:
        import h5py
    except ModuleNotFoundError as missing:
        raise SofaReaderMissing from missing
    module: ModuleType = h5py
    return module


def _text(attribute: Any) -> str:
    return attribute.decode("utf-8", "replace") if isinstance(attribute, bytes) else str(attribute)


def _numbers(file: Any, name: str) -> FloatArray:
    return np.asarray(file[name][()], dtype=np.float64)


def _directions(path: Path, file: Any) -> tuple[FloatArray, FloatArray]:
    positions = _numbers(file, "SourcePosition")
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise HrtfUnusable(path, f"its source positions have the shape {positions.shape}")
    if _text(file["SourcePosition"].attrs["Type"]) == "spherical":
        return positions[:, 0], positions[:, 1]
    # SOFA's X points to the front and its Y to the left.
    azimuth_deg, elevation_deg, _ = polar(np.stack([-positions[:, 1], positions[:, 0], positions[:, 2]], axis=1))
    return azimuth_deg, elevation_deg


def _sample_rate_hz(path: Path, file: Any) -> int:
    rates_hz = np.unique(_numbers(file, "Data.SamplingRate"))
    if rates_hz.size != 1 or not rates_hz[0] >= 8000 or rates_hz[0] != round(rates_hz[0]):
        raise HrtfUnusable(path, f"its sample rate is {', '.join(f'{rate:g}' for rate in rates_hz)} Hz")
    return int(rates_hz[0])


def _responses(path: Path, file: Any) -> FloatArray:
    responses = _numbers(file, "Data.IR")
    if responses.ndim != 3 or responses.shape[1] != 2:
        raise HrtfUnusable(
            path, f"its responses have the shape {responses.shape}, and two ears are (directions, 2, taps)"
        )
    responses = _delayed(responses, np.broadcast_to(_numbers(file, "Data.Delay"), responses.shape[:2]))
    # The left ear comes first in nearly every file, but it is the positions that say so.
    left_first = np.diff(_numbers(file, "ReceiverPosition").reshape(2, 3, -1)[:, 1, 0]) <= 0
    return responses if left_first.all() else responses[:, ::-1]


def _delayed(responses: FloatArray, delays_samples: FloatArray) -> FloatArray:
    """Each response, (directions, 2, taps), as much later as its delay says; what all share is left out."""
    delays_samples = delays_samples - delays_samples.min()
    if not delays_samples.any():
        return responses
    length = responses.shape[-1] + int(np.ceil(delays_samples.max()))
    # Twice as long, so that what rings about a delay between two samples does not come round.
    turns = np.fft.rfftfreq(2 * length) * delays_samples[..., np.newaxis]
    spectra = np.fft.rfft(responses, 2 * length, axis=-1) * np.exp(-2j * np.pi * turns)
    return np.asarray(np.fft.irfft(spectra, 2 * length, axis=-1)[..., :length])
