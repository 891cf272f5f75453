import pytest

from audio_pipeline.spatialaudio.errors import UnknownLayout
from audio_pipeline.spatialaudio.layouts import ALIASES, LAYOUT_NAMES, get_layout

CHANNEL_COUNTS = {
    "0+2+0": 2,
    "0+5+0": 6,
    "2+5+0": 8,
    "4+5+0": 10,
    "4+5+1": 11,
    "3+7+0": 12,
    "4+9+0": 14,
    "9+10+3": 24,
    "0+7+0": 8,
    "4+7+0": 12,
    "5+5+3": 13,
}


def test_every_layout_has_its_number_of_channels():
    assert {name: get_layout(name).channel_count for name in LAYOUT_NAMES} == CHANNEL_COUNTS


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("stereo", "0+2+0"),
        ("5.1", "0+5+0"),
        ("7.1", "0+7+0"),
        ("5.1.4", "4+5+0"),
        ("7.1.4", "4+7+0"),
        ("22.2", "9+10+3"),
    ],
)
def test_an_alias_is_the_layout_itself(alias, name):
    assert get_layout(alias) is get_layout(name)
    assert get_layout(alias).name == name


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UnknownLayout) as refusal:
        get_layout("7.1.6")
    assert refusal.value.name == "7.1.6"
    assert refusal.value.known_names == (*LAYOUT_NAMES, "binaural", *ALIASES)
    assert "9+10+3" in str(refusal.value)


def test_channels_come_in_the_order_of_bs_2051():
    assert " ".join(get_layout("4+7+0").channel_names) == (
        "M+030 M-030 M+000 LFE1 M+090 M-090 M+135 M-135 U+045 U-045 U+135 U-135"
    )
    assert " ".join(get_layout("3+7+0").channel_names) == (
        "M+000 M+030 M-030 U+045 U-045 M+090 M-090 M+135 M-135 UH+180 LFE1 LFE2"
    )
    assert " ".join(get_layout("9+10+3").channel_names) == (
        "M+060 M-060 M+000 LFE1 M+135 M-135 M+030 M-030 M+180 LFE2 M+090 M-090 "
        "U+045 U-045 U+000 T+000 U+135 U-135 U+090 U-090 U+180 B+000 B+045 B-045"
    )
    assert " ".join(get_layout("5+5+3").channel_names) == (
        "M+030 M-030 M+000 M+110 M-110 U+030 U-030 U+000 U+110 U-110 B+030 B-030 B+000"
    )


def test_only_lfe_channels_are_lfe():
    for name in LAYOUT_NAMES:
        layout = get_layout(name)
        assert layout.is_lfe == tuple(channel.startswith("LFE") for channel in layout.channel_names)
        assert layout.without_lfe().channel_count == len(layout.full_range_channels)


def test_the_bottom_of_5_5_3_is_at_minus_20_degrees_and_of_9_10_3_at_minus_30():
    def bottom(name):
        return {speaker.elevation_deg for speaker in get_layout(name).loudspeakers if speaker.name.startswith("B")}

    assert bottom("5+5+3") == {-20.0}
    assert bottom("9+10+3") == {-30.0}
