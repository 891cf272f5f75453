"""Render an ADM file with EAR, the ITU-R BS.2127 reference renderer, and hold our own render against it.

    python benchmarks/judge_with_ear.py MASTER.adm-360.wav --ear-python VENV/bin/python [--to 0+2+0,4+7+0]

EAR needs an environment of its own (`pip install ear==2.1.0`), for it pins an old numpy. It knows neither times in
samples nor a fractional importance, so both are rewritten in a copy before it reads the file; times are cut, not
rounded, to twelve decimals, so that no block begins a sample late.

Prints one JSON document: for each layout both loudnesses and how far the two renders are apart. Exits with 1 if any
loudness differs by more than 0.3 LU, or any render by more than −90 dB.
"""

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from lxml import etree

from audio_pipeline import riff
from audio_pipeline.adm.times import parse_time
from audio_pipeline.codecs import open_audio
from audio_pipeline.loudness.measuring import measure_file
from audio_pipeline.masters.exporting import render_programme
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.wave_writing import Chunk, WaveWriter

LOUDNESS_LIMIT_LU = 0.3
DIFFERENCE_LIMIT_DB = -90.0
DECIMALS = 12


def main() -> None:
    """Parse the arguments, judge, print, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("master", type=Path)
    parser.add_argument("--ear-python", type=Path, required=True)
    parser.add_argument("--to", default="0+2+0,4+7+0")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        report = judge(arguments.master, arguments.to.split(","), arguments.ear_python, Path(folder))
    print(json.dumps({"layouts": report}, indent=1))
    worst = [row for row in report if abs(row["loudness_difference_lu"]) > LOUDNESS_LIMIT_LU]
    worst += [row for row in report if row["difference_db"] > DIFFERENCE_LIMIT_DB]
    sys.exit(1 if worst else 0)


def judge(master: Path, layouts: list[str], ear_python: Path, folder: Path) -> list[dict[str, float | str]]:
    """One row a layout."""
    readable = folder / "readable.wav"
    rewrite_for_ear(master, readable)
    ours = render_programme(open_programme(master), folder / "ours", layouts)
    report = []
    for made in ours:
        assert made.layout is not None
        theirs = folder / f"ear.{made.layout}.wav"
        command = [str(ear_python), "-m", "ear.cmdline.render_file", "-s", get_layout(made.layout).name]
        subprocess.run([*command, str(readable), str(theirs)], check=True)
        our_lufs = measure_file(made.path, made.layout).integrated_lufs or -math.inf
        their_lufs = measure_file(theirs, made.layout).integrated_lufs or -math.inf
        report.append(
            {
                "layout": made.layout,
                "our_lufs": our_lufs,
                "ear_lufs": their_lufs,
                "loudness_difference_lu": our_lufs - their_lufs,
                **difference(made.path, theirs),
            }
        )
    return report


def difference(ours: Path, theirs: Path) -> dict[str, float]:
    """RMS of the difference relative to EAR's render, and its largest sample in steps of 24 bits."""
    with open_audio(ours) as a, open_audio(theirs) as b:
        assert (a.channels, a.frames) == (b.channels, b.frames), "the renders differ in form"
        residual, signal, peak = 0.0, 0.0, 0.0
        for mine, reference in zip(a.blocks(dtype=np.float64), b.blocks(dtype=np.float64), strict=True):
            residual += float(np.sum((mine - reference) ** 2))
            signal += float(np.sum(reference**2))
            peak = max(peak, float(np.abs(mine - reference).max()))
    return {"difference_db": 10 * math.log10(max(residual, 1e-30) / signal), "difference_peak_lsb": peak * 2**23}


def rewrite_for_ear(master: Path, target: Path) -> None:
    """Copy `master` with decimal times and whole importances."""
    header = riff.scan_riff(master)
    axml, chna = riff.read_axml(master, header), riff.read_chna(master, header)
    assert axml is not None, "there is no axml chunk"
    assert chna is not None, "there is no chna chunk"
    with open_audio(master) as reader:
        writer = WaveWriter(
            target,
            channels=reader.channels,
            sample_rate_hz=reader.sample_rate_hz,
            container="BW64",
            before_data=(Chunk("chna", chna),),
            after_data=(Chunk("axml", _rewritten(axml)),),
            plain_format=True,
        )
        with writer:
            for block in reader.blocks():
                writer.write(block)


def _rewritten(axml: bytes) -> bytes:
    root = etree.fromstring(axml)
    for block in root.iter("{*}audioBlockFormat"):
        if block.get("rtime") and block.get("duration"):
            start = parse_time(block.attrib["rtime"]).seconds
            end = start + parse_time(block.attrib["duration"]).seconds
            units = 10**DECIMALS
            first, last = math.floor(start * units), math.floor(end * units)
            block.set("rtime", _decimal(first))
            block.set("duration", _decimal(last - first))
    for element in root.iter("{*}audioObject"):
        for name in {"start", "duration"} & set(element.keys()):
            element.set(name, _decimal(math.floor(parse_time(element.attrib[name]).seconds * 10**DECIMALS)))
    for importance in root.iter("{*}importance"):
        importance.text = re.sub(r"\.\d*", "", importance.text or "10")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _decimal(units: int) -> str:
    seconds, fraction = divmod(units, 10**DECIMALS)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:0{DECIMALS}d}"


if __name__ == "__main__":
    main()
