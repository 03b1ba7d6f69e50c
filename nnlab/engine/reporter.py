"""What the engine tells while it works; whoever listens decides what to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nnlab.engine.planner import Plan, Program

__all__ = ["Failure", "Outcome", "Reporter", "Silent"]


@dataclass(frozen=True)
class Failure:
    """A program that failed, or settings that could not even be planned, and why in one line.

    `number` is the program's place in the plan (from 0), None where it never got there; `what`
    names its settings.
    """

    number: int | None
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class Outcome:
    """What a run did: its plan, what failed, and how long it took, waiting for compiles included.

    Seconds of the clock: `compile_seconds` only counts compiles that nothing else ran beside.
    """

    plan: Plan
    failures: tuple[Failure, ...]
    compile_seconds: float
    seconds: float


class Reporter(Protocol):
    """Told in this order: planned, then for each program compiling, running ..., done or failed.

    A program part of which another process runs is left for the others, and taken up again.
    """

    def planned(self, plan: Plan, finished: int) -> None:
        """The plan is made; `finished` trials are recorded already."""

    def compiling(self, number: int, program: Program) -> None:
        """Program `number` (from 0) is being compiled, or found compiled."""

    def advanced(self, number: int, work: float) -> None:
        """This share (0..1) of the program's remaining work was just done, here or elsewhere."""

    def halved(self, number: int, program: Program, why: str) -> None:
        """Memory did not suffice: this program with half the lanes now runs instead."""

    def done(self, number: int, program: Program, compile_seconds: float, seconds: float) -> None:
        """All its trials are recorded; seconds count the run without the compilation."""

    def failed(self, failure: Failure) -> None:
        """A program is given up; the others go on."""

    def waiting(self, chunks: int) -> None:
        """Only chunks are left that other processes are at work on; told once."""

    def note(self, text: str) -> None:
        """Something to know, in one line; told at any time."""

    def ended(self, outcome: Outcome) -> None:
        """All that can be recorded is."""

    def close(self) -> None:
        """Nothing more will come, whether all is done or the run broke off."""


class Silent:
    """A reporter that says nothing."""

    def planned(self, plan: Plan, finished: int) -> None: ...

    def compiling(self, number: int, program: Program) -> None: ...

    def advanced(self, number: int, work: float) -> None: ...

    def halved(self, number: int, program: Program, why: str) -> None: ...

    def done(
        self, number: int, program: Program, compile_seconds: float, seconds: float
    ) -> None: ...

    def failed(self, failure: Failure) -> None: ...

    def waiting(self, chunks: int) -> None: ...

    def note(self, text: str) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...

    def close(self) -> None: ...
