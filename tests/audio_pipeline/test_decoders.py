"""A decoder that crashes, hangs, or wants too much is a refusal with words, and nothing of it is left."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from audio_pipeline import confined
from audio_pipeline.codecs import open_audio
from audio_pipeline.decoders import LibsndfileSource, Ration, ffmpeg_executable
from audio_pipeline.errors import CorruptAudio, UnpacksToTooMuch, UnreadableAudio
from audio_pipeline.extents import missing_bytes


def ended(*program: str, **limits) -> int:
    process = confined.start([sys.executable, "-c", *program], **({"cpu_s": 60} | limits))
    out, _ = process.communicate(timeout=120)
    assert out == b""
    return process.returncode


def test_a_program_that_wants_more_memory_than_it_may_have_ends():
    assert ended("bytearray(200_000_000)") == 0
    assert ended("bytearray(500_000_000)") != 0


def test_a_program_that_goes_round_in_circles_ends():
    assert ended("while True: pass", cpu_s=1) == -signal.SIGKILL


def test_a_program_can_write_nothing_but_its_answer(tmp_path):
    path = tmp_path / "written"
    assert ended(f"import pathlib; pathlib.Path({str(path)!r}).write_text('x')") != 0
    assert not path.exists() or path.stat().st_size == 0


@pytest.fixture
def flac(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(1).standard_normal((300_000, 2)) * 0.1, 48000, "PCM_24")
    return path


def test_a_decoder_that_dies_in_the_middle_is_a_damaged_file(flac):
    with open_audio(flac) as reader:
        blocks = reader.blocks(1000)
        next(blocks)
        os.kill(reader._source._process.pid, signal.SIGKILL)
        with pytest.raises(CorruptAudio, match="damaged after frame 1000"):
            list(blocks)


def test_a_decoder_that_dies_at_the_header_is_an_unreadable_file(flac, monkeypatch):
    real = confined.start
    monkeypatch.setattr(confined, "start", lambda program, **more: real(["/bin/false"], **more))
    with pytest.raises(UnreadableAudio, match="gives up on the header"):
        LibsndfileSource(flac)


def test_a_decoder_ends_with_its_reader(flac):
    with open_audio(flac) as reader:
        process = reader._source._process
        assert process.poll() is None
    assert process.poll() is not None


@pytest.mark.parametrize(("frames", "refused"), [(12_500_000, False), (12_500_001, True)])
def test_a_small_file_unpacks_to_minutes_and_not_to_hours(flac, frames, refused):
    ration = Ration(flac, 48000, 2, 1000)
    if refused:
        with pytest.raises(UnpacksToTooMuch, match="more than 4 minutes"):
            ration.allow(frames)
    else:
        ration.allow(frames)


def test_no_file_unpacks_to_more_than_three_hours(flac):
    ration = Ration(flac, 48000, 2, 10**10)
    ration.allow(3 * 3600 * 48000)
    with pytest.raises(UnpacksToTooMuch, match="180 minutes"):
        ration.allow(3 * 3600 * 48000 + 1)


def test_the_decoder_keeps_within_its_memory_where_a_bare_process_would_not():
    # The limit is one of address space: what a decoder maps, and not only what it touches.
    child = subprocess.run(
        [sys.executable, "-I", "-S", confined.__file__, "100000000", "5", sys.executable, "-c", "bytearray(10**8)"],
        capture_output=True,
        check=False,
    )
    assert b"MemoryError" in child.stderr


def m4a(path, *arguments):
    """Half a second of stereo at 44.1 kHz."""
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=0.5:r=44100:a=0.1")
    command = [ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-y", *noise, "-ac", "2", *arguments]
    subprocess.run([*command, f"file:{path}"], check=True)
    return path


LIE = "Audio: alac, 8000 Hz, 5.1, s32 (24 bit)"


@pytest.mark.parametrize(
    "name", ["a.m4a", f"{LIE}.m4a", f"a\n  Stream #0:0: {LIE}.m4a"], ids=["title", "name", "lines"]
)
def test_titles_and_names_say_nothing_of_the_sound(tmp_path, name):
    path = m4a(
        tmp_path / name, "-c:a", "aac", "-metadata", f"title={LIE}", "-metadata", f"comment=x\n  Stream #0:0: {LIE}"
    )
    with open_audio(path) as reader:
        assert (reader.subtype, reader.sample_rate_hz, reader.channels) == ("AAC", 44100, 2)


def test_channels_of_a_layout_with_a_dot_are_all_there(tmp_path):
    path = m4a(tmp_path / "a.m4a", "-af", "pan=2.1|c0=c0|c1=c1|c2=c0", "-ac", "3", "-c:a", "alac")
    with open_audio(path) as reader:
        assert reader.channels == 3


@pytest.mark.parametrize(
    "tail", [b"TAG" + bytes(125), b"APETAGEX" + bytes(60), b"\n" * 20], ids=["ID3v1", "APE", "lines"]
)
def test_what_hangs_on_behind_the_sound_is_no_part_of_it(tmp_path, flac, tail):
    for path, container in ((flac, "flac"), (m4a(tmp_path / "a.m4a", "-c:a", "alac"), "mp4")):
        with open_audio(path) as reader:
            whole = np.concatenate(list(reader.blocks()))
        path.write_bytes(path.read_bytes() + tail)
        assert missing_bytes(path, container) == 0
        with open_audio(path) as reader:
            assert np.array_equal(np.concatenate(list(reader.blocks())), whole)


def test_an_mp4_that_was_cut_short_lacks_what_was_cut(tmp_path):
    path = m4a(tmp_path / "a.m4a", "-c:a", "alac")
    path.write_bytes(path.read_bytes()[:-100])
    assert missing_bytes(path, "mp4") == 100
