"""The other side of `decoders.LibsndfileSource`: libsndfile in a process of its own, where it may crash or hang.

Told on standard input, a line each: `next FRAMES float32|float64` and `seek FRAME`. Answers on standard output: first
one line of JSON that describes the sound or refuses it; then, for each `next`, the number of bytes that follow as a
line, and these bytes. `error …` in place of a number is the reason why nothing follows.
"""

import json
import os
import sys
from typing import Final

import soundfile

from audio_pipeline.confined import limit_cpu

# Each answer has this much processor time; the slowest honest one takes a fortieth of it.
ANSWER_CPU_S: Final = 2
# Opening an MP3 reads all of it, to learn how long it is.
OPENING_BYTES_PER_S: Final = 20_000_000


def main() -> None:
    """Serve the file behind the descriptor that the first argument names."""
    descriptor = int(sys.argv[1])
    out = sys.stdout.buffer
    limit_cpu(ANSWER_CPU_S + os.fstat(descriptor).st_size // OPENING_BYTES_PER_S)
    try:
        file = soundfile.SoundFile(descriptor, closefd=False)
    except soundfile.LibsndfileError as failure:
        out.write(json.dumps({"error": _reason(failure)}).encode() + b"\n")
        return
    facts = {"rate": file.samplerate, "channels": file.channels, "frames": file.frames, "subtype": file.subtype}
    out.write(json.dumps(facts).encode() + b"\n")
    out.flush()
    for line in sys.stdin.buffer:
        limit_cpu(ANSWER_CPU_S)
        verb, *words = line.decode().split()
        try:
            if verb == "seek":
                file.seek(int(words[0]))
                content = memoryview(b"")
            else:
                content = _read(file, int(words[0]), words[1])
        except soundfile.LibsndfileError as failure:
            out.write(f"error {_reason(failure)}\n".encode())
        else:
            out.write(f"{len(content)}\n".encode())
            out.write(content)
        out.flush()


def _read(file: soundfile.SoundFile, frames: int, dtype: str) -> memoryview:
    """The next frames, as many as come: of an MP3 there may be fewer than its own header counts."""
    frame_bytes = file.channels * {"float32": 4, "float64": 8}[dtype]
    content = bytearray(frames * frame_bytes)
    got = file.buffer_read_into(content, dtype)
    return memoryview(content)[: got * frame_bytes]


def _reason(failure: Exception) -> str:
    words = str(getattr(failure, "error_string", failure)).rstrip(". ") or "libsndfile gives no reason"
    return " ".join(words.split())


if __name__ == "__main__":
    main()
