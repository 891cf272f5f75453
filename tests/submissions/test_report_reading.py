"""The document of the machine, as an artist reads it."""

from datetime import UTC, datetime

import pytest

from submissions.material import Part
from submissions.report_reading import read_report
from submissions.rows import SongFile


def file(part: Part, name: str, safe_name: str | None = None, role: str = "") -> SongFile:
    return SongFile(
        id=name, song_id="s", part=part, name=name, safe_name=safe_name or name, role=role, sha256="0" * 64, bytes=1,
        received_at=datetime(2026, 5, 4, tzinfo=UTC),
    )  # fmt: skip


FILES = (
    file(Part.MIX, "Salt (final).wav", "Salt-final.wav"),
    file(Part.STEM, "voice.wav", role="Voice"),
    file(Part.STEM, "Bass 2.wav", "Bass-2.wav"),
)


def heard(path, findings=(), rate_hz=48_000, frames=96_000, verdict="accept"):
    return {
        "path": path, "verdict": verdict, "sha256": "0" * 64, "format": "WAV/PCM_24", "sample_rate_hz": rate_hz,
        "channels": 2, "frames": frames, "findings": list(findings),
    }  # fmt: skip


def document(residual_db=None, repaired_db=None, verdict="exact", findings=(), lag=0, polarity=1, files=None):
    return {
        "files": files or [heard("voice.wav"), heard("Bass-2.wav"), heard("mix/Salt-final.wav", rate_hz=44_100)],
        "stems": {
            "session_rate_hz": 48_000, "frames": 96_000, "mix": "mix/Salt-final.wav", "gain_db": 0.0,
            "residual_db": residual_db, "repaired_residual_db": repaired_db, "class": verdict,
            "findings": list(findings),
            "files": [
                {"path": "voice.wav", "lag_samples": 0, "polarity": 1},
                {"path": "Bass-2.wav", "lag_samples": lag, "polarity": polarity},
            ],
        },
    }  # fmt: skip


LATE = {"code": "LATE", "severity": "warn", "detail": "Bass-2.wav: 1104 samples (23.0 ms) late against the mix."}
FLIPPED = {"code": "POLARITY_INVERTED", "severity": "warn", "detail": "Bass-2.wav: its polarity is the opposite."}
WHOLE_AFTER_REPAIR = {"code": "SUM_MISMATCH", "severity": "info", "detail": "As delivered the sum leaves -21 dB."}
MISSING = {"code": "SUM_MISMATCH", "severity": "warn", "detail": "The sum of the stems leaves -8 dB of the mix."}


@pytest.mark.parametrize(
    ("doc", "answer", "bars"),
    [
        (document(), "Yes, exactly", [("as you sent them", None, 0.0)]),
        (document(-80.0, -80.0), "Yes, exactly", [("as you sent them", -80.0, 20.0)]),
        (
            document(-21.0, -74.0, "does_not_reconstruct", [LATE, WHOLE_AFTER_REPAIR], lag=1104),
            "Yes, after one repair",
            [("as you sent them", -21.0, 79.0), ("repaired", -74.0, 26.0)],
        ),
        (
            document(-3.0, None, "does_not_reconstruct", [LATE, FLIPPED, WHOLE_AFTER_REPAIR], lag=1104, polarity=-1),
            "Yes, after 2 repairs",
            [("as you sent them", -3.0, 97.0), ("repaired", None, 0.0)],
        ),
        (
            document(-42.0, -42.0, "bus_processing", [MISSING]),
            "Almost: the mix has effects that they lack",
            [("as you sent them", -42.0, 58.0)],
        ),
        (
            document(-8.0, -8.0, "does_not_reconstruct", [MISSING]),
            "No, something is missing",
            [("as you sent them", -8.0, 92.0)],
        ),
        (
            document(-4.0, -11.0, "does_not_reconstruct", [LATE, MISSING], lag=1104),
            "No, something is missing",
            [("as you sent them", -4.0, 96.0), ("repaired", -11.0, 89.0)],
        ),
        (document(verdict=None), "We cannot tell", []),
        ({"files": [heard("Salt-final.wav")], "stems": None}, "There are none to add up", []),
        ({}, "There are none to add up", []),
    ],
)
def test_do_the_stems_add_up(doc, answer, bars):
    total = read_report(doc, FILES).total
    assert (total.answer, [(bar.label, bar.left_db, bar.percent) for bar in total.bars]) == (answer, bars)


def test_files_have_the_names_that_their_artist_gave_them():
    report = read_report(document(findings=[LATE], lag=1104, polarity=-1), FILES)
    assert (report.mix.name, report.mix.seconds) == ("Salt (final).wav", 96_000 / 44_100)
    assert [(stem.name, stem.role, stem.lag_ms, stem.is_inverted) for stem in report.stems] == [
        ("voice.wav", "Voice", 0.0, False),
        ("Bass 2.wav", "", 23.0, True),
    ]
    assert [(one.file, one.detail) for one in report.found] == [
        ("Bass 2.wav", "1104 samples (23.0 ms) late against the mix.")
    ]


def test_a_mix_alone_is_the_mix():
    report = read_report({"files": [heard("Salt-final.wav")], "stems": None}, FILES[:1])
    assert (report.mix.name, report.stems) == ("Salt (final).wav", ())


def test_the_gravest_comes_first_and_is_counted_by_file():
    findings = [{"code": "UPSAMPLED", "severity": "warn", "detail": "…"}]
    lossy = [{"code": code, "severity": "reject", "detail": "…"} for code in ("LOSSY_SOURCE", "CORRUPT")]
    doc = document(
        files=[heard("voice.wav", findings), heard("Bass-2.wav", lossy, verdict="reject"), heard("mix/Salt-final.wav")],
        findings=[MISSING, {"code": "MONO_AS_STEREO", "severity": "info", "detail": "…"}],
    )
    report = read_report(doc, FILES)
    assert [one.code for one in report.found] == [
        "LOSSY_SOURCE", "CORRUPT", "UPSAMPLED", "SUM_MISMATCH", "MONO_AS_STEREO",
    ]  # fmt: skip
    assert (report.unusable, report.worth_fixing, report.good_to_know) == (1, 2, 1)


def test_what_could_not_be_learnt_is_not_known():
    doc = {"files": [{"path": "gone.wav", "verdict": "reject", "findings": []}], "stems": None}
    (stem,) = read_report(doc, ()).stems
    assert (stem.name, stem.seconds, stem.sample_rate_hz, stem.in_the_mix) == ("gone.wav", None, None, False)
