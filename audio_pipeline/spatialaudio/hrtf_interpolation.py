"""What two ears receive from directions that nobody measured, for grids of any shape.

Three measured directions around the wanted one share it by the weights of a flat triangle, each ear on its own: delays
are averaged as times, responses after their delays have been taken out. So nothing arrives twice, and the time between
the ears moves evenly. `docs/decisions/0056` compares other ways.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray, cartesian
from audio_pipeline.spatialaudio.hrtf import Hrtf

# A direction this near to a measured one, about 0.005°, is that one, and its response is left as it is.
_SAME_DIRECTION: Final = 1.0 - 4e-9
_POLES: Final = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
_FLATTEST: Final = 1e-9
_OUTSIDE: Final = 1e-9

# Delays are found on a grid this much finer than samples.
_STEPS_A_SAMPLE: Final = 16
_QUIETEST: Final = 1e-5


def interpolated(hrtf: Hrtf, positions: FloatArray) -> FloatArray:
    """Responses, (n, 2, taps), for unit vectors, (n, 3). Measured directions keep theirs bit by bit.

    Above or below everything that was measured, the whole edge of the grid is averaged towards the pole. Where less
    than half of the horizon was measured, the nearest direction stands in for the rest.
    """
    measured = cartesian(hrtf.azimuth_deg, hrtf.elevation_deg)
    # Rounded, so that of two that are equally near the first is taken on every machine.
    likeness = np.round(positions @ measured.T, 9)
    nearest = likeness.argmax(axis=1)
    responses = np.asarray(hrtf.responses[nearest], dtype=np.float64)
    between = np.flatnonzero(likeness.max(axis=1) < _SAME_DIRECTION)
    if between.size:
        weights = _weights(measured, positions[between])
        inside = weights.any(axis=1)
        used = np.flatnonzero(weights.any(axis=0))
        if used.size:
            own = np.asarray(hrtf.responses[used], dtype=np.float64)
            responses[between[inside]] = _weighted(own, weights[np.ix_(inside, used)])
    return responses


def _weights(measured: FloatArray, wanted: FloatArray) -> FloatArray:
    """Shares, (wanted, measured), of sum one in each row; all zero for a direction that nothing surrounds."""
    # Slow to import where every direction was measured.
    from scipy.spatial import ConvexHull, QhullError

    weights = np.zeros((wanted.shape[0], measured.shape[0]))
    _, first = np.unique(np.round(measured, 6), axis=0, return_index=True)
    missing = [pole for pole in _POLES if (measured @ pole).max() < _SAME_DIRECTION]
    corners = np.concatenate([measured[first], *(pole[np.newaxis] for pole in missing)])
    try:
        facets = ConvexHull(corners).simplices
    except (QhullError, ValueError):
        return weights
    # What each corner stands for: a measured direction for itself, a missing pole for the edge of the grid around it.
    rows: dict[int, IntArray] = {}
    for pole in range(first.size, corners.shape[0]):
        edge = np.unique(facets[(facets == pole).any(axis=1)])
        rows[pole] = first[edge[edge < first.size]]
    facets = facets[np.abs(np.linalg.det(corners[facets])) > _FLATTEST]
    if not facets.size:
        return weights
    inverses = np.linalg.inv(corners[facets])
    for share, direction in zip(weights, wanted, strict=True):
        parts = direction @ inverses
        parts /= np.abs(parts).sum(axis=1, keepdims=True)
        facet = parts.min(axis=1).argmax()
        if parts[facet].min() >= -_OUTSIDE:
            for corner, part in zip(facets[facet].tolist(), parts[facet].clip(min=0.0), strict=True):
                stands_for = rows.get(corner, first[corner : corner + 1])
                share[stands_for] += part / stands_for.size
            share /= share.sum()
    return weights


def _weighted(responses: FloatArray, weights: FloatArray) -> FloatArray:
    """Averages, (n, 2, taps), of responses, (measured, 2, taps), by weights, (n, measured)."""
    taps = responses.shape[-1]
    length = 4 << (taps - 1).bit_length()
    spectra = np.fft.rfft(responses, length, axis=-1)
    delays = _delays(responses, spectra, length)
    turns = -2j * np.pi * np.fft.rfftfreq(length)
    aligned = spectra * np.exp(-turns * delays[..., np.newaxis])
    wanted_delays = np.einsum("nm,me->ne", weights, delays)
    averages = np.einsum("nm,mef->nef", weights, aligned) * np.exp(turns * wanted_delays[..., np.newaxis])
    return np.asarray(np.fft.irfft(averages, length, axis=-1)[..., :taps])


def _delays(responses: FloatArray, spectra: NDArray[np.complex128], length: int) -> FloatArray:
    """How late each response is, (measured, 2), in samples: where it is most alike to its own minimum-phase version."""
    magnitudes = np.abs(spectra)
    loudest = magnitudes.max(axis=-1, keepdims=True)
    logarithms = np.log(np.maximum(magnitudes, np.where(loudest > 0, loudest * _QUIETEST, 1.0)))
    cepstrum = np.fft.irfft(logarithms, length, axis=-1)
    cepstrum[..., 1 : length // 2] *= 2.0
    cepstrum[..., length // 2 + 1 :] = 0.0
    minimum_phase = np.exp(np.fft.rfft(cepstrum, axis=-1))
    correlation = np.fft.irfft(spectra * minimum_phase.conj(), length * _STEPS_A_SAMPLE, axis=-1)
    latest = responses.shape[-1] * _STEPS_A_SAMPLE
    return np.asarray(correlation[..., :latest].argmax(axis=-1) / _STEPS_A_SAMPLE)
