"""What the engine tells while it works; whoever listens decides what to show."""

from __future__ import annotations

from typing import Protocol

from nnlab.engine.planner import Plan, Program

__all__ = ["Reporter", "Silent"]


class Reporter(Protocol):
    """Told in this order: planned, then for each program compiling, running ..., done."""

    def planned(self, plan: Plan, finished: int) -> None:
        """The plan is made; `finished` trials are recorded already."""

    def compiling(self, number: int, program: Program) -> None:
        """Program `number` (from 0) is being compiled, or found compiled."""

    def advanced(self, number: int, work: float) -> None:
        """This share (0..1) of the program's remaining work was just done."""

    def done(self, number: int, program: Program, compile_seconds: float, seconds: float) -> None:
        """All its trials are recorded; seconds count the run without the compilation."""

    def close(self) -> None:
        """Nothing more will come, whether all is done or the run broke off."""


class Silent:
    """A reporter that says nothing."""

    def planned(self, plan: Plan, finished: int) -> None: ...

    def compiling(self, number: int, program: Program) -> None: ...

    def advanced(self, number: int, work: float) -> None: ...

    def done(
        self, number: int, program: Program, compile_seconds: float, seconds: float
    ) -> None: ...

    def close(self) -> None: ...
