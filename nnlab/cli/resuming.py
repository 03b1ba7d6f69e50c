"""The command that goes on with runs that were begun and not completed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nnlab.cli.options import RESULTS, CompileCache, Device, Out
from nnlab.errors import Incomplete, NnlabError

if TYPE_CHECKING:
    from nnlab.study import Request

__all__ = ["resumable", "resume"]


def resume(out: Out = RESULTS, device: Device = "auto", compile_cache: CompileCache = True) -> int:
    """Go on with every run that was begun and not completed, one after another."""
    from nnlab.cli.running import run
    from nnlab.records import unfinished_runs

    marks = unfinished_runs(out)
    if not marks:
        typer.echo(f"nothing is unfinished in {out}")
    code = 0
    for path, begun in marks:
        try:
            if begun is None:
                raise NnlabError(f"{path} is damaged: start that run again by its own command")
            typer.echo(f"resuming {begun}", err=True)
            study = begun.study
            run(name=study, out=out, device=device, compile_cache=compile_cache, **begun.options)
        except TypeError as error:
            if begun is None or "unexpected keyword" not in str(error):
                raise
            typer.echo(f"error: {path} was written by another version of nnlab", err=True)
            code = code or 2
        except NnlabError as error:
            typer.echo(f"error: {error}", err=True)
            code = code or (1 if isinstance(error, Incomplete) else 2)
    return code


@contextlib.contextmanager
def resumable(
    name: str, request: Request, out: Path, options: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """A run that `resume` finds while it is not complete; yields what `engine.run` has to know.

    `options` are those of the command `run`. The first Ctrl-C lets what runs be saved, the second
    ends the process.
    """
    from nnlab import engine, records
    from nnlab.lab import store_of

    folder = store_of(request.study, out).folder
    run = records.Begun.of(name, {**options, "preset": request.preset})
    with engine.Stopping(at_once=True) as stopping, records.begun(folder, request.label, run):
        yield {"stopping": stopping, "keep_weights": bool(options.get("keep_weights"))}
