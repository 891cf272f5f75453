"""Long lists in parts: every row stands on one page, and every page has an address that asks for it."""

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from opencall.kernel.web.slices import part_with, slice_of

COUNTS, SIZES = st.integers(0, 500), st.integers(1, 60)


@given(COUNTS, SIZES)
def test_the_parts_hold_every_row_once_and_none_is_empty(total, size):
    first = slice_of(total, size, 1, "/list")
    cuts = [slice_of(total, size, part, "/list") for part in range(1, first.parts + 1)]
    assert [row for cut in cuts for row in range(cut.start, cut.stop)] == list(range(total))
    assert all(cut.start < cut.stop for cut in cuts) or total == 0


@given(st.integers(0, 499), SIZES)
def test_the_part_with_a_row_holds_it(place, size):
    cut = slice_of(500, size, part_with(place, size), "/list")
    assert cut.start <= place < cut.stop


@given(COUNTS, SIZES, st.integers(-1000, 1000))
def test_whatever_part_is_asked_for_there_is_one(total, size, part):
    cut = slice_of(total, size, part, "/list")
    assert 1 <= cut.part <= cut.parts


def test_an_address_keeps_what_was_asked_and_leaves_out_what_was_not():
    cut = slice_of(100, 10, 3, "/list", find="salt & rain", show=None, places=0, sort="")
    assert parse_qs(urlsplit(cut.url(4)).query) == {"find": ["salt & rain"], "places": ["0"], "part": ["4"]}
    assert slice_of(100, 10, 3, "/list").url(1) == "/list"
