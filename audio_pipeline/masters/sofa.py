"""Other ears: SOFA files (AES69) with the impulse responses of two ears, on grids of any shape."""

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
    sofar = _reader()
    try:
        sofa = sofar.read_sofa(str(path.absolute()), verify=False, verbose=False)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as fault:
        raise HrtfUnusable(path, "it is no SOFA file that can be read") from fault
    if getattr(sofa, "GLOBAL_DataType", "") != "FIR":
        raise HrtfUnusable(path, "it holds no impulse responses (data type FIR)")
    try:
        azimuth_deg, elevation_deg = _directions(path, sofa)
        return Hrtf(
            name=path.name,
            sha256=sha256_of(path),
            sample_rate_hz=_sample_rate_hz(path, sofa),
            azimuth_deg=azimuth_deg,
            elevation_deg=elevation_deg,
            responses=_responses(path, sofa),
        )
    except HrtfMalformed as fault:
        raise HrtfUnusable(path, fault.reason) from fault
    except (AttributeError, TypeError, ValueError) as fault:
        raise HrtfUnusable(path, f"something is missing in it or has no shape that fits ({fault})") from fault


def _reader() -> ModuleType:
    try:
        import sofar
    except ModuleNotFoundError as missing:
        raise SofaReaderMissing from missing
    module: ModuleType = sofar
    return module


def _directions(path: Path, sofa: Any) -> tuple[FloatArray, FloatArray]:
    positions = np.atleast_2d(np.asarray(sofa.SourcePosition, dtype=np.float64))
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise HrtfUnusable(path, f"its source positions have the shape {positions.shape}")
    if sofa.SourcePosition_Type == "spherical":
        return positions[:, 0], positions[:, 1]
    # SOFA's X points to the front and its Y to the left.
    azimuth_deg, elevation_deg, _ = polar(np.stack([-positions[:, 1], positions[:, 0], positions[:, 2]], axis=1))
    return azimuth_deg, elevation_deg


def _sample_rate_hz(path: Path, sofa: Any) -> int:
    rates_hz = np.unique(np.asarray(sofa.Data_SamplingRate, dtype=np.float64))
    if rates_hz.size != 1 or not rates_hz[0] >= 8000 or rates_hz[0] != round(rates_hz[0]):
        raise HrtfUnusable(path, f"its sample rate is {', '.join(f'{rate:g}' for rate in rates_hz)} Hz")
    return int(rates_hz[0])


def _responses(path: Path, sofa: Any) -> FloatArray:
    responses = np.asarray(sofa.Data_IR, dtype=np.float64)
    if responses.ndim != 3 or responses.shape[1] != 2:
        raise HrtfUnusable(
            path, f"its responses have the shape {responses.shape}, and two ears are (directions, 2, taps)"
        )
    responses = _delayed(responses, np.broadcast_to(sofa.Data_Delay, responses.shape[:2]))
    # The left ear comes first in nearly every file, but it is the positions that say so.
    left_first = np.diff(np.asarray(sofa.ReceiverPosition, dtype=np.float64).reshape(-1, 3)[:2, 1]) <= 0
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
