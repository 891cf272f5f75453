"""ADM files of every type, from their chunks to their channels, against the ITU reference renderer."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.adm.chna import ChnaEntry, encode_chna
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.masters.errors import MasterNeedsObjects
from audio_pipeline.masters.exporting import export_programme, render_programme
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.wave_writing import Chunk, WaveWriter

REFERENCES = Path(__file__).parents[3] / "fixtures" / "reference"
DOCUMENTS = sorted(path.stem for path in (REFERENCES / "adm").glob("*.xml"))
FRAMES, RATE_HZ = 100_000, 48000


def write_file(path: Path, axml: bytes) -> None:
    """Noise in the tracks, as `freeze_types_with_ear.py` has it: track n is that of the n-th UID."""
    uids = read_axml_document(axml).document.track_uids
    rows = [ChnaEntry(number, uid.id, uid.tracks[0], uid.packs[0]) for number, uid in enumerate(uids, start=1)]
    audio = np.random.default_rng(360).integers(-16384, 16384, (FRAMES, len(rows))) / 32768 / 4
    with WaveWriter(
        path,
        channels=len(rows),
        sample_rate_hz=RATE_HZ,
        container="BW64",
        before_data=[Chunk("chna", encode_chna(rows))],
        after_data=[Chunk("axml", axml)],
        plain_format=True,
    ) as writer:
        writer.write(audio.astype(np.float32))


def test_there_is_a_document_for_every_type() -> None:
    assert {"ambisonics", "common_bed", "everything_of_objects", "matrices", "nested_objects", "own_bed"} <= set(
        DOCUMENTS
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_sounds_as_in_the_itu_reference_renderer(tmp_path: Path, name: str) -> None:
    """Within −120 dB of full scale, silent where the reference is, and as long as its source."""
    write_file(tmp_path / f"{name}.wav", (REFERENCES / "adm" / f"{name}.xml").read_bytes())
    layouts = ["0+2+0", "4+7+0"]
    made = render_programme(open_programme(tmp_path / f"{name}.wav"), tmp_path / "out", layouts, encoding="float32")
    with np.load(REFERENCES / "documents.npz") as frozen:
        kept = frozen["kept_frames"]
        for file, layout in zip(made, layouts, strict=True):
            assert file.frames == FRAMES
            rendered, _ = soundfile.read(file.path, dtype="float32")
            expected = frozen[f"{name} {layout}"]
            assert np.abs(expected).max() > 0.05
            # Panners leave gains of −300 dB where one loudspeaker plays alone.
            silent = [np.abs(samples).max(axis=0) < 1e-9 for samples in (rendered[kept], expected)]
            assert np.array_equal(*silent)
            np.testing.assert_allclose(rendered[kept], expected, rtol=0, atol=1e-6)


def test_a_360_master_of_a_bed_is_refused_and_a_manifest_counts_what_is_no_object(tmp_path: Path) -> None:
    write_file(tmp_path / "bed.wav", (REFERENCES / "adm" / "common_bed.xml").read_bytes())
    programme = open_programme(tmp_path / "bed.wav")
    with pytest.raises(MasterNeedsObjects, match="Leave out adm-360"):
        export_programme(programme, tmp_path / "master", ["adm-360"])
    assert export_programme(programme, tmp_path / "m", ["loudspeakers"], ["0+2+0"]).manifest.scene.beds == 6


def test_what_is_less_important_than_asked_for_is_left_out(tmp_path: Path) -> None:
    axml = (REFERENCES / "adm" / "nested_objects.xml").read_bytes()
    axml = axml.replace(b'audioObjectName="Object 1006"', b'audioObjectName="Object 1006" importance="4"')
    write_file(tmp_path / "song.wav", axml)
    every, rest = (open_programme(tmp_path / "song.wav", least_importance=least) for least in (4, 5))
    assert sorted(set(every.column_names) - set(rest.column_names)) == ["Object 1006"]
    assert next(iter(rest.signals())).shape[1] == len(rest.column_names)
