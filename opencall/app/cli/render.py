"""`opencall render`: a scene or an ADM file to loudspeaker signals, or to two ears."""

import math
import sys
from pathlib import Path
from typing import Any, Literal

import click

from audio_pipeline.masters.errors import EarsForNobody, MasterError, RoomForNobody
from audio_pipeline.masters.exporting import distinct_layouts, render_programme, require_output_folder
from audio_pipeline.masters.headphones import Headphones, read_head
from audio_pipeline.masters.job import MadeFile
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.masters.rooms import read_room
from audio_pipeline.masters.sofa import read_hrtf
from audio_pipeline.spatialaudio.ears import BUS, STRAIGHT
from audio_pipeline.spatialaudio.errors import UnknownLayout
from audio_pipeline.spatialaudio.layouts import BINAURAL, get_layout
from opencall.app.cli.output import emit_json
from opencall.app.cli.progress import progress_bar


@click.command()
@click.argument("source", metavar="SCENE_OR_ADM", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Output folder.")
@click.option("--to", "layouts", metavar="L[,L…]", required=True, help="Layouts by BS.2051 name or alias, or binaural.")
@click.option("--encoding", type=click.Choice(["pcm24", "float32"]), default="pcm24", show_default=True)
@click.option(
    "--hrtf",
    "sofa",
    metavar="FILE.sofa",
    type=click.Path(path_type=Path),
    help="Whose ears binaural is for; MIT KEMAR's if left out.",
)
@click.option(
    "--head", "turn", metavar="YAW[,PITCH,ROLL]", help="How the head is turned for binaural: to the left, up, tilted."
)
@click.option(
    "--around-head", "bus", metavar="L", help="Which layout stands around the head; our own of 27 if left out."
)
@click.option("--with-lfe", is_flag=True, help="Play LFE channels in binaural, 10 dB louder, as rooms do.")
@click.option(
    "--layout-file",
    "rooms",
    metavar="FILE.json",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Where the loudspeakers of one layout, and the screen, really are.",
)
@click.option(
    "--programme", "programme_id", metavar="ID", help="Which programme of an ADM file; its first if left out."
)
@click.option(
    "--importance",
    "least_importance",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    help="Leave out what an ADM file calls less important.",
)
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def render(
    source: Path,
    output: Path,
    layouts: str,
    encoding: Literal["pcm24", "float32"],
    sofa: Path | None,
    turn: str | None,
    bus: str | None,
    with_lfe: bool,
    rooms: tuple[Path, ...],
    programme_id: str | None,
    least_importance: int,
    force: bool,
    as_json: bool,
) -> None:
    """Render to one WAV a layout; exit 1 if a 24-bit file had to be clipped."""
    names = [name.strip() for name in layouts.split(",")]
    try:
        layouts_wanted = distinct_layouts(names)
        about_ears = {"--hrtf": sofa, "--head": turn, "--around-head": bus, "--with-lfe": with_lfe or None}
        given = [option for option, value in about_ears.items() if value is not None]
        if given and BINAURAL not in layouts_wanted:
            raise EarsForNobody(given[0])
        head = read_head(turn) if turn is not None else STRAIGHT
        around = get_layout(bus) if bus is not None else BUS
        if around == BINAURAL:
            raise click.UsageError("--around-head takes a layout of loudspeakers, and binaural is none.")
        require_output_folder(output, force=force)
    except (UnknownLayout, MasterError) as refusal:
        raise click.UsageError(str(refusal)) from refusal

    standing = {}
    for path in rooms:
        room = read_room(path)
        if room.name not in {layout.name for layout in layouts_wanted}:
            raise click.UsageError(str(RoomForNobody(path, room.name)))
        if room.name in standing:
            raise click.UsageError(f"{path} is a second --layout-file for {room.name}; give one for each layout.")
        standing[room.name] = room
    hrtf = read_hrtf(sofa) if sofa is not None else None
    headphones = Headphones(hrtf=hrtf, head=head, bus=around, with_lfe=with_lfe)
    programme = open_programme(source, programme_id=programme_id, least_importance=least_importance)
    with progress_bar("render") as progress:
        made = render_programme(
            programme,
            output,
            names,
            rooms=[*standing.values()],
            encoding=encoding,
            headphones=headphones,
            progress=progress,
        )

    if as_json:
        emit_json({"files": [_document(file, encoding) for file in made]})
    else:
        for file in made:
            click.echo(f"{file.path}  {file.channels} channels, {file.frames} frames, peak {_peak_text(file)}")
    report_notes(made)
    report_overs(made)


def report_notes(made: tuple[MadeFile, ...]) -> None:
    """Say on stderr what a reader of the files should know, each thing once."""
    for note in dict.fromkeys(note for file in made for note in file.notes):
        click.echo(f"opencall: {note}.", err=True)


def report_overs(made: tuple[MadeFile, ...]) -> None:
    """Say on stderr which files were clipped, and exit 1 if any was."""
    clipped = [file for file in made if file.overs]
    for file in clipped:
        click.echo(
            f"opencall: {file.path}: {file.overs} samples are beyond full scale and were clipped. "
            "Lower the scene's programme gain, or use --encoding float32.",
            err=True,
        )
    if clipped:
        sys.exit(1)


def _document(file: MadeFile, encoding: str) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "layout": file.layout,
        "encoding": encoding,
        "channels": file.channels,
        "sample_rate_hz": file.sample_rate_hz,
        "frames": file.frames,
        "sample_peak_dbfs": _peak_dbfs(file),
        "overs": file.overs,
        "notes": list(file.notes),
    }


def _peak_dbfs(file: MadeFile) -> float | None:
    return 20 * math.log10(file.sample_peak) if file.sample_peak > 0 else None


def _peak_text(file: MadeFile) -> str:
    peak_dbfs = _peak_dbfs(file)
    return "−∞ dBFS" if peak_dbfs is None else f"{peak_dbfs:.1f} dBFS".replace("-", "−")
