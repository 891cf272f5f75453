"""`opencall export`: masters of a scene or an ADM file, with their manifest."""

import sys
from pathlib import Path

import click

from audio_pipeline.masters.deliverables import DELIVERABLES
from audio_pipeline.masters.errors import EarsForNobody, MasterError
from audio_pipeline.masters.exporting import (
    DEFAULT_LAYOUTS,
    export_programme,
    require_makeable,
    require_output_folder,
)
from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.job import MadeFile
from audio_pipeline.masters.loudspeaker_check import TRUE_PEAK_LIMIT_DBTP
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.masters.sofa import read_hrtf
from audio_pipeline.spatialaudio.errors import UnknownLayout
from opencall.app.cli.output import emit_json
from opencall.app.cli.progress import progress_bar
from opencall.app.cli.render import report_notes, report_overs


@click.command()
@click.argument("source", metavar="SCENE_OR_ADM", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Output folder.")
@click.option("--as", "kinds", metavar="KIND[,KIND…]", required=True, help=f"What to make: {', '.join(DELIVERABLES)}.")
@click.option(
    "--to",
    "layouts",
    metavar="L[,L…]",
    default=",".join(DEFAULT_LAYOUTS),
    show_default=True,
    help="Loudspeaker layouts.",
)
@click.option(
    "--hrtf",
    "sofa",
    metavar="FILE.sofa",
    type=click.Path(path_type=Path),
    help="Whose ears binaural is for; MIT KEMAR's if left out.",
)
@click.option(
    "--programme", "programme_id", metavar="ID", help="Which programme of an ADM file; its first if left out."
)
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON document.")
def export(
    source: Path,
    output: Path,
    kinds: str,
    layouts: str,
    sofa: Path | None,
    programme_id: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make masters and their manifest; exit 1 if one is above −1 dBTP, or had to be clipped."""
    wanted = [kind.strip() for kind in kinds.split(",")]
    names = [name.strip() for name in layouts.split(",")]
    try:
        require_makeable(wanted, names)
        if sofa is not None and "binaural" not in wanted:
            raise EarsForNobody("--hrtf")
        require_output_folder(output, force=force)
    except (UnknownLayout, MasterError) as refusal:
        raise click.UsageError(str(refusal)) from refusal

    hrtf = read_hrtf(sofa) if sofa is not None else None
    programme = open_programme(source, programme_id=programme_id)
    with progress_bar("export") as progress:
        made = export_programme(programme, output, wanted, names, headphones=Headphones(hrtf=hrtf), progress=progress)

    if as_json:
        emit_json(made.manifest)
    else:
        for file in made.files:
            click.echo(str(file.path))
    report_notes(made.files)
    _report_hot(made.files)
    report_overs(made.files)


def _report_hot(files: tuple[MadeFile, ...]) -> None:
    """Say which masters are above the limit of true peak, and exit 1 if any is; what is clipped is told as that."""
    hot = [file for file in files if file.true_peak_dbtp is not None and file.true_peak_dbtp > TRUE_PEAK_LIMIT_DBTP]
    for file in hot:
        if not file.overs:
            click.echo(
                f"opencall: {file.path}: the true peak is {file.true_peak_dbtp:.2f} dBTP, and a master's limit is "
                f"{TRUE_PEAK_LIMIT_DBTP} dBTP. Lower the scene's programme gain and export again.",
                err=True,
            )
    if hot and not any(file.overs for file in hot):
        sys.exit(1)
