"""What is selected of an ADM file, whichever tool wrote it; what cannot be rendered is refused by name."""

import re
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from audio_pipeline.adm.block_formats import ObjectBlock
from audio_pipeline.adm.errors import (
    AdmInvalid,
    AxmlUnreadable,
    NoSuchProgramme,
    NotAnAdmFile,
)
from audio_pipeline.adm.files import open_adm
from audio_pipeline.adm.items import AdmItem, programme_items
from audio_pipeline.adm.spans import Window, heard_spans
from audio_pipeline.adm.times import AdmTime
from audio_pipeline.spatialaudio.taps import Tap

from .conftest import FRAMES, RATE_HZ, WriteMaster

Select = Callable[..., tuple[AdmItem, ...]]


@pytest.fixture
def select(write_master: WriteMaster) -> Select:
    """The items of the master with its document edited."""

    def items(edit: Callable[[str], str] = lambda text: text, programme_id: str | None = None) -> tuple[AdmItem, ...]:
        file = open_adm(write_master(edit=edit))
        return programme_items(
            file.document, file.chna, sample_rate_hz=RATE_HZ, frames=FRAMES, programme_id=programme_id
        )

    return items


def replaced(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return edit


def test_nested_objects_are_items_in_the_documents_order(select: Select) -> None:
    assert [(item.name, item.taps) for item in select()] == [
        ("Voice", (Tap(0),)),
        ("Guitar & bass", (Tap(1),)),
        ("Bell", (Tap(2),)),
    ]


def test_gains_of_nested_objects_multiply_and_mute_silences(select: Select) -> None:
    def edit(text: str) -> str:
        text = replaced('audioObjectName="A song">', 'audioObjectName="A song"><gain gainUnit="dB">-20</gain>')(text)
        text = re.sub(r'(<audioObject audioObjectID="AO_1001".*?>)', r"\1<gain>0.5</gain>", text)
        return re.sub(r'(<audioObject audioObjectID="AO_1002".*?>)', r"\1<mute>1</mute>", text)

    voice, guitar, bell = select(edit)
    assert np.allclose(voice.blocks.gain, [0.05, 0.005, 0.035])
    assert guitar.blocks.gain.tolist() == [0.0]
    assert np.allclose(bell.blocks.gain, 0.1)


def test_gain_in_decibels_is_made_linear(select: Select) -> None:
    edit = replaced("<gain>0.1</gain>", '<gain gainUnit="dB">-6.0</gain>')
    assert np.isclose(select(edit)[0].blocks.gain[1], 0.501187)


def test_start_and_duration_of_an_object_bound_its_blocks(select: Select) -> None:
    edit = replaced(
        'audioObjectName="Voice" start="00:00:00.00000S48000" duration="00:00:00.04800S48000"',
        'audioObjectName="Voice" start="00:00:00.01000S48000" duration="00:00:00.02000S48000"',
    )
    blocks = select(edit)[0].blocks
    assert blocks.start_samples.tolist() == [1000, 2024]  # the third would start after the object's end, at 3000
    assert blocks.end_samples.tolist() == [2024, 3048]


def test_decimal_times_that_miss_each_other_by_their_rounding_touch(select: Select) -> None:
    def edit(text: str) -> str:
        return re.sub(
            r"00:00:00\.(\d{5})S48000", lambda match: f"00:00:00.{round(int(match[1]) * 100_000 / 48000):05d}", text
        )

    blocks = select(edit)[0].blocks
    assert np.array_equal(blocks.start_samples[1:], blocks.end_samples[:-1])
    assert np.allclose(blocks.start_samples, [0, 1024, 2048], atol=1)


@pytest.mark.parametrize(
    "length_s",
    [Fraction(1, 24), Fraction(1, 30), Fraction(1, 60), Fraction(512, RATE_HZ), Fraction(1024, RATE_HZ)],
    ids=["24 fps", "30 fps", "60 fps", "512 samples", "1024 samples"],
)
def test_decimal_times_touch_however_many_blocks_there_are(length_s: Fraction) -> None:
    def rounded(seconds: Fraction) -> AdmTime:
        return AdmTime(Fraction(round(seconds * 100_000), 100_000), in_samples=False)

    count = 600
    blocks = [
        ObjectBlock(id=f"AB_00031001_{number:08x}", rtime=rounded(number * length_s), duration=rounded(length_s))
        for number in range(count)
    ]
    frames = round(count * length_s * RATE_HZ)
    spans = heard_spans(blocks, Window.of(None, frames=frames, sample_rate_hz=RATE_HZ))
    assert len(spans.blocks) == count
    assert np.array_equal(spans.start_samples[1:], spans.end_samples[:-1])
    exact = np.arange(count) * float(length_s * RATE_HZ)
    assert np.abs(spans.start_samples - exact).max() <= 0.5e-5 * RATE_HZ + 1e-9


def test_a_single_block_without_times_lasts_as_long_as_the_file(select: Select) -> None:
    edit = replaced(
        'AB_00031002_00000001" rtime="00:00:00.00000S48000" duration="00:00:00.04800S48000"', 'AB_00031002_00000001"'
    )
    blocks = select(edit)[1].blocks
    assert (blocks.start_samples.tolist(), blocks.end_samples.tolist()) == ([0], [FRAMES])


def test_jump_and_interpolation_length_are_taken_over(select: Select) -> None:
    edit = replaced("<jumpPosition>0</jumpPosition>", '<jumpPosition interpolationLength="0.005">1</jumpPosition>')
    blocks = select(edit)[0].blocks
    assert (bool(blocks.jump_position[0]), float(blocks.interpolation_samples[0])) == (True, 240.0)


def test_a_silent_track_is_an_item_without_a_track(select: Select) -> None:
    edit = replaced("<audioTrackUIDRef>ATU_00001002", "<audioTrackUIDRef>ATU_00000000")
    assert [item.taps for item in select(edit)] == [(Tap(0),), (), (Tap(2),)]


def test_missing_labels_and_real_importance_are_no_obstacle(select: Select) -> None:
    def edit(text: str) -> str:
        return text.replace(' typeLabel="0003"', "").replace("<importance>10", "<importance>9.5")

    assert len(select(edit)) == 3


SECOND_PROGRAMME = """<audioProgramme audioProgrammeID="APR_8002" audioProgrammeName="Second">
<audioContentIDRef>ACO_8002</audioContentIDRef></audioProgramme>
<audioContent audioContentID="ACO_8002" audioContentName="c"><audioObjectIDRef>AO_1003</audioObjectIDRef></audioContent>
</audioFormatExtended>"""


@pytest.mark.parametrize(
    ("programme_id", "names"),
    [(None, ["Voice", "Guitar & bass", "Bell"]), ("APR_8002", ["Bell"]), ("apr_8002", ["Bell"])],
)
def test_the_first_programme_is_rendered_unless_another_is_named(
    select: Select, programme_id: str | None, names: list[str]
) -> None:
    items = select(replaced("</audioFormatExtended>", SECOND_PROGRAMME), programme_id)
    assert [item.name for item in items] == names


def test_a_programme_that_is_not_there_is_refused(select: Select) -> None:
    with pytest.raises(NoSuchProgramme, match="APR_8001"):
        select(programme_id="APR_9999")


def test_without_any_programme_every_object_is_rendered_once(select: Select) -> None:
    items = select(lambda text: re.sub("<audioProgramme .*?</audioProgramme>", "", text, flags=re.S))
    assert [item.name for item in items] == ["Voice", "Guitar & bass", "Bell"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<gain>0.1", "<gain>NaN"),
        ('"azimuth">-20.5', '"azimuth">left'),
        ("<audioObjectIDRef>AO_1002", "<audioObjectIDRef>AO_1009"),
        ("<audioTrackUIDRef>ATU_00001002", "<audioTrackUIDRef>ATU_00001003"),
        ("<audioObjectIDRef>AO_1002", "<audioObjectIDRef>AO_8001"),
        ('"elevation">30.0', '"elevation">91'),
        ("<audioPackFormatIDRef>AP_00031001</audioPackFormatIDRef>\n<audioTrackUIDRef>",
         "<audioPackFormatIDRef>AP_00010001</audioPackFormatIDRef>\n<audioTrackUIDRef>"),
        ('audioPackFormatName="Voice" typeLabel="0003" typeDefinition="Objects"',
         'audioPackFormatName="Voice" typeLabel="0004" typeDefinition="HOA"'),
        ('audioChannelFormatName="Voice" typeLabel="0003" typeDefinition="Objects"',
         'audioChannelFormatName="Voice" typeLabel="0005" typeDefinition="Binaural"'),
        ('rtime="00:00:00.01024S48000"', 'rtime="00:00:00.00024S48000"'),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(select: Select, old: str, new: str) -> None:
    with pytest.raises(AdmInvalid):
        select(replaced(old, new))


@pytest.mark.parametrize("chunk_id", ["axml", "chna"])
def test_a_file_without_adm_chunks_is_refused(write_master: WriteMaster, chunk_id: str) -> None:
    with pytest.raises(NotAnAdmFile, match=chunk_id):
        open_adm(write_master(without=chunk_id))


@pytest.mark.parametrize(
    "axml",
    [
        "not xml",
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><audioFormatExtended>&x;</audioFormatExtended>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><audioFormatExtended/>',
        "<a>" * 5000,
    ],
)
def test_documents_that_attack_are_refused(write_master: WriteMaster, axml: str) -> None:
    with pytest.raises(AxmlUnreadable):
        open_adm(write_master(edit=lambda text: axml))


def test_a_row_of_chna_beyond_the_file_is_refused(write_master: WriteMaster) -> None:
    with pytest.raises(AdmInvalid, match="track 3"):
        open_adm(write_master(channels=2))


def test_objects_nested_into_billions_of_paths_are_refused(select: Select) -> None:
    levels = "".join(
        f'<audioObject audioObjectID="AO_20{i:02x}" audioObjectName="x">'
        + f"<audioObjectIDRef>AO_20{i + 1:02x}</audioObjectIDRef>" * 2
        + "</audioObject>"
        for i in range(30)
    )
    levels += '<audioObject audioObjectID="AO_201e" audioObjectName="x"/></audioFormatExtended>'

    def edit(text: str) -> str:
        return replaced(
            "<audioObjectIDRef>AO_1001", "<audioObjectIDRef>AO_2000</audioObjectIDRef><audioObjectIDRef>AO_1001"
        )(replaced("</audioFormatExtended>", levels)(text))

    with pytest.raises(AdmInvalid, match="paths"):
        select(edit)
