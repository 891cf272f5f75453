"""Every kind of file that artists send is read for what it is, and one that was cut short is never taken for whole."""

import numpy as np
import pytest

from audio_pipeline.codecs import open_audio
from audio_pipeline.containers import sniff
from audio_pipeline.intake.findings import Code, Verdict
from audio_pipeline.intake.judging import judge_file
from tests.audio_pipeline.intake.encoded import FRAMES, LOSSLESS, LOSSY, RATE_HZ, encode, sound

# ffmpeg ends an ALAC stream in CAF at a whole packet.
SHORTER = {"alac.caf": 4096}
# Frames of MPEG audio stand for themselves: a stream of them may begin and end anywhere.
MAY_END_ANYWHERE = {"a.aac"}


def told(report):
    return {finding.code for finding in report.findings}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoded")
    return lambda name: folder / name if (folder / name).exists() else encode(folder, name)


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_files_are_accepted_and_lose_nothing(made, name):
    report = judge_file(made(name))
    assert told(report) <= {Code.PADDED_BITS}  # the sound has 16 bits
    assert (report.format, report.sample_rate_hz, report.channels) == (LOSSLESS[name][1], RATE_HZ, 2)
    assert FRAMES - SHORTER.get(name, 0) <= report.frames <= FRAMES
    with open_audio(made(name)) as reader:
        assert np.array_equal(reader.read(dtype=np.float64), sound()[: report.frames])


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_files_are_read_and_named_as_what_they_are(made, name):
    report = judge_file(made(name))
    assert report.verdict is Verdict.WARN
    assert Code.LOSSY_SOURCE in told(report)
    assert report.format == LOSSY[name][1]
    assert report.frames == pytest.approx(FRAMES, abs=3000)  # coders pad


@pytest.mark.parametrize("name", [name for name in LOSSLESS | LOSSY if name not in MAY_END_ANYWHERE])
def test_a_file_that_was_cut_short_is_rejected(made, name, tmp_path):
    whole = made(name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(0.7 * len(whole))])
    report = judge_file(path)
    assert report.verdict is Verdict.REJECT
    assert told(report) & {Code.TRUNCATED, Code.CORRUPT, Code.UNREADABLE}


@pytest.mark.parametrize("name", ["alac.m4a", "a.flac", "flac.oga", "a.opus"])
def test_reading_from_the_middle_is_reading_the_middle(made, name):
    with open_audio(made(name)) as reader:
        whole = reader.read()
        assert np.array_equal(reader.read(start=30_000, stop=70_000), whole[30_000:70_000])
        assert reader.frames == len(whole)


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"PK\x03\x04", "ZIP"),
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b\x08", "GZIP"),
        (bytes(257) + b"ustar\x0000", "TAR"),
    ],
)
def test_an_archive_is_not_opened_and_says_what_to_do(tmp_path, head, named):
    path = tmp_path / "stems.wav"
    path.write_bytes(head + bytes(2000))
    (finding,) = judge_file(path).findings
    assert finding.code is Code.NOT_AUDIO
    assert f"{named} archive" in finding.detail
    assert "Unpack it, and upload the sound files in it." in finding.detail


def test_every_container_is_known_by_its_first_bytes_alone(made, tmp_path):
    nameless = tmp_path / "nameless"
    for name, (_, shown) in (LOSSLESS | LOSSY).items():
        nameless.write_bytes(made(name).read_bytes())
        assert sniff(nameless) == shown.partition("/")[0].lower()


def test_no_program_in_the_present_folder_is_taken_for_ours(made, tmp_path, monkeypatch):
    path = made("a.flac")
    for name in ("soundfile", "json", "audio_pipeline"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert judge_file(path).verdict is not Verdict.REJECT
