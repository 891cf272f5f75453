"""The wave writer: what it writes reads back, it never wraps, and files appear whole or not at all."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.codecs import open_audio
from audio_pipeline.riff import scan_riff
from audio_pipeline.wave_writing import SEGMENT_FRAMES, Chunk, Encoding, NonFiniteSamples, OutputNotAFile, WaveWriter

LSB = 2.0**-23


def noise(frames: int, channels: int, seed: int = 1, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal((frames, channels))).astype(np.float32)


def write(path: Path, samples: np.ndarray, *, block_frames: int = 4096, **options: object) -> WaveWriter:
    writer = WaveWriter(path, channels=samples.shape[1], sample_rate_hz=48000, **options)  # type: ignore[arg-type] # options of any kind are what is tested
    with writer:
        for start in range(0, len(samples), block_frames):
            writer.write(samples[start : start + block_frames])
    return writer


@pytest.mark.parametrize("channels", [1, 2, 12, 24])
def test_float32_reads_back_bit_for_bit_however_loud(tmp_path: Path, channels: int) -> None:
    samples = noise(3001, channels, level=3.0)
    writer = write(tmp_path / "a.wav", samples, encoding="float32")
    read, rate = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)
    assert rate == 48000
    assert np.array_equal(read, samples)
    assert writer.overs == 0


def test_float32_files_have_no_chunk_that_carries_a_time(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(100, 2), encoding="float32")
    assert {chunk.id for chunk in scan_riff(tmp_path / "a.wav").chunks} == {"JUNK", "fmt ", "fact", "data"}


@pytest.mark.parametrize("frames", [1, 3, 1023, 1024, 5003])
def test_pcm24_without_dither_is_rounded_half_to_even(tmp_path: Path, frames: int) -> None:
    codes = np.random.default_rng(2).integers(-(2**20), 2**20, (frames, 3)).astype(np.float64) / 2
    write(tmp_path / "a.wav", codes * LSB, dither=False)
    read = soundfile.read(tmp_path / "a.wav", dtype="int32", always_2d=True)[0] >> 8
    assert np.array_equal(read, np.rint(codes))


@settings(max_examples=25)
@given(frames=st.integers(1, 3000), channels=st.integers(1, 5), block_frames=st.integers(1, 2500))
def test_the_sizes_of_blocks_do_not_change_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, frames: int, channels: int, block_frames: int
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    samples = noise(frames, channels)
    write(folder / "whole.wav", samples, block_frames=frames)
    write(folder / "pieces.wav", samples, block_frames=block_frames)
    assert (folder / "whole.wav").read_bytes() == (folder / "pieces.wav").read_bytes()


def test_dither_is_triangular_and_independent_of_the_signal(tmp_path: Path) -> None:
    samples = np.full((200_000, 1), 0.25 * LSB, np.float64)
    write(tmp_path / "a.wav", samples)
    error = soundfile.read(tmp_path / "a.wav")[0] / LSB - 0.25
    assert abs(error.mean()) < 0.01  # rounding alone would leave −0.25
    assert np.isclose(error.var(), 1 / 4, atol=0.01)  # 1/12 of rounding and 2/12 of the triangle, for any signal


def test_silence_and_samples_on_the_24_bit_grid_are_not_dithered(tmp_path: Path) -> None:
    on_grid = np.random.default_rng(3).integers(-(2**22), 2**22, (SEGMENT_FRAMES * 3 + 7, 1)) * LSB
    samples = np.hstack([np.zeros_like(on_grid), on_grid, noise(len(on_grid), 1)]).astype(np.float32)
    write(tmp_path / "a.wav", samples)
    read = soundfile.read(tmp_path / "a.wav", dtype="float32")[0]
    assert np.array_equal(read[:, :2], samples[:, :2])
    assert not np.array_equal(read[:, 2], np.rint(samples[:, 2] / LSB) * LSB)


def test_samples_beyond_full_scale_are_clipped_and_counted(tmp_path: Path) -> None:
    samples = np.array([[1.0], [-1.0], [1.5], [-2.0], [0.5]], np.float32)
    writer = write(tmp_path / "a.wav", samples)
    read = soundfile.read(tmp_path / "a.wav", dtype="int32")[0] >> 8
    assert read.tolist() == [2**23 - 1, -(2**23), 2**23 - 1, -(2**23), 2**22]
    assert writer.overs == 2
    assert writer.sample_peak == 2.0


@pytest.mark.parametrize("encoding", ["pcm24", "float32"])
def test_samples_that_are_no_numbers_are_refused_and_leave_no_file(tmp_path: Path, encoding: Encoding) -> None:
    samples = noise(100, 2)
    samples[42, 1] = np.nan
    with pytest.raises(NonFiniteSamples) as refusal:
        write(tmp_path / "a.wav", samples, encoding=encoding)
    assert (refusal.value.frame, refusal.value.channel) == (42, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"before")

    def fail_in_the_middle() -> None:
        with WaveWriter(tmp_path / "a.wav", channels=1, sample_rate_hz=48000) as writer:
            writer.write(noise(5000, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_in_the_middle()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.wav", b"before")]


@pytest.mark.parametrize("container", ["RF64", "BW64"])
def test_64_bit_containers_declare_true_sizes(tmp_path: Path, container: str) -> None:
    samples = noise(1001, 3)
    chunks = {"before_data": (Chunk("chna", b"odd"),), "after_data": (Chunk("axml", b"<odd/>!"),)}
    write(tmp_path / "a.wav", samples, container=container, plain_format=True, dither=False, **chunks)
    header = scan_riff(tmp_path / "a.wav")
    content = (tmp_path / "a.wav").read_bytes()
    riff_bytes, data_bytes = struct.unpack_from("<QQ", content, 20)
    assert header.form == container
    assert (riff_bytes, data_bytes) == (len(content) - 8, 1001 * 9)
    assert [chunk.id for chunk in header.chunks] == ["ds64", "fmt ", "chna", "data", "axml"]
    assert header.trailing_bytes == 0
    with open_audio(tmp_path / "a.wav") as reader:
        assert np.abs(reader.read() - samples).max() <= LSB / 2


@pytest.mark.parametrize("encoding", ["pcm24", "float32"])
def test_a_plain_wav_becomes_rf64_when_it_outgrows_its_header(tmp_path: Path, encoding: Encoding) -> None:
    samples = noise(2000, 2)
    write(tmp_path / "small.wav", samples, encoding=encoding, riff_limit_bytes=20_000)
    write(tmp_path / "large.wav", np.tile(samples, (4, 1)), encoding=encoding, riff_limit_bytes=20_000)
    assert scan_riff(tmp_path / "small.wav").form == "RIFF"
    large = scan_riff(tmp_path / "large.wav")
    assert (large.form, large.declared_frames, large.present_frames) == ("RF64", 8000, 8000)
    read = soundfile.read(tmp_path / "large.wav", dtype="float32")[0]
    assert np.abs(read - np.tile(samples, (4, 1))).max() <= 1.5 * LSB


def test_a_file_above_4_gib_declares_its_size_in_64_bits(tmp_path: Path) -> None:
    """The data is a hole in a sparse file: only what stands around it is written."""
    frames = 2**32 // 3 + 1000
    writer = WaveWriter(tmp_path / "a.wav", channels=1, sample_rate_hz=48000, after_data=(Chunk("axml", b"<a/>"),))
    with writer:
        writer.frames = frames
        writer._file.seek(3 * frames, 1)
    header = scan_riff(tmp_path / "a.wav")
    assert header.form == "RF64"
    assert header.file_bytes > 2**32
    assert header.declared_frames == header.present_frames == frames
    assert header.chunk("axml") is not None
    assert header.trailing_bytes == 0


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    samples = noise(20_000, 2)
    write(tmp_path / "a.wav", samples)
    write(tmp_path / "b.wav", samples)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_nothing_but_an_ordinary_file_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OutputNotAFile):
            WaveWriter(tmp_path / name, channels=1, sample_rate_hz=48000, encoding="pcm24")
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "folder"}


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.wav"
    with WaveWriter(path, channels=1, sample_rate_hz=48000, encoding="pcm24") as writer:
        writer.write(np.zeros((10, 1), np.float32))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
