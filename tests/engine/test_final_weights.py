"""Kept weights are those of the network as it is: of its own shapes, bit for bit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab import data, engine, learn, nn
from nnlab.engine import checkpoints, runner, segments
from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.records import Store, WeightStore, trial_keys
from nnlab.study import Inputs


class Heard(engine.Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.failures: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def failed(self, failure: engine.Failure) -> None:
        self.failures.append(str(failure))


def kept(request, folder, heard=None):
    """Weights by (seed, cell) of a run that keeps them."""
    store, inputs = Store(folder), Inputs(request.study)
    outcome = runner.run(request, store, inputs, heard or Heard(), keep_weights=True)
    assert heard is not None or not outcome.failures
    weights = WeightStore(folder / "weights")
    return {place: weights.read(key) for place, key in trial_keys(request, inputs).items()}


def alone(request, seed, cell):
    """The final state of one trial without padding and without the engine."""
    sizes = tuple(
        (name, cell.settings[name])
        for name, factor in request.study.factors.items()
        if factor.kind == "sized"
    )
    static = tuple(
        (name, value) for name, value in cell.values if request.study.factors[name].kind == "static"
    )
    lane = Lane(request.study, static, sizes, frozenset(name for name, _ in sizes))
    values = {name: array[0] for name, array in cell_arrays(request.study, [cell]).items()}
    d = jax.tree.map(jnp.asarray, data.iris())

    @jax.jit
    def train():
        trial = make_trial(lane, np.uint32(seed), values, jnp.int32(cell.steps), d)
        return jax.lax.fori_loop(0, cell.steps, trial.step, trial.init())

    return train()


@pytest.mark.slow
def test_they_are_those_of_the_unpadded_network(on, tmp_path):
    on(machine(lanes=4))

    def trial(key, p, d):
        net = nn.MLP(hidden=(p.width, p.width * 2), out=d.classes)
        optimizer = learn.optimizer(p.optimizer, p.learning_rate)
        return learn.supervised(key, net, optimizer, d.train.x, d.train.y, batch=20)

    request = request_of(irises(trial), seeds=2)
    weights = kept(request, tmp_path)
    for (seed, cell), tree in weights.items():
        width = cell.settings["width"]
        assert tree["layer_1"]["kernel"].shape == (width, 2 * width)
        expected = jax.tree.map(np.asarray, alone(request, seed, cell).params)
        assert jax.tree.structure(tree) == jax.tree.structure(expected)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), tree, expected
        )


def test_without_training_they_are_the_initial_ones_bit_for_bit(on, tmp_path):
    on(machine(lanes=4))
    request = request_of(irises(steps=0), seeds=2)
    for (seed, cell), tree in kept(request, tmp_path).items():
        jax.tree.map(np.testing.assert_array_equal, tree, alone(request, seed, cell).params)


def test_keeping_them_changes_no_key_and_no_row(on, tmp_path):
    on(machine(lanes=2))
    request = request_of(irises(), seeds=2)
    table_of(request, tmp_path / "plain")
    kept(request, tmp_path / "kept")
    rows = [
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.parquet")}
        for name in ("plain", "kept")
    ]
    assert rows[0] == rows[1] != {}


def test_a_state_without_params_is_kept_whole(on, tmp_path):
    on(machine(lanes=4))

    def trial(key, p, d):
        state = (p.learning_rate, {"b": jnp.asarray(0.5, jnp.bfloat16)})
        return learn.Trial(lambda: state, lambda i, s: s, lambda s: {"x": s[0]})

    for (_, cell), tree in kept(request_of(irises(trial), seeds=1), tmp_path).items():
        assert tree["0"] == np.float32(cell.settings["learning_rate"])
        assert tree["1"]["b"] == 0.5 and tree["1"]["b"].dtype == np.float32


def test_a_state_padded_in_another_way_is_refused(on, tmp_path):
    """What is cut away must be zero: reversed, the padding comes first."""
    on(machine(lanes=4))

    def trial(key, p, d):
        ones = p.width.keep(jnp.ones(p.width.capacity))
        return learn.Trial(lambda: ones[::-1], lambda i, s: s, lambda s: {"x": s.sum()})

    heard = Heard()
    kept(request_of(irises(trial), seeds=1), tmp_path, heard)
    (failure,) = heard.failures
    assert "cannot be kept" in failure and "--keep-weights" in failure


def test_trials_recorded_without_them_are_told_of_and_not_run_again(on, tmp_path):
    on(machine(lanes=4))
    request, heard = request_of(irises(), seeds=2), Heard()
    table_of(request, tmp_path)
    assert set(map(str, kept(request, tmp_path, heard).values())) == {"None"}
    (note,) = heard.notes
    assert "8 trials" in note and "--keep-weights" in note and "--out" in note


@pytest.mark.parametrize("steps", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_they_are_the_last_ones_after_a_stop_too(on, tmp_path, monkeypatch, steps):
    monkeypatch.setenv("NNLAB_CHECKPOINT_SECONDS", "0")
    monkeypatch.setattr(segments.Pace, "__init__", lambda pace: setattr(pace, "steps", steps))
    monkeypatch.setattr(segments.Pace, "took", lambda *_: None)
    on(machine(lanes=4))
    request = request_of(irises(), seeds=1)
    whole = kept(request, tmp_path / "whole")
    save = checkpoints.Checkpoint.save

    def stopping(checkpoint, reached, compiled):
        save(checkpoint, reached, compiled)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints.Checkpoint, "save", stopping)
        kept(request, tmp_path / "stopped")
    again = kept(request, tmp_path / "stopped")
    jax.tree.map(np.testing.assert_array_equal, list(again.values()), list(whole.values()))
