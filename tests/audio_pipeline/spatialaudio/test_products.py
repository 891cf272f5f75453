import numpy as np
import pytest

from audio_pipeline.spatialaudio.products import product


@pytest.mark.parametrize(("rows", "depth", "columns"), [(0, 3, 2), (1, 1, 1), (5000, 24, 11), (7, 600, 500)])
def test_a_product_in_pieces_is_the_whole_product(rows, depth, columns):
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((rows, depth)), rng.standard_normal((depth, columns))
    out = np.full((rows, columns), np.nan)
    product(left, right, out=out)
    np.testing.assert_allclose(out, left @ right, rtol=0, atol=1e-10)
