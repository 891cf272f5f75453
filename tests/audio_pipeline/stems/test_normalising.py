"""Sets of stems made here, each with one thing wrong, and what normalising makes of them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.intake.inspecting import inspect_stems
from audio_pipeline.stems.errors import NameUnspeakable, NoStems, StemUnusable
from audio_pipeline.stems.normalising import normalise_folder

RATE_HZ = 48000
SONGS = Path(__file__).parents[3].parent / "shared" / "data" / "songs"


def part(seed, frames=3 * RATE_HZ, channels=2, smooth=1, level=0.05):
    """Bursts of coloured noise that begin and end in silence, as played notes do."""
    generator = np.random.default_rng(seed)
    wave = generator.standard_normal((frames, channels))
    wave = np.apply_along_axis(lambda column: np.convolve(column, np.ones(smooth) / smooth, "same"), 0, wave)
    notes = np.repeat(generator.random(frames // 4800 + 1) > 0.4, 4800)[:frames]
    wave *= notes[:, np.newaxis]
    wave[:6000] = wave[-6000:] = 0
    return level * wave


def band():
    return {
        "bass": part(1, smooth=40, level=0.3),
        "drums": part(2),
        "keys": part(3, smooth=4),
        "vox": part(4, smooth=2),
    }


def late(samples, by):
    return np.concatenate([np.zeros((by, samples.shape[1])), samples[:-by]])


def delivered(folder, stems, mix=None, rate_hz=RATE_HZ):
    folder.mkdir()
    for name, samples in {**stems, **({} if mix is None else {"mix": mix})}.items():
        soundfile.write(folder / f"{name}.wav", samples, rate_hz, "FLOAT")
    return folder


def written_sum(out, manifest):
    return sum(soundfile.read(out / stem.output.path, always_2d=True)[0] for stem in manifest.stems)


def level_db(samples, reference):
    return 20 * np.log10(np.sqrt(np.mean(np.square(samples))) / np.sqrt(np.mean(np.square(reference))) + 1e-12)


def by_name(manifest):
    return {Path(stem.source.path).stem: stem for stem in manifest.stems}


def test_stems_that_fit_stay_as_they_are(tmp_path):
    stems = band()
    manifest = normalise_folder(delivered(tmp_path / "in", stems, sum(stems.values())), tmp_path / "out")
    assert (manifest.fit.verdict, manifest.gain_db) == ("exact", 0.0)
    for name, samples in stems.items():
        output, rate_hz = soundfile.read(tmp_path / "out" / "stems" / f"{name}.wav", dtype="float32")
        assert rate_hz == RATE_HZ
        assert np.array_equal(output, samples.astype(np.float32))
    assert all((stem.lag_samples, stem.polarity, stem.offset_samples) == (0, 1, 0) for stem in manifest.stems)


def test_second_run_writes_the_same_bytes(tmp_path):
    stems = band()
    folder = delivered(tmp_path / "in", {**stems, "drums": late(stems["drums"], 700)}, sum(stems.values()))
    for out in ("one", "two"):
        normalise_folder(folder, tmp_path / out)
    first, second = (
        {path.relative_to(tmp_path / out): path.read_bytes() for path in sorted((tmp_path / out).rglob("*.*"))}
        for out in ("one", "two")
    )
    assert first == second
    assert not any(b"PEAK" in content[:200] for content in first.values())


@pytest.mark.parametrize("name", ["bass", "drums"])
@pytest.mark.parametrize("by", [1, 480, 5000])
def test_late_stem_is_found_and_moved(tmp_path, name, by):
    stems = band()
    mix = sum(stems.values())
    manifest = normalise_folder(
        delivered(tmp_path / "in", {**stems, name: late(stems[name], by)}, mix), tmp_path / "out"
    )
    stem = by_name(manifest)[name]
    assert (stem.lag_samples, stem.polarity, stem.alignment_applied, stem.offset_samples) == (by, 1, True, -by)
    assert [other.lag_samples for other in manifest.stems if other is not stem] == [0, 0, 0]
    assert manifest.session.frames == len(mix)
    assert level_db(mix - written_sum(tmp_path / "out", manifest), mix) < -100


def test_two_late_stems_are_found_beside_one_that_is_not_in_the_mix(tmp_path):
    stems = band()
    mix = sum(stems.values())
    given = {**stems, "bass": late(stems["bass"], 480), "drums": late(stems["drums"], 700), "stranger": part(99)}
    manifest = by_name(normalise_folder(delivered(tmp_path / "in", given, mix), tmp_path / "out"))
    lags = {name: stem.lag_samples for name, stem in manifest.items()}
    assert lags == {**dict.fromkeys(given, 0), "bass": 480, "drums": 700}
    assert abs(manifest["stranger"].correlation) < 0.1
    assert min(abs(manifest[name].correlation) for name in stems) > 0.999


def test_early_stem_has_a_negative_lag(tmp_path):
    stems = band()
    early = np.concatenate([stems["keys"][300:], np.zeros((300, 2))])
    manifest = normalise_folder(
        delivered(tmp_path / "in", {**stems, "keys": early}, sum(stems.values())), tmp_path / "out"
    )
    assert by_name(manifest)["keys"].lag_samples == -300
    assert manifest.fit.verdict == "exact"


def test_inverted_stem_is_turned(tmp_path):
    stems = band()
    manifest = normalise_folder(
        delivered(tmp_path / "in", {**stems, "vox": -stems["vox"]}, sum(stems.values())), tmp_path / "out"
    )
    vox = by_name(manifest)["vox"]
    assert (vox.lag_samples, vox.polarity, vox.polarity_applied, vox.alignment_applied) == (0, -1, -1, True)
    assert manifest.fit.verdict == "exact"
    assert manifest.fit.null_db_as_delivered > -30


def test_late_stem_at_44_1_khz_nulls_in_the_session(tmp_path):
    stems = band()
    mix = sum(stems.values())
    manifest = normalise_folder(
        delivered(tmp_path / "in", {**stems, "drums": late(stems["drums"], 480)}, mix, 44100), tmp_path / "out"
    )
    drums = by_name(manifest)["drums"]
    assert (manifest.session.sample_rate_hz, manifest.session.frames) == (48000, round(len(mix) * 48000 / 44100))
    assert drums.lag_samples == 522
    assert drums.offset_samples == pytest.approx(-480 * 48000 / 44100)
    assert manifest.fit.null_db < -90


def test_rates_are_brought_to_48_khz_unless_all_have_96(tmp_path):
    stems = band()
    folder = delivered(tmp_path / "in", stems, sum(stems.values()), 96000)
    assert normalise_folder(folder, tmp_path / "all").session.sample_rate_hz == 96000
    soundfile.write(folder / "vox.wav", stems["vox"], 44100)
    manifest = normalise_folder(folder, tmp_path / "mixed")
    assert manifest.session.sample_rate_hz == 48000
    assert {soundfile.info(path).frames for path in (tmp_path / "mixed" / "stems").iterdir()} == {
        manifest.session.frames
    }


def test_bus_processing_is_told_apart_from_a_missing_stem(tmp_path):
    stems = band()
    mix = sum(stems.values())
    saturated = np.tanh(1.2 * mix) / 1.2
    bus = normalise_folder(delivered(tmp_path / "bus", stems, saturated), tmp_path / "bus_out")
    assert bus.fit.verdict == "bus_processing"
    assert not any(stem.alignment_applied or stem.lag_samples for stem in bus.stems)
    del stems["drums"]
    missing = normalise_folder(delivered(tmp_path / "missing", stems, mix), tmp_path / "missing_out")
    assert (missing.fit.verdict, missing.gain_db) == ("does_not_reconstruct", 0.0)
    assert missing.fit.explained == (
        "Throughout the mix holds sound that is in no stem: a stem is missing, or is another version.",
    )
    assert "sound that is in no stem" in inspect_stems(tmp_path / "missing").stems.findings[-1].detail


def test_one_gain_for_all_makes_the_sum_the_mix(tmp_path):
    stems = band()
    manifest = normalise_folder(delivered(tmp_path / "in", stems, 0.25 * sum(stems.values())), tmp_path / "out")
    assert manifest.gain_db == pytest.approx(-12.04, abs=0.01)
    assert {stem.gain_db for stem in manifest.stems} == {manifest.gain_db}


def test_inverting_the_manifest_restores_the_input(tmp_path):
    stems = band()
    stems["keys"] += 0.004
    changed = {**stems, "drums": -late(stems["drums"], 333)}
    manifest = normalise_folder(delivered(tmp_path / "in", changed, 0.5 * sum(stems.values())), tmp_path / "out")
    for name, stem in by_name(manifest).items():
        output = soundfile.read(tmp_path / "out" / stem.output.path, always_2d=True)[0]
        skipped = max(0, -stem.offset_samples)
        inside = output[max(0, stem.offset_samples) :][: stem.source.frames - skipped]
        restored = np.zeros((stem.source.frames, 2))
        restored[skipped : skipped + len(inside)] = inside
        restored = restored / (stem.polarity_applied * 10 ** (stem.gain_db / 20)) + stem.dc_removed
        assert level_db(restored - changed[name], changed[name]) < -120
    assert any(by_name(manifest)["keys"].dc_removed)


def test_a_head_that_sounds_is_never_trimmed(tmp_path):
    stems = band()
    hot = late(stems["drums"], 480)
    hot[:480] = 0.01 * np.random.default_rng(9).standard_normal((480, 2))
    manifest = normalise_folder(
        delivered(tmp_path / "in", {**stems, "drums": hot}, sum(stems.values())), tmp_path / "out"
    )
    offsets = {name: stem.offset_samples for name, stem in by_name(manifest).items()}
    assert offsets == {"bass": 480, "drums": 0, "keys": 480, "vox": 480}


def test_silent_stem_keeps_its_slot_and_no_mix_is_no_fit(tmp_path):
    stems = {**band(), "pad": np.zeros((3 * RATE_HZ, 2))}
    manifest = normalise_folder(delivered(tmp_path / "in", stems), tmp_path / "out")
    assert by_name(manifest)["pad"].silent
    assert len(manifest.stems) == 5
    assert (manifest.mix, manifest.fit.verdict, manifest.fit.null_db, manifest.gain_db) == (None, None, None, 0.0)


def test_time_reference_places_a_stem(tmp_path):
    stems = band()
    folder = delivered(tmp_path / "in", stems, sum(stems.values()))
    for name, cut in {"drums": 4000, "keys": 0}.items():
        path = folder / f"{name}.wav"
        soundfile.write(path, stems[name][cut:], RATE_HZ, "FLOAT")
        content = path.read_bytes()
        bext = bytes(338) + (172_800_000 + cut).to_bytes(8, "little") + bytes(256)
        path.write_bytes(content[:12] + b"bext" + len(bext).to_bytes(4, "little") + bext + content[12:])
    manifest = normalise_folder(folder, tmp_path / "out")
    assert by_name(manifest)["drums"].offset_samples == 4000
    assert manifest.fit.verdict == "exact"


def test_equal_base_names_do_not_overwrite_each_other(tmp_path):
    folder = delivered(tmp_path / "in", {"a": part(1), "b": part(2)})
    soundfile.write(folder / "a.flac", part(3), RATE_HZ)
    manifest = normalise_folder(folder, tmp_path / "out")
    assert sorted(stem.output.path for stem in manifest.stems) == ["stems/a-wav.wav", "stems/a.wav", "stems/b.wav"]


def test_manifest_on_disk_is_the_one_returned(tmp_path):
    stems = band()
    manifest = normalise_folder(delivered(tmp_path / "in", stems, sum(stems.values())), tmp_path / "out")
    on_disk = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert on_disk["schema"] == "opencall.stems/1"
    assert on_disk["session"] == {"sample_rate_hz": 48000, "frames": manifest.session.frames}
    assert on_disk["stems"][0]["output"]["sha256"] == manifest.stems[0].output.sha256


def test_a_name_that_no_manifest_can_hold_is_refused_before_anything_is_written(tmp_path):
    folder = tmp_path / "stems"
    folder.mkdir()
    soundfile.write(folder / "stem.wav", np.full(48000, 0.1), 48000)
    (folder / "stem.wav").rename(folder / os.fsdecode(b"b\xe9.wav"))
    with pytest.raises(NameUnspeakable, match="Rename"):
        normalise_folder(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_sound_is_refused(tmp_path):
    broken = part(1)
    broken[77] = np.nan
    with pytest.raises(StemUnusable):
        normalise_folder(delivered(tmp_path / "nan", {"a": broken}), tmp_path / "out")
    cut = delivered(tmp_path / "cut", {"a": part(1)}) / "a.wav"
    cut.write_bytes(cut.read_bytes()[:-4000])
    with pytest.raises(StemUnusable):
        normalise_folder(tmp_path / "cut", tmp_path / "out")
    (tmp_path / "none").mkdir()
    with pytest.raises(NoStems):
        normalise_folder(tmp_path / "none", tmp_path / "out")


@pytest.mark.skipif(not SONGS.exists(), reason="test data not found at ../shared/data")
@pytest.mark.parametrize(("song", "null_db"), [("mdn_multitrack", -121.7), ("fof_Metal_madness", -127.5)])
def test_real_songs_null_as_measured_when_they_were_made(tmp_path, song, null_db):
    manifest = normalise_folder(SONGS / song, tmp_path)
    assert manifest.fit.null_db_as_delivered == pytest.approx(null_db, abs=0.1)
    assert manifest.fit.verdict == "exact"


def test_what_breaks_off_leaves_no_stems_behind(tmp_path):
    def full_disk(done):
        if done > 0.8:
            raise OSError(28, "No space left on device")

    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="No space"):
        normalise_folder(delivered(tmp_path / "in", band()), tmp_path / "out", progress=full_disk)
    assert list((tmp_path / "out").iterdir()) == []
