"""A slice of the long run of `benchmarks/fuzz_intake.py`: no damage to a header is more than a verdict."""

import random

import pytest

from audio_pipeline.intake.findings import Verdict
from audio_pipeline.intake.judging import judge_file
from benchmarks.fuzz_intake import is_ours, mutate, read_headers, seeds

MUTATIONS = 600
DECODED = 12


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return sorted(seeds(tmp_path_factory.mktemp("whole")).items())


def test_no_damage_is_more_than_a_verdict(whole, tmp_path):
    dice = random.Random(20)
    judged = decoded = 0
    for number in range(MUTATIONS):
        name, seed = dice.choice(whole)
        path = tmp_path / name
        path.write_bytes(mutate(seed, dice))
        read_headers(path)
        ours = is_ours(path)
        if ours or decoded < DECODED:
            assert judge_file(path).verdict in set(Verdict), number
            judged += 1
            decoded += not ours
    assert judged > DECODED == decoded


@pytest.mark.parametrize(
    ("name", "at", "wound"),
    [
        # Signalling NaN, which arithmetic does not let through in silence
        ("float.caf", -4000, b"\x01\x00\xa0\x7f"),
        # The end of a chunk that no file system can seek to
        ("a.caf", 12, b"\x7f" + b"\xff" * 7),
    ],
)
def test_what_once_broke_it(whole, tmp_path, name, at, wound):
    content = bytearray(dict(whole)[name])
    content[at : at + len(wound) if at + len(wound) else None] = wound
    path = tmp_path / name
    path.write_bytes(content)
    assert judge_file(path).verdict is Verdict.REJECT
