"""What the sound of a stem tells of its role, held against stems whose names say it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.scene.composing import guess_roles_of
from audio_pipeline.scene.role_names import UNKNOWN, RoleGuess, guess_role
from audio_pipeline.scene.role_sounds import guess_by_sound, traits_of, weighed

SONGS = Path(__file__).parents[3] / "fixtures" / "songs"
RATE_HZ = 48000


def written(folder, sound, name="a.wav"):
    soundfile.write(folder / name, sound, RATE_HZ, "FLOAT")
    return folder / name


def strokes(noise_seed, seconds=4):
    at = np.arange(seconds * RATE_HZ) / RATE_HZ
    return 0.5 * np.random.default_rng(noise_seed).standard_normal(len(at)) * np.exp(-30 * (at % 0.5))


def tone(hz, seconds=4):
    return 0.2 * np.sin(2 * np.pi * hz * np.arange(seconds * RATE_HZ) / RATE_HZ)


def test_of_played_stems_sound_tells_bass_and_drums_and_never_another_role_than_the_name():
    told = {path.name: guess_by_sound(traits_of(path)) for path in sorted(SONGS.glob("*/stems/*.flac"))}
    assert {name for name, guess in told.items() if guess.role == "bass"} == {
        "03 Bajo.flac",
        "06_Upright Bass.flac",
        "Double Basses.flac",
    }
    assert {name for name, guess in told.items() if guess.role == "drums"} == {"01 Batería.flac"}
    for name, guess in told.items():
        assert guess == UNKNOWN or (guess.role == guess_role(name).role and 0.6 <= guess.confidence < 0.95), name


def test_a_name_that_its_sound_contradicts_is_doubted_and_kept(tmp_path):
    high = traits_of(written(tmp_path, tone(3000)))
    low = traits_of(written(tmp_path, tone(60)))
    assert weighed(RoleGuess("bass", 0.95), high) == RoleGuess("bass", 0.5)
    assert weighed(RoleGuess("bass", 0.95), low) == RoleGuess("bass", 0.95)
    assert weighed(RoleGuess("hats", 0.95), low) == RoleGuess("hats", 0.5)
    assert weighed(RoleGuess("strings", 0.95), low) == RoleGuess("strings", 0.95)


def test_silence_and_moments_tell_nothing(tmp_path):
    assert traits_of(written(tmp_path, np.zeros(RATE_HZ))) is None
    assert traits_of(written(tmp_path, tone(60)[:4000])) is None
    assert traits_of(written(tmp_path, np.zeros((0, 1)))) is None
    assert guess_by_sound(None) == UNKNOWN


@pytest.mark.parametrize("gain", [0.01, 2.0])
def test_the_level_does_not_matter(tmp_path, gain):
    sound = strokes(3)
    plain, other = traits_of(written(tmp_path, sound)), traits_of(written(tmp_path, gain * sound))
    for trait in plain.__struct_fields__:
        assert getattr(other, trait) == pytest.approx(getattr(plain, trait), rel=1e-3)


def test_names_and_sound_are_asked_together_and_the_unheard_by_name_alone(tmp_path):
    files = [
        written(tmp_path, tone(60), "take 1.wav"),
        written(tmp_path, strokes(4), "take 2.wav"),
        written(tmp_path, tone(3000), "bass.wav"),
    ]
    assert [(guess.role, guess.confidence) for guess in guess_roles_of(files)] == [
        ("bass", 0.7),
        ("percussion", 0.6),
        ("bass", 0.5),
    ]
    assert guess_roles_of(files, unheard=files) == [UNKNOWN, UNKNOWN, RoleGuess("bass", 0.95)]
