import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.geometry import cartesian, polar


def test_azimuth_is_positive_to_the_left_and_elevation_up():
    assert cartesian(0.0, 0.0).round(12).tolist() == [0, 1, 0]
    assert cartesian(90.0, 0.0).round(12).tolist() == [-1, 0, 0]
    assert cartesian(-90.0, 0.0, 2.0).round(12).tolist() == [2, 0, 0]
    assert cartesian(0.0, 90.0).round(12).tolist() == [0, 0, 1]


def test_the_origin_and_the_poles_have_azimuth_0():
    azimuth_deg, elevation_deg, distance = polar(cartesian([0.0, 70.0, 180.0], [0.0, 90.0, -90.0], [0.0, 1.0, 1.0]))
    assert azimuth_deg.tolist() == [0, 0, 0]
    assert elevation_deg.round(9).tolist() == [0, 90, -90]
    assert distance.tolist() == [0, 1, 1]


@given(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9), st.floats(0.01, 10))
def test_polar_inverts_cartesian(azimuth_deg, elevation_deg, distance):
    back = polar(cartesian(azimuth_deg, elevation_deg, distance))
    np.testing.assert_allclose(np.array(back), [azimuth_deg, elevation_deg, distance], rtol=0, atol=1e-9)
