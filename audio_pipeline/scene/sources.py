"""The mono signals of a scene's objects, streamed from its stems: one pass, memory that does not grow with the song."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.scene.blocks import signal_gains
from audio_pipeline.scene.model import Scene
from audio_pipeline.scene.reading import stem_path

BLOCK_FRAMES = 16384


def object_signals(scene: Scene, folder: Path, frames_per_block: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
    """Arrays of shape (frames, objects) that make up the scene's whole length, in the scene's order of objects.

    They belong to `scene_blocks(scene)`, which carries every gain. A stem that ends early is silent from there on; each
    file is read once, however many objects it feeds. Raises the refusals of `stem_path` and `open_audio`.
    """
    paths = {scene_object.source.stem: stem_path(scene_object, folder) for scene_object in scene.objects}
    matrix = _mixing_matrices(scene)
    with ExitStack() as files:
        stems = {
            stem: _padded(files.enter_context(open_audio(path)), scene.frames, frames_per_block)
            for stem, path in paths.items()
        }
        for start in range(0, scene.frames, frames_per_block):
            frames = min(frames_per_block, scene.frames - start)
            signals = np.zeros((frames, len(scene.objects)), dtype=np.float32)
            for stem, blocks in stems.items():
                columns, gains = matrix[stem]
                signals[:, columns] = next(blocks) @ gains
            yield signals


def _mixing_matrices(scene: Scene) -> dict[str, tuple[list[int], NDArray[np.float32]]]:
    """For each stem: the objects it feeds, and the gains (stem channels, those objects)."""
    fed: dict[str, list[int]] = {}
    for index, scene_object in enumerate(scene.objects):
        fed.setdefault(scene_object.source.stem, []).append(index)
    return {
        stem: (columns, np.array([signal_gains(scene.objects[index]) for index in columns], dtype=np.float32).T)
        for stem, columns in fed.items()
    }


def _padded(reader: AudioReader, frames: int, frames_per_block: int) -> Iterator[NDArray[np.float32]]:
    """The reader's blocks, then silence, `frames` in all, each of `frames_per_block` but the last."""
    position = 0
    for block in reader.blocks(frames_per_block, stop=frames):
        size = min(frames_per_block, frames - position)
        position += size
        if len(block) < size:
            block = np.concatenate([block, np.zeros((size - len(block), reader.channels), np.float32)])
        yield block
    while position < frames:
        size = min(frames_per_block, frames - position)
        position += size
        yield np.zeros((size, reader.channels), np.float32)
