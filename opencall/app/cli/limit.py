"""`opencall limit`: a file whose true peaks stay below −1 dBTP."""

import math
from pathlib import Path
from typing import Any, Literal

import click

from audio_pipeline.loudness.errors import LayoutDoesNotFit, LayoutUnknown
from audio_pipeline.loudness.limiting import AT_MOST_DB, Limited, limit_file
from audio_pipeline.masters.loudspeaker_check import TRUE_PEAK_LIMIT_DBTP
from audio_pipeline.spatialaudio.errors import UnknownLayout
from opencall.app.cli.output import emit_json, one_line, shown
from opencall.app.cli.progress import progress_bar


class Decibels(click.FloatRange):
    """A number of decibels; what is no number passes a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        decibels = float(super().convert(value, param, ctx))
        if not math.isfinite(decibels):
            self.fail(f"{value} is no number of decibels.", param, ctx)
        return decibels


DECIBELS = Decibels(0.0, 60.0)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="WAV", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--gain", "gain_db", type=DECIBELS, default=0.0, show_default=True, help="Raise it by this much first.")
@click.option(
    "--at-most", "at_most_db", type=DECIBELS, default=AT_MOST_DB, show_default=True, help="Lower no peak by more."
)
@click.option("--layout", help="BS.2051 name or alias of the channel order. By channel count if left out.")
@click.option("--encoding", type=click.Choice(["pcm24", "float32"]), default="pcm24", show_default=True)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def limit(
    file: Path,
    output: Path,
    gain_db: float,
    at_most_db: float,
    layout: str | None,
    encoding: Literal["pcm24", "float32"],
    force: bool,
    as_json: bool,
) -> int:
    """Lower the peaks of FILE that are above −1.1 dBTP, all channels alike, and say how much loudness that cost.

    Exit 1, and nothing is written, if a peak would be lowered by more than --at-most. Exit 1 too, with the file
    written, if a peak is above −1 dBTP all the same, as full-band noise may have.
    """
    if output.exists() and not force:
        raise click.UsageError(f"{output} is there already. Name another file, or say --force.")

    try:
        with progress_bar("Limiting") as progress:
            made = limit_file(
                *(file, output, layout),
                gain_db=gain_db,
                at_most_db=at_most_db,
                encoding=encoding,
                progress=progress,
            )
    except (LayoutUnknown, LayoutDoesNotFit, UnknownLayout) as refusal:
        raise click.UsageError(str(refusal)) from refusal

    if as_json:
        emit_json(made)
    else:
        click.echo(_line(made))
    return 1 if made.true_peak_dbtp is not None and made.true_peak_dbtp > TRUE_PEAK_LIMIT_DBTP else 0


def _line(made: Limited) -> str:
    return (
        f"{one_line(made.output)}  {made.layout}  true peak {shown(made.true_peak_dbtp)} dBTP at 8 ×, was "
        f"{shown(made.true_peak_before_dbtp)}; peaks lowered by up to {made.reduction_db:.1f} dB, "
        f"{shown(made.integrated_lufs)} LUFS, {made.loudness_lost_lu:.2f} LU lost"
    )
