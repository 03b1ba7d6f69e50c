"""What the terminal shows: progress while a study runs, then its table, verdicts and files."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Verdict
    from nnlab.conclusions import Conclusion
    from nnlab.engine import Plan, Program

__all__ = ["Progress", "clock", "data_table", "describe", "print_conclusion", "print_plan"]

_COLOURS = {"supported": "green", "refuted": "red", "inconclusive": "yellow", "failed": "magenta"}
_PLAIN_EVERY = 10.0


class Progress:
    """A reporter: a bar per running program and one for the whole with the time left.

    Where the output is no terminal it prints plain lines, now and then.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars: Any = None
        self._overall: Any = None
        self._tasks: dict[int, Any] = {}

    def planned(self, plan: Plan, finished: int) -> None:
        """Say what is to do, and set the bars up."""
        self._plan, self._began, self._told = plan, time.perf_counter(), 0.0
        self._weights = [plan.seconds(program) for program in plan.programs]
        self._total = sum(self._weights) or 1.0
        self._work = 0.0
        active = sum(1 for program in plan.programs if program.chunks)
        kept = f" ({finished} recorded already)" if finished else ""
        self._say(f"{counted(plan.trials, 'trial')} to run{kept}, in {counted(active, 'program')}")
        if self._console.is_terminal and plan.trials:
            self._bars = _bars(self._console)
            self._bars.start()
            self._overall = self._bars.add_task("all", total=self._total)

    def compiling(self, number: int, program: Program) -> None:
        """A program starts with its compilation."""
        if self._bars:
            label = f"compiling {describe(program, self._plan)}"
            self._tasks[number] = self._bars.add_task(label, total=1.0)

    def advanced(self, number: int, work: float) -> None:
        """Some of a program's work is done."""
        self._work += work * self._weights[number]
        if self._bars:
            program = self._plan.programs[number]
            self._bars.update(
                self._tasks[number], advance=work, description=describe(program, self._plan)
            )
            self._bars.update(self._overall, completed=self._work)
            return
        now = time.perf_counter() - self._began
        if now - self._told > _PLAIN_EVERY and self._work < self._total:
            self._told = now
            left = now * (self._total - self._work) / self._work
            self._say(f"{self._work / self._total:4.0%} done, about {clock(left)} left")

    def done(self, number: int, program: Program, compile_seconds: float, seconds: float) -> None:
        """A program is finished and recorded."""
        if self._bars:
            self._bars.remove_task(self._tasks.pop(number))
        self._say(
            f"{describe(program, self._plan)}: "
            f"{counted(program.trials, 'trial')} in {clock(seconds)} "
            f"(compiled in {compile_seconds:.1f} s)"
        )

    def close(self) -> None:
        """Take the bars away."""
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _say(self, text: str) -> None:
        self._console.print(escape(text), highlight=False, soft_wrap=True)


def describe(program: Program, plan: Plan) -> str:
    """A program in few words: its capacities and static settings that not all programs share."""
    fields = [dict(each.static) for each in plan.programs]
    varying = {name for name in fields[0] if len({str(values[name]) for values in fields}) > 1}
    parts = [f"{name} ≤ {capacity}" for name, capacity in program.capacities]
    parts += [f"{name} {value}" for name, value in program.static if name in varying]
    return ", ".join(parts) or "all trials"


def counted(number: int, thing: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def clock(seconds: float) -> str:
    """Seconds as people read them: 0.42 s, 12 s, 3:05, 1:02:03."""
    if seconds < 10:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def print_plan(plan: Plan, finished: int, console: Console) -> None:
    """Programs with their lanes, chunks, share of padded lanes, and estimated time."""
    table = Table(box=None, pad_edge=False)
    for column in ("program", "trials", "lanes", "chunks", "work", "time"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for program in plan.programs:
        seeds, settings = program.lanes
        table.add_row(
            escape(describe(program, plan)),
            str(program.trials),
            f"{seeds} x {settings}",
            str(len(program.chunks)),
            f"{program.trials * program.cost.work / 1e9:,.0f} GFLOP",
            clock(plan.seconds(program)),
        )
    console.print(table)
    total = sum(plan.seconds(program) for program in plan.programs)
    machine = plan.machine
    console.print(
        f"{counted(plan.trials, 'trial')} to run, {finished} recorded; about {clock(total)} on "
        f"{counted(machine.devices, machine.kind + ' device')}",
        highlight=False,
    )


def print_conclusion(conclusion: Conclusion, console: Console, folder: Path) -> None:
    """The summary table, one line a claim, what went wrong, and the files."""
    console.print(data_table(conclusion.summary))
    for verdict in conclusion.verdicts:
        console.print(_verdict_line(verdict), highlight=False, soft_wrap=True)
    for problem in conclusion.problems:
        console.print(f"[yellow]note:[/] {escape(problem)}", highlight=False, soft_wrap=True)
    console.print(f"written to {escape(str(folder))}:", highlight=False, soft_wrap=True)
    for path in conclusion.files:
        console.print(f"  {escape(_shown(path))}", highlight=False, soft_wrap=True)


def data_table(frame: DataFrame, rows: int = 40) -> Table:
    """A summary as a terminal table: means with their intervals, the first `rows` rows."""
    table = Table(box=None, pad_edge=False)
    columns = [c for c in frame if not str(c).endswith(("_low", "_high"))]
    for column in columns:
        table.add_column(escape(str(column)), justify="right", no_wrap=True)
    for _, row in frame.head(rows).iterrows():
        table.add_row(*(escape(_cell(row, column)) for column in columns))
    if len(frame) > rows:
        table.caption = f"{len(frame) - rows} more rows in summary.csv"
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
    estimate = "" if verdict.estimate is None else f"{verdict.estimate}, wanted {verdict.region}"
    note = f" ({verdict.note})" if verdict.note else ""
    text = escape(f"{verdict.name}: {estimate}{note}")
    return f"[bold {colour}]{verdict.verdict:>12}[/]  {text}"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _bars(console: Console) -> Any:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def stdout() -> Console:
    """The console of results; wide where the output is no terminal, so that no line breaks."""
    return Console() if sys.stdout.isatty() else Console(width=200)
