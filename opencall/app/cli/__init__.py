"""The command line: one file a command, one line here to register it.

Exit codes: 0 fine, 1 a check failed or a file is unusable, 2 wrong usage, 3 partly done.
"""

import gc
import importlib
import os
import sys
from collections.abc import Sequence

import click

from audio_pipeline.compiled import CompiledPartMissing
from opencall.app.cli.output import emit_json
from opencall.app.signals import exit_on_sigterm
from opencall.kernel.errors import OpencallError

# A command's module is imported only when it runs: starting costs what the command needs and no more.
COMMANDS: dict[str, str] = {
    "check": "opencall.app.cli.check:check",
    "compose": "opencall.app.cli.compose:compose",
    "demo": "opencall.app.cli.demo:demo",
    "diff": "opencall.app.cli.diff:diff",
    "export": "opencall.app.cli.export:export",
    "inspect": "opencall.app.cli.inspect:inspect",
    "limit": "opencall.app.cli.limit:limit",
    "measure": "opencall.app.cli.measure:measure",
    "migrate": "opencall.app.cli.migrate:migrate",
    "normalise": "opencall.app.cli.normalise:normalise",
    "null": "opencall.app.cli.null:null",
    "people": "opencall.app.cli.people:people",
    "render": "opencall.app.cli.render:render",
    "rewards": "opencall.app.cli.rewards:rewards",
    "runs": "opencall.app.cli.runs:runs",
    "serve": "opencall.app.cli.serve:serve",
    "sweep": "opencall.app.cli.sweep:sweep",
    "upmix": "opencall.app.cli.upmix:upmix",
    "web": "opencall.app.cli.web:web",
    "worker": "opencall.app.cli.worker:worker",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, attribute = where.partition(":")
        # Modules stay: looking through them for garbage, now and later, would be a tenth of starting.
        gc.disable()
        command = getattr(importlib.import_module(module), attribute)
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)  # noqa: S101 - a wrong line in COMMANDS is our own defect
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="opencall")
def opencall() -> None:
    """An open call for music, from the first upload to the last payment."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Every foreseen refusal ends as one line on stderr, or as `{"error": {"code", "message"}}` on stdout where
    `--json` was given, never as a traceback.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        with exit_on_sigterm():
            code = opencall.main(arguments, prog_name="opencall", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as refusal:
        if as_json:
            emit_json({"error": {"code": type(refusal).__name__, "message": refusal.format_message()}})
        else:
            refusal.show()
        sys.exit(refusal.exit_code)
    except OpencallError as refusal:
        if as_json:
            emit_json({"error": {"code": refusal.code, "message": str(refusal)}})
        else:
            click.echo(f"opencall: {refusal}", err=True)
        sys.exit(1)
    except CompiledPartMissing as refusal:
        if as_json:
            emit_json({"error": {"code": type(refusal).__name__, "message": str(refusal)}})
        else:
            click.echo(f"opencall: {refusal}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as refusal:
        # What the machine refuses: a place that cannot be written, a full disk, a file that may not be read.
        if refusal.filename is None and refusal.strerror is None:
            raise
        message = _machine_refusal(refusal)
        if as_json:
            emit_json({"error": {"code": type(refusal).__name__, "message": message}})
        else:
            click.echo(f"opencall: {message}", err=True)
        sys.exit(1)


def _machine_refusal(refusal: OSError) -> str:
    where = f"{os.fsdecode(refusal.filename)!r}: " if isinstance(refusal.filename, str | bytes) else ""
    return f"{where}{refusal.strerror}. Check the name, the permissions and the space that is left, and try again."
