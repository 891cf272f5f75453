"""Damage files from a seed and have them judged: nothing may crash, hang, or take more memory than it was given.

    python benchmarks/fuzz_intake.py [--mutations 100000] [--seed 1] [--decode-every 25] [--keep DIR]

Every mutation goes through each reader of headers in this process. Those of which we read the samples ourselves are
judged whole, and of the others one in `--decode-every`, in whose decoders' own processes. Prints one JSON document with
the slowest, the peak memory of this process and of any decoder, and what was found; exits with 1 if anything was. A
mutation that fails is kept in `--keep`.
"""

import argparse
import json
import random
import resource
import struct
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from audio_pipeline.caf import scan_caf
from audio_pipeline.containers import look_at, sniff
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.extents import missing_bytes
from audio_pipeline.intake.checks.flac_signature import read_stream_info
from audio_pipeline.intake.findings import Verdict
from audio_pipeline.intake.judging import judge_file
from audio_pipeline.riff import read_axml, read_chna, scan_riff

LONGEST_S = 3.0
MOST_BYTES = 400 * 1024 * 1024
CONTAINERS = ("aiff", "caf", "w64", "au", "mp4", "ogg")
# Where a header's arithmetic goes wrong: nothing, one, the edges of signed and unsigned, all ones.
NUMBERS = (0, 1, 2, 7, 8, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
NAMES = (b"RIFF", b"RF64", b"WAVE", b"fmt ", b"data", b"ds64", b"axml", b"chna", b"bext", b"COMM", b"SSND", b"desc")
MAGIC = (b"OggS", b"fLaC", b"ID3\4", b"moov", b"stsz", b"mdat", b"\xff\xfb\x90\x64", b"caff", b"FORM", b".snd")


def mutate(seed: bytes, dice: random.Random) -> bytes:
    """`seed` with one to eight wounds, most of them in its first 200 bytes."""
    content = bytearray(seed)
    for _ in range(dice.randint(1, 8)):
        if not content:
            break
        at = dice.randrange(min(len(content), 200 if dice.random() < 0.8 else len(content)))
        match dice.randrange(8):
            case 0:
                content[at] ^= 1 << dice.randrange(8)
            case 1:
                content[at] = dice.randrange(256)
            case 2:
                number = struct.pack(dice.choice("<>") + "I", dice.choice(NUMBERS))
                content[at : at + 4] = number
            case 3:
                content[at : at + 8] = struct.pack(dice.choice("<>") + "Q", dice.choice((*NUMBERS, 2**63, 2**64 - 1)))
            case 4:
                content[at : at + 4] = dice.choice((*NAMES, *MAGIC))
            case 5:
                del content[at : len(content) if dice.random() < 0.3 else at + dice.randint(1, 16)]
            case 6:
                content[at:at] = content[at : at + dice.randint(1, 64)] * dice.choice((1, 1, 1, 50))
            case _:
                other = dice.randrange(len(content))
                content[at : at + 4] = content[other : other + 4]
    return bytes(content)


def read_headers(path: Path) -> None:
    """Everything that reads a header in this process. Raises what a defect raises, never a refusal."""
    for read in (sniff, look_at, scan_caf, read_stream_info, *_extents(), _riff):
        try:
            read(path)
        except AudioPipelineError:
            continue


def is_ours(path: Path) -> bool:
    """Whether no decoder is needed: the file is refused unopened, or its samples are read by ourselves."""
    container = sniff(path)
    if container == "caf":
        return scan_caf(path) is not None
    return container is None or container in ("wav", "rf64", "bw64")


def cpu_s() -> float:
    """Processor time of this process and of the decoders that have ended: other work on the machine does not count."""
    used = [resource.getrusage(whom) for whom in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _extents() -> list[Callable[[Path], int]]:
    return [lambda path, container=container: missing_bytes(path, container) for container in CONTAINERS]


def _riff(path: Path) -> None:
    header = scan_riff(path)
    assert header.present_frames >= 0
    read_axml(path, header)
    read_chna(path, header)


def seeds(folder: Path) -> dict[str, bytes]:
    """A tenth of a second as every kind of file that artists send."""
    from tests.audio_pipeline.intake.encoded import LOSSLESS, LOSSY, encode

    return {name: encode(folder, name, seconds=0.1).read_bytes() for name in LOSSLESS | LOSSY}


def main() -> None:
    """Parse the arguments, damage, judge, print, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decode-every", type=int, default=25)
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    options = parser.parse_args()

    warnings.simplefilter("error")
    dice = random.Random(options.seed)
    verdicts: Counter[str] = Counter()
    failures: list[dict[str, object]] = []
    slowest: list[tuple[float, int, str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        whole = sorted(seeds(folder).items())
        for number in range(options.mutations):
            name, seed = dice.choice(whole)
            path = folder / f"fuzzed-{name}"
            content = mutate(seed, dice)
            path.write_bytes(content)
            began = cpu_s()
            try:
                read_headers(path)
                if is_ours(path) or number % options.decode_every == 0:
                    verdicts[judge_file(path).verdict.value] += 1
            except Exception as defect:  # noqa: BLE001 - a defect of any kind is what is looked for
                failures.append({"number": number, "file": name, "what": traceback.format_exc(limit=-4)})
                options.keep.mkdir(exist_ok=True)
                (options.keep / f"{number}-{name}").write_bytes(content)
                print(f"{number} {name}: {defect!r}", file=sys.stderr)
            took = cpu_s() - began
            slowest = sorted([*slowest, (took, number, name)], reverse=True)[:5]
            if took > LONGEST_S:
                failures.append({"number": number, "file": name, "what": f"it took {took:.1f} s of processor time"})
            if number % 10_000 == 0:
                print(f"{number} of {options.mutations}", file=sys.stderr)

    peaks = {
        who: resource.getrusage(whom).ru_maxrss * 1024
        for who, whom in (("this", resource.RUSAGE_SELF), ("a decoder", resource.RUSAGE_CHILDREN))
    }
    too_large = [who for who, peak in peaks.items() if peak > MOST_BYTES]
    document = {
        "mutations": options.mutations,
        "judged": sum(verdicts.values()),
        "verdicts": {verdict.value: verdicts[verdict.value] for verdict in Verdict},
        "slowest_cpu_s": [(round(took, 3), number, name) for took, number, name in slowest],
        "peak_mib": {who: round(peak / 2**20) for who, peak in peaks.items()},
        "too_large": too_large,
        "failures": failures,
    }
    print(json.dumps(document, indent=1))
    sys.exit(1 if failures or too_large else 0)


if __name__ == "__main__":
    main()
