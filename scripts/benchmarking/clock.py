"""The clock of the contenders that take one step at a time, and the memory of a process."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["first_step", "peak_memory", "train_for"]


def train_for(
    seconds: float, step: Callable[[], None], settle: Callable[[], None], every: int
) -> tuple[int, float]:
    """Take steps for about so long; returns their number and the seconds they took.

    `settle` waits for steps that are under way; it is called once in `every` steps.
    """
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(every):
            step()
        settle()
        steps += every
    return steps, time.perf_counter() - began


def first_step(step: Callable[[], None], settle: Callable[[], None]) -> dict[str, float]:
    """Take a first step, and say how long it took: compiling, if there is something to compile."""
    began = time.perf_counter()
    step()
    settle()
    return {"compile_seconds": time.perf_counter() - began}


def peak_memory() -> float:
    """Largest resident memory of this process so far, bytes."""
    # The peak that getrusage tells begins at that of the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return 1024.0 * int(line.split()[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1.0 if sys.platform == "darwin" else 1024.0
    )
