"""nnlab: a study with a Sized width, run by the engine as `nnlab run` does."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
from flax import linen

from nnlab import Preset, Sized, Study, Traced, engine, learn, nn
from nnlab.records import Store
from nnlab.study import Inputs, Request, make_request

from .clock import peak_memory
from .examples import RATES, examples
from .networks import BATCH, CLASSES, PADDING, STRIDE, TAPS, step_flops
from .work import fitting, waste

__all__ = ["Trainer", "Watch", "peak"]

# With fewer, initial weights and measures would weigh more than they do in a study.
LEAST_STEPS = 200


class Trainer:
    """Runs studies; each run writes to a folder of its own, so that nothing is recorded yet."""

    def __init__(self, platform: str) -> None:
        engine.configure(platform)
        self._request = _request((16,), RATES, 1, 1)

    def describe(self) -> dict[str, Any]:
        """The devices."""
        devices = jax.local_devices()
        platform = "cpu" if devices[0].platform == "cpu" else "gpu"
        return {
            "platform": platform,
            "devices": len(devices),
            "device_kind": devices[0].device_kind,
        }

    def calibrate(self) -> dict[str, float]:
        """Plan something long, for which the engine measures how fast this machine is."""
        request, began = _request((16, 400), RATES, 64, 1_000_000), time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            engine.plan(request, Store(Path(folder)), Inputs(request.study))
        return {"seconds": time.perf_counter() - began}

    def prepare(
        self, width: int, networks: int, seconds: float, kind: str = "mlp", exact: bool = False
    ) -> dict[str, float]:
        """Compile for this width, and find the steps that take so long; seeds as well, unless
        the number of networks is `exact`."""
        rates = RATES[:1] if networks == 1 else RATES
        most = max(1, networks // len(rates))
        least = most if exact else min(len(jax.local_devices()), most)
        seeds, steps, compiling = most, LEAST_STEPS // 4, 0.0
        for _ in range(5):
            self._request = _request((width,), rates, seeds, steps, kind)
            told = _run(self._request)
            compiling = max(compiling, told["compile_seconds"])
            if steps >= LEAST_STEPS / 2 and 0.7 < told["seconds"] / seconds < 1.5:
                break
            each = told["model_steps"] / len(rates) * seconds / told["seconds"]
            seeds, steps = fitting(each, LEAST_STEPS, least, most)
        return {"compile_seconds": compiling}

    def run(self, seconds: float) -> dict[str, float]:
        """Run what was prepared; it takes about as long as was asked for then."""
        return _run(self._request)

    def grow(self, width: int, seeds: list[int], steps: int, rounds: int) -> dict[str, Any]:
        """Time of runs with so many seeds, without compiling, and of one step: what a trial
        costs besides training, from the plan to the file. All numbers of seeds in each round."""
        requests = {
            (count, taken): _request((width,), RATES[:1], count, taken)
            for count in seeds
            for taken in (steps, 1)
        }
        first = {which: _run(request) for which, request in requests.items()}
        rounds_of = [
            {which: _run(request)["all_seconds"] for which, request in requests.items()}
            for _ in range(rounds)
        ]

        def a_trial(count: int, taken: int) -> float:
            return statistics.median(times[count, taken] for times in rounds_of) / count

        return {
            "runs": [
                {
                    "seeds": count,
                    "compile_seconds": first[count, steps]["compile_seconds"],
                    "seconds_per_trial": a_trial(count, steps),
                    "overhead_seconds_per_trial": a_trial(count, 1),
                }
                for count in seeds
            ]
        }

    def sweep(self, widths: list[int], seeds: int, steps: int) -> dict[str, float]:
        """One run of many widths, everything included: planning, compiling, training, writing."""
        request = _request(tuple(widths), RATES, seeds, steps)
        told = _run(request)
        flops = sum(step_flops(cell.settings["width"]) * cell.steps for cell in request.cells)
        return {**told, "useful_flops": flops * seeds / told["all_seconds"]}


class Watch(engine.Silent):
    """Adds up what the engine tells of its programs."""

    def __init__(self) -> None:
        self.compile_seconds = self.run_seconds = 0.0
        self.outcome: engine.Outcome | None = None

    def done(
        self, number: int, program: engine.Program, compile_seconds: float, seconds: float
    ) -> None:
        self.compile_seconds += compile_seconds
        self.run_seconds += seconds

    def ended(self, outcome: engine.Outcome) -> None:
        self.outcome = outcome


class _TimedStore(Store):
    """A store that knows how long its writing took."""

    writing = 0.0

    def write(self, *args: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return super().write(*args, **more)
        finally:
            self.writing += time.perf_counter() - began


def _data(p: Any) -> dict[str, Any]:
    x, y = examples()
    return {"x": x, "y": y}


def _perceptrons(key: Any, p: Any, d: Any) -> learn.Trial:
    net = nn.MLP(hidden=(p.width, p.width), out=CLASSES, kernel_init="pytorch")
    return _supervised(key, p, d, net)


def _convolutional(key: Any, p: Any, d: Any) -> learn.Trial:
    return _supervised(key, p, d, _Convolutional(p.width))


class _Convolutional(linen.Module):
    """The MNIST-1D network, as a study writes it."""

    channels: Any

    @linen.compact
    def __call__(self, x: Any) -> Any:
        inits: dict[str, Any] = {"kernel_init": "pytorch", "bias_init": "pytorch"}
        h = x[..., None]
        for taps in TAPS:
            layer = nn.Conv(self.channels, (taps,), strides=STRIDE, padding=PADDING, **inits)
            h = nn.activate("relu", layer(h))
        return nn.Dense(CLASSES, **inits)(nn.flatten(h))


_TRIALS = {"mlp": _perceptrons, "cnn": _convolutional}


def _supervised(key: Any, p: Any, d: Any, net: Any) -> learn.Trial:
    optimizer = learn.optimizer("momentum", p.learning_rate)
    evaluate = {"train": (d["x"][:BATCH], d["y"][:BATCH])}
    return learn.supervised(key, net, optimizer, d["x"], d["y"], batch=BATCH, evaluate=evaluate)


def _request(
    widths: tuple[int, ...], rates: tuple[float, ...], seeds: int, steps: int, kind: str = "mlp"
) -> Request:
    study = Study(
        name="benchmark",
        data=_data,
        trial=_TRIALS[kind],
        factors={"width": Sized(*widths), "learning_rate": Traced(*rates)},
        presets={"run": Preset(seeds=seeds, steps=steps)},
    )
    return make_request(study, "run")


def _run(request: Request) -> dict[str, float]:
    """`seconds`: in the compiled programs, from loading seeds to measures; `all_seconds`:
    everything, from the plan to the last file. Raises what a program failed of."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        store = _TimedStore(Path(folder))
        began = time.perf_counter()
        outcome = engine.run(request, store, Inputs(request.study), watch)
        whole = time.perf_counter() - began
    if outcome.failures:
        raise RuntimeError(str(outcome.failures[0]))
    plan = outcome.plan
    lost = waste(map(_executed, plan.programs))
    return {
        "networks": request.trials,
        "model_steps": sum(cell.steps for cell in request.cells) * len(request.seeds),
        "seconds": watch.run_seconds - store.writing,
        "all_seconds": whole,
        "compile_seconds": watch.compile_seconds,
        "planned_seconds": sum(map(plan.seconds, plan.programs)),
        "programs": len(plan.programs),
        "padding_waste": lost.padding,
        "idle_lanes": lost.idle_lanes,
        "peak_memory": peak(),
    }


def _executed(program: engine.Program) -> tuple[int, list[int], int]:
    widths = [
        program.cells[cell].settings["width"]
        for chunk in program.chunks
        for block in chunk.blocks
        for _ in block.seeds
        for cell in block.cells
    ]
    lanes = len(program.chunks) * len(jax.local_devices()) * program.lanes[0] * program.lanes[1]
    return dict(program.capacities)["width"], widths, lanes


def peak() -> float:
    """Memory of the GPU where there is one, of the process otherwise, bytes."""
    stats = jax.local_devices()[0].memory_stats() or {}
    return float(stats.get("peak_bytes_in_use", peak_memory()))
