"""Writing FLAC: the samples of a finished 24-bit WAV, smaller by half, and signed so that a fault is found."""

import secrets
from pathlib import Path

import numpy as np

from audio_pipeline.codecs import open_audio

BLOCK_FRAMES = 65536
_FULL_SCALE = 2.0**23


def write_flac(source: Path, target: Path, comment: str = "") -> None:
    """Write what the 24-bit file `source` holds to `target`, bit for bit, whole or not at all.

    A `comment` is what players show of the file.

    Raises what `open_audio` raises.
    """
    import soundfile

    arriving = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with (
            open_audio(source) as reader,
            soundfile.SoundFile(
                arriving, "w", reader.sample_rate_hz, reader.channels, subtype="PCM_24", format="FLAC"
            ) as flac,
        ):
            if comment:
                flac.comment = comment
            for block in reader.blocks(BLOCK_FRAMES):
                # libsndfile takes the upper 24 bits of 32.
                flac.write((block * np.float32(_FULL_SCALE)).astype(np.int32) << 8)
        arriving.replace(target)
    except BaseException:
        arriving.unlink(missing_ok=True)
        raise
