"""Where a channel of a bed goes: to its own loudspeaker if there is one, else as near as rules and panner come.

ITU-R BS.2127, clause 8, in its order: the mapping rules of standard beds, a loudspeaker of the same label, the nearest
one inside the channel's bounds, and at last the panner. Matching is by nominal positions, panning by real ones.
"""

import re
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.bed_rules import mapped_gains
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    CartesianSpeakerPosition,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian, is_turned_into
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, Layout
from audio_pipeline.spatialaudio.panning.allocentric import allocentric_gains
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner
from audio_pipeline.spatialaudio.room_coordinates import channel_places, from_room, to_room
from audio_pipeline.spatialaudio.screen_moves import upright_in_room

_URN: Final = re.compile("urn:itu:bs:2051:[0-9]+:speaker:(.*)")
_OTHER_LABELS: Final = {"LFE": "LFE1", "LFEL": "LFE1", "LFER": "LFE2"}
_LFE_LABELS: Final = frozenset({"LFE1", "LFE2"})
_HIGHEST_LFE_LOW_PASS_HZ: Final = 200.0

# As near as this, degrees or units, counts as inside or as equally near.
_TOLERANCE: Final = 1e-5


def is_lfe(blocks: DirectSpeakerBlocks, speaker: DirectSpeaker) -> bool:
    """Whether a block is for an LFE: the channel's low-pass says so, or a label."""
    by_frequency = (
        blocks.low_pass_hz is not None
        and blocks.low_pass_hz <= _HIGHEST_LFE_LOW_PASS_HZ
        and blocks.high_pass_hz is None
    )
    return by_frequency or not _LFE_LABELS.isdisjoint(map(speaker_label, speaker.labels))


def speaker_label(label: str) -> str:
    """The BS.2051 label that a `speakerLabel` means: URNs and other names of LFEs are understood."""
    match = _URN.fullmatch(label)
    plain = match.group(1) if match else label
    return _OTHER_LABELS.get(plain, plain)


def bed_gains(blocks: DirectSpeakerBlocks, layout: Layout) -> FloatArray:
    """Gains, (blocks, all channels of `layout`). What has no LFE to go to is silent."""
    gains = np.empty((len(blocks), layout.channel_count))
    known: dict[DirectSpeaker, FloatArray] = {}
    for row, speaker in enumerate(blocks.speakers):
        if speaker not in known:
            known[speaker] = _speaker_gains(blocks, speaker, layout) * speaker.gain
        gains[row] = known[speaker]
    return gains


def _speaker_gains(blocks: DirectSpeakerBlocks, speaker: DirectSpeaker, layout: Layout) -> FloatArray:
    lfe = is_lfe(blocks, speaker)
    # A bus of virtual loudspeakers has no labels that a bed could mean: positions count.
    if layout.name in LAYOUT_NAMES:
        labels = tuple(map(speaker_label, speaker.labels))
        mapped = mapped_gains(blocks.pack_id, labels[0], layout) if labels else None
        if mapped is not None:
            return _gains(layout, **mapped)
        for label in labels:
            if label in layout.channel_names and layout.is_lfe[layout.channel_names.index(label)] == lfe:
                return _gains(layout, **{label: 1.0})
    position = _at_screen_edge(speaker, layout)
    nearest = _nearest_within_bounds(position, lfe, layout) if layout.name in LAYOUT_NAMES else None
    if nearest is not None:
        return _gains(layout, **{layout.channel_names[nearest]: 1.0})
    if lfe:
        return _gains(layout, **({"LFE1": 1.0} if "LFE1" in layout.channel_names else {}))
    gains = _gains(layout)
    gains[list(layout.full_range_channels)] = _panned(position, layout)
    return gains


def _gains(layout: Layout, **by_name: float) -> FloatArray:
    return np.array([by_name.get(name, 0.0) for name in layout.channel_names])


def _at_screen_edge(speaker: DirectSpeaker, layout: Layout) -> PolarSpeakerPosition | CartesianSpeakerPosition:
    """The position moved to the edges of the screen that it names; the bounds stay (BS.2127, clause 7.3.4)."""
    position = speaker.position
    if layout.screen is None or (speaker.horizontal_edge is None and speaker.vertical_edge is None):
        return position
    edges = layout.screen.edges()
    azimuth_deg = {"left": edges.left_deg, "right": edges.right_deg}.get(speaker.horizontal_edge or "")
    elevation_deg = {"top": edges.top_deg, "bottom": edges.bottom_deg}.get(speaker.vertical_edge or "")
    if isinstance(position, PolarSpeakerPosition):
        return replace(
            position,
            azimuth_deg=_moved(position.azimuth_deg, azimuth_deg),
            elevation_deg=_moved(position.elevation_deg, elevation_deg),
        )
    own_azimuth_deg, own_elevation_deg, distance = from_room(_vector(position)[np.newaxis])
    if azimuth_deg is not None:
        own_azimuth_deg[:] = azimuth_deg
    if elevation_deg is not None:
        own_elevation_deg[:] = elevation_deg
    upright_deg = upright_in_room(own_azimuth_deg, own_elevation_deg, layout)
    x, y, z = to_room(upright_deg, own_elevation_deg, distance)[0].tolist()
    return CartesianSpeakerPosition(_moved(position.x, x), _moved(position.y, y), _moved(position.z, z))


def _moved(coordinate: Bounded, value: float | None) -> Bounded:
    return coordinate if value is None else replace(coordinate, value=value)


def _nearest_within_bounds(
    position: PolarSpeakerPosition | CartesianSpeakerPosition, lfe: bool, layout: Layout
) -> int | None:
    """The channel inside the bounds that stands nearest; None where there is none, or several are as near."""
    if isinstance(position, PolarSpeakerPosition):
        places, inside = layout.nominal.positions, _inside_polar(position, layout)
    else:
        places = channel_places(layout)
        axes = zip(places.T, (position.x, position.y, position.z), strict=True)
        inside = np.logical_and.reduce([_within(values, coordinate) for values, coordinate in axes])
    candidates = np.flatnonzero(inside & (np.array(layout.is_lfe) == lfe))
    if not candidates.size:
        return None
    distances = np.linalg.norm(places[candidates] - _vector(position), axis=1)
    nearest = np.abs(distances - distances.min()) < _TOLERANCE
    return int(candidates[distances.argmin()]) if np.count_nonzero(nearest) == 1 else None


def _inside_polar(position: PolarSpeakerPosition, layout: Layout) -> NDArray[np.bool_]:
    """Which channels are within the bounds."""
    azimuths_deg = np.array([one.azimuth_deg for one in layout.nominal.loudspeakers])
    elevations_deg = np.array([one.elevation_deg for one in layout.nominal.loudspeakers])
    # Straight above or below, every azimuth is right.
    at_pole = np.abs(elevations_deg) >= 90.0 - _TOLERANCE
    return np.asarray(
        (is_turned_into(azimuths_deg, *_limits(position.azimuth_deg), _TOLERANCE) | at_pole)
        & _within(elevations_deg, position.elevation_deg)
        & _within(np.ones(elevations_deg.shape), position.distance)
    )


def _panned(position: PolarSpeakerPosition | CartesianSpeakerPosition, layout: Layout) -> FloatArray:
    """Gains, (full-range channels,). A bus of virtual loudspeakers has no walls: there, a place is a direction."""
    vector = _vector(position)[np.newaxis]
    if isinstance(position, CartesianSpeakerPosition):
        if layout.name in LAYOUT_NAMES:
            gains: FloatArray = allocentric_gains(vector, channel_places(layout.without_lfe()))[0]
            return gains
        vector = cartesian(*from_room(vector))
    panned: FloatArray = design_point_source_panner(layout).gains(vector)[0]
    return panned


def _vector(position: PolarSpeakerPosition | CartesianSpeakerPosition) -> FloatArray:
    if isinstance(position, CartesianSpeakerPosition):
        return np.array([position.x.value, position.y.value, position.z.value])
    return cartesian(position.azimuth_deg.value, position.elevation_deg.value, position.distance.value)


def _limits(coordinate: Bounded) -> tuple[float, float]:
    lowest, highest = coordinate.lowest, coordinate.highest
    return (
        coordinate.value if lowest is None else lowest,
        coordinate.value if highest is None else highest,
    )


def _within(values: FloatArray, coordinate: Bounded) -> NDArray[np.bool_]:
    lowest, highest = _limits(coordinate)
    return np.asarray((values > lowest - _TOLERANCE) & (values < highest + _TOLERANCE))
