"""`opencall measure`: loudness and peaks of sound files."""

from pathlib import Path

import click

from audio_pipeline.loudness.errors import LayoutDoesNotFit, LayoutUnknown
from audio_pipeline.loudness.measuring import FileLoudness, measure_file
from audio_pipeline.spatialaudio.errors import UnknownLayout
from opencall.app.cli.output import emit_json, one_line, shown


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--layout", help="BS.2051 name or alias of the channel order, for all files. By channel count if left out."
)
@click.option("--timeline", is_flag=True, help="Also every momentary and short-term value, 10 ms apart (with --json).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def measure(files: tuple[Path, ...], layout: str | None, timeline: bool, as_json: bool) -> None:
    """Measure loudness (BS.1770, EBU R 128) and peaks."""
    try:
        measured = [measure_file(path, layout, timeline=timeline) for path in files]
    except (LayoutUnknown, LayoutDoesNotFit, UnknownLayout) as refusal:
        raise click.UsageError(str(refusal)) from refusal

    if as_json:
        emit_json({"files": measured})
        return
    for file in measured:
        click.echo(_line(file))


def _line(file: FileLoudness) -> str:
    return (
        f"{one_line(file.path)}  {file.layout}  {shown(file.integrated_lufs, 1)} LUFS, "
        f"range {shown(file.loudness_range_lu, 1)} LU, "
        f"momentary ≤ {shown(file.momentary_max_lufs, 1)}, short-term ≤ {shown(file.short_term_max_lufs, 1)} LUFS, "
        f"true peak {shown(file.true_peak_dbtp, 1)} dBTP, sample peak {shown(file.sample_peak_dbfs, 1)} dBFS"
    )
