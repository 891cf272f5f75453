"""`opencall check`: hold masters against a profile."""

import sys
from pathlib import Path

import click

from audio_pipeline.masters.checking import CHECKS, check_file
from opencall.app.cli.output import emit_json


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    type=click.Choice(list(CHECKS)),
    help="What to hold the files against. By content and name if left out: adm, binaural, or loudspeakers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(files: tuple[Path, ...], profile: str | None, as_json: bool) -> None:
    """Check masters against a profile; exit 1 if any is not ok."""
    verdicts = [check_file(path, profile) for path in files]
    if as_json:
        emit_json({"files": verdicts})
    else:
        for verdict in verdicts:
            click.echo(f"{verdict.path}  {verdict.profile}  {'ok' if verdict.ok else 'NOT OK'}")
            for finding in verdict.findings:
                where = f" {finding.where}:" if finding.where else ""
                click.echo(f"  {finding.severity:6} {finding.code}{where} {finding.detail}")
    if not all(verdict.ok for verdict in verdicts):
        sys.exit(1)
