"""The programme gain: the formula, the measuring render, and that nothing rendered with it clips."""

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.composing import compose
from audio_pipeline.scene.gain import measure_true_peaks, programme_gain_db, propose_programme_gain
from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.spatialaudio.errors import UnknownLayout

LAYOUTS = ("0+2+0", "4+7+0", "5+5+3")


@pytest.mark.parametrize(
    ("peak_dbtp", "loudness_lufs", "target_lufs", "gain_db"),
    [
        (-6.0, None, None, 0.0),
        (-1.1, None, None, 0.0),
        (0.4, None, None, -1.5),
        (-math.inf, None, None, 0.0),
        (-6.0, -20.0, -18.0, 2.0),
        (-2.0, -20.0, -18.0, 0.9),
        (-2.0, -14.0, -18.0, -4.0),
        (-math.inf, -math.inf, -18.0, 0.0),
        (-6.0, -20.0, None, 0.0),
    ],
)
def test_gain_follows_the_formula(
    peak_dbtp: float, loudness_lufs: float | None, target_lufs: float | None, gain_db: float
) -> None:
    assert programme_gain_db(peak_dbtp, loudness_lufs, target_lufs) == pytest.approx(gain_db)


@given(st.floats(-60, 30), st.floats(-70, 0), st.floats(-30, -10))
def test_no_gain_lifts_the_peak_over_the_ceiling(peak_dbtp: float, loudness_lufs: float, target_lufs: float) -> None:
    assert peak_dbtp + programme_gain_db(peak_dbtp) <= -1.1 + 1e-9
    assert peak_dbtp + programme_gain_db(peak_dbtp, loudness_lufs, target_lufs) <= -1.1 + 1e-9


def test_a_hot_scene_is_turned_down_as_a_whole_to_just_below_the_ceiling(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Vox.wav", channels=1, samples=0.9 * np.sin(np.arange(9600) / 7.0)[:, np.newaxis])
    write_stem("Drums.wav", samples=0.9 * np.sin(np.arange(9600)[:, np.newaxis] / np.array([7.0, 11.0])))
    scene = compose(tmp_path, "hot").scene
    heard: list[float] = []

    proposal = propose_programme_gain(scene, tmp_path, LAYOUTS, heard.append)

    assert set(proposal.true_peaks_dbtp) == {*LAYOUTS, "binaural"}
    highest = max(proposal.true_peaks_dbtp.values())
    assert highest > 0.0
    assert proposal.scene.programme.gain_db == pytest.approx(-1.1 - highest, abs=1e-4)
    assert msgspec.structs.replace(proposal.scene, programme=scene.programme) == scene
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_the_peak_at_the_ears_counts_though_nobody_asked_for_it(tmp_path: Path, write_stem: Any) -> None:
    """Beside one ear it is higher than in any loudspeaker."""
    write_stem("o.wav", channels=1, samples=0.9 * np.sin(np.arange(9600) / 9.5)[:, np.newaxis])
    single = SceneObject(name="o", role="x", source=Source("o.wav", (1.0,)), keyframes=(Keyframe(azimuth_deg=90.0),))
    scene = Scene(name="s", sample_rate_hz=48000, frames=9600, objects=(single,))

    proposal = propose_programme_gain(scene, tmp_path, ["4+7+0"])

    peaks_dbtp = proposal.true_peaks_dbtp
    assert peaks_dbtp["binaural"] > peaks_dbtp["4+7+0"]
    assert proposal.scene.programme.gain_db == pytest.approx(-1.1 - peaks_dbtp["binaural"], abs=1e-4)
    again = measure_true_peaks(scene, tmp_path, ["binaural", "4+7+0"])
    assert again == {name: peaks_dbtp[name] for name in ("binaural", "4+7+0")}


def test_the_gain_that_a_scene_had_does_not_count(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Pad.wav")
    scene = compose(tmp_path, "song").scene
    loud = msgspec.structs.replace(scene, programme=Programme(gain_db=20.0))

    assert propose_programme_gain(loud, tmp_path, LAYOUTS) == propose_programme_gain(scene, tmp_path, LAYOUTS)


def test_a_layout_under_two_names_is_measured_once_by_its_own(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Pad.wav")
    scene = compose(tmp_path, "song").scene

    assert list(measure_true_peaks(scene, tmp_path, ["stereo", "0+2+0"])) == ["0+2+0"]
    with pytest.raises(UnknownLayout):
        measure_true_peaks(scene, tmp_path, ["3D"])


def test_silence_is_left_as_it_is(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Pad.wav", samples=np.zeros((480, 2)))

    proposal = propose_programme_gain(compose(tmp_path, "song").scene, tmp_path, ["0+2+0"])

    assert (proposal.scene.programme.gain_db, proposal.true_peaks_dbtp) == (
        0.0,
        {"0+2+0": -math.inf, "binaural": -math.inf},
    )


def test_a_peak_on_the_last_sample_is_seen(tmp_path: Path, write_stem: Any) -> None:
    samples = np.zeros((5000, 1))
    samples[-1] = 0.5
    write_stem("o.wav", samples=samples)
    single = SceneObject(name="o", role="x", source=Source("o.wav", (1.0,)), keyframes=(Keyframe(azimuth_deg=30.0),))
    scene = Scene(name="s", sample_rate_hz=48000, frames=5000, objects=(single,))

    assert measure_true_peaks(scene, tmp_path, ["0+2+0"])["0+2+0"] == pytest.approx(20 * math.log10(0.5), abs=0.01)
