"""The MLP: its parts, its sown activations, and that its randomness stays with its layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.nn import MLP, Features, Size, stream, study_key

KEY = study_key("mlp", 0)
X = jnp.asarray(np.random.default_rng(0).normal(size=(5, 6)), jnp.float32)


def test_it_is_the_textbook_network():
    net = MLP((8, 7), 3, "tanh", "pytorch")
    variables = net.init(KEY, X)
    p = variables["params"]
    h = np.tanh(np.asarray(X) @ p["layer_0"]["kernel"] + p["layer_0"]["bias"])
    h = np.tanh(h @ p["layer_1"]["kernel"] + p["layer_1"]["bias"])
    expected = h @ p["layer_2"]["kernel"] + p["layer_2"]["bias"]
    np.testing.assert_allclose(net.apply(variables, X), expected, rtol=1e-5, atol=1e-6)


def test_no_hidden_layer_is_a_linear_model():
    variables = MLP((), 3).init(KEY, X)
    assert jax.tree.map(jnp.shape, variables["params"]) == {
        "layer_0": {"kernel": (6, 3), "bias": (3,)}
    }


def test_biases_are_zero_but_for_pytorch():
    for init, drawn in (("he_normal", False), ("constant", False), ("pytorch", True)):
        bias = MLP((8,), 3, kernel_init=init).init(KEY, X)["params"]["layer_0"]["bias"]
        assert bool(np.any(bias != 0)) is drawn
    assert np.abs(bias).max() <= 1 / np.sqrt(6)


def test_gain_scales_every_weight_and_no_bias():
    one = MLP((8,), 3, kernel_init="pytorch").init(KEY, X)["params"]
    two = jax.jit(lambda g: MLP((8,), 3, kernel_init="pytorch", gain=g).init(KEY, X))(2.0)
    for layer, weights in two["params"].items():
        np.testing.assert_array_equal(weights["kernel"], 2 * one[layer]["kernel"])
        np.testing.assert_array_equal(weights["bias"], one[layer]["bias"])


def test_each_layer_may_have_a_gain_of_its_own():
    one = MLP((8, 7), 3).init(KEY, X)["params"]
    own = jax.jit(lambda g: MLP((8, 7), 3, gain=(g, 2 * g, 0.5)).init(KEY, X)["params"])(2.0)
    for layer, gain in enumerate((2.0, 4.0, 0.5)):
        name = f"layer_{layer}"
        np.testing.assert_array_equal(own[name]["kernel"], gain * one[name]["kernel"])
    with pytest.raises(NnlabError, match="2 gains for 3 layers"):
        MLP((8, 7), 3, gain=(1.0, 2.0)).init(KEY, X)


def test_other_consumers_of_randomness_change_no_weight():
    plain = MLP((8, 8), 3).init(KEY, X)["params"]
    richer = MLP((8, 8, 8), 3, layer_norm=True, dropout=0.5, use_bias=False)
    rich = richer.init({"params": KEY, "dropout": stream(KEY, "dropout")}, X)["params"]
    for layer in ("layer_0", "layer_1"):
        np.testing.assert_array_equal(plain[layer]["kernel"], rich[layer]["kernel"])


def test_he_keeps_the_second_moment_and_its_fluctuation_through_relu_layers():
    # E h^2 stays constant in depth, and E h^4 / (E h^2)^2 grows as (1 + 5/n)^L, for the square
    # norm of a layer of n units (Hanin and Rolnick 2018).
    n, depth, nets = 64, 8, 3000
    x = jnp.full((1, 64), jnp.sqrt(2.0))  # |x|^2 / n = 2: as a ReLU layer's preactivations

    def squares(key):
        net = MLP((n,) * depth, 1)
        state = net.apply(net.init(key, x), x, mutable="intermediates")[1]
        return jnp.stack([jnp.sum(h**2) for h in state["intermediates"]["activations"]]) / n

    keys = jax.vmap(lambda seed: study_key("moments", seed))(jnp.arange(nets, dtype=jnp.uint32))
    moments = np.asarray(jax.jit(lambda keys: jax.lax.map(squares, keys, batch_size=50))(keys))
    mean = moments.mean(0)
    error = moments.std(0) / np.sqrt(nets)
    np.testing.assert_array_less(np.abs(mean - 2), 4.5 * error)
    ratio = (moments**2).mean(0) / mean**2
    np.testing.assert_allclose(ratio, (1 + 5 / n) ** np.arange(1, depth + 1), rtol=0.15)


def test_layer_norm_stands_before_each_activation():
    net = MLP((64, 32), 3, layer_norm=True)
    state = net.apply(net.init(KEY, X), X, mutable="intermediates")[1]["intermediates"]
    for h, after in zip(state["preactivations"], state["activations"], strict=True):
        np.testing.assert_allclose(np.mean(h, -1), 0, atol=1e-5)
        np.testing.assert_allclose(np.var(h, -1), 1, rtol=1e-3)
        np.testing.assert_array_equal(after, np.maximum(h, 0))


@pytest.mark.parametrize("widths", [(8, 4), (Size(8, 10), Size(4, 10))])
def test_activations_are_sown_on_request_only(widths):
    net = MLP(widths, 3, "sigmoid")
    variables = net.init(KEY, X)
    assert set(variables) == {"params"}
    state = net.apply(variables, X, mutable="intermediates")[1]["intermediates"]
    kind = Features if isinstance(widths[0], Size) else jax.Array
    assert set(state) == {"preactivations", "activations"}
    for before, after in zip(state["preactivations"], state["activations"], strict=True):
        assert isinstance(before, kind) and isinstance(after, kind)
    last = state["activations"][1]
    assert np.all((last.values[:, :4] if kind is Features else last) > 0)


def test_dropout_is_active_with_an_rng_only():
    net = MLP((64,), 3, dropout=0.5)
    variables = net.init(KEY, X)
    still = net.apply(variables, X)
    np.testing.assert_array_equal(still, MLP((64,), 3).apply(variables, X))
    first, again, other = (
        net.apply(variables, X, rngs={"dropout": stream(KEY, name)}) for name in "aab"
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other) and np.any(first != still)
