"""What the terminal shows: progress while a study runs (`progress`), then what came of it."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nnlab.engine.wording import describe
from nnlab.progress import Progress, clock, print_plan

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Verdict
    from nnlab.conclusions import Conclusion

__all__ = ["Progress", "clock", "data_table", "describe", "print_conclusion", "print_plan"]

_COLOURS = {"supported": "green", "refuted": "red", "inconclusive": "yellow", "failed": "magenta"}


def print_conclusion(conclusion: Conclusion, console: Console, folder: Path) -> None:
    """The summary table, one line a claim, what went wrong, and the files."""
    if conclusion.sources is None:
        console.print(data_table(conclusion.summary))
    else:
        console.print(data_table(conclusion.sources, file="sources.csv"))
    for verdict in conclusion.verdicts:
        console.print(_verdict_line(verdict), highlight=False, soft_wrap=True)
    if conclusion.together:
        console.print(escape(conclusion.together), highlight=False, soft_wrap=True)
    for problem in conclusion.problems:
        console.print(f"[yellow]note:[/] {escape(problem)}", highlight=False, soft_wrap=True)
    console.print(f"written to {escape(str(folder))}:", highlight=False, soft_wrap=True)
    for path in conclusion.files:
        console.print(f"  {escape(_shown(path))}", highlight=False, soft_wrap=True)


def data_table(frame: DataFrame, rows: int = 40, file: str = "summary.csv") -> Table:
    """A summary as a terminal table: means with their intervals, the first `rows` rows."""
    table = Table(box=None, pad_edge=False)
    columns = [c for c in frame if not str(c).endswith(("_low", "_high"))]
    for column in columns:
        table.add_column(escape(str(column)), justify="right", no_wrap=True)
    for _, row in frame.head(rows).iterrows():
        table.add_row(*(escape(_cell(row, column)) for column in columns))
    if len(frame) > rows:
        table.caption = f"{len(frame) - rows} more rows in {file}"
    return table


def _cell(row: Any, column: Any) -> str:
    value = row[column]
    if f"{column}_low" not in row:
        return f"{value:g}" if isinstance(value, float) else str(value)
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    if math.isnan(value):
        return ""
    if not math.isfinite(low) or not math.isfinite(high):
        return _number(value)
    return f"{_number(value)} ±{_number((high - low) / 2)}"


def _number(value: float) -> str:
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    return f"{value:.2f}" if 0.01 <= abs(value) < 1e4 else f"{value:.2g}"


def _verdict_line(verdict: Verdict) -> str:
    colour = _COLOURS.get(verdict.verdict, "white")
    note = f"({verdict.note})" if verdict.note else ""
    text = escape(" ".join(filter(None, [f"{verdict.name}:", verdict.told, note])))
    return f"[bold {colour}]{verdict.verdict:>12}[/]  {text}"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def stdout() -> Console:
    """The console of results; wide where the output is no terminal, so that no line breaks."""
    return Console() if sys.stdout.isatty() else Console(width=200)
