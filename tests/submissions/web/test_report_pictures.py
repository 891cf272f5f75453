"""A finding is drawn where it is: in the waveform, or in the spectrum; without what it needs it is not drawn."""

from submissions.report_reading import MOMENTS, read_report
from submissions.web.report_pictures import HEIGHT, NARROWEST, WIDTH, Mark, drawing_of, spectrum, waveform
from tests.submissions.test_report_reading import FILES

PICTURE = {"levels": [0, 500, 1000, 500], "spectrum_db": [0, -60, -120, -120], "top_hz": 24_000.0, "wall_hz": 12_000.0}


def places(*starts: float) -> list[dict[str, float]]:
    return [{"start_s": start, "end_s": start} for start in starts]


def test_places_are_marked_where_they_are():
    drawing = waveform(PICTURE, [{"start_s": 0.0, "end_s": 5.0}, *places(10.0)], 10.0)
    assert drawing.marks == (Mark(0.0, WIDTH / 2), Mark(WIDTH - NARROWEST, NARROWEST))
    assert drawing.says.endswith("with 2 places marked")


def test_the_wall_is_marked_at_its_height():
    drawing = spectrum(PICTURE)
    assert drawing.marks == (Mark(WIDTH / 2, NARROWEST),)
    assert drawing.path.startswith(f"M0 {HEIGHT}L60.0 0.0L180.0 36.0L300.0 72.0")
    assert "12.0 kHz" in drawing.says


def test_what_is_not_known_is_not_drawn():
    assert waveform({}, places(1.0), 10.0) is None
    assert waveform(PICTURE, [], 10.0) is None
    assert waveform(PICTURE, places(1.0), None) is None
    assert spectrum({**PICTURE, "wall_hz": None}) is None
    assert spectrum({}) is None


def test_a_finding_says_its_first_moments_and_is_drawn():
    clipped = {"code": "CLIPPED", "severity": "warn", "detail": "…", "places": places(*range(20))}
    lossy = {"code": "LOSSY_SOURCED", "severity": "warn", "detail": "…"}
    file = {
        "path": "voice.wav", "verdict": "warn", "sample_rate_hz": 48_000, "frames": 48_000 * 30, "picture": PICTURE,
        "findings": [clipped, lossy],
    }  # fmt: skip
    first, second = read_report({"files": [file], "stems": None}, FILES).found
    assert (first.moments_s, drawing_of(first).kind) == (tuple(range(MOMENTS)), "wave")
    assert (second.moments_s, drawing_of(second).kind) == ((), "spectrum")
