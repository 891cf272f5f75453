"""The same two seconds as every kind of file that artists send."""

import subprocess
from pathlib import Path

import numpy as np
import soundfile

from audio_pipeline.decoders import ffmpeg_executable

RATE_HZ = 48000
FRAMES = 2 * RATE_HZ

# What a file is called, how ffmpeg is told to make it, and the format that the report names.
LOSSLESS = {
    "a.wav": (("-c:a", "pcm_s24le"), "WAV/PCM_24"),
    "rf64.wav": (("-c:a", "pcm_s24le", "-rf64", "always"), "RF64/PCM_24"),
    "a.w64": (("-c:a", "pcm_s24le"), "W64/PCM_24"),
    "a.aif": (("-c:a", "pcm_s24be"), "AIFF/PCM_24"),
    "sowt.aifc": (("-c:a", "pcm_s16le", "-f", "aiff"), "AIFF/PCM_16"),
    "float.aifc": (("-c:a", "pcm_f32be", "-f", "aiff"), "AIFF/FLOAT"),
    "a.caf": (("-c:a", "pcm_s24be"), "CAF/PCM_24"),
    "float.caf": (("-c:a", "pcm_f32le"), "CAF/FLOAT"),
    "alac.caf": (("-c:a", "alac", "-sample_fmt", "s32p"), "CAF/ALAC_24"),
    "a.au": (("-c:a", "pcm_s16be"), "AU/PCM_16"),
    "a.flac": (("-c:a", "flac", "-sample_fmt", "s32"), "FLAC/PCM_24"),
    "flac.oga": (("-c:a", "flac", "-sample_fmt", "s32"), "OGG/FLAC_24"),
    "alac.m4a": (("-c:a", "alac", "-sample_fmt", "s16p"), "MP4/ALAC_16"),
    "alac24.m4a": (("-c:a", "alac", "-sample_fmt", "s32p"), "MP4/ALAC_24"),
    "a.mov": (("-c:a", "pcm_s24le"), "MP4/PCM_24"),
}
LOSSY = {
    "a.mp3": (("-c:a", "libmp3lame", "-b:a", "192k"), "MP3/MPEG_LAYER_III"),
    "a.ogg": (("-c:a", "libvorbis", "-b:a", "160k"), "OGG/VORBIS"),
    "a.opus": (("-c:a", "libopus", "-b:a", "128k"), "OGG/OPUS"),
    "a.m4a": (("-c:a", "aac", "-b:a", "160k"), "MP4/AAC"),
    "a.aac": (("-c:a", "aac", "-b:a", "160k"), "ADTS/AAC"),
}


def sound() -> np.ndarray:
    """Noise that fades in and out, in 16 bits so that every lossless coding can hold it."""
    noise = np.random.default_rng(5).standard_normal((FRAMES, 2)) * 0.05
    faded = noise * np.hanning(FRAMES)[:, np.newaxis] ** 0.25
    return np.rint(faded * 2**15) / 2**15


def encode(folder: Path, name: str, seconds: float = FRAMES / RATE_HZ) -> Path:
    """The file `name` of the tables above, made in `folder`, as long as told."""
    source = folder / "source.wav"
    if not source.exists():
        soundfile.write(source, sound(), RATE_HZ, "FLOAT")
    path = folder / name
    how, _ = (LOSSLESS | LOSSY)[name]
    command = [ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-y", "-i", str(source)]
    subprocess.run([*command, "-t", str(seconds), *how, str(path)], check=True)
    return path
