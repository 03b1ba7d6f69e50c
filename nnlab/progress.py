"""Before and while a study runs: its plan as a table, progress, and estimate against outcome."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nnlab.engine.waste import block_bytes, idle_share, padding, useful_work
from nnlab.engine.wording import describe

if TYPE_CHECKING:
    from nnlab.engine import Failure, Outcome, Plan, Program

__all__ = ["Progress", "clock", "counted", "print_plan"]

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
        about = f", in about {clock(self._total)}" if plan.trials else ""
        self._say(
            f"{counted(plan.trials, 'trial')} to run{kept}, in {counted(active, 'program')}{about}"
        )
        if self._console.is_terminal and plan.trials:
            self._bars = _bars(self._console)
            self._bars.start()
            self._overall = self._bars.add_task("all", total=self._total)

    def compiling(self, number: int, program: Program) -> None:
        """A program starts with its compilation."""
        if self._bars and number not in self._tasks:
            label = f"compiling {self._name(number)}"
            self._tasks[number] = self._bars.add_task(label, total=1.0)

    def advanced(self, number: int, work: float) -> None:
        """Some of a program's work is done."""
        self._work += work * self._weights[number]
        if self._bars:
            if number in self._tasks:
                name = self._name(number)
                self._bars.update(self._tasks[number], advance=work, description=name)
            self._bars.update(self._overall, completed=self._work)
            return
        now = time.perf_counter() - self._began
        # Nothing is done yet where the first thing recorded is the state before step 0.
        if now - self._told > _PLAIN_EVERY and 0 < self._work < self._total:
            self._told = now
            left = now * (self._total - self._work) / self._work
            self._say(f"{self._work / self._total:4.0%} done, about {clock(left)} left")

    def halved(self, number: int, program: Program, why: str) -> None:
        """A program goes on with fewer lanes, for want of memory."""
        seeds, settings = program.lanes
        self._say(
            f"{self._name(number)}: memory does not suffice, going on with "
            f"{seeds} x {settings} lanes ({why})"
        )

    def done(self, number: int, program: Program, compile_seconds: float, seconds: float) -> None:
        """A program is finished and recorded."""
        self._without_bar(number)
        self._say(
            f"{describe(program, self._plan)}: "
            f"{counted(program.trials, 'trial')} in {clock(seconds)} "
            f"(compiled in {compile_seconds:.1f} s)"
        )

    def failed(self, failure: Failure) -> None:
        """A program is given up."""
        if failure.number is not None:
            self._without_bar(failure.number)
        self._say(f"failed: {failure}", "red")

    def waiting(self, chunks: int) -> None:
        """Other processes are at work on all that is left."""
        self._say(f"waiting for {counted(chunks, 'chunk')} that other processes run")

    def note(self, text: str) -> None:
        """Something to know."""
        self._say(f"note: {text}")

    def ended(self, outcome: Outcome) -> None:
        """The estimate against the outcome."""
        plan = outcome.plan
        if not plan.trials:
            return
        active = sum(1 for program in plan.programs if program.chunks)
        compiling = plan.machine.told_compile_seconds * active
        self._say(
            f"took {clock(outcome.seconds)}, estimated {clock(self._total)}: "
            f"waiting for compiles {clock(outcome.compile_seconds)} ({clock(compiling)}), "
            f"the rest {clock(outcome.seconds - outcome.compile_seconds)} "
            f"({clock(self._total - compiling)})"
        )

    def close(self) -> None:
        """Take the bars away."""
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _name(self, number: int) -> str:
        return describe(self._plan.programs[number], self._plan)

    def _without_bar(self, number: int) -> None:
        if self._bars and number in self._tasks:
            self._bars.remove_task(self._tasks.pop(number))

    def _say(self, text: str, style: str | None = None) -> None:
        self._console.print(escape(text), style=style, highlight=False, soft_wrap=True)


def print_plan(plan: Plan, finished: int, console: Console) -> None:
    """Programs with their lanes and chunks, work and what of it is padding or idle lanes, memory
    of the states in a block, and estimated time."""
    table = Table(box=None, pad_edge=False)
    columns = ("trials", "lanes", "chunks", "useful work", "padding", "idle lanes", "state", "time")
    table.add_column("program")
    for column in columns:
        table.add_column(column, justify="right")
    for program in plan.programs:
        seeds, settings = program.lanes
        table.add_row(
            escape(describe(program, plan)),
            str(program.trials),
            f"{seeds} x {settings}",
            str(len(program.chunks)),
            f"{useful_work(program) / 1e9:,.3g} GFLOP",
            f"{padding(program):.0%}",
            f"{idle_share(program, plan):.0%}",
            _megabytes(block_bytes(program)),
            clock(plan.seconds(program)),
        )
    console.print(table)
    for line in _totals(plan, finished):
        console.print(line, highlight=False, soft_wrap=True)


def _totals(plan: Plan, finished: int) -> list[str]:
    active = [program for program in plan.programs if program.chunks]
    total, machine = sum(map(plan.seconds, active)), plan.machine
    compiling = machine.told_compile_seconds * len(active)
    work = sum(map(useful_work, active)) / 1e9
    most = max(map(block_bytes, active), default=0.0)
    return [
        f"{counted(plan.trials, 'trial')} to run, {finished} recorded; about {clock(total)} on "
        f"{counted(machine.devices, machine.kind + ' device')}, of which {clock(compiling)} for "
        f"{counted(len(active), 'compile')}",
        f"{work:,.3g} GFLOP of useful work; {padding(*active):.0%} of the work is padding; states "
        f"take {_megabytes(most)} a device, {_megabytes(most * machine.devices)} in all",
    ]


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


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.3g} MB"


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
