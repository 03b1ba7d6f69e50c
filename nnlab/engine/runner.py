"""Run: plan a request, run what is not recorded yet, record every finished chunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax

from nnlab.engine.canaries import check_backend
from nnlab.engine.devices import arithmetic, machine, one_thread_each
from nnlab.engine.planner import Chunk, Machine, Plan, Program, make_plan
from nnlab.engine.probe import cost_model
from nnlab.engine.programs import compiled_program, load_blocks, on_all_devices
from nnlab.engine.reporter import Reporter, Silent
from nnlab.engine.rows import chunk_rows
from nnlab.engine.segments import Pace, run_chunk
from nnlab.records import Store, provenance, trial_keys
from nnlab.study import Cell, Inputs, Request

__all__ = ["plan", "run"]


def plan(request: Request, store: Store, inputs: Inputs, on: Machine | None = None) -> Plan:
    """The programs that a run would compile, with the trials not recorded in `store` yet."""
    keys = trial_keys(request, inputs)
    finished = store.finished(keys.values())
    return make_plan(
        request,
        cost_model(request.study, inputs),
        on or machine(),
        lambda seed, cell: keys[seed, cell] in finished,
    )


def run(request: Request, store: Store, inputs: Inputs, reporter: Reporter | None = None) -> Plan:
    """Run every trial of the request that is not recorded, chunk by chunk.

    A chunk is recorded as soon as it is finished: stopping loses at most the one that runs.
    Refuses a backend that computes wrong sums. Returns the plan that was carried out.
    """
    reporter = reporter or Silent()
    check_backend()
    keys = trial_keys(request, inputs)
    made = plan(request, store, inputs)
    reporter.planned(made, request.trials - made.trials)
    with one_thread_each():
        for number, program in enumerate(made.programs):
            if program.chunks:
                _run_program(request, program, number, store, inputs, keys, reporter)
    return made


def _run_program(
    request: Request,
    program: Program,
    number: int,
    store: Store,
    inputs: Inputs,
    keys: dict[tuple[int, Cell], str],
    reporter: Reporter,
) -> None:
    reporter.compiling(number, program)
    data = on_all_devices(inputs.of(program.cells[0]).tree)
    began = time.perf_counter()
    compiled = compiled_program(request.study, program, data)
    compile_seconds = time.perf_counter() - began
    total = sum(max(chunk.steps, 1) for chunk in program.chunks)
    began, state, pace = time.perf_counter(), compiled.blank(), Pace()
    for chunk in program.chunks:
        started = time.perf_counter()
        loaded = load_blocks(request.study, program, chunk.blocks)
        state, measures = run_chunk(
            compiled, loaded, chunk, data, state, pace, _share(reporter, number, chunk, total)
        )
        named = {(seed, c): keys[seed, program.cells[c]] for seed, c in _trials(chunk)}
        rows, axes = chunk_rows(program, chunk, named, measures)
        store.write(rows, axes, _strategy(program, chunk, started, compile_seconds))
    reporter.done(number, program, compile_seconds, time.perf_counter() - began)


def _share(reporter: Reporter, number: int, chunk: Chunk, total: int) -> Callable[[int], None]:
    def advanced(steps: int) -> None:
        reporter.advanced(number, (steps if chunk.steps else 1) / total)

    return advanced


def _trials(chunk: Chunk) -> list[tuple[int, int]]:
    return [(seed, cell) for b in chunk.blocks for seed in b.seeds for cell in b.cells]


def _strategy(
    program: Program, chunk: Chunk, started: float, compile_seconds: float
) -> dict[str, Any]:
    device = jax.local_devices()[0]
    return provenance(
        device=f"{device.platform}: {device.device_kind}",
        devices=len(jax.local_devices()),
        **arithmetic(),
        capacities=dict(program.capacities),
        lanes=list(program.lanes),
        blocks=len(chunk.blocks),
        compile_seconds=round(compile_seconds, 3),
        seconds=round(time.perf_counter() - started, 3),
    )
