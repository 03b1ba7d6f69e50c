"""Commands that show results to readers. They need no device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnlab.cli.options import RESULTS, Out

__all__ = ["report"]


def report(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Studies; all by default.")
    ] = None,
    out: Out = RESULTS,
    preset: Annotated[
        str, typer.Option(help="The scale, or another folder below the study's results.")
    ] = "standard",
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; RESULTS/report by default.")
    ] = None,
) -> None:
    """Write the results as pages: one per study and an index, to open in any browser."""
    from nnlab.report import find_results, write_report

    folder = out / "report" if to is None else to
    paths = write_report(find_results(out, names or [], preset), folder)
    for path in paths:
        typer.echo(str(path))
