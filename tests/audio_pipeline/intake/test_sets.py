"""A set is judged from what its files held when each was judged: the same whatever they are packed in."""

import threading

import numpy as np
import soundfile

from audio_pipeline.intake.findings import Verdict
from audio_pipeline.intake.inspecting import inspect_files
from audio_pipeline.intake.set_sound import MOST_UNPACKED

RATE_HZ = 44100


def sounds(seconds=1):
    return [0.1 * np.random.default_rng(seed).standard_normal((seconds * RATE_HZ, 2)) for seed in range(3)]


def written(folder, name, sound, rate_hz=RATE_HZ, subtype="PCM_24"):
    soundfile.write(folder / name, sound, rate_hz, subtype)
    return folder / name


def test_a_stem_that_turns_out_to_be_no_sound_leaves_the_others_at_their_own_rate(tmp_path):
    first, second, third = sounds()
    mix = written(tmp_path, "mix.wav", first + second)
    stems = [written(tmp_path, "a.wav", first), written(tmp_path, "b.wav", second)]
    third[1000] = np.nan
    broken = written(tmp_path, "c.wav", third, rate_hz=48000, subtype="FLOAT")

    alone, beside = inspect_files(stems, mix), inspect_files([*stems, broken], mix)

    assert beside.files[2].verdict is Verdict.REJECT
    assert (alone.stems.class_, beside.stems.class_) == ("exact", "exact")
    assert beside.stems.residual_db == alone.stems.residual_db < -120
    assert [place.path for place in beside.stems.files] == [str(stem) for stem in stems]


def test_a_file_that_unpacks_to_far_more_than_it_weighs_counts_like_any_other(tmp_path):
    first, second, _ = sounds()
    first[RATE_HZ // 500 :] = 0
    mix = written(tmp_path, "mix.wav", first + second)
    packed = written(tmp_path, "a.flac", first)
    assert 4 * first.size > MOST_UNPACKED * packed.stat().st_size

    report = inspect_files([packed, written(tmp_path, "b.wav", second)], mix)

    assert report.stems.class_ == "exact"
    assert report.stems.residual_db < -120


def test_how_far_it_is_only_ever_grows_from_nothing_to_all(tmp_path):
    first, second, _ = sounds()
    mix = written(tmp_path, "mix.wav", first + second)
    told, lock = [], threading.Lock()

    def progress(done):
        with lock:
            told.append(done)

    inspect_files([written(tmp_path, "a.wav", first), written(tmp_path, "b.wav", second)], mix, progress)
    assert told == sorted(told)
    assert (min(told) >= 0, max(told)) == (True, 1.0)


def test_what_is_left_is_in_the_report_and_its_places_in_the_finding(tmp_path):
    first, second, third = sounds(8)
    third[: 3 * RATE_HZ] = third[6 * RATE_HZ :] = 0
    mix = written(tmp_path, "mix.wav", first + second + third)
    stems = [written(tmp_path, "a.wav", first), written(tmp_path, "b.wav", second)]

    report = inspect_files(stems, mix).stems

    finding = report.findings[-1]
    assert [(place.start_s, place.end_s) for place in finding.places] == [(3.0, 6.0)]
    assert [(place.start_s, place.end_s) for place in report.rest.places] == [(3.0, 6.0)]
    assert report.rest.says[0] in finding.detail
    # A third of the power of the mix is in no stem there, and nothing elsewhere.
    assert [at for at, level in enumerate(report.rest.left_db) if level > -60] == [3, 4, 5]
    assert set(report.rest.left_db[3:6]) == {-5}
