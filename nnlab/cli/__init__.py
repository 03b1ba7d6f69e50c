"""The command line: list, info, plan, run, status, figures, export, new, doctor."""

from __future__ import annotations

import sys

import typer

from nnlab.cli import keeping, reading, running
from nnlab.errors import NnlabError

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
    "status": reading.status,
    "figures": reading.figures,
    "export": reading.export,
    "new": keeping.new,
    "doctor": keeping.doctor,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(args=arguments or ["--help"], prog_name="nnlab", standalone_mode=False)
    except NnlabError as error:
        _fail(f"error: {error}", 2)
    except KeyboardInterrupt:
        _fail("stopped: what was finished is recorded; the same command goes on from there", 130)
    except Exception as error:
        # Bad usage, in the words of the command-line library, without its three-line frame.
        if not hasattr(error, "format_message"):
            raise
        text = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        _fail(f"error: {text or 'no command'}; nnlab --help lists the commands", 2)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(text: str, code: int) -> None:
    typer.echo(text, err=True)
    sys.exit(code)
