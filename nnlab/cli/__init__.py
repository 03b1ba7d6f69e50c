"""The command line: its commands, in the order in which the help lists them."""

from __future__ import annotations

import functools
import io
import os
import shlex
import sys
from collections.abc import Callable
from typing import Any

import typer

from nnlab.cli import comparing, keeping, reading, reporting, resuming, running, targeting
from nnlab.errors import Incomplete, NnlabError

__all__ = ["app", "main"]

app = typer.Typer(
    help="Empirical studies of neural networks as batched sweeps, with a verdict on each claim.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# In the order in which `nnlab --help` lists them.
_COMMANDS = {
    "list": reading.list_studies,
    "info": reading.info,
    "plan": running.plan,
    "run": running.run,
    "resume": resuming.resume,
    "status": reading.status,
    "figures": reading.figures,
    "export": reading.export,
    "report": reporting.report,
    "targets": targeting.targets,
    "diff": comparing.diff,
    "new": keeping.new,
    "clean": keeping.clean,
    "doctor": keeping.doctor,
}


class _Interrupted(Exception):
    """Carries a Ctrl-C past the command-line library, which would keep its words to itself."""


def _carrying(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def carried(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except KeyboardInterrupt as stop:
            raise _Interrupted(str(stop), getattr(stop, "code", 130)) from stop

    return carried


for _name, _command in _COMMANDS.items():
    app.command(_name)(_carrying(_command))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a program failed, 2 bad input, 130/143 stopped."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show is no reason to fail: a study's own words, on ASCII a `≤`.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(args=arguments or ["--help"], prog_name="nnlab", standalone_mode=False)
    except NnlabError as error:
        _fail(f"error: {error}", 1 if isinstance(error, Incomplete) else 2)
    except _Interrupted as stop:
        told, code = stop.args
        again = shlex.join(["nnlab", *arguments])
        _fail(f"stopped: {told or 'what was finished is recorded'}; to go on: {again}", code)
    except Exception as error:
        # Bad usage, in the words of the command-line library, without its three-line frame.
        if not hasattr(error, "format_message"):
            raise
        text = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        _fail(f"error: {text or 'no command'}; nnlab --help lists the commands", 2)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(text: str, code: int) -> None:
    typer.echo(text, err=True)
    # Whoever interrupts does not wait for a compile in the background, which cannot be broken off.
    ahead = sys.modules.get("nnlab.engine.ahead")
    if code > 128 and ahead is not None and ahead.busy():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
