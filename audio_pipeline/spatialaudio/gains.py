"""From the metadata of blocks to loudspeaker gains (ITU-R BS.2127, clause 7.3), for all blocks and layouts at once.

Most blocks say nothing that depends on a layout: they are panned to all layouts together. Those that do (a place in a
room, a lock, a screen, a zone) take the standard's steps in each layout on its own: screen, lock, copies, panning.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.channel_lock import ROOM_WEIGHTS, lock_to_channels
from audio_pipeline.spatialaudio.geometry import BoolArray, FloatArray, IntArray, cartesian, polar
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, Layout
from audio_pipeline.spatialaudio.panning.allocentric_extent import allocentric_extent_gains
from audio_pipeline.spatialaudio.panning.extent import ExtentPanner, extent_at_distance
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner, unit_directions
from audio_pipeline.spatialaudio.room_coordinates import channel_places, from_room_with_size
from audio_pipeline.spatialaudio.screen_moves import at_edges, scaled
from audio_pipeline.spatialaudio.screens import Screen
from audio_pipeline.spatialaudio.zones import Zone, excluded_channels, excluded_in_room, spread_from_excluded

Power = Callable[[FloatArray], FloatArray]
"""Squared gains, (n, channels), of positions, (n, 3)."""


class BlockGains(NamedTuple):
    """Gains of the direct and the diffuse path, (blocks, full-range channels of all layouts) each."""

    direct: FloatArray
    diffuse: FloatArray


def block_gains(objects: Sequence[ObjectBlocks], layouts: Sequence[Layout]) -> BlockGains:
    """The gains that each block reaches; the blocks of all objects one after another, the layouts side by side."""
    blocks = _Blocks.of(objects)
    edges = np.cumsum([0, *(len(layout.full_range_channels) for layout in layouts)]).tolist()
    power = np.empty((blocks.position.shape[0], edges[-1]))
    special = blocks.depends_on_layout
    power[~special] = _free_power(blocks.rows(~special), [*layouts])
    if special.any():
        # Resting objects repeat in every block what costs most.
        different, number = blocks.rows(special).distinct()
        for layout, (first, stop) in zip(layouts, pairwise(edges), strict=True):
            power[special, first:stop] = _power_in(layout.without_lfe(), different)[number]
    gain, diffuse = (np.concatenate([getattr(one, name) for one in objects]) for name in ("gain", "diffuse"))
    gains = np.sqrt(power) * gain[:, np.newaxis]
    diffuse = diffuse[:, np.newaxis]
    return BlockGains(direct=gains * np.sqrt(1.0 - diffuse), diffuse=gains * np.sqrt(diffuse))


class _Blocks(NamedTuple):
    """What decides on the gains of blocks, one row each.

    `position`, (n, 3), is a vector from the listener, or where `in_room` is set a place between −1 and 1; `size`,
    (n, 3), holds width, height and depth in the unit that belongs to it; `zones` and `screen` number the `zone_sets`
    and `screens`, −1 for none.
    """

    position: FloatArray
    size: FloatArray
    in_room: BoolArray
    divergence: FloatArray
    divergence_way: FloatArray
    lock: BoolArray
    lock_distance: FloatArray
    screen: IntArray
    horizontal_edge: FloatArray
    vertical_edge: FloatArray
    zones: IntArray
    screens: tuple[Screen, ...]
    zone_sets: tuple[tuple[Zone, ...], ...]

    @classmethod
    def of(cls, objects: Sequence[ObjectBlocks]) -> "_Blocks":
        """The blocks of all objects, one after another."""

        def column(name: str) -> FloatArray:
            return np.concatenate([getattr(blocks, name) for blocks in objects])

        def columns(*names: str) -> FloatArray:
            return np.stack([column(name) for name in names], axis=1)

        in_room = column("cartesian") != 0
        direction = cartesian(column("azimuth_deg"), column("elevation_deg"), column("distance"))
        screens = {blocks.reference_screen: number for number, blocks in enumerate(objects)}
        # None at all is −1, and so is a screen that no block refers to.
        zone_sets: dict[tuple[Zone, ...], int] = {}
        zones = [
            zone_sets.setdefault(here, len(zone_sets)) if here else -1
            for blocks in objects
            for here in blocks.zones or [()] * len(blocks)
        ]
        return cls(
            position=np.where(in_room[:, np.newaxis], columns("x", "y", "z").clip(-1.0, 1.0), direction),
            size=np.where(
                in_room[:, np.newaxis],
                columns("room_width", "room_height", "room_depth"),
                columns("width_deg", "height_deg", "depth"),
            ),
            in_room=in_room,
            divergence=column("divergence"),
            divergence_way=np.where(in_room, column("divergence_x"), column("divergence_azimuth_deg")),
            lock=column("channel_lock") != 0,
            lock_distance=column("lock_distance"),
            screen=np.concatenate(
                [np.where(blocks.screen_ref, screens[blocks.reference_screen], -1) for blocks in objects]
            ),
            horizontal_edge=column("horizontal_edge"),
            vertical_edge=column("vertical_edge"),
            zones=np.array(zones, dtype=np.intp),
            screens=tuple(blocks.reference_screen for blocks in objects),
            zone_sets=tuple(zone_sets),
        )

    @property
    def depends_on_layout(self) -> BoolArray:
        """Which blocks another layout would move, spread or keep away from some loudspeaker."""
        at_edge = (self.horizontal_edge != 0) | (self.vertical_edge != 0)
        return np.asarray(self.in_room | self.lock | (self.screen >= 0) | at_edge | (self.zones >= 0))

    def rows(self, chosen: BoolArray | IntArray) -> "_Blocks":
        """Some of the blocks."""
        return self._replace(**{name: getattr(self, name)[chosen] for name in self._fields[:-2]})

    def distinct(self) -> tuple["_Blocks", IntArray]:
        """Every block that differs from all others once, and for each block which of them it is."""
        table = np.column_stack(self[:-2]).astype(np.float64)
        _, first, number = np.unique(table, axis=0, return_index=True, return_inverse=True)
        return self.rows(first), number.reshape(-1)


def _power_in(layout: Layout, blocks: _Blocks) -> FloatArray:
    """Squared gains, (blocks, channels), in one layout without LFEs."""
    power = np.empty((blocks.position.shape[0], layout.channel_count))
    excluded = _excluded(layout, blocks)
    if layout.name not in LAYOUT_NAMES:
        # A bus of virtual loudspeakers has no walls and nothing to lock to: all of it are directions.
        blocks = _as_directions(_on_screen(layout, blocks))._replace(lock=np.zeros_like(blocks.lock))
    else:
        blocks = _on_screen(layout, blocks)
        in_room = np.flatnonzero(blocks.in_room)
        power[in_room] = _room_power(layout, blocks.rows(in_room), excluded[in_room])
    free = np.flatnonzero(~blocks.in_room)
    directions = blocks.rows(free)
    locked = np.flatnonzero(directions.lock)
    directions.position[locked] = lock_to_channels(
        directions.position[locked],
        directions.lock_distance[locked],
        layout.positions,
        layout,
        np.zeros((locked.size, layout.channel_count), dtype=bool),
    )
    power[free] = _spread(layout, _free_power(directions, [layout]), excluded[free])
    return power


def _excluded(layout: Layout, blocks: _Blocks) -> BoolArray:
    """(blocks, channels): which loudspeakers a block may not use."""
    sets = np.stack([excluded_channels(zones, layout) for zones in (*blocks.zone_sets, ())])
    return np.asarray(sets[blocks.zones])


def _spread(layout: Layout, power: FloatArray, excluded: BoolArray) -> FloatArray:
    """What excluded loudspeakers would have played, from the others."""
    for pattern in np.unique(excluded[excluded.any(axis=1)], axis=0):
        rows = (excluded == pattern).all(axis=1)
        power[rows] = power[rows] @ spread_from_excluded(pattern, layout)
    return power


def _on_screen(layout: Layout, blocks: _Blocks) -> _Blocks:
    """Blocks moved with the picture and to its edges; nothing moves where there is no screen."""
    if layout.screen is None:
        return blocks
    shown = layout.screen.edges()
    position = blocks.position.copy()
    for number in np.unique(blocks.screen[blocks.screen >= 0]).tolist():
        rows = blocks.screen == number
        seen = blocks.screens[number].edges()
        position[rows] = scaled(position[rows], blocks.in_room[rows], seen, shown, layout)
    rows = (blocks.horizontal_edge != 0) | (blocks.vertical_edge != 0)
    position[rows] = at_edges(
        position[rows],
        blocks.in_room[rows],
        blocks.horizontal_edge[rows],
        blocks.vertical_edge[rows],
        shown,
        layout,
    )
    return blocks._replace(position=position)


def _as_directions(blocks: _Blocks) -> _Blocks:
    """Places in a room as the directions and sizes that BS.2127, clause 10, takes them for."""
    rows = np.flatnonzero(blocks.in_room)
    position, size, way = blocks.position.copy(), blocks.size.copy(), blocks.divergence_way.copy()
    direction, size[rows] = from_room_with_size(position[rows], size[rows])
    position[rows] = direction
    # Copies in the room stand to the left and right of the object: as far apart as they are seen to be.
    reach = np.hypot(direction[:, 0], direction[:, 1])
    way[rows] = np.degrees(np.arctan2(way[rows], np.maximum(reach, 1e-10)))
    return blocks._replace(position=position, size=size, divergence_way=way, in_room=np.zeros_like(blocks.in_room))


def _room_power(layout: Layout, blocks: _Blocks, excluded: BoolArray) -> FloatArray:
    """Squared gains, (blocks, channels), of blocks in a room, panned among the loudspeakers that are left."""
    places = channel_places(layout)
    power = np.zeros((blocks.position.shape[0], layout.channel_count))
    for pattern in np.unique(excluded, axis=0):
        rows = np.flatnonzero((excluded == pattern).all(axis=1))
        left = np.flatnonzero(~excluded_in_room(pattern, places))
        here = blocks.rows(rows)
        locked = np.flatnonzero(here.lock)
        silent = np.ones((locked.size, layout.channel_count), dtype=bool)
        silent[:, left] = False
        here.position[locked] = lock_to_channels(
            here.position[locked], here.lock_distance[locked], places, layout, silent, ROOM_WEIGHTS
        )

        def pan(position: FloatArray, size: FloatArray, left: IntArray = left) -> FloatArray:
            return np.square(allocentric_extent_gains(position, size, places[left]))

        way = here.divergence_way[:, np.newaxis] * np.array([1.0, 0.0, 0.0])
        copies = [(here.position + way).clip(-1.0, 1.0), (here.position - way).clip(-1.0, 1.0)]
        power[np.ix_(rows, left)] = _with_copies(here, copies, pan)
    return power


def _free_power(blocks: _Blocks, layouts: Sequence[Layout]) -> FloatArray:
    """Squared gains, (blocks, channels of all layouts), of blocks in directions from the listener."""
    panner = ExtentPanner([design_point_source_panner(layout) for layout in layouts])

    def pan(position: FloatArray, size: FloatArray) -> FloatArray:
        return _direction_power(panner, position, size)

    turned = [_turned(blocks.position, blocks.divergence_way), _turned(blocks.position, -blocks.divergence_way)]
    return _with_copies(blocks, turned, pan)


def _with_copies(
    blocks: _Blocks, copies: Sequence[FloatArray], pan: Callable[[FloatArray, FloatArray], FloatArray]
) -> FloatArray:
    """Squared gains of blocks that, diverging, share with `copies`, (blocks, 3) each (BS.2127, clause 7.3.7)."""
    power = pan(blocks.position, blocks.size)
    rows = np.flatnonzero(blocks.divergence > 0)
    if rows.size:
        size = blocks.size[rows]
        of_copies = np.sum([pan(copy[rows], size) for copy in copies], axis=0)
        share = blocks.divergence[rows, np.newaxis]
        power[rows] = ((1.0 - share) * power[rows] + share * of_copies) / (1.0 + share)
    return power


def _turned(position: FloatArray, azimuth_deg: FloatArray) -> FloatArray:
    """Positions, (n, 3), turned to the left around the listener in their own horizontal plane."""
    own_azimuth_deg, _, distance = polar(position)
    right = cartesian(own_azimuth_deg - 90.0, 0.0, distance)
    turn = np.radians(azimuth_deg)[:, np.newaxis]
    return np.asarray(np.cos(turn) * position - np.sin(turn) * right)


def _direction_power(panner: ExtentPanner, position: FloatArray, size: FloatArray) -> FloatArray:
    """Squared gains, (n, channels), for positions and sizes, (n, 3) each."""
    distance = np.linalg.norm(position, axis=1)
    power = np.empty((position.shape[0], panner.channel_count))
    # Rounding leaves a point on the sphere a little inside of it.
    large = (distance < 1.0 - _ON_SPHERE) | (size > 0.0).any(axis=1)
    points = ~large
    power[points] = _shape_power(panner, position[points], np.ones(np.count_nonzero(points)), size[points])
    # Panning a large source costs as much as some hundred points, and resting objects repeat theirs in every block.
    table = np.column_stack([position[large], distance[large], size[large]])
    different, number = np.unique(table, axis=0, return_inverse=True)
    power[large] = _shape_power(panner, different[:, :3], different[:, 3], different[:, 4:])[number.reshape(-1)]
    return power


_ON_SPHERE: Final = 1e-12


def _shape_power(panner: ExtentPanner, position: FloatArray, distance: FloatArray, size: FloatArray) -> FloatArray:
    """As `_direction_power`, one by one."""
    width_deg, height_deg, depth = size.T
    directions = unit_directions(position)

    def power_at(rows: slice | BoolArray, end_distance: FloatArray) -> FloatArray:
        return panner.power(
            directions[rows],
            extent_at_distance(width_deg[rows], end_distance[rows]),
            extent_at_distance(height_deg[rows], end_distance[rows]),
        )

    power = power_at(slice(None), distance + depth / 2)
    # A deep source is half at its far end, half at its near one.
    deep = depth > 0
    if deep.any():
        near_end = np.maximum(distance - depth / 2, 0.0)
        power[deep] = (power[deep] + power_at(deep, near_end)) / 2
    return power
