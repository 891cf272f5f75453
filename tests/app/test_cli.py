"""What every command owes its caller: exit codes, one JSON document, no traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from opencall.app.cli import COMMANDS, LazyGroup, opencall


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    project = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(project), "OPENCALL_HOME": ""}
    return subprocess.run(
        [sys.executable, "-m", "opencall.app", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd or project,
        env=environment,
        timeout=60,
    )


def test_every_registered_command_exists_and_explains_itself() -> None:
    assert isinstance(opencall, LazyGroup)
    context = opencall.make_context("opencall", [], resilient_parsing=True)
    for name in COMMANDS:
        command = opencall.get_command(context, name)
        assert command is not None
        assert command.help, f"opencall {name} has no help"


@pytest.mark.parametrize("arguments", [("unheard-of",), ("unheard-of", "--json")])
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    if "--json" in arguments:
        error = json.loads(result.stdout)["error"]
        assert set(error) == {"code", "message"}
        assert "unheard-of" in error["message"]
    else:
        assert result.stdout == ""


def test_a_command_is_loaded_without_the_libraries_that_its_work_needs() -> None:
    modules = sorted({where.partition(":")[0] for where in COMMANDS.values()})
    slow = {"scipy", "soundfile", "soxr", "alembic", "dramatiq", "redis", "sepaxml", "schwifty", "imageio_ffmpeg"}
    program = f"import {', '.join(modules)}, sys; print(*sorted({slow!r} & set(sys.modules)))"
    project = Path(__file__).resolve().parents[2]
    loaded = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("as_json", [True, False])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, as_json: bool) -> None:
    """Not even root makes a folder in a file's place, or one with so long a name."""
    soundfile.write(tmp_path / "stem.wav", np.full(48000, 0.1), 48000)
    nowhere = str(tmp_path / ("x" * 300))
    result = run("normalise", str(tmp_path), "-o", nowhere, *(["--json"] if as_json else []))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    said = json.loads(result.stdout)["error"]["message"] if as_json else result.stderr
    assert nowhere in said
    assert "Check" in said


def test_a_name_that_is_no_utf_8_does_not_break_the_document(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav")
    soundfile.write(tmp_path / "plain.wav", np.full(48000, 0.1), 48000)
    (tmp_path / "plain.wav").rename(path)
    result = run("measure", path, "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["files"][0]["path"] == f"{tmp_path}/\N{REPLACEMENT CHARACTER}.wav"


def test_what_is_ended_from_outside_leaves_nothing_half_written(tmp_path: Path) -> None:
    program = """
import signal
from pathlib import Path
import click, numpy as np
from audio_pipeline.wave_writing import WaveWriter
from opencall.app.cli import COMMANDS, main

@click.command()
def write_for_ever():
    with WaveWriter(Path("song.wav"), channels=1, sample_rate_hz=48000) as writer:
        writer.write(np.zeros((48000, 1), np.float32))
        print("begun", flush=True)
        signal.pause()

COMMANDS["write-for-ever"] = "__main__:write_for_ever"
main(["write-for-ever"])
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == b"begun\n"
        assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
        command.send_signal(signal.SIGTERM)
        assert command.wait(60) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_normalise_leaves_no_folder_where_it_failed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "drums.wav").write_bytes(b"RIFF, and nothing else")
    assert run("normalise", "in", "-o", "out", cwd=tmp_path).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
