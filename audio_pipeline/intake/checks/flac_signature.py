"""CORRUPT: does a FLAC file hold the very samples that its encoder signed?"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.findings import Code, Finding, reject


class StreamInfo(msgspec.Struct, frozen=True):
    """What STREAMINFO says (RFC 9639, section 8.2); `md5` is None where the encoder left it out."""

    bits_per_sample: int
    md5: bytes | None


class FlacSignatureCheck(Check):
    """Computes the MD5 of the decoded samples and compares it with the one in the file."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._info = read_stream_info(facts.path) if facts.container == "flac" else None
        # The signature is over the samples, not for security.
        self._md5 = hashlib.md5(usedforsecurity=False)

    def process(self, block: NDArray[np.float64]) -> None:
        if self._info is not None and self._info.md5 is not None:
            self._md5.update(_signed_bytes(block, self._info.bits_per_sample))

    def findings(self) -> Iterator[Finding]:
        if self._info is not None and self._info.md5 not in (None, self._md5.digest()):
            yield reject(
                Code.CORRUPT,
                "The decoded samples are not those that the encoder signed (MD5). Export or upload the file again.",
            )


def read_stream_info(path: Path) -> StreamInfo | None:
    """The STREAMINFO block, or None where the file does not begin with one. An ID3 tag before it is skipped."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            tag_bytes = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
            file.seek(10 + tag_bytes + (10 if head[5] & 0x10 else 0))
        else:
            file.seek(0)
        block = file.read(42)
    if len(block) < 42 or block[:4] != b"fLaC" or block[4] & 0x7F != 0:
        return None
    bits = ((block[20] & 1) << 4 | block[21] >> 4) + 1
    return StreamInfo(bits, block[26:42] if any(block[26:42]) else None)


def _signed_bytes(block: NDArray[np.float64], bits: int) -> bytes:
    """Interleaved signed little-endian integers, each in as few whole bytes as hold it (RFC 9639, section 8.2)."""
    width = -(-bits // 8)
    values = np.rint(block * 2.0 ** (bits - 1)).astype("<i8").ravel()
    return values.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
