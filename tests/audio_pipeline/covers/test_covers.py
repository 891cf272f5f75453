"""Covers: one song, one picture; small, valid, and nothing in it that a page would have to trust."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audio_pipeline.covers import COVERS, PALETTES, SongShape, draw_cover

SMALL = 6_000
ELEMENTS = {"svg", "rect", "circle", "path", "g"}
ATTRIBUTES = {
    *("viewBox", "width", "height", "fill", "x", "y", "cx", "cy", "r", "d"),
    *("stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"),
}
COLOUR = re.compile(r"#[0-9a-f]{6}|none")

share = st.floats(0, 1)
contour = st.lists(share, min_size=1, max_size=60).map(tuple)
shapes = st.builds(
    SongShape,
    seed=st.binary(max_size=4).map(lambda content: hashlib.sha256(content).hexdigest()),
    levels=contour,
    bands=st.lists(st.lists(share, min_size=6, max_size=6).map(tuple), max_size=14).map(tuple),
    stems=st.lists(contour, max_size=12).map(tuple),
)


def song(name: str, level: float = 0.5, **changes: object) -> SongShape:
    chance = [int.from_bytes(hashlib.sha256(f"{name}{n}".encode()).digest()[:2], "big") / 65_535 for n in range(600)]
    told = {
        "seed": hashlib.sha256(name.encode()).hexdigest(),
        "levels": tuple(2 * level * value for value in chance),
        "bands": tuple(tuple(chance[12 * band : 12 * band + 48]) for band in range(12)),
        "stems": tuple(tuple(chance[40 * stem : 40 * stem + 120]) for stem in range(7)),
    }
    return SongShape(**(told | changes))  # type: ignore[arg-type] # fields of any kind are passed on


@pytest.mark.parametrize("kind", COVERS)
@given(shape=shapes, palette=st.sampled_from(sorted(PALETTES)))
def test_every_picture_is_small_plain_svg_that_only_draws(kind: str, shape: SongShape, palette: str) -> None:
    cover = draw_cover(shape, kind, palette)
    assert (cover.kind, cover.palette) == (kind, palette)
    assert len(cover.svg.encode()) <= SMALL
    root = etree.fromstring(cover.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    colours = PALETTES[palette]
    for element in root.iter():
        assert etree.QName(element).localname in ELEMENTS
        assert not element.text
        assert set(element.attrib) <= ATTRIBUTES
        for name in ("fill", "stroke"):
            assert element.get(name, "none") in {*colours.inks, colours.ground, "none"}
        numbers = re.sub(r"[MLVHhvcQAz]", " ", element.get("d", "0")).split()
        assert all(abs(float(number)) < 1000 for number in numbers)


def test_the_same_song_has_the_same_picture_for_ever() -> None:
    drawn = {kind: draw_cover(song("kyrie"), kind, "night").svg for kind in COVERS}
    assert drawn == {kind: draw_cover(song("kyrie"), kind, "night").svg for kind in COVERS}
    digests = {kind: hashlib.sha256(svg.encode()).hexdigest()[:12] for kind, svg in drawn.items()}
    # A cover is what people know a song by: raise the version of the stage `listen` with any of these.
    assert digests == {
        "strata": "aa06aae26ec7",
        "orbits": "f15a41093d38",
        "bloom": "ec951de8c272",
        "score": "236e8d4a099b",
        "tide": "0a824f9ded25",
    }


@pytest.mark.parametrize("kind", COVERS)
def test_a_picture_is_drawn_from_the_sound(kind: str) -> None:
    """With the same seed, so by the same chance, another sound is another picture; and so is another seed."""
    one = draw_cover(song("one"), kind, "night")
    other_sound = song("two", seed=song("one").seed)
    assert draw_cover(other_sound, kind, "night").svg != one.svg
    other_seed = song("one", seed=song("two").seed)
    assert draw_cover(other_seed, kind, "night").svg != one.svg


@pytest.mark.parametrize("kind", COVERS)
def test_silence_has_a_picture(kind: str) -> None:
    silent = song("silence", levels=(0.0,) * 600, bands=((0.0,) * 48,) * 12, stems=((0.0,) * 120,))
    assert len(draw_cover(silent, kind).svg) > 1_000


def test_the_hash_of_the_audio_chooses_kind_and_colours_evenly() -> None:
    covers = [draw_cover(song(str(number))) for number in range(300)]
    kinds = [cover.kind for cover in covers]
    palettes = [cover.palette for cover in covers]
    assert set(kinds) == set(COVERS)
    assert set(palettes) == set(PALETTES)
    assert len(PALETTES) == 9
    assert min(map(kinds.count, COVERS)) > 300 / 5 / 2
    assert min(map(palettes.count, PALETTES)) > 300 / 9 / 3
    assert len({cover.svg for cover in covers}) == 300


@pytest.mark.parametrize("kind", COVERS)
def test_who_does_not_see_it_is_told_what_it_shows(kind: str) -> None:
    says = draw_cover(song("kyrie"), kind).says
    assert says.endswith(".")
    assert 30 < len(says) < 120


def test_every_colour_is_a_plain_one_and_stands_apart_from_its_ground() -> None:
    for palette in PALETTES.values():
        assert len({palette.ground, *palette.inks}) == 5
        assert all(COLOUR.fullmatch(colour) for colour in (palette.ground, *palette.inks))
