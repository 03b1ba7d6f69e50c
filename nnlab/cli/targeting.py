"""The command that prints known numbers beside ours. It needs no device."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnlab.cli.options import RESULTS, Out
from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table

    from nnlab.study import Study

__all__ = ["targets"]


def targets(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STUDY]...", help="Studies; all that have targets by default."),
    ] = None,
    preset: Annotated[str, typer.Option(help="The scale: quick, standard or paper.")] = "standard",
    out: Out = RESULTS,
) -> None:
    """Published and exact numbers beside ours, with the differences."""
    from rich.markup import escape

    from nnlab.console import stdout
    from nnlab.study import find_studies, load_study

    chosen = names or [found.name for found in find_studies() if not found.problem]
    studies = [study for study in map(load_study, chosen) if study.targets or names]
    console, missing = stdout(), []
    for study in studies:
        if not study.targets:
            raise NnlabError(f"{study.name} declares no targets")
        try:
            frame, short = _known_and_ours(study, preset, out)
        except NnlabError as error:
            if names:
                raise
            missing.append(f"{study.name}: {error}")
            continue
        title = f"{study.name} ({preset}{'; ' * bool(short)}{short})"
        there = _rows(frame, there=True)
        console.print(targets_table(title, frame) if there else escape(title), highlight=False)
        for line in _notes(frame):
            console.print(escape(line), highlight=False, soft_wrap=True)
    for line in missing:
        console.print(escape(line), highlight=False, soft_wrap=True)
    if not studies:
        raise NnlabError("no study here declares targets: Study(targets=[Target(...)])")


def targets_table(title: str, frame: DataFrame) -> Table:
    """The rows that this run has, as a terminal table."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", box=None, pad_edge=False)
    table.add_column("quantity", no_wrap=False)
    for column in ("kind", "known", "ours", "95% interval", "n", "difference", "within"):
        table.add_column(column, justify="left" if column == "kind" else "right", no_wrap=True)
    for row in _rows(frame, there=True):
        table.add_row(*map(escape, _cells(row)))
    return table


def _known_and_ours(study: Study, preset: str, out: Path) -> tuple[DataFrame, str]:
    """From the records; from the folder's targets.csv where only that was kept.

    With a word on what is missing of the records, if anything is.
    """
    import pandas as pd

    from nnlab.analysis import beside
    from nnlab.lab import load_request, output_folder
    from nnlab.study import make_request

    request = make_request(study, preset)
    kept = output_folder(request, out) / "targets.csv"
    try:
        table = load_request(request, out, arrays=True)
    except NnlabError:
        if not kept.exists():
            raise
        return pd.read_csv(kept).fillna({"within": "", "note": ""}), ""
    there = len(set(table["trial"]))
    short = f"{there} of {request.trials} trials recorded" if there < request.trials else ""
    return beside(study.targets, table), short


def _rows(frame: DataFrame, there: bool) -> list[dict[str, Any]]:
    rows: Any = frame.to_dict("records")
    return [row for row in rows if math.isnan(row["ours"]) != there]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    low, high = row["low"], row["high"]
    exact = low == high or not (math.isfinite(low) and math.isfinite(high))
    allowed = "" if math.isnan(row["tolerance"]) else f"{row['within']} (±{row['tolerance']:g})"
    return (
        row["target"],
        row["kind"],
        _number(row["known"]),
        _number(row["ours"]),
        "" if exact else f"{_number(low)} to {_number(high)}",
        str(row["n"]),
        f"{row['difference']:+.3g}" if row["difference"] else "0",
        allowed,
    )


def _number(value: float) -> str:
    whole = float(value).is_integer() and abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:.4g}"


def _notes(frame: DataFrame) -> list[str]:
    """What this run has not, told once for each reason."""
    reasons: dict[str, list[str]] = {}
    for row in _rows(frame, there=False):
        # Each setting that is lacking has its own words in targets.csv: here their number will do.
        lacks = row["note"].startswith("lacks its setting")
        reasons.setdefault("lacks its setting" if lacks else row["note"], []).append(row["target"])
    return [
        f"{len(named)} more: {reason} ({named[0]}{', ...' * (len(named) > 1)})"
        for reason, named in reasons.items()
    ]
