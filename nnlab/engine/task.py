"""A task: one program under way, chunk by chunk, and what is done where a chunk fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import jax

from nnlab.engine.checkpoints import Checkpoint, Checkpoints
from nnlab.engine.devices import arithmetic
from nnlab.engine.faults import is_exhausted, told
from nnlab.engine.planner import Chunk, Program, halved
from nnlab.engine.programs import Compiled, load_blocks
from nnlab.engine.reporter import Reporter
from nnlab.engine.reservations import Reservations
from nnlab.engine.rows import chunk_rows
from nnlab.engine.segments import Pace, Reached, run_chunk
from nnlab.engine.stopping import FINISHED, Stopping
from nnlab.engine.weights import final_weights
from nnlab.files import CannotWrite
from nnlab.records import Recorded, Store, WeightStore, provenance
from nnlab.study import Cell, Request

__all__ = ["Bench", "Job", "Task", "work_through"]


@dataclass(frozen=True)
class Job:
    """What all tasks of a run share; `weights` is where final parameters are kept, if at all."""

    request: Request
    store: Store
    keys: Mapping[tuple[int, Cell], str]
    recorded: Recorded
    reservations: Reservations
    reporter: Reporter
    checkpoints: Checkpoints
    stopping: Stopping
    weights: WeightStore | None

    def names(self, program: Program, chunk: Chunk) -> dict[tuple[int, int], str]:
        """The keys of a chunk's trials, by seed and position of the cell in the program."""
        return {
            (seed, cell): self.keys[seed, program.cells[cell]]
            for block in chunk.blocks
            for seed in block.seeds
            for cell in block.cells
        }


@dataclass
class Bench:
    """What a program computes with: compiled code, data and the buffers of its state."""

    compiled: Compiled
    data: Any
    state: Any
    pace: Pace = field(default_factory=Pace)


@dataclass(eq=False)
class Task:
    """A program under way: its chunks that are left, and what was spent on it.

    `compile_seconds` is what compiling took, `waited` how much of that nothing else ran beside,
    `seconds` the rest. `why` it failed, if it did.
    """

    number: int
    program: Program
    left: list[Chunk] = field(default_factory=list)
    halved: int = 0
    compile_seconds: float = 0.0
    waited: float = 0.0
    seconds: float = 0.0
    why: str = ""
    _done: float = 0.0
    _scale: float = 0.0

    def __post_init__(self) -> None:
        self.take(self.program)

    @property
    def over(self) -> bool:
        """Whether nothing of it is left to do."""
        return not self.left or bool(self.why)

    def take(self, program: Program) -> None:
        """Go on with this program, all its chunks being left."""
        self.program, self.left = program, list(program.chunks)
        self._scale = (1 - self._done) / (sum(max(c.steps, 1) for c in self.left) or 1)

    def advance(self, chunk: Chunk, steps: int) -> float:
        """Count these steps of a chunk as done; returns their share of the whole program."""
        share = (steps if chunk.steps else 1) * self._scale
        self._done += share
        return share


def work_through(job: Job, task: Task, set_up: Callable[[], Bench]) -> bool:
    """Run those chunks of a task that no other process is at work on; says whether there were any.

    What others have recorded meanwhile is not run. Where memory does not suffice the rest goes on
    with half the lanes. Any other error ends the task.
    """
    worked, bench, queue = False, None, list(task.left)
    while queue:
        job.stopping.check(FINISHED)
        chunk = queue.pop(0)
        names = job.names(task.program, chunk)
        with job.reservations.of(names.values()) as ours:
            if job.recorded.look().issuperset(names.values()):
                task.left.remove(chunk)
                job.reporter.advanced(task.number, task.advance(chunk, chunk.steps))
                continue
            if not ours:
                continue
            worked = True
            bench, problem = _attempt(job, task, bench, set_up, chunk, names)
        if problem is None:
            task.left.remove(chunk)
        elif not problem.lacks_memory or not _halve(job, task, problem.why):
            task.why = problem.why
            break
        else:
            queue = list(task.left)
    return worked


@dataclass(frozen=True)
class _Problem:
    """Words, not the error itself, which holds on to the device's buffers."""

    why: str
    lacks_memory: bool


def _attempt(
    job: Job,
    task: Task,
    bench: Bench | None,
    set_up: Callable[[], Bench],
    chunk: Chunk,
    names: dict[tuple[int, int], str],
) -> tuple[Bench | None, _Problem | None]:
    """Run and record one chunk; without a bench, and with the reason, where it fails."""
    checkpoint = job.checkpoints.of(chunk, names)
    with ExitStack() as training:
        try:
            bench = bench or set_up()
            started = time.perf_counter()
            training.enter_context(job.stopping.deferred())
            measures = _train(job, task, bench, chunk, checkpoint)
            rows, axes = chunk_rows(task.program, chunk, names, measures)
            _keep_weights(job, task, bench, chunk, names)
        except CannotWrite:
            raise
        except Exception as error:
            return None, _Problem(told(error), is_exhausted(error))
        # Another process may have thought this one dead, and done the same.
        known = job.recorded.look().intersection(names.values())
        rows = rows.loc[~rows["trial"].isin(list(known))] if known else rows
        if len(rows):
            job.recorded.add(job.store.write(rows, axes, _strategy(task, chunk, started)))
        checkpoint.drop()
    task.seconds += time.perf_counter() - started
    return bench, None


def _train(
    job: Job, task: Task, bench: Bench, chunk: Chunk, checkpoint: Checkpoint
) -> list[dict[str, Any]]:
    loaded = load_blocks(job.request.study, task.program, chunk.blocks)
    # The state is used up: only the one that comes back is held.
    blank, bench.state = bench.state, None
    if checkpoint.exists:
        del blank  # to make room for the buffers that are read
        start = checkpoint.load(bench.compiled) or Reached(0, bench.compiled.blank())
    else:
        start = Reached(0, blank)

    def advanced(steps: int) -> None:
        job.reporter.advanced(task.number, task.advance(chunk, steps))

    def between(reached: Reached) -> None:
        if job.stopping.asked is None and not checkpoint.due:
            return
        saved = checkpoint.save(reached, bench.compiled)
        where = f"what runs is saved at step {reached.step:,} of {chunk.steps:,}"
        job.stopping.check(f"{where}, {FINISHED}" if saved else FINISHED)

    if start.step:
        advanced(start.step)
    bench.state, measures = run_chunk(
        bench.compiled, loaded, chunk, bench.data, start, bench.pace, advanced, between
    )
    return measures


def _keep_weights(
    job: Job, task: Task, bench: Bench, chunk: Chunk, names: dict[tuple[int, int], str]
) -> None:
    if job.weights is not None:
        study, program = job.request.study, task.program
        job.weights.write(final_weights(study, program, chunk, names, bench.state, bench.data))


def _halve(job: Job, task: Task, why: str) -> bool:
    """Plan what is left of a task for half the lanes; False if it has one only."""
    recorded = job.recorded.trials
    smaller = halved(
        task.program,
        job.request.seeds,
        len(jax.local_devices()),
        lambda seed, cell: job.keys[seed, cell] in recorded,
    )
    if smaller is None:
        return False
    task.take(smaller)
    task.halved += 1
    job.reporter.halved(task.number, smaller, why)
    return True


def _strategy(task: Task, chunk: Chunk, started: float) -> dict[str, Any]:
    device = jax.local_devices()[0]
    return provenance(
        device=f"{device.platform}: {device.device_kind}",
        devices=len(jax.local_devices()),
        **arithmetic(),
        capacities=dict(task.program.capacities),
        lanes=list(task.program.lanes),
        halved=task.halved,
        blocks=len(chunk.blocks),
        compile_seconds=round(task.compile_seconds, 3),
        seconds=round(time.perf_counter() - started, 3),
    )
