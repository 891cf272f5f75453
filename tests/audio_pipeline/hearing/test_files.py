"""Listening copies of real files: what browsers are sent is the song, all of the song, and nothing but the song."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.codecs import open_audio
from audio_pipeline.errors import AudioPipelineError, NotAudio, NotFinite
from audio_pipeline.hearing.copy_writing import CopyWriter
from audio_pipeline.hearing.errors import CopyNotWritten, NothingToHear, RateTooLow
from audio_pipeline.hearing.files import SONG_BARS, STEM_BARS, fold_to_stereo, hear_song, outline_of
from audio_pipeline.loudness.measuring import measure_file
from tests.conftest import PROJECT

RATE_HZ = 48_000
SONG = PROJECT / "fixtures" / "songs" / "la_folia"


def tone(seconds: float, rate_hz: int = RATE_HZ, channels: int = 2) -> np.ndarray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    one = 0.4 * np.sin(2 * np.pi * 440 * time_s) * (1 + np.sin(2 * np.pi * 3 * time_s)) / 2
    return np.repeat(one[:, None], channels, axis=1).astype(np.float32)


def write(path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, sound, rate_hz, subtype)
    return path


def residual_db(path: Path, copy: Path) -> float:
    """What is left of the song when its copy is subtracted, sample for sample."""
    with open_audio(path) as original, open_audio(copy) as copied:
        a, b = original.read(), copied.read()
    count = min(len(a), len(b))
    return float(10 * np.log10(np.square(a[:count] - b[:count]).sum() / np.square(a[:count]).sum()))


def test_a_real_song_is_copied_from_its_first_sample_to_its_last(tmp_path: Path) -> None:
    copy = tmp_path / "copy.m4a"
    heard = hear_song(SONG / "mix.flac", copy)
    measured = measure_file(SONG / "mix.flac")
    assert (heard.integrated_lufs, heard.true_peak_dbtp) == (measured.integrated_lufs, measured.true_peak_dbtp)
    assert heard.outline.frames == 26.5 * RATE_HZ
    assert len(heard.outline.levels.peak) == len(heard.outline.levels.rms) == SONG_BARS
    with open_audio(copy) as copied:
        assert (copied.sample_rate_hz, copied.channels) == (RATE_HZ, 2)
        # One coded frame more at most; the container says where to stop, which not every decoder reads.
        assert 0 <= copied.frames - heard.outline.frames < 1024
    assert residual_db(SONG / "mix.flac", copy) < -30
    content = copy.read_bytes()
    assert content[4:12] == b"ftypM4A "
    assert content.index(b"moov") < content.index(b"mdat"), "the index stands in front, so that playing begins at once"
    assert len(content) < SONG.joinpath("mix.flac").stat().st_size / 2


def test_the_same_song_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        hear_song(SONG / "mix.flac", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("suffix", ["flac", "wav", "mp3"])
def test_nothing_that_a_file_says_of_its_artist_is_in_the_copy(tmp_path: Path, suffix: str) -> None:
    song = tmp_path / f"Ada Secret - Kyrie.{suffix}"
    with soundfile.SoundFile(song, "w", RATE_HZ, 2) as file:
        file.artist = file.title = file.comment = "Ada Secret"
        file.write(tone(1))
    assert b"Ada Secret" in song.read_bytes(), "this test would find the name if it were there"
    copy = tmp_path / "copy.m4a"
    hear_song(song, copy)
    content = copy.read_bytes()
    for word in (b"Ada", b"Secret", b"Kyrie", b"Lav"):
        assert word not in content
    assert content.count(b"ilst") == content.count(b"\0\0\0\x08ilst") == 1, "the list of tags is there, and empty"


@pytest.mark.parametrize(
    ("rate_hz", "copied_hz"),
    [(8_000, 48_000), (32_000, 32_000), (44_100, 44_100), (48_000, 48_000), (96_000, 48_000), (192_000, 48_000)],
)
def test_every_rate_becomes_one_that_browsers_play(tmp_path: Path, rate_hz: int, copied_hz: int) -> None:
    copy = tmp_path / "copy.m4a"
    heard = hear_song(write(tmp_path / "mix.wav", tone(1, rate_hz), rate_hz), copy)
    assert (heard.outline.sample_rate_hz, heard.outline.frames) == (rate_hz, rate_hz)
    with open_audio(copy) as copied:
        assert copied.sample_rate_hz == copied_hz
        assert copied.frames / copied_hz == pytest.approx(1, abs=0.035)


def test_one_channel_is_heard_from_both_loudspeakers(tmp_path: Path) -> None:
    mono = hear_song(write(tmp_path / "mono.wav", tone(2, channels=1)), tmp_path / "mono.m4a")
    stereo = hear_song(write(tmp_path / "stereo.wav", tone(2)), tmp_path / "stereo.m4a")
    assert mono == stereo
    assert (tmp_path / "mono.m4a").read_bytes() == (tmp_path / "stereo.m4a").read_bytes()


def test_many_channels_are_folded_without_clipping(tmp_path: Path) -> None:
    loud = np.ones((1000, 6), np.float32)
    assert np.abs(fold_to_stereo(loud)).max() == pytest.approx(1.0)
    only_third = np.zeros((4, 3), np.float32)
    only_third[:, 2] = 1
    assert np.array_equal(fold_to_stereo(only_third)[:, 0], fold_to_stereo(only_third)[:, 1])
    assert fold_to_stereo(only_third).min() > 0.4
    heard = hear_song(write(tmp_path / "mix.wav", tone(1, channels=6)), tmp_path / "copy.m4a")
    assert heard.outline.levels.peak[SONG_BARS // 6] > 0


def test_a_silent_song_has_no_loudness_and_a_copy_all_the_same(tmp_path: Path) -> None:
    heard = hear_song(write(tmp_path / "mix.wav", np.zeros((RATE_HZ, 2), np.float32)), tmp_path / "copy.m4a")
    assert (heard.integrated_lufs, heard.true_peak_dbtp) == (None, None)
    assert set(heard.outline.levels.peak) == {0}
    assert (tmp_path / "copy.m4a").stat().st_size > 0


def test_a_stem_is_an_outline_only() -> None:
    outline = outline_of(SONG / "stems" / "03 Bajo.flac")
    assert (outline.sample_rate_hz, outline.frames) == (RATE_HZ, 26.5 * RATE_HZ)
    assert len(outline.levels.peak) == STEM_BARS
    assert all(peak >= rms for peak, rms in zip(outline.levels.peak, outline.levels.rms, strict=True))


def test_what_cannot_be_heard_is_refused_by_name(tmp_path: Path) -> None:
    copy = tmp_path / "copy.m4a"
    (tmp_path / "words.wav").write_text("This is a letter.")
    with pytest.raises(NotAudio):
        hear_song(tmp_path / "words.wav", copy)
    with pytest.raises(RateTooLow, match="7999 samples a second and 8000 is the least"):
        hear_song(write(tmp_path / "slow.wav", tone(1, 7_999), 7_999), copy)
    with pytest.raises(NothingToHear):
        hear_song(write(tmp_path / "empty.wav", tone(0)), copy)
    broken = tone(1)
    broken[500] = np.nan
    with pytest.raises(NotFinite):
        hear_song(write(tmp_path / "broken.wav", broken), copy)
    with pytest.raises(NotFinite):
        outline_of(tmp_path / "broken.wav")


def test_an_encoder_that_cannot_write_says_so(tmp_path: Path) -> None:
    with pytest.raises(CopyNotWritten, match="space on the disk"), CopyWriter(tmp_path / "no" / "copy", RATE_HZ) as out:
        for _ in range(200):
            out.write(tone(1))


def test_no_hostile_file_is_more_than_refused(shared_data: Path, tmp_path: Path) -> None:
    files = [path for path in sorted((shared_data / "bad").rglob("*")) if path.is_file()]
    assert len(files) > 10
    for path in files:
        for hear in (lambda path: hear_song(path, tmp_path / "copy.m4a"), outline_of):
            with contextlib.suppress(AudioPipelineError):
                hear(path)
