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
from audio_pipeline.decoders import LibsndfileSource, Ration
from audio_pipeline.errors import CorruptAudio, UnpacksToTooMuch, UnreadableAudio


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
