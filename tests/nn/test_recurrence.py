"""Recurrent layers against a plain loop of PyTorch's formulas, and against Flax's cells."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnlab.errors import NnlabError
from nnlab.nn import GRU, LSTM, RNN, Features, Size, study_key

KEY = study_key("recurrence", 0)
X = np.random.default_rng(0).normal(size=(4, 6, 3))
LAYERS = {"rnn": (RNN, 1), "gru": (GRU, 3), "lstm": (LSTM, 4)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(name, p, x):
    """States [B, time, features] by PyTorch's documented formulas, in its order of gates."""
    h = c = np.zeros((len(x), p["input_kernel"].shape[-1]))
    states = []
    for t in range(x.shape[1]):
        a = [x[:, t] @ w + b for w, b in zip(p["input_kernel"], p["input_bias"], strict=True)]
        u = [h @ w + b for w, b in zip(p["recurrent_kernel"], p["recurrent_bias"], strict=True)]
        if name == "rnn":
            h = np.tanh(a[0] + u[0])
        elif name == "gru":
            r, z = sigmoid(a[0] + u[0]), sigmoid(a[1] + u[1])
            h = (1 - z) * np.tanh(a[2] + r * u[2]) + z * h
        else:
            i, f, o = (sigmoid(a[k] + u[k]) for k in (0, 1, 3))
            c = f * c + i * np.tanh(a[2] + u[2])
            h = o * np.tanh(c)
        states.append(h)
    return np.stack(states, 1)


def random_parameters(gates, features, seed):
    random = np.random.default_rng(seed)
    shapes = {
        "input_kernel": (gates, X.shape[-1], features),
        "recurrent_kernel": (gates, features, features),
        "input_bias": (gates, features),
        "recurrent_bias": (gates, features),
    }
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("name", LAYERS)
def test_states_are_those_of_pytorch_forward_backward_and_both(name):
    kind, gates = LAYERS[name]
    params = {"forward": random_parameters(gates, 5, 1), "backward": random_parameters(gates, 5, 2)}
    ahead = by_hand(name, params["forward"], X)
    back = by_hand(name, params["backward"], X[:, ::-1])[:, ::-1]

    def apply(params, x):
        def run(**options):
            return kind(5, **options).apply({"params": params}, x)

        return {
            "ahead": run(),
            "back": run(reverse=True),
            "both": run(bidirectional=True),
            "last": run(every_state=False),
            "last_both": run(bidirectional=True, every_state=False),
            "alone": kind(5).apply({"params": params}, x[0]),
        }

    with jax.enable_x64(True):
        actual = jax.jit(apply)(params, X)
    expected = {
        "ahead": ahead,
        "back": back,
        "both": np.stack([ahead, back], -1).reshape(4, 6, 10),
        "last": ahead[:, -1],
        "last_both": np.stack([ahead[:, -1], back[:, 0]], -1).reshape(4, 10),
        "alone": ahead[0],
    }
    for key, states in expected.items():
        np.testing.assert_allclose(actual[key], states, rtol=0, atol=1e-12, err_msg=key)


def test_flax_cells_give_the_same_states_and_gradients():
    """Flax's cells have one bias where PyTorch's have two: the other one is zero."""
    x = jnp.asarray(X, jnp.float32)
    gru, lstm = random_parameters(3, 5, 3), random_parameters(4, 5, 4)
    gru["recurrent_bias"][:2] = 0  # Flax: only the new gate has it
    lstm["input_bias"][:] = 0
    gru, lstm = (jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), p) for p in (gru, lstm))

    def flax_gru(p):
        cells = {f"i{g}": {"kernel": p["input_kernel"][i], "bias": p["input_bias"][i]}
                 for i, g in enumerate("rzn")}  # fmt: skip
        cells |= {f"h{g}": {"kernel": p["recurrent_kernel"][i]} for i, g in enumerate("rz")}
        cells["hn"] = {"kernel": p["recurrent_kernel"][2], "bias": p["recurrent_bias"][2]}
        return linen.RNN(linen.GRUCell(5)).apply({"params": {"cell": cells}}, x)

    def flax_lstm(p):
        cells = {f"i{g}": {"kernel": p["input_kernel"][i]} for i, g in enumerate("ifgo")}
        for i, g in enumerate("ifgo"):
            cells[f"h{g}"] = {"kernel": p["recurrent_kernel"][i], "bias": p["recurrent_bias"][i]}
        return linen.RNN(linen.LSTMCell(5)).apply({"params": {"cell": cells}}, x)

    def both(layer, flax, params):
        def ours(p):
            return layer.apply({"params": {"forward": p}}, x)

        return [
            jax.value_and_grad(lambda p, f=f: jnp.sum(jnp.sin(2 * f(p))))(params)
            for f in (ours, flax)
        ]

    results = jax.jit(lambda: (both(GRU(5), flax_gru, gru), both(LSTM(5), flax_lstm, lstm)))()
    for name, (ours, flax) in zip(("gru", "lstm"), results, strict=True):
        np.testing.assert_allclose(ours[0], flax[0], rtol=1e-5)
        for part in ("input_kernel", "recurrent_kernel"):
            mine, theirs = ours[1][part], flax[1][part]
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4, err_msg=name)


def test_pytorch_initialisation_is_for_the_fan_in_of_the_state():
    draw = jax.jit(GRU(100, bidirectional=True).init)
    drawn = jax.tree.map(np.asarray, draw(KEY, jnp.ones((1, 2, 50)))["params"])
    leaves = jax.tree.leaves(drawn)
    assert len(leaves) == 8
    for leaf in leaves:
        assert 0.97 / 10 < np.abs(leaf).max() <= 1 / 10
        assert abs(leaf.mean()) < 5 * 0.1 / np.sqrt(3 * leaf.size)
    kernel = drawn["forward"]["recurrent_kernel"].reshape(3, -1)
    rows = [*kernel, *drawn["backward"]["recurrent_kernel"].reshape(3, -1)]
    np.testing.assert_allclose(np.corrcoef(rows), np.eye(6), atol=0.06)


def test_other_initialisers_and_the_biases_that_go_with_them():
    layer = RNN(64, kernel_init="he_normal", recurrent_init="orthogonal")
    params = jax.jit(layer.init)(KEY, jnp.ones((1, 2, 200)))["params"]["forward"]
    assert abs(np.std(params["input_kernel"]) / np.sqrt(2 / 200) - 1) < 0.05
    recurrent = np.asarray(params["recurrent_kernel"][0])
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(64), atol=1e-5)
    assert not params["input_bias"].any() and not params["recurrent_bias"].any()
    without = jax.eval_shape(RNN(4, use_bias=False).init, KEY, jnp.ones((1, 2, 3)))
    assert set(without["params"]["forward"]) == {"input_kernel", "recurrent_kernel"}


@pytest.mark.parametrize("name", LAYERS)
def test_it_masks_whatever_its_parameters_hold(name):
    kind, gates = LAYERS[name]
    params = random_parameters(gates, 5, 1)
    layer = kind(Size(3, 5))
    y = layer.apply({"params": {"forward": params}}, jnp.asarray(X, jnp.float32))
    assert isinstance(y, Features) and not y.values[..., 3:].any()
    live = {
        k: v[:, :3, :3] if k[:3] == "rec" and v.ndim == 3 else v[..., :3] for k, v in params.items()
    }
    np.testing.assert_allclose(y.values[..., :3], by_hand(name, live, X), rtol=0, atol=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(NnlabError, match="channel axis"):
        GRU(3).init(KEY, jnp.ones(4))
    with pytest.raises(NnlabError, match="reverse"):
        GRU(3, reverse=True, bidirectional=True).init(KEY, jnp.ones((1, 4, 1)))
