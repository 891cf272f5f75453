"""`opencall compose`: a scene from stems, for an engineer to change."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from audio_pipeline.scene.errors import RolesUnreadable, SceneExists, UnknownPreset
from opencall.app.cli.output import emit_json
from opencall.app.cli.progress import progress_bar

if TYPE_CHECKING:
    from audio_pipeline.scene.composing import Composition
    from audio_pipeline.scene.gain import Proposal

# Whatever a scene is rendered to later by the names of the command line, nothing of it clips.
LAYOUTS = ("0+2+0", "0+5+0", "0+7+0", "4+5+0", "4+7+0", "5+5+3", "9+10+3")


@click.command()
@click.argument("stems", metavar="STEMS", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--preset", default="stage", show_default=True, help="The way to place.")
@click.option(
    "--roles",
    "roles_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON that names roles by file name; they overrule what names tell.",
)
@click.option("--name", help="The scene's name. The folder's if left out.")
@click.option("--force", is_flag=True, help="Replace a scene file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def compose(
    stems: Path, output: Path, preset: str, roles_file: Path | None, name: str | None, force: bool, as_json: bool
) -> None:
    """Propose a scene for the stems in STEMS: what `normalise` wrote, or any folder of sound.

    Stems that lie outside the folder of the scene are linked into <scene>.stems beside it.
    """
    from audio_pipeline.scene import composing, stem_files, writing
    from audio_pipeline.scene.gain import propose_programme_gain

    if output.exists() and not force:
        raise click.UsageError(str(SceneExists(str(output))))
    roles = _read_roles(roles_file) if roles_file else None

    try:
        with progress_bar("Listening") as progress:
            composition = composing.compose(stems, name or _name(stems), preset, roles, progress)
    except UnknownPreset as refusal:
        raise click.UsageError(str(refusal)) from refusal
    with progress_bar("Measuring") as progress:
        proposal = propose_programme_gain(composition.scene, composition.folder, LAYOUTS, progress)

    output.parent.mkdir(parents=True, exist_ok=True)
    writing.write_scene(stem_files.beside(proposal.scene, composition.folder, output), output)
    report = _report(output, preset, composition, proposal)
    if as_json:
        emit_json(report)
        return
    for stem in composition.stems:
        sure = "" if stem.confidence >= 0.6 else "  (a guess: name it with --roles)"
        click.echo(f"{stem.stem}  {stem.role}{sure}")
    for note in proposal.scene.notes:
        click.echo(note)
    if proposal.scene.source == "upmix":
        click.echo("These are parts of an upmix: every master of this scene says so.")
    gain = f"{proposal.scene.programme.gain_db:.2f}".replace("-", "−")
    click.echo(f"{output}: {len(proposal.scene.objects)} objects, programme gain {gain} dB")


def _name(stems: Path) -> str:
    folder = stems.resolve()
    return folder.parent.name if folder.name == "stems" else folder.name


def _read_roles(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise RolesUnreadable(str(path), str(fault)) from None


def _report(output: Path, preset: str, composition: "Composition", proposal: "Proposal") -> dict[str, object]:
    return {
        "scene": str(output),
        "preset": preset,
        "source": proposal.scene.source,
        "objects": len(proposal.scene.objects),
        "stems": [msgspec.to_builtins(stem) for stem in composition.stems],
        "programme": {"gain_db": proposal.scene.programme.gain_db},
        "true_peaks_dbtp": {
            layout: peak if math.isfinite(peak) else None for layout, peak in proposal.true_peaks_dbtp.items()
        },
        "notes": list(proposal.scene.notes),
    }
