"""An upmix as files: what lies on disk adds up to the song, and what cannot be taken apart is refused."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from audio_pipeline.codecs import open_audio
from audio_pipeline.errors import NotAudio
from audio_pipeline.hashing import sha256_of
from audio_pipeline.stems.errors import NameUnspeakable, StemUnusable
from audio_pipeline.upmix.errors import SongInTheWay, SongNotStereo, SongRateUnfit
from audio_pipeline.upmix.files import LOUDEST, upmix_file
from audio_pipeline.upmix.manifest import UpmixManifest
from tests.audio_pipeline.upmix.sounds import Audio, on_grid, panned, room, strokes, sum_of, tones

ALL = ["mid harmonic", "mid percussive", "sides", "ambience", "remainder"]

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(samples: Audio, rate_hz: int = 44100, subtype: str = "PCM_24", name: str = "song.wav") -> Path:
        soundfile.write(tmp_path / name, samples, rate_hz, subtype=subtype)
        return tmp_path / name

    return write


def song_of(rate_hz: int) -> Audio:
    """Something of every part, and a length that no hop divides."""
    mixed = panned(tones(1.0, rate_hz)) + panned(strokes(1.0, rate_hz), 0.3, 1.0) + 0.2 * room(1.0, rate_hz)
    return on_grid(mixed)[:-13]


def decoded(path: Path) -> Audio:
    with open_audio(path) as reader:
        return reader.read()


def read(folder: Path, manifest: UpmixManifest) -> dict[str, Audio]:
    parts = {}
    for part in manifest.parts:
        assert sha256_of(folder / part.path) == part.sha256
        with open_audio(folder / part.path) as reader:
            assert (reader.channels, reader.sample_rate_hz) == (part.channels, manifest.song.sample_rate_hz)
            assert (reader.frames, reader.subtype) == (manifest.song.frames, "FLOAT")
            parts[part.name] = reader.read()
    return parts


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_the_stored_parts_are_the_song_and_the_record_says_so(rate_hz: int, write: Write, tmp_path: Path) -> None:
    path = write(song_of(rate_hz), rate_hz)

    manifest = upmix_file(path, tmp_path / "out")

    assert [part.name for part in manifest.parts] == ALL
    assert np.array_equal(sum_of(read(tmp_path / "out", manifest)), decoded(path))
    assert (manifest.null_db, manifest.null_peak_dbfs) == (None, None)
    assert (manifest.song.sha256, manifest.song.frames) == (sha256_of(path), rate_hz - 13)
    assert (manifest.source, manifest.note) == ("upmix", "Upmix from the stereo mix")
    stored = msgspec.json.decode((tmp_path / "out" / "manifest.json").read_bytes(), type=UpmixManifest)
    assert stored == manifest
    energy = sum(10 ** (part.level_db / 10) for part in manifest.parts if part.level_db is not None)
    assert 0.5 < energy < 1.2


def test_of_a_song_in_floats_the_record_names_what_their_rounding_leaves(write: Write, tmp_path: Path) -> None:
    samples = np.random.default_rng(2).standard_normal((30_000, 2)).astype(np.float32)
    manifest = upmix_file(write(samples, subtype="FLOAT"), tmp_path / "out")

    left = sum_of(read(tmp_path / "out", manifest)) - samples

    measured = 10 * np.log10(np.sum(left**2) / np.sum(samples.astype(np.float64) ** 2))
    assert manifest.null_db == pytest.approx(measured, abs=0.01)
    assert manifest.null_db < -140
    assert manifest.null_peak_dbfs == pytest.approx(20 * np.log10(np.abs(left).max()), abs=0.01)


def test_a_second_run_writes_the_same_bytes(write: Write, tmp_path: Path) -> None:
    path = write(song_of(44100))
    first, second = upmix_file(path, tmp_path / "a"), upmix_file(path, tmp_path / "b")

    assert first == second
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_a_mono_song_sounds_from_both_and_has_no_part_for_what_it_has_not(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    upmix_file(write(song_of(44100)), out)
    mono = write(tones(0.7, 44100) + strokes(0.7, 44100), name="mono.wav")

    manifest = upmix_file(mono, out)

    assert [part.name for part in manifest.parts] == ["mid harmonic", "mid percussive", "remainder"]
    assert np.array_equal(sum_of(read(out, manifest)), np.repeat(decoded(mono), 2, axis=1))
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["manifest.json", *(part.path for part in manifest.parts)]
    ), "nothing of the song before is left"


def test_of_silence_the_remainder_is_there(write: Write, tmp_path: Path) -> None:
    manifest = upmix_file(write(np.zeros((20_000, 2))), tmp_path / "out")

    ((name, samples),) = read(tmp_path / "out", manifest).items()
    assert (name, samples.shape, samples.any()) == ("remainder", (20_000, 2), np.False_)
    assert (manifest.null_db, manifest.parts[0].level_db) == (None, None)


def test_what_cannot_be_taken_apart_is_refused_and_nothing_is_written(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    noise = np.random.default_rng(1).standard_normal((9000, 6)) * 0.1
    with pytest.raises(SongNotStereo, match=r"6 channels.*Deliver the stereo mix"):
        upmix_file(write(noise), out)
    with pytest.raises(SongRateUnfit, match=r"4000 Hz.*Export the song again"):
        upmix_file(write(noise[:, :2], 4000), out)
    with pytest.raises(StemUnusable, match="it holds no sound"):
        upmix_file(write(noise[:0, :2]), out)
    with pytest.raises(NotAudio):
        upmix_file(Path(__file__), out)
    with pytest.raises(NameUnspeakable, match="not UTF-8"):
        upmix_file(Path(f"{write(noise[:, :2])}\udcff"), out)
    whole = write(noise[:, :2], name="cut.wav")
    whole.write_bytes(whole.read_bytes()[:-3000])
    with pytest.raises(StemUnusable, match="500 of its frames are missing"):
        upmix_file(whole, out)
    assert not out.exists()


def test_a_song_with_a_hole_in_it_leaves_no_half_written_part(write: Write, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal((300_000, 2)).astype(np.float32)
    noise[290_000, 1] = np.nan
    with pytest.raises(StemUnusable, match="no numbers"):
        upmix_file(write(noise, subtype="FLOAT"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_song_that_no_window_can_add_up_is_refused_as_what_it_is(write: Write, tmp_path: Path) -> None:
    loud = (np.random.default_rng(1).standard_normal((9000, 2)) * 1e30).astype(np.float32)
    with pytest.raises(StemUnusable, match="as loud as full scale"):
        upmix_file(write(loud, subtype="FLOAT"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    loud *= np.float32(LOUDEST / np.abs(loud).max())
    assert upmix_file(write(loud, subtype="FLOAT"), tmp_path / "out").null_db is not None


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_part_never_takes_the_place_of_its_song(is_linked: bool, write: Write, tmp_path: Path) -> None:
    song = write(song_of(44100), name="sides upmix.wav")
    before, given = song.read_bytes(), song
    if is_linked:
        given = tmp_path / "song.wav"
        given.symlink_to(song)
    with pytest.raises(SongInTheWay, match="Name another folder"):
        upmix_file(given, tmp_path)
    assert song.read_bytes() == before
