"""What the terminal shows."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from nnlab.analysis import Region, Verdict
from nnlab.conclusions import Conclusion
from nnlab.console import Progress, clock, describe, print_conclusion
from nnlab.engine import Block, Chunk, Cost, Failure, Machine, Outcome, Plan, Program

MACHINE = Machine("cpu", 1, 1e6, 8, 1e9, 1e-5, 1.0)


def program(width: int, optimizer: str) -> Program:
    chunk = Chunk((Block((0,), (0,)),), 10, (10,))
    static = (("optimizer", optimizer), ("depth", 2))
    return Program(static, (("width", width),), (), (1, 1), (chunk,), Cost(1e9, 1.0))


PLAN = Plan((program(8, "sgd"), program(64, "adam")), MACHINE)


def test_a_program_is_told_by_what_not_all_share():
    assert describe(PLAN.programs[0], PLAN) == "width ≤ 8, optimizer sgd"
    alone = Plan(PLAN.programs[:1], MACHINE)
    assert describe(PLAN.programs[0], alone) == "width ≤ 8"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.123, "0.12 s"), (3.21, "3.2 s"), (42.3, "42 s"), (185, "3:05"), (3723, "1:02:03")],
)
def test_times_as_people_read_them(seconds, told):
    assert clock(seconds) == told


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_tells_the_whole_story(terminal):
    screen = io.StringIO()
    progress = Progress(Console(file=screen, force_terminal=terminal, width=60))
    progress.planned(PLAN, finished=3)
    for number, each in enumerate(PLAN.programs):
        progress.compiling(number, each)
        progress.advanced(number, 0.5)
        progress.advanced(number, 0.5)
        progress.done(number, each, 1.25, 12.0)
    progress.close()
    told = screen.getvalue()
    assert "2 trials to run (3 recorded already), in 2 programs" in told
    assert "width ≤ 8, optimizer sgd: 1 trial in 12 s (compiled in 1.2 s)" in told
    assert ("left" in told) == terminal
    assert progress._work == pytest.approx(progress._total)


def test_progress_survives_a_run_with_nothing_to_do():
    progress = Progress(Console(file=io.StringIO(), force_terminal=True))
    progress.planned(Plan((), MACHINE), finished=8)
    progress.close()


def test_what_goes_wrong_is_told_at_once():
    screen = io.StringIO()
    progress = Progress(Console(file=screen, force_terminal=True, width=60))
    progress.planned(PLAN, finished=0)
    progress.compiling(0, PLAN.programs[0])
    progress.halved(0, PLAN.programs[0], "no memory left")
    progress.compiling(0, PLAN.programs[0])
    progress.failed(Failure(0, "width ≤ 8, optimizer sgd", "no memory left"))
    progress.failed(Failure(None, "optimizer adam", "its trial fails"))
    progress.advanced(1, 1.0)  # by another process: never compiled here
    progress.waiting(1)
    progress.ended(Outcome(PLAN, (), 3.0, 125.0))
    assert progress._tasks == {}
    progress.close()
    told = screen.getvalue()
    assert "going on with 1 x 1 lanes (no memory left)" in told
    assert "failed: width ≤ 8, optimizer sgd: no memory left" in told
    assert "failed: optimizer adam: its trial fails" in told
    assert "waiting for 1 chunk that other processes run" in told
    assert "took 2:05, estimated 4.0 s: waiting for compiles 3.0 s (2.0 s), the rest 2:02" in told


def test_a_measurement_before_the_first_step_is_no_progress_yet(monkeypatch):
    """A slow compilation, then the state at step 0: there is no work to reckon a time from."""
    monkeypatch.setattr("nnlab.progress._PLAIN_EVERY", 0.0)
    screen = io.StringIO()
    progress = Progress(Console(file=screen, width=60))
    progress.planned(PLAN, finished=0)
    progress.advanced(0, 0.0)
    assert "left" not in screen.getvalue()
    progress.advanced(0, 0.5)
    assert "25% done" in screen.getvalue() and "left" in screen.getvalue()


def test_a_verdict_without_an_estimate_has_its_reason_after_one_space():
    verdict = Verdict("leads", "It leads.", "failed", None, Region.above(0), "no column 'x'")
    screen = io.StringIO()
    conclusion = Conclusion(pd.DataFrame(), [verdict], [])
    print_conclusion(conclusion, Console(file=screen), Path("results"))
    assert "      failed  leads: (no column 'x')" in screen.getvalue()
