"""The regions a point-source panner is made of (ITU-R BS.2127, clause 6.1.2), each for many directions at once.

A region's `pan` takes directions, (n, 3), and answers for those that lie inside: their row numbers, (m,), and gains,
(m, loudspeakers), at the loudspeakers that `channels` numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray

# A direction this far outside of a region still belongs to it, so that none is lost between two neighbours.
_GAIN_TOLERANCE: Final = 1e-11
_ROOT_TOLERANCE: Final = 1e-10


class Region(Protocol):
    """A patch of the sphere that distributes a source to the loudspeakers at its corners."""

    @property
    def channels(self) -> IntArray:
        """Numbers of the loudspeakers that `pan` gives gains for."""

    def pan(self, directions: FloatArray) -> tuple[IntArray, FloatArray]:
        """Rows of the directions inside, and their gains, of unit power."""


@dataclass(frozen=True, eq=False, slots=True)
class Triplet:
    """Three loudspeakers: vector base amplitude panning."""

    channels: IntArray
    inverse: FloatArray

    @classmethod
    def between(cls, channels: IntArray, positions: FloatArray) -> "Triplet":
        """The region with the three `positions`, (3, 3), one a row, as corners."""
        return cls(channels, np.asarray(np.linalg.inv(positions), dtype=np.float64))

    def pan(self, directions: FloatArray) -> tuple[IntArray, FloatArray]:
        gains = directions @ self.inverse
        rows = np.flatnonzero(gains.min(axis=1) >= -_GAIN_TOLERANCE)
        return rows, unit_power(gains[rows].clip(min=0.0))


@dataclass(frozen=True, eq=False, slots=True)
class VirtualNgon:
    """Any number of loudspeakers around a virtual one in their middle.

    The virtual loudspeaker's gain is shared out at equal power among the real ones.
    """

    channels: IntArray
    triplets: tuple[Triplet, ...]

    @classmethod
    def around(cls, channels: IntArray, positions: FloatArray, centre: FloatArray) -> "VirtualNgon":
        """The region with corners at `positions`, (n, 3), and the virtual loudspeaker at `centre`, (3,)."""
        order = corner_order(positions)
        triplets = (
            Triplet.between(
                np.array([first, second, channels.size], dtype=np.intp),
                np.stack([positions[first], positions[second], centre]),
            )
            for first, second in zip(order, np.roll(order, -1), strict=True)
        )
        return cls(channels, tuple(triplets))

    def pan(self, directions: FloatArray) -> tuple[IntArray, FloatArray]:
        corners = self.channels.size
        rows, gains = pan_in_first(self.triplets, directions, corners + 1)
        return rows, unit_power(gains[:, :corners] + gains[:, corners:] / np.sqrt(corners))


@dataclass(frozen=True, eq=False, slots=True)
class QuadRegion:
    """Four loudspeakers: a position between two sides, times one between the other two.

    Along each axis the position is the root of a quadratic whose coefficients are linear in the direction.
    """

    channels: IntArray
    positions: FloatArray
    x_polynomial: FloatArray
    y_polynomial: FloatArray

    @classmethod
    def between(cls, channels: IntArray, positions: FloatArray) -> "QuadRegion":
        """The region with the four `positions`, (4, 3), as corners, in any order."""
        order = corner_order(positions)
        corners = positions[order]
        return cls(channels[order], corners, _axis_polynomial(corners), _axis_polynomial(np.roll(corners, -1, axis=0)))

    def pan(self, directions: FloatArray) -> tuple[IntArray, FloatArray]:
        x = _root_between_0_and_1(directions @ self.x_polynomial.T)
        y = _root_between_0_and_1(directions @ self.y_polynomial.T)
        rows = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
        x, y = x[rows], y[rows]
        gains = np.stack([(1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y], axis=1)
        # The same roots belong to the opposite point of the sphere.
        in_front = np.einsum("ni,ni->n", gains @ self.positions, directions[rows]) > 0
        return rows[in_front], unit_power(gains[in_front])


def pan_in_first(regions: Sequence[Region], directions: FloatArray, channel_count: int) -> tuple[IntArray, FloatArray]:
    """Pan each direction, (n, 3), in the first region that takes it.

    Returns the rows that found a region, in rising order, and their gains, (rows, channel_count).
    """
    gains = np.zeros((directions.shape[0], channel_count))
    waiting = np.arange(directions.shape[0])
    for region in regions:
        rows, region_gains = region.pan(directions[waiting])
        gains[waiting[rows][:, np.newaxis], region.channels] = region_gains
        waiting = np.delete(waiting, rows)
        if not waiting.size:
            return np.arange(directions.shape[0]), gains
    found = np.delete(np.arange(directions.shape[0]), waiting)
    return found, gains[found]


def unit_power(gains: FloatArray) -> FloatArray:
    """Scale each row so that its squares sum to one."""
    return np.asarray(gains / np.sqrt(np.einsum("ni,ni->n", gains, gains))[:, np.newaxis])


def corner_order(positions: FloatArray) -> IntArray:
    """Row numbers of the corners of a convex, nearly flat polygon, (n, 3), in the order in which they follow."""
    spokes = positions - positions.mean(axis=0)
    # The two directions in which the corners spread most span the polygon's plane.
    _, _, plane = np.linalg.svd(spokes)
    return np.argsort(np.arctan2(spokes @ plane[1], spokes @ plane[0]))


def _axis_polynomial(corners: FloatArray) -> FloatArray:
    """Coefficients, (power 2…0, 3), of the quadratic for the position from side a–d (0) to side b–c (1).

    For a fraction x, a + x(b−a) and d + x(c−d) span a plane with the origin; the direction lies in it where its product
    with their cross product vanishes.
    """
    a, b, c, d = corners
    return np.stack([np.cross(b - a, c - d), np.cross(a, c - d) + np.cross(b - a, d), np.cross(a, d)])


def _root_between_0_and_1(coefficients: FloatArray) -> FloatArray:
    """Solve a·x² + b·x + c = 0 for rows of (a, b, c); NaN where no real root lies in 0…1."""
    a, b, c = coefficients.T
    discriminant = b * b - 4 * a * c
    # A double root is often a hair below zero after rounding.
    real = discriminant >= -(_ROOT_TOLERANCE**2)
    # The form without cancellation; it also solves the linear equation that a parallelogram leaves (a = 0).
    q = -0.5 * (b + np.copysign(np.sqrt(discriminant.clip(min=0.0)), b))
    root = np.full(a.shape, np.nan)
    for numerator, denominator in ((q, a), (c, q)):
        # Anything that leads far out of 0…1 need not be divided, and might overflow.
        solvable = real & (denominator != 0) & (np.abs(numerator) < 2 * np.abs(denominator))
        candidate = np.divide(numerator, denominator, out=np.full(a.shape, np.inf), where=solvable)
        inside = (candidate > -_ROOT_TOLERANCE) & (candidate < 1 + _ROOT_TOLERANCE)
        root = np.where(inside & np.isnan(root), candidate.clip(0.0, 1.0), root)
    return root
