"""Segments: a chunk advances a second or two at a time, so that the host stays in reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from nnlab.engine.planner import Chunk
from nnlab.engine.programs import Compiled, Loaded

__all__ = ["Pace", "Reached", "run_chunk"]


@dataclass(frozen=True)
class Reached:
    """Where a chunk stands after `step` steps: its state, and the measures of the recorded steps
    so far; all arrays [device, seed, setting, ...]."""

    step: int
    state: Any
    measures: list[dict[str, Any]] = field(default_factory=list)


class Pace:
    """How many steps make a segment, learnt from how long the last ones took."""

    def __init__(self, seconds: float = 1.0, first: int = 8) -> None:
        self._target = seconds
        self.steps = first

    def took(self, steps: int, seconds: float) -> None:
        """Adapt to a segment of `steps` steps; grows eightfold at most, as the first is rough."""
        if steps:
            fitting = steps * self._target / max(seconds, 1e-6)
            self.steps = max(1, int(min(fitting, 8 * max(steps, self.steps))))


def run_chunk(
    compiled: Compiled,
    loaded: Loaded,
    chunk: Chunk,
    data: Any,
    start: Reached,
    pace: Pace,
    advanced: Callable[[int], None],
    between: Callable[[Reached], None] = lambda reached: None,
) -> tuple[Any, list[dict[str, Any]]]:
    """Train one chunk; returns the buffers of its state and, for each recorded step, the measures
    as NumPy arrays [device, seed, setting, ...] by name.

    It goes on from `start`; at step 0, with nothing measured, from the initial state, whatever
    state is handed in. After each segment but the last `between` hears what is reached; it must
    not keep the state, which the next segment uses up. Where segments end changes no number: the
    loop is one program with its bounds as arguments.
    """
    state, step, measures = start.state, start.step, list(start.measures)
    fresh = not step and not measures
    for recorded in chunk.record[len(measures) :]:
        while True:
            last = min(recorded, step + pace.steps)
            wanted = last == recorded
            started = time.perf_counter()
            state, measured = compiled.segment(
                state,
                loaded.seeds,
                loaded.values,
                np.int32(step),
                np.int32(last),
                np.bool_(fresh),
                np.bool_(wanted),
                np.int32(chunk.steps),
                data,
            )
            jax.block_until_ready((state, measured))
            pace.took(last - step, time.perf_counter() - started)
            advanced(last - step)
            step, fresh = last, False
            if wanted:
                measures.append(jax.tree.map(np.asarray, measured))
            if len(measures) < len(chunk.record):
                between(Reached(step, state, measures))
            if wanted:
                break
    return state, measures
