"""`opencall inspect`: the intake's verdict on files, or on a folder of stems."""

import os
from pathlib import Path

import click

from audio_pipeline.intake.findings import Finding
from audio_pipeline.intake.inspecting import Inspection, inspect_paths, is_stem_folder
from audio_pipeline.intake.stem_sets import StemSetReport
from opencall.app.cli.output import emit_json, one_line


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--mix", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The mix of a stem folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def inspect(paths: tuple[Path, ...], mix: Path | None, as_json: bool) -> int:
    """Judge sound files, or the stems in one folder; exit 1 if any file is rejected."""
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        raise click.UsageError(f"There is no {str(missing[0])!r}. Check the name and the folder.")
    if mix and not (len(paths) == 1 and is_stem_folder(paths[0])):
        raise click.UsageError("--mix belongs to one folder of stems. Name that folder alone.")

    inspection = inspect_paths(paths, mix)
    if as_json:
        emit_json(inspection)
    else:
        _tell(inspection)
    return 1 if inspection.any_rejected else 0


def _tell(inspection: Inspection) -> None:
    for report in inspection.files:
        click.echo(f"{report.verdict.value:<6}  {one_line(report.path)}  {report.format or ''}")
        _tell_findings(report.findings)
    if inspection.stems:
        _tell_set(inspection.stems)


def _tell_set(stems: StemSetReport) -> None:
    if stems.mix is None:
        click.echo("stems   no mix to compare with")
    else:
        residual = "nothing" if stems.residual_db is None else f"{stems.residual_db:.1f} dB"
        click.echo(f"stems   the sum leaves {residual} of {one_line(stems.mix)}: {stems.class_ or 'undefined'}")
    _tell_findings(stems.findings)


def _tell_findings(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        click.echo(f"        {finding.severity.value:<6}  {finding.code.value}: {one_line(finding.detail)}")
