"""`opencall upmix`: a song that has only its stereo mix, taken apart into parts that add up to it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from opencall.app.cli.output import emit_json, one_line, shown
from opencall.app.cli.progress import progress_bar

if TYPE_CHECKING:
    from audio_pipeline.upmix.manifest import UpmixManifest


@click.command()
@click.argument("song", metavar="SONG", type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
def upmix(song: Path, out: Path, force: bool, as_json: bool) -> None:
    """Take the stereo mix SONG apart: mid (harmonic, percussive), sides, ambience, and the remainder of it all.

    `opencall compose DIR` places the parts. They are no stems, and whatever is made of them says so.
    """
    from audio_pipeline.upmix.files import upmix_file

    if out.exists() and any(out.iterdir()) and not force:
        raise click.UsageError(f"{out} is not empty. Name another folder, or say --force.")

    with progress_bar("Taking apart") as progress:
        manifest = upmix_file(song, out, progress)

    if as_json:
        emit_json(manifest)
    else:
        _tell(manifest)


def _tell(manifest: "UpmixManifest") -> None:
    seconds = manifest.song.frames / manifest.song.sample_rate_hz
    click.echo(f"{manifest.note}: {manifest.song.sample_rate_hz} Hz, {seconds:.2f} s")
    for part in manifest.parts:
        kind = "mono" if part.channels == 1 else "stereo"
        click.echo(f"{one_line(part.path)}  {kind}, {shown(part.level_db, 1)} dB of the song")
    left = "nothing" if manifest.null_db is None else f"{shown(manifest.null_db, 1)} dB"
    click.echo(f"The song without the sum of the parts leaves {left}")
