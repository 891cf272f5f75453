"""Files made here: what each limit lets through, and what it does not."""

import os
import struct
import time

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio_pipeline.intake.findings import Code, Severity, Verdict
from audio_pipeline.intake.inspecting import inspect_paths
from audio_pipeline.intake.judging import judge_file
from audio_pipeline.riff import scan_riff

RATE_HZ = 48000


def noise(frames=RATE_HZ, channels=2, level=0.05, seed=1):
    return level * np.random.default_rng(seed).standard_normal((frames, channels))


def written(folder, samples, name="a.wav", rate_hz=RATE_HZ, subtype="PCM_24", **more):
    path = folder / name
    soundfile.write(path, samples, rate_hz, subtype, **more)
    return path


def codes(path, **more):
    return {finding.code for finding in judge_file(path, **more).findings}


def test_clean_file_is_accepted(tmp_path):
    report = judge_file(written(tmp_path, noise()))
    assert (report.verdict, report.findings) == (Verdict.ACCEPT, ())
    assert (report.format, report.sample_rate_hz, report.channels, report.frames) == ("WAV/PCM_24", 48000, 2, 48000)


@pytest.mark.parametrize(("frames", "found"), [(19199, {Code.TOO_SHORT}), (19200, set())])
def test_shorter_than_a_gating_block_is_too_short(tmp_path, frames, found):
    assert codes(written(tmp_path, noise(frames))) == found


@pytest.mark.parametrize(("runs", "severity"), [(1, Severity.WARN), (50, Severity.WARN), (51, Severity.REJECT)])
def test_clipping_is_counted_in_runs(tmp_path, runs, severity):
    samples = noise()
    for run in range(runs):
        samples[100 * run : 100 * run + 3, 0] = 0.999
    findings = {finding.code: finding.severity for finding in judge_file(written(tmp_path, samples)).findings}
    assert findings[Code.CLIPPED] is severity


def test_two_equal_samples_at_full_scale_are_no_clipping(tmp_path):
    samples = noise()
    samples[100:102, 0] = 0.999
    assert Code.CLIPPED not in codes(written(tmp_path, samples))


@pytest.mark.parametrize(("offset", "found"), [(0.0009, set()), (0.0012, {Code.DC_OFFSET})])
def test_dc_offset_above_minus_60_dbfs(tmp_path, offset, found):
    samples = noise()
    assert codes(written(tmp_path, samples - samples.mean(axis=0) + offset)) == found


def test_rate_and_depth_limits(tmp_path):
    assert codes(written(tmp_path, noise(), rate_hz=44100, subtype="PCM_16")) == set()
    assert codes(written(tmp_path, noise(), rate_hz=44099, subtype="PCM_U8")) >= {Code.LOW_RATE, Code.LOW_BIT_DEPTH}


def test_one_silent_channel(tmp_path):
    samples = noise()
    samples[:, 1] = 0
    assert codes(written(tmp_path, samples)) == {Code.ONE_CHANNEL}


def test_inverted_channel(tmp_path):
    left = noise(channels=1)
    assert codes(written(tmp_path, np.hstack([left, -left + noise(channels=1, level=0.001, seed=2)]))) == {
        Code.PHASE_INVERTED
    }


def test_equal_channels_are_a_warning_in_a_mix_and_a_remark_in_a_stem(tmp_path):
    path = written(tmp_path, np.repeat(noise(channels=1), 2, axis=1))
    assert judge_file(path).verdict is Verdict.WARN
    assert judge_file(path, as_stem=True).verdict is Verdict.ACCEPT


def test_bytes_behind_the_end_are_told(tmp_path):
    path = written(tmp_path, noise())
    path.write_bytes(path.read_bytes() + bytes(1000))
    assert codes(path) == {Code.TRAILING_DATA}


def test_a_tag_behind_the_sound_is_no_trailing_data(tmp_path):
    path = written(tmp_path, noise())
    content = path.read_bytes() + b"LIST" + struct.pack("<I", 4) + b"INFO"
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    assert codes(path) == set()


def test_empty_data_before_a_tag_is_empty_not_a_crashed_recorder(tmp_path):
    path = written(tmp_path, noise(0))
    content = path.read_bytes() + b"LIST" + struct.pack("<I", 4) + b"INFO"
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    assert codes(path) == {Code.EMPTY}


def test_a_second_file_glued_on_is_trailing_data(tmp_path):
    path = written(tmp_path, noise())
    path.write_bytes(path.read_bytes() * 2)
    assert Code.TRAILING_DATA in codes(path)
    assert judge_file(path).frames == RATE_HZ


def test_flac_with_a_wrong_signature_is_corrupt(tmp_path):
    path = written(tmp_path, noise(), "a.flac")
    content = bytearray(path.read_bytes())
    assert codes(path) == set()
    content[26] ^= 1
    path.write_bytes(content)
    assert codes(path) == {Code.CORRUPT}


def test_flac_cut_short_is_rejected(tmp_path):
    path = written(tmp_path, noise(), "a.flac")
    path.write_bytes(path.read_bytes()[:-5000])
    assert codes(path) & {Code.CORRUPT, Code.TRUNCATED}
    assert judge_file(path).verdict is Verdict.REJECT


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_sound_flac_keeps_its_signature(tmp_path, subtype, channels):
    assert Code.CORRUPT not in codes(written(tmp_path, noise(channels=channels), "a.flac", subtype=subtype))


def test_lossy_coding_is_named(tmp_path):
    assert Code.LOSSY_SOURCE in codes(written(tmp_path, noise(), "a.ogg", subtype="VORBIS"))
    assert Code.LOSSY_SOURCE in codes(written(tmp_path, noise(), subtype="ULAW"))


def low_passed(samples, rate_hz, at_hz):
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[np.fft.rfftfreq(len(samples), 1 / rate_hz) > at_hz] = 0
    return np.fft.irfft(spectrum, len(samples), axis=0)


@pytest.mark.parametrize(
    ("rate_hz", "at_hz", "found"),
    [
        (48000, 16000, {Code.LOSSY_SOURCED}),
        (44100, 16000, {Code.LOSSY_SOURCED}),
        (96000, 22000, {Code.UPSAMPLED}),
        (48000, 23000, set()),
        (96000, 47000, set()),
    ],
)
def test_wall_in_the_treble(tmp_path, rate_hz, at_hz, found):
    assert codes(written(tmp_path, low_passed(noise(2 * rate_hz), rate_hz, at_hz), rate_hz=rate_hz)) == found


def test_a_high_tone_is_no_wall(tmp_path):
    tone = 0.3 * np.sin(2 * np.pi * 12000.5 / RATE_HZ * np.arange(2 * RATE_HZ))[:, np.newaxis]
    assert codes(written(tmp_path, tone + noise(2 * RATE_HZ, 1, 1e-5))) == set()


def test_what_is_no_file_is_never_opened(tmp_path):
    sound = written(tmp_path, noise())
    fifo, link, dead, folder = (tmp_path / name for name in ("fifo.wav", "link.wav", "dead.wav", "empty"))
    os.mkfifo(fifo)
    link.symlink_to(sound)
    dead.symlink_to(tmp_path / "nowhere")
    folder.mkdir()
    began = time.monotonic()
    for path in (fifo, link, dead, folder):
        report = judge_file(path)
        assert [finding.code for finding in report.findings] == [Code.NOT_AUDIO]
        assert report.sha256 is None
    assert time.monotonic() - began < 5


def test_nothing_at_all_is_empty(tmp_path):
    path = tmp_path / "a.wav"
    path.touch()
    assert codes(path) == {Code.EMPTY}


def test_folders_beside_files_are_entries_of_their_own(tmp_path):
    sound = written(tmp_path, noise())
    inspection = inspect_paths([sound, tmp_path])
    assert [report.verdict for report in inspection.files] == [Verdict.ACCEPT, Verdict.REJECT]
    assert inspection.stems is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_is_a_traceback(tmp_path, data):
    whole = written(tmp_path, noise(3000), subtype=data.draw(st.sampled_from(["PCM_16", "FLOAT"]))).read_bytes()
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, min(len(content), 120) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.wav"
    path.write_bytes(content)
    with np.errstate(all="ignore"):
        assert judge_file(path).verdict in set(Verdict)


def test_a_header_of_a_million_chunks_is_bounded(tmp_path):
    path = tmp_path / "chunks.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 0) + b"WAVE" + (b"abcd" + bytes(4)) * 100_000)
    assert len(scan_riff(path).chunks) == 4096
