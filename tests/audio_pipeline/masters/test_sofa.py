"""SOFA files as other programs write them: directions, delays, which ear is left, and what is refused."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.errors import NoSuchFile
from audio_pipeline.hashing import sha256_of
from audio_pipeline.masters.errors import HrtfUnusable, SofaReaderMissing
from audio_pipeline.masters.exporting import export_programme
from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.manifest import HrtfEntry
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.masters.sofa import read_hrtf

h5py = pytest.importorskip("h5py", reason="the extra sofa is not installed")

AHEAD, LEFT, ABOVE_RIGHT = (0.0, 0.0, 1.2), (90.0, 0.0, 1.2), (300.0, 30.0, 1.2)


def write(path: Path, *, kind: str = "spherical", data_type: str = "FIR", **fields: Any) -> Path:
    """Three directions; each response is an impulse as high as its direction's number and ear say.

    A field that is None is left out.
    """
    responses = np.zeros((3, 2, 32))
    responses[:, 0, 4], responses[:, 1, 6] = [1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]
    written = {
        "SourcePosition": np.array([AHEAD, LEFT, ABOVE_RIGHT]),
        "Data.IR": responses,
        "Data.SamplingRate": np.array([44100.0]),
        "Data.Delay": np.zeros((1, 2)),
        "ReceiverPosition": np.array([[[0.0], [0.09], [0.0]], [[0.0], [-0.09], [0.0]]]),
    } | {name.replace("Data_", "Data."): value for name, value in fields.items()}
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {"Conventions": b"SOFA", "SOFAConventions": b"SimpleFreeFieldHRIR", "DataType": data_type.encode()}
        )
        for name, value in written.items():
            if value is not None:
                file[name] = value
        if "SourcePosition" in file:
            file["SourcePosition"].attrs["Type"] = kind  # as text; other programs write bytes
    return path


def test_directions_responses_and_rate_are_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "ada.sofa")
    hrtf = read_hrtf(path)
    assert (hrtf.name, hrtf.sha256, hrtf.sample_rate_hz) == ("ada.sofa", sha256_of(path), 44100)
    assert hrtf.azimuth_deg.tolist() == [0.0, 90.0, 300.0]
    assert hrtf.elevation_deg.tolist() == [0.0, 0.0, 30.0]
    assert hrtf.responses[:, 0, 4].tolist() == [1.0, 2.0, 3.0]
    assert hrtf.responses[:, 1, 6].tolist() == [-1.0, -2.0, -3.0]


def test_cartesian_positions_are_directions_too(tmp_path: Path) -> None:
    """SOFA's X points to the front, its Y to the left."""
    positions = np.array([[1.5, 0.0, 0.0], [0.0, 1.5, 0.0], [0.0, -1.0, 1.0]])
    hrtf = read_hrtf(write(tmp_path / "ada.sofa", kind="cartesian", SourcePosition=positions))
    assert hrtf.azimuth_deg == pytest.approx([0.0, 90.0, -90.0])
    assert hrtf.elevation_deg == pytest.approx([0.0, 0.0, 45.0])


def test_delays_become_part_of_the_responses(tmp_path: Path) -> None:
    delays = np.array([[10.0, 10.0], [10.0, 40.0], [12.5, 10.0]])
    hrtf = read_hrtf(write(tmp_path / "ada.sofa", Data_Delay=delays))
    assert hrtf.responses.shape == (3, 2, 62)
    assert np.abs(hrtf.responses[:2]).argmax(axis=-1).tolist() == [[4, 6], [4, 36]]
    between = hrtf.responses[2, 0]
    assert between[6] == pytest.approx(between[7])
    assert between.sum() == pytest.approx(3.0, abs=0.1)  # what rings is cut off at the end


def test_the_left_ear_is_the_one_on_the_left(tmp_path: Path) -> None:
    swapped = np.array([[0.0, -0.09, 0.0], [0.0, 0.09, 0.0]])
    hrtf = read_hrtf(write(tmp_path / "ada.sofa", ReceiverPosition=swapped))
    assert hrtf.responses[:, 1, 4].tolist() == [1.0, 2.0, 3.0]


def test_a_master_for_these_ears_names_them(song: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "ada.sofa")
    export = export_programme(
        open_programme(song / "scene.json"), tmp_path / "m", ["binaural"], headphones=Headphones(hrtf=read_hrtf(path))
    )
    assert export.manifest.hrtf == HrtfEntry("ada.sofa", sha256_of(path))
    assert export.files[0].integrated_lufs is not None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"Data_IR": np.zeros((3, 1, 32)), "Data_Delay": np.zeros((1, 1)), "ReceiverPosition": np.zeros((1, 3))},
            "ears",
        ),
        ({"SourcePosition": np.array([AHEAD])}, "3 responses come with"),
        ({"Data_SamplingRate": 44100.5}, r"44100\.5"),
        ({"Data_IR": np.full((3, 2, 32), np.nan)}, "not finite"),
    ],
)
def test_ears_that_cannot_be_used_are_refused(tmp_path: Path, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(HrtfUnusable, match=reason):
        read_hrtf(write(tmp_path / "ada.sofa", **fields))


def test_a_file_that_is_no_sofa_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.sofa").write_bytes(b"no ears at all")
    with pytest.raises(HrtfUnusable, match="no SOFA file"):
        read_hrtf(tmp_path / "ada.sofa")
    with pytest.raises(NoSuchFile):
        read_hrtf(tmp_path / "nowhere.sofa")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "ada.sofa")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(SofaReaderMissing, match=r"opencall\[sofa\]"):
        read_hrtf(path)
