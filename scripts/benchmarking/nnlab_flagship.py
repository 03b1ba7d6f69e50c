"""nnlab: the study of double descent, run as `nnlab run` does, to its verdicts and figures."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnlab import engine
from nnlab.engine.waste import padding
from nnlab.lab import request_of, run_request
from nnlab.study import Request

from .nnlab_engine import Watch, peak

__all__ = ["Trainer"]

STUDY = Path(__file__).parents[2] / "studies" / "double_descent.py"
PRESET = "standard"


class Trainer:
    """Runs it once, in a process and with a compile cache that have seen none of its programs."""

    def __init__(self, platform: str) -> None:
        engine.configure(platform)

    def work(self, widths: list[int], seeds: int, steps: int) -> dict[str, Any]:
        """What there is to do, and in the whole study: (width, networks, steps, measurements) of
        each width, and the examples of a measurement. Empty and 0 take what the preset has."""
        request = _request(widths, seeds, steps)
        settings = request.cells[0].settings
        return {
            "work": _work(request),
            "whole": _work(_request([], 0, 0)),
            "sets": [settings["examples"], settings["test_examples"]],
        }

    def run(self, widths: list[int], seeds: int, steps: int) -> dict[str, Any]:
        """Seconds of everything: data, planning, compiling, training, measuring, writing, judging
        and drawing; of the engine alone, and as it had planned."""
        watch = _Told()
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            request = _request(widths, seeds, steps)
            run_request(request, Path(folder), watch, f"nnlab run {request.study.name}")
            whole = time.perf_counter() - began
        outcome = watch.outcome
        assert outcome is not None
        plan = outcome.plan
        return {
            "all_seconds": whole,
            "engine_seconds": outcome.seconds,
            "planned_seconds": sum(map(plan.seconds, plan.programs)),
            "compile_seconds": watch.compile_seconds,
            "programs": len(plan.programs),
            "padding_waste": padding(*plan.programs),
            "peak_memory": peak(),
        }


class _Told(Watch):
    """Says which programs are done: the whole study takes minutes."""

    def done(
        self, number: int, program: engine.Program, compile_seconds: float, seconds: float
    ) -> None:
        super().done(number, program, compile_seconds, seconds)
        took = f"{program.trials} networks in {seconds:.0f} s, compiled in {compile_seconds:.0f} s"
        print(f"  program {number + 1}: {took}", file=sys.stderr, flush=True)


def _request(widths: list[int], seeds: int, steps: int) -> Request:
    factors = {"width": tuple(widths)} if widths else None
    request = request_of(str(STUDY), PRESET, seeds or None, factors)
    if not steps:
        return request
    cells = tuple(replace(cell, steps=steps, record=(steps,)) for cell in request.cells)
    return replace(request, cells=cells)


def _work(request: Request) -> list[tuple[int, int, int, int]]:
    found: dict[tuple[int, int, int], int] = {}
    for cell in request.cells:
        which = (cell.settings["width"], cell.steps, len(cell.record))
        found[which] = found.get(which, 0) + len(request.seeds)
    return [(width, count, steps, record) for (width, steps, record), count in found.items()]
