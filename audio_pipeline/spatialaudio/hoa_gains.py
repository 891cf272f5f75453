"""Decoders for Ambisonics by the panner: AllRAD (ITU-R BS.2127, clause 9).

A field is sampled where 5,200 virtual loudspeakers stand, and each of these is panned to the real ones. Both steps are
linear, so that one matrix does them, and its columns are gains like any other column's.
"""

from functools import cache

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.hoa import HoaFormat
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner
from audio_pipeline.spatialaudio.sphere_points import spherical_design
from audio_pipeline.spatialaudio.spherical_harmonics import n3d_harmonics, normalisation


def design_decoder(form: HoaFormat, layout: Layout, likeness: FloatArray | None = None) -> FloatArray:
    """Gains, (components, full-range channels): over all directions of a plane wave, the mean power is one.

    Where loudspeakers add up as pressures, `likeness`, (channels, channels), says how loud pairs of them are together
    (see `Ears`); then the mean loudness is that of the powers.
    """
    sampled = n3d_harmonics(form.orders, form.degrees, spherical_design())
    decoder = sampled @ _virtual_loudspeaker_gains(layout) / sampled.shape[1]
    decoder /= np.sqrt(np.mean(np.square(sampled.T @ decoder).sum(axis=1)))
    if likeness is not None:
        together = np.einsum("ci,ij,cj->", decoder, likeness, decoder)
        decoder *= np.sqrt(np.einsum("ci,ii,ci->", decoder, likeness, decoder) / together)
    scale = [
        normalisation("N3D", order, degree) / normalisation(form.normalisation, order, degree)
        for order, degree in zip(form.orders, form.degrees, strict=True)
    ]
    return np.asarray(decoder * np.array(scale)[:, np.newaxis])


@cache
def _virtual_loudspeaker_gains(layout: Layout) -> FloatArray:
    return design_point_source_panner(layout).gains(spherical_design())
