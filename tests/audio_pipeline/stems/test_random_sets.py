"""Ten of the sets drawn by lot that `benchmarks.bench_normalise` goes through by the hundred."""

import pytest

from tests.audio_pipeline.stems.random_sets import drawn, judged

# Between them: mixes of all three rates, stems of another, lags of both signs down to one sample, lags that all stems
# share, inverted stems, constant parts, a missing stem, noise, files of one channel and of two, drawn out and cut.
CHOSEN = (0, 4, 19, 21, 31, 55, 57, 60, 65, 74)


@pytest.mark.parametrize("seed", CHOSEN)
def test_every_stem_stands_right_and_what_was_done_can_be_undone(tmp_path, seed):
    outcome = judged(drawn(seed), tmp_path)
    assert outcome.wrong == ()
    assert outcome.null_db <= outcome.expected_null_db
    assert outcome.same_bytes
    assert outcome.same_rate_inversion_db <= -120
    assert outcome.resampled_inversion_db <= -80


def test_the_chosen_sets_have_every_defect_between_them():
    sets = [drawn(seed) for seed in CHOSEN]
    stems = [stem for case in sets for stem in case.stems]
    assert {case.rate_hz for case in sets} == {44100, 48000, 96000}
    assert {case.session_hz for case in sets} == {48000, 96000}
    assert any(stem.rate_hz != case.rate_hz for case in sets for stem in case.stems)
    assert any(case.missing for case in sets)
    assert any(case.noise_db is not None for case in sets)
    assert {stem.polarity for stem in stems} == {1, -1}
    assert {stem.sound.shape[1] for stem in stems} == {1, 2}
    assert any(stem.taken_with_constant for stem in stems)
    assert min(stem.lag for stem in stems) < 0 < max(stem.lag for stem in stems)
    assert 1 in {abs(stem.lag) for stem in stems}
    assert len({case.subtype for case in sets}) == 2
