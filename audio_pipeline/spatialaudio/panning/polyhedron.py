"""The polyhedron of loudspeakers around the listener (ITU-R BS.2127, clause 6.1.3).

Loudspeaker layers rarely close a sphere. Above and below the middle layer's loudspeakers that have no neighbour there,
extra ones are added, whose signal goes to the middle loudspeaker; a virtual one closes the top and the bottom.

Which loudspeakers are neighbours follows from the nominal positions, so that a layout keeps its shape in every room;
the regions between them lie where the loudspeakers really stand.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.errors import LayoutNotPannable
from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray, cartesian
from audio_pipeline.spatialaudio.layouts import SCREEN_NAMES, Layout, Loudspeaker
from audio_pipeline.spatialaudio.panning.regions import QuadRegion, Region, Triplet, VirtualNgon

# (elevation of a layer that has no loudspeakers, lowest and highest nominal elevation that counts as the layer)
_OUTER_LAYERS_DEG: Final = ((-30.0, -70.0, -10.0), (30.0, 10.0, 70.0))
_MIDDLE_LAYER_LIMIT_DEG: Final = 10.0

# An extra loudspeaker stays this far behind the layer's own, lest a source that moves level should jump up and down.
_GAP_BEHIND_LAYER_DEG: Final = 40.0

# These stand overhead, or may: no virtual loudspeaker is needed there.
_OVERHEAD_NAMES: Final = frozenset({"T+000", "UH+180"})
_M30_DEG: Final = 30.0
_OUTSIDE_M30_DEG: Final = 45.0

_COPLANAR_TOLERANCE: Final = 1e-5
_AZIMUTH_TOLERANCE_DEG: Final = 1e-5


@dataclass(frozen=True, eq=False, slots=True)
class Polyhedron:
    """Regions over the loudspeakers, real ones first, and where the extra ones' signals go.

    `downmix` has the shape (loudspeakers with extra ones, real loudspeakers).
    """

    regions: tuple[Region, ...]
    downmix: FloatArray


def design_polyhedron(layout: Layout) -> Polyhedron:
    """Close the sphere around the full-range loudspeakers of a layout. Raises `LayoutNotPannable`."""
    real = layout.without_lfe()
    nominal = _nominal(real)
    extra_positions, extra_nominal_positions, extra_targets = _extra_loudspeakers(real, nominal)
    virtual = [[0.0, 0.0, -1.0]]
    if _OVERHEAD_NAMES.isdisjoint(real.channel_names):
        virtual.append([0.0, 0.0, 1.0])
    positions = np.concatenate([real.positions, extra_positions, np.array(virtual)])
    nominal_positions = np.concatenate([nominal.positions, extra_nominal_positions, np.array(virtual)])
    virtual_vertices = range(positions.shape[0] - len(virtual), positions.shape[0])

    facets = _convex_hull_facets(nominal_positions)
    try:
        ngons = [_ngon_around(vertex, facets, positions) for vertex in virtual_vertices]
        patches = [
            _facet_region(layout.name, np.array(sorted(facet), dtype=np.intp), positions)
            for facet in facets
            if facet.isdisjoint(virtual_vertices)
        ]
    except np.linalg.LinAlgError:
        raise LayoutNotPannable(layout.name, "three loudspeakers stand in one plane with the listener") from None
    identity = np.identity(real.channel_count)
    return Polyhedron((*ngons, *patches), np.concatenate([identity, identity[extra_targets]]))


def _nominal(real: Layout) -> Layout:
    """Where the standard puts the loudspeakers, in the order from front to back in which they really stand."""

    def placed(name: str, stands: Loudspeaker, belongs: Loudspeaker) -> Loudspeaker:
        # They change places with M±030 where they stand outside of those.
        if name in SCREEN_NAMES and abs(stands.azimuth_deg) > _M30_DEG:
            return replace(belongs, azimuth_deg=float(np.copysign(_OUTSIDE_M30_DEG, stands.azimuth_deg)))
        return belongs

    pairs = zip(real.channel_names, real.loudspeakers, real.nominal.loudspeakers, strict=True)
    return replace(real, loudspeakers=tuple(placed(*pair) for pair in pairs))


def _extra_loudspeakers(real: Layout, nominal: Layout) -> tuple[FloatArray, FloatArray, IntArray]:
    """Positions of extra loudspeakers, real and nominal, (n, 3) each, and the middle ones that play their signals."""
    azimuths_deg = np.array([loudspeaker.azimuth_deg for loudspeaker in nominal.loudspeakers])
    elevations_deg = np.array([loudspeaker.elevation_deg for loudspeaker in nominal.loudspeakers])
    real_azimuths_deg = np.array([loudspeaker.azimuth_deg for loudspeaker in real.loudspeakers])
    real_elevations_deg = np.array([loudspeaker.elevation_deg for loudspeaker in real.loudspeakers])
    middle = np.abs(elevations_deg) <= _MIDDLE_LAYER_LIMIT_DEG
    positions, nominal_positions, targets = [], [], []
    for empty_elevation_deg, lowest_deg, highest_deg in _OUTER_LAYERS_DEG:
        layer = (elevations_deg >= lowest_deg) & (elevations_deg <= highest_deg)
        # A layer with no loudspeakers becomes a copy of the whole middle layer.
        limit_deg = np.abs(azimuths_deg[layer]).max() + _GAP_BEHIND_LAYER_DEG if layer.any() else 0.0
        elevation_deg = real_elevations_deg[layer].mean() if layer.any() else empty_elevation_deg
        nominal_elevation_deg = elevations_deg[layer].mean() if layer.any() else empty_elevation_deg
        missing = np.flatnonzero(middle & (np.abs(azimuths_deg) >= limit_deg - _AZIMUTH_TOLERANCE_DEG))
        positions.append(cartesian(real_azimuths_deg[missing], elevation_deg))
        nominal_positions.append(cartesian(azimuths_deg[missing], nominal_elevation_deg))
        targets.append(missing)
    return np.concatenate(positions), np.concatenate(nominal_positions), np.concatenate(targets)


def _convex_hull_facets(positions: FloatArray) -> list[frozenset[int]]:
    """Facets of the convex hull of (n, 3) points as sets of row numbers; corners in one plane are one facet.

    A plane through three points carries a facet where every other point lies on it or on one side. Trying all of them
    is quick for the few dozen points of a layout, and spares a geometry library that takes longer to import.
    """
    triples = np.array(list(combinations(range(positions.shape[0]), 3)))
    a, b, c = np.moveaxis(positions[triples], 1, 0)
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    flat = lengths > _COPLANAR_TOLERANCE
    normals = normals[flat] / lengths[flat, np.newaxis]
    heights = normals @ positions.T - np.einsum("ni,ni->n", normals, a[flat])[:, np.newaxis]
    outermost = (heights <= _COPLANAR_TOLERANCE).all(axis=1) | (heights >= -_COPLANAR_TOLERANCE).all(axis=1)
    on_plane = np.abs(heights[outermost]) <= _COPLANAR_TOLERANCE
    return list(dict.fromkeys(frozenset(np.flatnonzero(corners).tolist()) for corners in on_plane))


def _ngon_around(vertex: int, facets: list[frozenset[int]], positions: FloatArray) -> VirtualNgon:
    """The region around a virtual loudspeaker: every corner that shares a facet with it."""
    corners = frozenset().union(*(facet for facet in facets if vertex in facet)) - {vertex}
    channels = np.array(sorted(corners), dtype=np.intp)
    return VirtualNgon.around(channels, positions[channels], positions[vertex])


def _facet_region(layout_name: str, channels: IntArray, positions: FloatArray) -> Region:
    """The region over a facet of three or four loudspeakers; no known layout has more on one plane."""
    if channels.size == 3:
        return Triplet.between(channels, positions[channels])
    if channels.size == 4:
        return QuadRegion.between(channels, positions[channels])
    raise LayoutNotPannable(layout_name, f"{channels.size} loudspeakers stand in one plane, four at most may")
