"""Calibration: how fast these devices are, measured once on small trainings and remembered.

The rates tell times; buckets and lanes do not depend on them (`machines.Machine`).
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np
from scipy.optimize import nnls

from nnlab import learn, nn
from nnlab.engine.devices import OFF, one_thread_each
from nnlab.engine.machines import Machine, Rates, Work
from nnlab.engine.planner import Block, Chunk, Plan, Program
from nnlab.engine.probe import cost_model
from nnlab.engine.programs import compiled_program, load_blocks, on_all_devices
from nnlab.engine.segments import Pace, Reached, run_chunk
from nnlab.files import checksum, user_cache, write_atomically
from nnlab.study import Inputs, Preset, Study, Traced, make_request

__all__ = ["calibrated", "fitted", "measured"]

# Width, lanes (seeds, settings) on each device, and steps of what is timed.
_POINTS = {
    "cpu": ((16, (1, 1), 2000), (16, (6, 4), 600), (64, (1, 2), 1000), (256, (1, 1), 200)),
    "accelerator": (
        (16, (1, 1), 1000),
        (16, (128, 8), 500),
        (64, (64, 8), 500),
        (512, (8, 4), 200),
    ),
}
# Shorter runs than this are not worth the measurement, in seconds.
_WORTH = 20.0


def calibrated(plan: Plan, note: Callable[[str], None] = lambda text: None) -> Plan:
    """The plan with the rates of the local devices, which are looked up or, for a plan that takes
    long, measured now: once for each kind and number of devices and version of jaxlib.

    `note` is told before anything is measured. With NNLAB_CALIBRATE=0 in the environment nothing
    is, and times are those of a usual machine.
    """
    if os.environ.get("NNLAB_CALIBRATE", "1") in OFF:
        return plan
    path = _path(plan.machine)
    rates = _read(path)
    if rates is None and sum(map(plan.seconds, plan.programs)) > _WORTH:
        note("measuring how fast this machine computes, this once")
        rates = measured(plan.machine)
        write_atomically(path, json.dumps(asdict(rates)).encode())
    return plan if rates is None else replace(plan, machine=replace(plan.machine, rates=rates))


def measured(on: Machine) -> Rates:
    """The rates of the local devices, from trainings of a few small networks."""
    kind = "cpu" if on.kind == "cpu" else "accelerator"
    points = [_timed(on, *point) for point in _POINTS[kind]]
    compiling = statistics.median(compiling for _, _, compiling in points)
    usual = on.rates or Rates(1e-6, 1e-6, 1e-11, 1e-10, compiling)
    return fitted([(work, seconds) for work, seconds, _ in points], usual, compiling)


def fitted(points: Sequence[tuple[Work, float]], usual: Rates, compiling: float) -> Rates:
    """Rates, none negative, that tell these times with small relative errors.

    `points` are works and the seconds they took. Rates that they leave open stay near `usual`.
    """
    near = np.array([usual.kernel, usual.product, usual.flop, usual.entry])
    told = np.array([np.array(work) * near / seconds for work, seconds in points])
    rows = np.concatenate([told, 0.1 * np.eye(4)])
    aims = np.concatenate([np.ones(len(points)), 0.1 * np.ones(4)])
    factors, _ = nnls(rows, aims)
    kernel, product, flop, entry = map(float, near * factors)
    return Rates(kernel, product, flop, entry, compiling)


def _timed(
    on: Machine, width: int, lanes: tuple[int, int], steps: int
) -> tuple[Work, float, float]:
    """The work of a block, and the seconds that it and its compilation took."""
    study = _study(width, lanes[1], steps)
    request, inputs = make_request(study, "run"), Inputs(study)
    cost = cost_model(study, inputs)(request.cells[0], {})
    program = Program((), (), request.cells, lanes, (), cost)
    cells = tuple(range(lanes[1]))
    seeds = [tuple(range(d * lanes[0], (d + 1) * lanes[0])) for d in range(on.devices)]
    blocks = tuple(Block(some, cells) for some in seeds)
    data = on_all_devices(inputs.of(request.cells[0]).tree)
    began = time.perf_counter()
    compiled = compiled_program(study, program, data)
    compiling = time.perf_counter() - began
    chunk, loaded = Chunk(blocks, steps, (steps,)), load_blocks(study, program, blocks)
    took, state = [], compiled.blank()
    with one_thread_each():
        for _ in range(3):
            pace, began = Pace(first=steps), time.perf_counter()
            start = Reached(0, state)
            state, _ = run_chunk(compiled, loaded, chunk, data, start, pace, lambda steps: None)
            took.append(time.perf_counter() - began)
    each = cost.shared._replace(kernels=0.0).plus(cost.own, lanes[1])
    work = Work(kernels=cost.shared.kernels).plus(each, lanes[0])
    return work, min(took), compiling


def _study(width: int, settings: int, steps: int) -> Study:
    """A network of two hidden layers on random examples, as most studies train one."""
    draw = np.random.default_rng(0)
    x = draw.standard_normal((1000, 40), np.float32)
    y = draw.integers(0, 10, 1000, np.int32)

    def trial(key: Any, p: Any, data: Any) -> learn.Trial:
        net = nn.MLP(hidden=(width, width), out=10)
        optimizer = learn.optimizer("adam", p.learning_rate)
        return learn.supervised(key, net, optimizer, data["x"], data["y"], batch=100)

    rates = tuple(0.001 * (n + 1) for n in range(settings))
    return Study(
        # A new name is a new program: one from the cache would hide what compiling takes.
        name=f"calibration_{secrets.token_hex(4)}",
        data=lambda p: {"x": x, "y": y},
        trial=trial,
        factors={"learning_rate": Traced(*rates)},
        presets={"run": Preset(seeds=1, steps=steps)},
    )


def _path(on: Machine) -> Path:
    versions = [metadata.version(name) for name in ("jax", "jaxlib", "nnlab")]
    device = jax.local_devices()[0].device_kind
    what = json.dumps([on.kind, device, on.devices, os.cpu_count(), *versions])
    return user_cache() / "rates" / f"{checksum(what.encode())[:16]}.json"


def _read(path: Path) -> Rates | None:
    """What was measured before, if it is there and whole."""
    try:
        rates = Rates(**json.loads(path.read_text(encoding="utf-8")))
        usable = all(np.isfinite(rate) and rate >= 0 for rate in vars(rates).values())
    except (OSError, ValueError, TypeError):
        return None
    return rates if usable else None
