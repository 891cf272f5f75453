import numpy as np
import pytest

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.errors import (
    BlockEndsBeforeStart,
    BlocksOverlap,
    InterpolationTooLong,
    MetadataLengthMismatch,
    SpatialAudioError,
    ValueOutOfRange,
)


def blocks(**columns):
    return ObjectBlocks.of(**{"start_samples": [0, 100], "end_samples": [100, 200], "azimuth_deg": 0.0} | columns)


def test_a_single_value_holds_for_every_block():
    made = blocks(azimuth_deg=[10, 20], gain=0.5, jump_position=True)
    assert len(made) == 2
    assert made.azimuth_deg.tolist() == [10, 20]
    assert made.gain.tolist() == [0.5, 0.5]
    assert made.jump_position.tolist() == [True, True]
    assert made.distance.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("elevation_deg", 90.1),
        ("elevation_deg", float("nan")),
        ("azimuth_deg", float("inf")),
        ("gain", float("inf")),
        ("diffuse", 1.01),
        ("diffuse", -0.01),
        ("distance", -1.0),
        ("width_deg", 361.0),
        ("height_deg", -1.0),
        ("depth", -0.1),
        ("divergence", 1.1),
        ("divergence_azimuth_deg", 181.0),
        ("interpolation_samples", -1.0),
        ("start_samples", -1.0),
    ],
)
def test_values_outside_of_the_standard_are_refused_by_field_and_block(column, value):
    columns = {"start_samples": [-1.0, 100.0]} if column == "start_samples" else {column: [0.0, value]}
    with pytest.raises(ValueOutOfRange) as refusal:
        blocks(**columns)
    assert (refusal.value.field, refusal.value.block) == (column, 0 if column == "start_samples" else 1)


def test_columns_of_another_length_are_refused():
    with pytest.raises(MetadataLengthMismatch) as refusal:
        blocks(gain=[1.0, 1.0, 1.0])
    assert refusal.value.field == "gain"


def test_overlapping_blocks_are_refused():
    with pytest.raises(BlocksOverlap) as refusal:
        blocks(start_samples=[0, 99])
    assert (refusal.value.block, refusal.value.start_samples, refusal.value.previous_end_samples) == (1, 99, 100)


def test_a_block_that_ends_before_its_start_is_refused():
    with pytest.raises(BlockEndsBeforeStart):
        blocks(end_samples=[100, 99])


def test_only_a_lone_block_may_last_for_ever():
    assert ObjectBlocks.of(start_samples=0, end_samples=np.inf, azimuth_deg=0.0).end_samples.tolist() == [np.inf]
    with pytest.raises(BlockEndsBeforeStart):
        blocks(end_samples=[100, np.inf])


def test_an_interpolation_longer_than_its_block_is_refused():
    with pytest.raises(InterpolationTooLong):
        blocks(jump_position=True, interpolation_samples=[0, 101])
    assert len(blocks(jump_position=False, interpolation_samples=101)) == 2


def test_every_refusal_is_a_value_error():
    assert issubclass(SpatialAudioError, ValueError)
