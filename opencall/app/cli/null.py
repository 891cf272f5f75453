"""`opencall null`: what is left of A when B is taken away."""

from pathlib import Path

import click

from audio_pipeline.stems.null_test import null_files
from opencall.app.cli.output import emit_json, shown


@click.command()
@click.argument("a", metavar="A", type=click.Path(path_type=Path))
@click.argument("b", metavar="B", type=click.Path(path_type=Path))
@click.option("--max-db", default=-60.0, show_default=True, help="The highest residual that passes, relative to A.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def null(a: Path, b: Path, max_db: float, as_json: bool) -> int:
    """Subtract B from A; exit 1 if what is left is above --max-db."""
    report = null_files(a, b)
    if as_json:
        emit_json(report)
    else:
        click.echo(
            f"residual {shown(report.residual_rms_db)} dB, peak {shown(report.residual_peak_dbfs)} dBFS; aligned "
            f"{shown(report.aligned_residual_rms_db)} dB with lag {report.lag_samples} samples, polarity "
            f"{report.polarity:+d}, gain {shown(report.gain_db)} dB"
        )
    # No residual at all has no level; a residual without a level to relate it to has a peak.
    nothing_left = report.residual_peak_dbfs is None
    return 0 if nothing_left or (report.residual_rms_db is not None and report.residual_rms_db <= max_db) else 1
