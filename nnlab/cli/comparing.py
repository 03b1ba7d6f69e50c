"""The command that compares two runs. It needs no device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["diff"]

Side = Annotated[Path, typer.Argument(help="results/STUDY/PRESET, or a table (.csv, .parquet).")]


def diff(a: Side, b: Side) -> int:
    """What changed from run A to run B; exit code 1 if a verdict did."""
    from nnlab.differences import compare, read_side

    found = compare(read_side(a), read_side(b))
    for title in ("settings", "origin", "estimates", "verdicts"):
        lines = getattr(found, title)
        typer.echo(f"{title}: {'' if lines else 'no difference'}".rstrip())
        for line in lines:
            typer.echo(f"  {line}")
    return 1 if found.changed_verdicts else 0
