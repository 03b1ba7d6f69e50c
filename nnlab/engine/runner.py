"""Run: plan a request, run what is not recorded yet, record every finished chunk."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from nnlab.engine.calibration import calibrated
from nnlab.engine.canaries import check_backend
from nnlab.engine.checkpoints import Checkpoints
from nnlab.engine.devices import machine, one_thread_each
from nnlab.engine.machines import Machine
from nnlab.engine.planner import Plan, make_plan
from nnlab.engine.probe import cost_model
from nnlab.engine.reporter import Failure, Outcome, Reporter, Silent
from nnlab.engine.reservations import Patience, Reservations
from nnlab.engine.stopping import Stopping
from nnlab.engine.task import Job, Task, work_through
from nnlab.engine.wording import describe, describe_static
from nnlab.engine.workshop import Workshop, overlaps
from nnlab.errors import NnlabError
from nnlab.records import Recorded, Store, WeightStore, trial_keys
from nnlab.study import Cell, Inputs, Request

__all__ = ["plan", "run"]

Finished = Callable[[int, Cell], bool]


def plan(
    request: Request,
    store: Store,
    inputs: Inputs,
    on: Machine | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> Plan:
    """The programs that a run would compile, with the trials not recorded in `store` yet.

    `on`: the machine to plan for, by default the local one, which may have to be measured first;
    `note` is told so.
    """
    keys = trial_keys(request, inputs)
    finished = _finished(keys, store.finished(keys.values()))
    cost_of = cost_model(request.study, inputs)
    if on is not None:
        return make_plan(request, cost_of, on, finished)
    return calibrated(make_plan(request, cost_of, machine(), finished), note)


def run(
    request: Request,
    store: Store,
    inputs: Inputs,
    reporter: Reporter | None = None,
    *,
    fail_fast: bool = False,
    patience: Patience | None = None,
    stopping: Stopping | None = None,
    keep_weights: bool = False,
) -> Outcome:
    """Run every trial of the request that is not recorded, chunk by chunk.

    A chunk is recorded as soon as it is finished. One under way is saved every minute, and when
    `stopping` hears a signal, which then raises `Stopped`; the next run goes on from there, to the
    same bits. With `keep_weights` the final parameters of each trial are kept as well.
    Several processes may run one request at once: each runs what no other is at work on, and ends
    when all is recorded; `patience` says when another is taken for dead. A program that fails is
    told to the reporter and stands in the outcome; the others run, unless `fail_fast`. Refuses a
    backend that computes wrong sums. Raises `NnlabError` for a study whose every program fails to
    trace, and where nothing can be recorded.
    """
    began = time.perf_counter()
    reporter = reporter or Silent()
    check_backend()
    keys = trial_keys(request, inputs)
    recorded = Recorded(store, keys.values())
    made, failures = _planned(request, inputs, _finished(keys, recorded.look()))
    made = calibrated(made, reporter.note)
    reporter.planned(made, sum(key in recorded.trials for key in keys.values()))
    for failure in failures:
        reporter.failed(failure)
    reservations = Reservations(store.folder / "reserved", patience or Patience())
    checkpoints = Checkpoints(store.folder / "checkpoints", reporter.note)
    weights = WeightStore(store.folder / "weights") if keep_weights else None
    if weights:
        _note_weightless(weights, recorded.trials, reporter)
    job = Job(
        request=request,
        store=store,
        keys=keys,
        recorded=recorded,
        reservations=reservations,
        reporter=reporter,
        checkpoints=checkpoints,
        stopping=stopping or Stopping(),
        weights=weights,
    )
    tasks = [Task(n, program) for n, program in enumerate(made.programs) if program.chunks]
    if not (fail_fast and failures):
        failures += _carry_out(job, tasks, made, inputs, fail_fast)
    checkpoints.sweep(recorded.trials)
    waited = sum(task.waited for task in tasks)
    outcome = Outcome(made, tuple(failures), waited, time.perf_counter() - began)
    reporter.ended(outcome)
    return outcome


def _note_weightless(weights: WeightStore, recorded: set[str], reporter: Reporter) -> None:
    without = len(recorded) - len(weights.holding(recorded))
    if without:
        reporter.note(
            f"{without} trials were recorded without their weights and are not run again; for "
            "their weights run with --keep-weights and another --out"
        )


def _finished(keys: dict[tuple[int, Cell], str], recorded: Collection[str]) -> Finished:
    return lambda seed, cell: keys[seed, cell] in recorded


def _planned(request: Request, inputs: Inputs, finished: Finished) -> tuple[Plan, list[Failure]]:
    """The plan, without the static settings whose trial cannot be traced.

    Raises `NnlabError` if that is so for all of them: then it is the study that is wrong.
    """
    cost_of, on = cost_model(request.study, inputs), machine()
    try:
        return make_plan(request, cost_of, on, finished), []
    except NnlabError as error:
        first = error
    groups: dict[tuple, list[Cell]] = {}
    for cell in request.cells:
        groups.setdefault(_static(request, cell), []).append(cell)
    plans, failures = [], []
    for static, cells in groups.items():
        try:
            plans.append(make_plan(replace(request, cells=tuple(cells)), cost_of, on, finished))
        except NnlabError as error:
            what = ", ".join(describe_static(static, groups)) or "all trials"
            failures.append(Failure(None, what, str(error)))
    if not plans:
        raise first
    return Plan(tuple(program for one in plans for program in one.programs), on), failures


def _static(request: Request, cell: Cell) -> tuple:
    factors = request.study.factors
    return tuple((name, value) for name, value in cell.values if factors[name].kind == "static")


def _carry_out(
    job: Job, tasks: list[Task], made: Plan, inputs: Inputs, fail_fast: bool
) -> list[Failure]:
    """Work on the tasks in turn until nothing is left, here or in other processes."""
    workshop = Workshop(job, inputs, overlaps(made.machine))
    failures: list[Failure] = []
    left, waits = tasks, False
    try:
        with one_thread_each():
            while left and not (failures and fail_fast):
                worked = False
                for place, task in enumerate(left):
                    worked |= work_through(
                        job, task, partial(workshop.bench, task, left[place + 1 :])
                    )
                    failures += _told(job, task, made)
                    if failures and fail_fast:
                        break
                left = [task for task in left if not task.over]
                if left and not worked:
                    if not waits:
                        job.reporter.waiting(sum(len(task.left) for task in left))
                    waits = True
                    time.sleep(job.reservations.patience.look)
    finally:
        job.reservations.tidy()
    return failures


def _told(job: Job, task: Task, made: Plan) -> list[Failure]:
    """Tell the reporter what has become of a task; its failure, if it failed."""
    program = made.programs[task.number]
    if task.why:
        failure = Failure(task.number, describe(program, made), task.why)
        job.reporter.failed(failure)
        return [failure]
    if task.over and task.seconds:
        job.reporter.done(task.number, program, task.compile_seconds, task.seconds)
    return []
