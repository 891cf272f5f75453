"""`opencall diff`: what moved between two scenes or ADM files."""

from pathlib import Path

import click

from audio_pipeline.masters.comparing import ObjectDifference, compare_files
from audio_pipeline.masters.differences import Change, Value
from opencall.app.cli.output import emit_json

_WORDS = {
    "gain_db": ("gain", " dB"),
    "programme_gain_db": ("programme gain", " dB"),
    "distance": ("distance", ""),
    "width_deg": ("width", "°"),
    "height_deg": ("height", "°"),
    "length_s": ("length", " s"),
    "sample_rate_hz": ("sample rate", " Hz"),
    "movement_samples": ("movement", " samples"),
    "channel_lock": ("channel lock", ""),
    "screen_ref": ("reference to the screen", ""),
    "reference_screen": ("the programme's screen", ""),
    "horizontal_edge": ("left (1) or right (−1) edge of the screen", ""),
    "vertical_edge": ("upper (1) or lower (−1) edge of the screen", ""),
    "divergence_azimuth_deg": ("angle of divergence", "°"),
    "divergence_x": ("way of divergence in the room", ""),
    "lock_distance": ("farthest channel lock", ""),
}


@click.command()
@click.argument("scene_a", metavar="SCENE_A", type=click.Path(path_type=Path))
@click.argument("scene_b", metavar="SCENE_B", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def diff(scene_a: Path, scene_b: Path, as_json: bool) -> None:
    """Say what moved from SCENE_A to SCENE_B, object by object; either may be a scene or an ADM file."""
    comparison = compare_files(scene_a, scene_b)
    if as_json:
        emit_json(comparison)
        return
    if comparison.same:
        click.echo("Nothing differs.")
    for change in comparison.changes:
        click.echo(_line(change))
    for difference in comparison.objects:
        click.echo(_heading(difference))
        for change in difference.changes:
            click.echo(f"  {_line(change)}")


def _heading(difference: ObjectDifference) -> str:
    if difference.change != "changed":
        return f"{difference.name}: {difference.change}"
    return difference.name if difference.renamed_to is None else f"{difference.name}: now named {difference.renamed_to}"


def _line(change: Change) -> str:
    name, unit = _WORDS.get(change.what, (change.what, ""))
    moved = f" ({change.by:.1f}° apart)" if change.what == "position" and change.by is not None else ""
    line = f"{name}: {_shown(change.a, unit)} → {_shown(change.b, unit)}{moved}"
    if change.start_s is None:
        return line
    end = "the end" if change.end_s is None else _clock(change.end_s)
    start, most = _clock(change.start_s), _clock(change.at_s)
    return f"{line}, from {start} to {end}" + ("" if most == start else f", most at {most}")


def _shown(value: Value, unit: str) -> str:
    match value:
        case None:
            return "silent"
        case str():
            return value
        case tuple():
            azimuth, elevation = value
            side = "left" if azimuth > 0 else "right" if azimuth < 0 else "in front"
            level = f", {abs(elevation):.1f}° {'up' if elevation > 0 else 'down'}" if elevation else ""
            return f"{side}{level}" if azimuth == 0 else f"{abs(azimuth):.1f}° {side}{level}"
        case _:
            return f"{value:.6g}{unit}".replace("-", "−")


def _clock(seconds: float | None) -> str:
    minutes, rest_ms = divmod(round((seconds or 0.0) * 1000), 60_000)
    return f"{minutes}:{rest_ms / 1000:06.3f}"
