"""Programs that fail, and memory that does not suffice: the rest runs, and is told from the rest.

The errors are injected; those of a real device read the same.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import pandas as pd
import pytest
from small_studies import irises, machine, request_of, table_of, trained

from nnlab import engine, records
from nnlab.engine import faults, programs, runner, task, workshop
from nnlab.engine.planner import Program
from nnlab.errors import NnlabError
from nnlab.files import CannotWrite
from nnlab.study import Inputs, Request, Static

EXHAUSTED = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8589934592 bytes."
INTERNAL = "INTERNAL: the device is on fire\n\nstack: ..."
BOTH = Static("momentum", "sgd")


class Heard(engine.Silent):
    """Remembers what the engine tells."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.lanes: list[tuple[int, int]] = []
        self.work: dict[int, float] = {}

    def failed(self, failure):
        self.failures.append(str(failure))

    def halved(self, number, program, why):
        assert "memory" in why.lower() and "\n" not in why
        self.lanes.append(program.lanes)

    def advanced(self, number, work):
        self.work[number] = self.work.get(number, 0.0) + work


@pytest.fixture
def heard() -> Heard:
    return Heard()


def run(request: Request, folder: Path, heard: Heard, **options: Any) -> engine.Outcome:
    store = records.Store(folder)
    return engine.run(request, store, Inputs(request.study), heard, **options)


def recorded(folder: Path) -> list[str]:
    """The keys of all rows as they stand in the files, double ones twice."""
    store = records.Store(folder)
    return [trial for chunk in store.chunks() for trial in chunk.trials]


def lanes_recorded(folder: Path) -> set[tuple[int, int, int]]:
    """(seed lanes, setting lanes, times halved) in the provenance of the chunks."""
    origins = [chunk.provenance for chunk in records.Store(folder).chunks()]
    return {(*origin["lanes"], origin["halved"]) for origin in origins}


@pytest.fixture
def failing(monkeypatch) -> Callable[[Callable[[Program], str], str], list[Program]]:
    """Make compiling or running raise what a function of the program says, or nothing."""

    def inject(why: Callable[[Program], str], when: str) -> list[Program]:
        tried: list[Program] = []
        compile_, run_ = workshop.compiled_program, task.run_chunk

        def compiled(study, program, data):
            tried.append(program)
            if when == "compiling" and why(program):
                raise jax.errors.JaxRuntimeError(why(program))
            return compile_(study, program, data)

        def ran(*arguments, **named):
            if when == "running" and why(tried[-1]):
                raise jax.errors.JaxRuntimeError(why(tried[-1]))
            return run_(*arguments, **named)

        monkeypatch.setattr(workshop, "compiled_program", compiled)
        monkeypatch.setattr(task, "run_chunk", ran)
        # One after the other, so that the program tried last is the one that runs.
        monkeypatch.setattr(runner, "overlaps", lambda machine: False)
        return tried

    return inject


def is_sgd(program: Program) -> bool:
    return dict(program.static)["optimizer"] == "sgd"


@pytest.mark.parametrize("when", ["compiling", "running"])
def test_the_others_run_where_one_program_fails(on, tmp_path, heard, failing, when):
    on(machine(lanes=2))
    failing(lambda program: INTERNAL if is_sgd(program) else "", when)
    request = request_of(irises(optimizer=Static("sgd", "momentum")))
    outcome = run(request, tmp_path, heard)
    what = "width ≤ 12, optimizer sgd: JaxRuntimeError: INTERNAL: the device is on fire"
    assert heard.failures == [what] == [str(failure) for failure in outcome.failures]
    rows, _ = records.Store(tmp_path).read()
    assert set(rows.optimizer) == {"momentum"} and rows.trial.nunique() == request.trials // 2
    assert not (tmp_path / "reserved").exists()


def test_what_failed_runs_the_next_time(on, tmp_path, heard, failing, monkeypatch):
    on(machine(lanes=2))
    request = request_of(irises(optimizer=BOTH))
    with monkeypatch.context() as broken:
        broken.setattr(task, "run_chunk", lambda *_: 1 / 0)
        outcome = run(request, tmp_path, heard)
    assert len(outcome.failures) == 2 and recorded(tmp_path) == []
    assert heard.failures[0].endswith("ZeroDivisionError: division by zero")
    assert not run(request, tmp_path, heard).failures
    assert len(recorded(tmp_path)) == request.trials


def test_fail_fast_stops_at_the_first(on, tmp_path, heard, failing):
    on(machine(lanes=2))
    tried = failing(lambda program: INTERNAL, "running")
    outcome = run(request_of(irises(optimizer=BOTH)), tmp_path, heard, fail_fast=True)
    assert len(outcome.failures) == len(tried) == 1


def test_a_disk_that_is_full_stops_all(on, tmp_path, heard, monkeypatch):
    on(machine(lanes=2))

    def full(*_: Any) -> None:
        raise CannotWrite("cannot write x: No space left on device; choose another folder")

    monkeypatch.setattr(records.Store, "write", full)
    with pytest.raises(CannotWrite, match="No space left"):
        run(request_of(irises(optimizer=BOTH)), tmp_path, heard)
    assert heard.failures == [] and not (tmp_path / "reserved").exists()


def only_momentum(key, p, d):
    if p.optimizer == "sgd":
        raise ValueError("no sgd today")
    return trained(key, p, d)


@pytest.mark.parametrize("fail_fast", [False, True])
def test_settings_that_cannot_be_traced_keep_no_others_from_running(on, tmp_path, heard, fail_fast):
    on(machine(lanes=2))
    request = request_of(irises(only_momentum, optimizer=BOTH))
    outcome = run(request, tmp_path, heard, fail_fast=fail_fast)
    told = "optimizer sgd: study irises: its trial fails: ValueError: no sgd today"
    assert heard.failures == [told]
    assert outcome.failures == (engine.Failure(None, *told.split(": ", 1)),)
    assert len(recorded(tmp_path)) == (0 if fail_fast else request.trials // 2)


def test_a_trial_that_no_settings_can_trace_is_a_bad_study(on, tmp_path, heard):
    on(machine(lanes=2))
    study = irises(lambda key, p, d: 1 / 0, optimizer=BOTH)
    with pytest.raises(NnlabError, match="its trial fails: ZeroDivisionError"):
        run(request_of(study), tmp_path, heard)
    assert heard.failures == []


@pytest.mark.parametrize("when", ["compiling", "running"])
def test_lanes_are_halved_until_memory_suffices(on, tmp_path, heard, failing, when):
    on(machine(lanes=8, devices=2))
    request = request_of(irises(seeds=4), learning_rate=(0.05, 0.1, 0.2, 0.4))
    tried = failing(lambda p: EXHAUSTED if p.lanes[0] * p.lanes[1] > 2 else "", when)
    assert not run(request, tmp_path, heard).failures
    first = tried[0].lanes
    assert first[0] * first[1] == 8 and heard.lanes[-1][0] * heard.lanes[-1][1] == 2
    assert lanes_recorded(tmp_path) == {(*heard.lanes[-1], 2)} and len(heard.lanes) == 2
    assert sorted(recorded(tmp_path)) == sorted(set(recorded(tmp_path)))
    assert len(recorded(tmp_path)) == request.trials
    assert heard.work == pytest.approx({0: 1})


@pytest.mark.slow
def test_halved_lanes_give_the_same_numbers_within_rounding(on, tmp_path, heard, failing):
    on(machine(lanes=8))
    request = request_of(irises(seeds=4))
    expected = table_of(request, tmp_path / "whole")
    failing(lambda p: EXHAUSTED if p.lanes[0] * p.lanes[1] > 2 else "", "running")
    found = table_of(request, tmp_path / "halved", heard)
    assert heard.lanes and list(found.trial) == list(expected.trial)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4, atol=1e-5)


def test_what_was_recorded_before_memory_ran_out_stays(on, tmp_path, heard, monkeypatch):
    on(machine(lanes=2, devices=2))
    chunks, run_ = [], task.run_chunk

    def third(*arguments, **named):
        chunks.append(arguments)
        if len(chunks) == 3:
            raise jax.errors.JaxRuntimeError(EXHAUSTED)
        return run_(*arguments, **named)

    monkeypatch.setattr(task, "run_chunk", third)
    request = request_of(irises())
    run(request, tmp_path, heard)
    assert lanes_recorded(tmp_path) == {(1, 2, 0), (1, 1, 1)}
    assert len(recorded(tmp_path)) == len(set(recorded(tmp_path))) == request.trials


def test_at_a_single_lane_the_program_fails(on, tmp_path, heard, failing):
    on(machine(lanes=4))
    failing(lambda program: EXHAUSTED if is_sgd(program) else "", "running")
    request = request_of(irises(optimizer=BOTH))
    outcome = run(request, tmp_path, heard)
    assert heard.lanes[-1] == (1, 1) and len(outcome.failures) == 1
    assert "optimizer sgd: JaxRuntimeError: RESOURCE_EXHAUSTED" in heard.failures[0]
    assert len(recorded(tmp_path)) == request.trials // 2


def test_memory_predicted_to_lack_halves_before_running(on, tmp_path, heard, monkeypatch):
    on(machine(lanes=8))
    request = request_of(irises())
    made = engine.plan(request, records.Store(tmp_path), Inputs(request.study))
    data = programs.on_all_devices(Inputs(request.study).of(request.cells[0]).tree)
    needs = programs.compiled_program(request.study, made.programs[0], data).segment
    whole = needs.memory_analysis().temp_size_in_bytes
    assert whole > 0
    monkeypatch.setattr(faults, "_memory", lambda: 0.9 * whole)
    run(request, tmp_path, heard)
    assert heard.lanes and len(recorded(tmp_path)) == request.trials
    assert all(origin[2] == len(heard.lanes) for origin in lanes_recorded(tmp_path))
    assert faults._memory() < 1e9
    monkeypatch.undo()
    assert faults._memory() > 1e9 / len(jax.local_devices())


def test_the_buffers_are_gone_before_the_next_attempt(on, tmp_path, heard, monkeypatch):
    on(machine(lanes=4))
    held: list[weakref.ref] = []
    alive: list[int] = []
    run_ = task.run_chunk

    def first(*arguments, **named):
        if not held:
            held.extend(weakref.ref(leaf) for leaf in jax.tree.leaves(arguments[4].state))
            assert held
            raise jax.errors.JaxRuntimeError(EXHAUSTED)
        return run_(*arguments, **named)

    compile_ = workshop.compiled_program

    def compiled(*arguments):
        alive.append(sum(ref() is not None for ref in held))
        return compile_(*arguments)

    monkeypatch.setattr(task, "run_chunk", first)
    monkeypatch.setattr(workshop, "compiled_program", compiled)
    gc.disable()  # they are dropped, not found later
    try:
        run(request_of(irises()), tmp_path, heard)
    finally:
        gc.enable()
    assert alive == [0, 0] and heard.lanes


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (jax.errors.JaxRuntimeError(EXHAUSTED), True),
        (jax.errors.JaxRuntimeError("INTERNAL: CUDA: out of memory"), True),
        (faults.OutOfMemory("needs more"), True),
        (MemoryError(), True),
        (jax.errors.JaxRuntimeError(INTERNAL), False),
        (ValueError("out of memory"), False),
    ],
)
def test_lack_of_memory_is_told_from_other_errors(error, lacks):
    assert faults.is_exhausted(error) == lacks


def test_errors_are_told_in_one_short_line():
    assert faults.told(jax.errors.JaxRuntimeError(INTERNAL)) == (
        "JaxRuntimeError: INTERNAL: the device is on fire"
    )
    assert faults.told(NnlabError("as it is")) == "as it is"
    assert faults.told(MemoryError()) == "MemoryError"
    assert len(faults.told(ValueError("x" * 1000))) == 300
