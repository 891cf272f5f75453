"""`opencall normalise`: stems of one rate, one zero and one length, and their null against the mix."""

from pathlib import Path

import click

from audio_pipeline.stems.manifest import FitRecord, StemsManifest
from audio_pipeline.stems.normalising import normalise_folder
from opencall.app.cli.output import emit_json, one_line
from opencall.kernel.whole_files import folder_for


@click.command()
@click.argument("stems", metavar="STEMS", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--mix", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The mix; else mix.* in STEMS."
)
@click.option("--confirm", is_flag=True, help="Apply every lag and polarity found, not only the sure ones.")
@click.option("-o", "--output", "out", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
def normalise(stems: Path, mix: Path | None, confirm: bool, out: Path, force: bool, as_json: bool) -> None:
    """Bring the stems in the folder STEMS to one rate, zero, length and gain."""
    if out.exists() and any(out.iterdir()) and not force:
        raise click.UsageError(f"{out} is not empty. Name another folder, or say --force.")
    with folder_for(out):
        manifest = normalise_folder(stems, out, mix=mix, confirm=confirm)

    if as_json:
        emit_json(manifest)
        return
    _tell(manifest)


def _tell(manifest: StemsManifest) -> None:
    seconds = manifest.session.frames / manifest.session.sample_rate_hz
    click.echo(f"{len(manifest.stems)} stems, {manifest.session.sample_rate_hz} Hz, {seconds:.2f} s")
    click.echo(_fit_line(manifest.fit) if manifest.mix else "No mix: nothing to compare the sum with.")
    for sentence in manifest.fit.explained:
        click.echo(sentence)
    for stem in manifest.stems:
        notes = []
        if stem.lag_samples:
            notes.append(f"{abs(stem.lag_samples)} samples {'late' if stem.lag_samples > 0 else 'early'}")
        if stem.polarity < 0:
            notes.append("inverted")
        if notes:
            notes.append("repaired" if stem.alignment_applied else "left as it is (--confirm repairs it)")
        if any(stem.dc_removed):
            notes.append("DC removed")
        if stem.silent:
            notes.append("silent")
        click.echo(f"{one_line(stem.output.path)}  {', '.join(notes) or 'as delivered'}")


def _fit_line(fit: FitRecord) -> str:
    null = "nothing" if fit.null_db is None else f"{fit.null_db:.1f} dB"
    return f"The sum against the mix leaves {null} ({str(fit.verdict).replace('_', ' ')}), gain {fit.gain_db:+.2f} dB"
