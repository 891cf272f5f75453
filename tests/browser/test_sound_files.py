"""The browser and the server agree, by the same first bytes, on what is a sound."""

import base64
import struct

import numpy as np
import pytest
import soundfile

from audio_pipeline.containers import sniff

ASK = """async ([url, encoded]) => {
  const { wrongWith } = await import(url);
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  return await wrongWith(new File([bytes], "a.wav"), 1e9);
}"""
MPEG = b"\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00" + bytes(413)
ADTS = b"\xff\xf1\x50\x80\x0c\x9f\xfc" + bytes(93)

HEADS = {
    "WAV": b"RIFF\0\0\0\0WAVEfmt ",
    "a cut WAV": b"RIFF\0\0\0\0",
    "AVI": b"RIFF\0\0\0\0AVI LIST",
    "RF64": b"RF64\xff\xff\xff\xffWAVEds64",
    "BW64": b"BW64\xff\xff\xff\xffWAVEds64",
    "RIFX": b"RIFX\0\0\0\0WAVEfmt ",
    "W64": b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0" + bytes(30),
    "not quite W64": b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\1" + bytes(30),
    "AIFF": b"FORM\0\0\0\0AIFFCOMM",
    "AIFF-C": b"FORM\0\0\0\0AIFCFVER",
    "ILBM": b"FORM\0\0\0\0ILBMBMHD",
    "CAF": b"caff\0\1\0\0desc",
    "AU": b".snd\0\0\0\x20",
    "FLAC": b"fLaC\0\0\0\x22",
    "FLAC behind a tag": b"ID3\3\0\0\0\0\0\x0a" + bytes(10) + b"fLaC\0\0\0\x22",
    "Ogg": b"OggS\0\2" + bytes(22),
    "MPEG-4": b"\0\0\0\x20ftypM4A ",
    "MP3": MPEG,
    "MP3 behind a tag": b"ID3\4\0\0\0\0\1\0" + bytes(128) + MPEG,
    "a tag alone": b"ID3\4\0\0\0\0\1\0" + bytes(300),
    "a sync word alone": b"\xff\xfb\x90\x00" + bytes(900),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(900),
    "ADTS": ADTS * 3,
    "ZIP": b"PK\3\4" + bytes(30),
    "RAR": b"Rar!\x1a\7\1\0" + bytes(30),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    "GZIP": b"\x1f\x8b\x08" + bytes(30),
    "TAR": bytes(257) + b"ustar\x0000" + bytes(300),
    "playlist": b"#EXTM3U\n",
    "text": b"A song about rain",
    "one byte": b"R",
    "WebM": b"\x1a\x45\xdf\xa3" + bytes(40),
}


@pytest.fixture
def ask(visit, programme):
    page = visit(programme.artist, f"/submissions/{programme.draft(programme.call())}#files")
    url = page.evaluate("document.querySelector('script[src*=uploader]').src.replace('uploader', 'sound-files')")
    return lambda head: page.evaluate(ASK, [url, base64.b64encode(head).decode()])


def test_what_the_browser_takes_the_server_takes(ask, tmp_path):
    path = tmp_path / "file"
    rng = np.random.default_rng(3)
    heads = dict(HEADS)
    for number in range(200):  # and frames of MPEG audio with every kind of header, right and wrong
        header = b"\xff" + rng.bytes(3)
        length = int(rng.integers(24, 1500))
        heads[f"MPEG {number}: {header.hex()}"] = (header + bytes(length - 4)) * 2 + struct.pack(">I", 0)
    taken = {}
    for name, head in heads.items():
        path.write_bytes(head)
        taken[name] = (ask(head) is None, sniff(path) is not None)
    assert {name: who for name, who in taken.items() if who[0] != who[1]} == {}
    assert sum(here for here, _ in taken.values()) >= 17


def test_an_archive_gets_its_advice_and_a_song_none(ask, tmp_path):
    assert ask(HEADS["ZIP"]) == [
        "is a ZIP archive, and archives are not opened.",
        "Unpack it, and choose the sound files in it.",
    ]
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((100, 2)), 48000)
    assert ask(path.read_bytes()) is None
