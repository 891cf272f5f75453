"""File names tell roles: seven languages, numbering, song titles, glued words."""

import json
import re

import pytest

from audio_pipeline.scene.role_names import guess_role, guess_roles
from audio_pipeline.scene.role_words import ROLE_WORDS
from audio_pipeline.scene.roles import LFE, ROLES
from tests.conftest import SHARED_DATA

NAMES = {
    "lead_vocal": [
        "SongName - Lead Vox DRY (Stereo).wav", "Vocals.wav", "LEAD_VOCAL_01.wav", "LeadVox.aif", "vox lead.flac",
        "Voz principal.wav", "Voix lead.wav", "Gesang.wav", "Voce.wav", "voz.wav", "ボーカル.wav", "12 Main Vocal.wav",
        "03-Female Lead Vocal (wet).wav",
    ],
    "backing_vocal": [
        "BGV_L.wav", "Backing Vocals.wav", "backingvocals.wav", "BVs.wav", "Harmony 2.wav", "Coros.wav", "Chœurs.wav",
        "Cori.wav", "Lead Vox Double.wav", "コーラス.wav", "Adlibs.wav", "Ooh's.wav",
    ],
    "choir": ["Choir.wav", "Gospel Choir 2.wav", "Coro.wav", "Chor.wav", "合唱.wav"],
    "kick": [
        "01_Kick_In.wav", "Kick Out.wav", "kickin.wav", "Bass Drum.wav", "BD.wav", "Bombo.wav", "Grosse Caisse.wav",
        "Große Trommel.wav", "Gran Cassa.wav", "キック.wav", "Drums Kick.wav",
    ],
    "snare": [
        "02_Snare_Top.wav", "snaretop.wav", "SNR btm.wav", "Caisse claire.wav", "Redoblante.wav", "スネア.wav",
        "Kleine Trommel.wav", "Rullante.wav",
    ],
    "toms": ["Tom1.wav", "Floor Tom.wav", "Toms.wav", "タム.wav"],
    "hats": ["HiHat.wav", "Hi-Hat.wav", "HH.wav", "hats.wav", "Charley.wav", "ハイハット.wav"],
    "overheads": ["OH_L.wav", "Overheads.wav", "Drum Overheads.wav", "Becken.wav", "Piatti.wav", "Ride Cymbal.wav"],
    "percussion": ["Perc.wav", "Shaker 1.wav", "Percusión.wav", "Tambourine.wav", "congas.wav", "パーカッション.wav"],
    "drums": [
        "ch10_drums", "Drums.wav", "DrumKit.wav", "batería.wav", "Batterie.wav", "Schlagzeug.wav", "Batteria.wav",
        "Bateria.wav", "日本語 ドラム é.wav", "Drum Room.wav",
    ],
    "bass": [
        "03 Upright Bass", "bajo", "bassguitar.flac", "Bass DI.wav", "SynthBass.wav", "Synth Bass.wav", "Basse.wav",
        "Kontrabass.wav", "Baixo.wav", "Contrabbasso.wav", "808.wav", "Sub.wav", "ベース.wav",
    ],
    "lead_guitar": ["leadguitar.flac", "Lead Gtr.wav", "Guitar Solo.wav", "Guitarra solista.wav", "リードギター.wav"],
    "rhythm_guitar": [
        "Gtr 1.wav", "guitar.flac", "Electric Guitar L.wav", "E-Gitarre.wav", "Guitare.wav", "Chitarra elettrica.wav",
        "RhythmGtr_L.wav", "ギター.wav",
    ],
    "acoustic_guitar": [
        "Acoustic Gtr.wav", "AcGtr.wav", "Guitarra acústica.wav",
        "Violão.wav", "アコギ.wav", "Akustikgitarre.wav", "Ukulele.wav",
    ],
    "piano": ["01_ch01_piano.flac", "Grand Piano.wav", "Klavier.wav", "Pianoforte.wav", "ピアノ.wav"],
    "keys": ["Keys.wav", "clav.flac", "Rhodes.wav", "E-Piano.wav", "Teclado.wav", "Tastiere.wav", "Clavier.wav"],
    "organ": ["05_ch06_organ.flac", "Hammond B3.wav", "Órgano.wav", "Orgue.wav"],
    "pads": ["Pad.wav", "Synth Pad 2.wav", "Nappe.wav", "Flächen.wav"],
    "strings": [
        "cuerdas", "Strings.wav", "Cordes.wav", "Archi.wav", "Streicher.wav", "Violin 1.wav", "ストリングス.wav",
    ],
    "brass": ["horns.flac", "Trumpet.wav", "Metales.wav", "Cuivres.wav", "Ottoni.wav", "Bläser.wav", "Metais.wav"],
    "woodwinds": ["Flute.wav", "Sax.wav", "Flauto.wav", "Holzbläser.wav", "Clarinete.wav", "サックス.wav"],
    "synth_lead": ["Lead Synth.wav", "SynthLead.wav", "Arp.wav"],
    "fx": ["FX.wav", "Riser.wav", "Vox Delay.wav", "Effets.wav", "Efectos.wav"],
    "ambience": ["Room.wav", "Lead Vox Verb.wav", "Crowd.wav", "Ambiente.wav", "Publikum.wav"],
    "music_bed": ["Instrumental.wav", "Backing Track.wav", "Music.wav"],
    "residual": ["mix residual.wav"],
    "upmix_mid": ["mid harmonic upmix.wav", "mid percussive upmix.wav"],
    "upmix_sides": ["sides upmix.wav"],
    "upmix_ambience": ["ambience upmix.wav"],
    "upmix_remainder": ["remainder upmix.wav"],
    "lfe": ["LFE.wav"],
    "unknown": [
        "song.flac", "04_ch05_ensemble.flac", "Audio 07.wav", "track_3.wav", "Brasserie.wav", "a.wav", "ü.wav", "",
        "007.wav",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("role", "name"), [(role, name) for role, names in NAMES.items() for name in names])
def test_a_name_tells_its_role(role: str, name: str) -> None:
    assert guess_role(name) == (role, 0.4 if role == "unknown" else 0.95)


def test_what_all_names_begin_with_is_the_song_and_does_not_count() -> None:
    names = [f"Lead Guitar Hero_{part}.wav" for part in ("Kick", "Vox", "Thing")]

    assert [guess.role for guess in guess_roles(names)] == ["kick", "lead_vocal", "lead_guitar"]


def test_a_shared_beginning_that_alone_tells_the_role_counts() -> None:
    names = ["Vox Lead.wav", "Vox Backing.wav", "Vox Low.wav"]

    assert [guess.role for guess in guess_roles(names)] == ["lead_vocal", "backing_vocal", "lead_vocal"]


def test_every_role_that_words_tell_is_in_the_table_and_every_word_can_be_met() -> None:
    assert {role for role, _, _ in ROLE_WORDS} == {*ROLES, LFE} - {"unknown"}
    for _, _, phrases in ROLE_WORDS:
        for phrase in phrases.split(", "):
            assert re.fullmatch(r"(808|[a-z\u3040-\u30ff\u4e00-\u9fff]+)( [a-z]+)*", phrase), phrase


def test_every_phrase_tells_a_role_as_a_file_name() -> None:
    silent = [
        phrase
        for _, _, phrases in ROLE_WORDS
        for phrase in phrases.split(", ")
        if guess_role(f"{phrase}.wav").role == "unknown"
    ]

    assert silent == []


# What the songs' own lists call each stem, and which roles of ours that may be. "other" is what has no part name.
MEANT = {
    "guitar": {"rhythm_guitar", "lead_guitar", "acoustic_guitar"},
    "keys": {"piano", "keys", "organ", "pads"},
    "other": {"unknown"},
}


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="test data not found at ../shared/data")
def test_the_stems_of_real_songs_are_told_by_their_names() -> None:
    for path in sorted(SHARED_DATA.glob("songs/*/song.json")):
        stems = json.loads(path.read_text())["stems"]
        guesses = guess_roles([stem["file"] for stem in stems])
        for stem, guess in zip(stems, guesses, strict=True):
            assert guess.role in MEANT.get(stem["role"], {stem["role"]}), (path, stem["file"], guess)
