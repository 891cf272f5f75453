"""Stage `compare`: is the song's mix the same recording as another song's?"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from audio_pipeline.intake.music.matching import find_twins
from audio_pipeline.intake.music.printing import Words, from_bytes
from audio_pipeline.pipeline import PEER, Artifact, InputFile, Progress, StageTask

# Prints are small and, in a bucket, far away: what takes time is the way.
_AT_ONCE: Final = 16


def compare(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """The artifact `same_recordings`: every other song of the circle whose mix is this one; none without a print."""
    own = task.inputs.of_kind("print")
    peers = task.inputs.of_kind(PEER) if own else ()
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        prints = list(readers.map(lambda file: _read(task, file), (*own, *peers)))
    progress(0.5)
    twins = find_twins(prints[0], prints[1:]) if own else ()
    same = [
        {"song_id": peer.name, "mix_sha256": peer.details["mix_sha256"], **msgspec.to_builtins(twin)}
        for peer, twin in zip(peers, twins, strict=True)
        if twin is not None
    ]
    path = task.scratch / "same.json"
    path.write_bytes(msgspec.json.encode(same))
    return (task.keep(path, kind="same_recordings", same=same),)


def _read(task: StageTask, file: InputFile) -> Words:
    return from_bytes(b"".join(task.store.read(file.sha256)))
