"""A run that was stopped goes on where it was saved, to the bits of one that never stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab import learn, nn
from nnlab.engine import Silent, Stopped, Stopping, checkpoints, segments
from nnlab.engine import run as run_engine
from nnlab.records import Store
from nnlab.study import Inputs, Request

LANES = machine(lanes=2)


class Interrupted:
    """Segments of one length, the steps they computed, and a Ctrl-C in every so many of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.length, self.every, self.computed, self.calls = 5, 0, 0, 0
        self.notes: list[str] = []
        monkeypatch.setattr(segments.Pace, "__init__", lambda pace: self._start(pace))
        monkeypatch.setattr(segments.Pace, "took", lambda pace, steps, _: self._took(steps))
        monkeypatch.setenv("NNLAB_CHECKPOINT_SECONDS", "1e6")

    def _start(self, pace: segments.Pace) -> None:
        pace.steps = self.length

    def _took(self, steps: int) -> None:
        self.computed += steps
        self.calls += 1
        if self.every and self.calls % self.every == 0:
            signal.raise_signal(signal.SIGINT)

    def run(self, request: Request, folder: Path) -> None:
        reporter = Silent()
        reporter.note = self.notes.append  # type: ignore[method-assign]
        with Stopping() as stopping:
            store, inputs = Store(folder), Inputs(request.study)
            outcome = run_engine(request, store, inputs, reporter, stopping=stopping)
        assert not outcome.failures

    def run_to_the_end(self, request: Request, folder: Path) -> int:
        """Run again after every stop; returns how many there were."""
        for stops in range(60):
            try:
                self.run(request, folder)
                return stops
            except Stopped:
                continue
        raise AssertionError("it makes no progress")


@pytest.fixture
def interrupted(monkeypatch) -> Interrupted:
    return Interrupted(monkeypatch)


@pytest.fixture
def same(on, tmp_path) -> Callable[[Request, Path], None]:
    """Asserts that a folder holds, byte for byte, the rows of the run without a stop."""

    def compare(request: Request, folder: Path) -> None:
        table_of(request, tmp_path / "whole")
        assert rows_in(folder) == rows_in(tmp_path / "whole") != {}

    on(LANES)
    return compare


def rows_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


SEGMENTS = {"momentum": (1, 13), "adam": (7, 3), "lion": (11, 2)}
# Every optimizer and every segmentation once; the rest of the product is slow.
STOPS = [
    pytest.param(name, *some, marks=() if SEGMENTS[name] == some else pytest.mark.slow)
    for name in SEGMENTS
    for some in SEGMENTS.values()
]


@pytest.mark.parametrize(("optimizer", "length", "every"), STOPS)
def test_a_stop_changes_no_bit(interrupted, same, tmp_path, optimizer, length, every):
    """Nor do the lengths of the segments; the optimizers keep one, two and one array a weight."""
    interrupted.length, interrupted.every = length, every
    request = request_of(irises(steps=24), seeds=2, optimizer=(optimizer,))
    stops = interrupted.run_to_the_end(request, tmp_path / "stopped")
    assert stops >= 2 and not interrupted.notes
    assert not (tmp_path / "stopped" / "checkpoints").exists()
    interrupted.every = 0
    same(request, tmp_path / "stopped")


def test_what_was_saved_is_not_computed_again(interrupted, same, tmp_path):
    """With five stops a run computes what it would have computed without: not 1.5 times as much."""
    interrupted.length, interrupted.every = 4, 3
    request = request_of(irises(steps=30))
    assert interrupted.run_to_the_end(request, tmp_path / "stopped") >= 5
    assert interrupted.computed == 3 * 30
    interrupted.every = 0
    same(request, tmp_path / "stopped")


@pytest.mark.slow
def test_kept_arrays_and_measures_of_earlier_steps_come_back(interrupted, same, tmp_path):
    """Array measures with named axes, a step 0 that is recorded, an empty leaf of the state."""

    def trial(key, p, d):
        inner = learn.supervised(
            key,
            nn.MLP(hidden=(p.width,), out=d.classes),
            learn.optimizer("adam", p.learning_rate),
            d.train.x,
            d.train.y,
            batch=20,
            measures=[learn.weight_norm],
        )
        return learn.Trial(
            lambda: (inner.init(), jnp.zeros((3, 0)), jnp.asarray(2.0, jnp.bfloat16)),
            lambda i, state: (inner.step(i, state[0]), *state[1:]),
            lambda state: inner.measure(state[0]),
        )

    study = irises(trial, steps=21)
    preset = study.presets["quick"]
    object.__setattr__(preset, "record", (0, 3, 10, 11))
    interrupted.length, interrupted.every = 2, 5
    request = request_of(study, seeds=2)
    assert request.cells[0].record == (0, 3, 10, 11, 21)
    assert interrupted.run_to_the_end(request, tmp_path / "stopped") > 2
    interrupted.every = 0
    same(request, tmp_path / "stopped")
    assert Store(tmp_path / "stopped").read()[1]


def exploding(key, p, d):
    """At rate 0.2 one example is NaN: its minibatch diverges, those after it would be sound."""
    x = d.train.x.at[17].set(jnp.where(p.learning_rate > 0.1, jnp.nan, d.train.x[17]))
    net = nn.MLP(hidden=(p.width,), out=d.classes)
    optimizer = learn.optimizer("momentum", p.learning_rate)
    evaluate = {"train": (d.train.x, d.train.y)}
    return learn.supervised(key, net, optimizer, x, d.train.y, batch=20, evaluate=evaluate)


@pytest.mark.slow
def test_a_frozen_trial_stays_frozen_over_every_stop(interrupted, same, tmp_path):
    interrupted.length, interrupted.every = 5, 2
    request = request_of(irises(exploding, steps=30), seeds=2)
    assert interrupted.run_to_the_end(request, tmp_path / "stopped") > 3
    interrupted.every = 0
    same(request, tmp_path / "stopped")
    rows = Store(tmp_path / "stopped").read()[0]
    wild = rows.learning_rate == 0.2
    assert rows[wild].diverged_at.between(0, 14).all() and (rows[~wild].diverged_at == -1).all()
    changes = rows.groupby(["learning_rate", "trial"]).train_loss.nunique()
    assert (changes[0.2] == 1).all() and (changes[0.05] == 2).all()


def test_a_run_of_less_than_a_minute_pays_nothing(interrupted, tmp_path, on, monkeypatch):
    on(LANES)

    def unwanted(*_):
        raise AssertionError("a checkpoint was written or looked for")

    monkeypatch.setattr(checkpoints, "write_snapshot", unwanted)
    monkeypatch.setattr(checkpoints, "read_snapshot", unwanted)
    monkeypatch.delenv("NNLAB_CHECKPOINT_SECONDS")
    interrupted.run(request_of(irises()), tmp_path)
    assert not (tmp_path / "checkpoints").exists()
