"""Dense, layer norm and dropout: what they compute, padded and plain."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.nn import Dense, Dropout, Features, LayerNorm, Size, study_key

KEY = study_key("layers", 0)
X = jnp.asarray(np.random.default_rng(0).normal(size=(5, 6)), jnp.float32)


def padded(n, capacity=6):
    """The first n columns of X as padded features."""
    size = Size(n, capacity)
    return Features(size.keep(jnp.pad(X, ((0, 0), (0, capacity - 6)))), size)


def test_dense_is_xw_plus_b():
    layer = Dense(3, bias_init="pytorch")
    parameters = layer.init(KEY, X)["params"]
    kernel, bias = parameters["kernel"], parameters["bias"]
    assert kernel.shape == (6, 3) and bias.shape == (3,) and np.all(bias != 0)
    actual = layer.apply({"params": parameters}, X)
    np.testing.assert_allclose(actual, np.asarray(X) @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_dense_without_bias_has_the_same_kernel():
    with_bias, without = Dense(3).init(KEY, X), Dense(3, use_bias=False).init(KEY, X)
    assert set(without["params"]) == {"kernel"}
    np.testing.assert_array_equal(with_bias["params"]["kernel"], without["params"]["kernel"])


def test_kernel_and_bias_are_drawn_independently():
    parameters = Dense(4, "pytorch", "pytorch").init(KEY, X)["params"]
    assert not np.isin(parameters["bias"], parameters["kernel"]).any()


def test_dense_counts_the_live_inputs_in_its_fan():
    # 40 live of 4000 inputs: a fan-in of the capacity would give a tenth of the deviation.
    x = Features(jnp.zeros((1, 4000)), Size(40, 4000))
    kernel = np.asarray(Dense(500).init(KEY, x)["params"]["kernel"])
    assert abs(kernel[:40].std() / np.sqrt(2 / 40) - 1) < 0.02
    assert not kernel[40:].any()


def test_dense_returns_plain_arrays_for_exact_sizes_only():
    assert isinstance(Dense(3).init_with_output(KEY, padded(4))[0], jax.Array)
    assert isinstance(Dense(Size(3, 3)).init_with_output(KEY, X)[0], jax.Array)
    assert isinstance(Dense(Size(2, 3)).init_with_output(KEY, X)[0], Features)
    assert isinstance(Dense(Size(jnp.int32(3), 3)).init_with_output(KEY, X)[0], Features)


def test_dense_masks_whatever_its_parameters_hold():
    layer = Dense(Size(2, 3))
    y = layer.apply({"params": {"kernel": jnp.ones((6, 3)), "bias": jnp.ones(3)}}, X)
    assert isinstance(y, Features)
    np.testing.assert_array_equal(y.values[:, 2], 0)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64, jnp.uint8])
def test_parameters_have_the_dtype_of_the_input(dtype):
    with jax.enable_x64(True):
        y, variables = Dense(3).init_with_output(study_key("layers", 0), jnp.ones((2, 6), dtype))
    expected = np.float64 if dtype == jnp.uint8 else dtype
    assert y.dtype == variables["params"]["kernel"].dtype == expected


def test_an_unknown_initialiser_suggests_the_nearest():
    with pytest.raises(NnlabError, match="did you mean 'he_normal'"):
        Dense(3, kernel_init="he_norm").init(KEY, X)


def test_layer_norm_normalises_each_example():
    y, variables = LayerNorm().init_with_output(KEY, X * 7 + 3)
    np.testing.assert_allclose(np.mean(y, -1), 0, atol=1e-6)
    np.testing.assert_allclose(np.var(y, -1), 1, rtol=1e-4)
    scaled = LayerNorm().apply({"params": {"scale": jnp.full(6, 2.0), "bias": jnp.ones(6)}}, X)
    np.testing.assert_allclose(scaled, LayerNorm().apply(variables, X) * 2 + 1, atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_layer_norm_counts_the_live_features(n):
    layer = LayerNorm()

    def total(h, scale, bias):
        y = layer.apply({"params": {"scale": scale, "bias": bias}}, h)
        values = y.values if isinstance(y, Features) else y
        return jnp.sum(values**3), values

    def padded_total(n, x, *parameters):
        return total(Features(Size(n, 8).keep(x), Size(n, 8)), *parameters)

    scale, bias, wide = jnp.arange(1.0, 9), jnp.arange(8.0) / 4, jnp.pad(X, ((0, 0), (0, 2)))
    variables = layer.init(KEY, padded(n, 8))["params"]
    np.testing.assert_array_equal(variables["scale"], np.arange(8) < n)

    gradient = jax.jit(jax.grad(padded_total, argnums=(1, 2, 3), has_aux=True))
    grads, values = gradient(jnp.int32(n), wide, scale, bias)
    alone, alone_values = jax.grad(total, argnums=(0, 1, 2), has_aux=True)(
        X[:, :n], scale[:n], bias[:n]
    )
    np.testing.assert_allclose(values[:, :n], alone_values, rtol=1e-5, atol=1e-5)
    for ours, theirs in zip((values, *grads), (alone_values, *alone), strict=True):
        assert np.all(np.isfinite(ours)) and not np.asarray(ours)[..., n:].any()
        np.testing.assert_allclose(ours[..., :n], theirs, rtol=1e-4, atol=2e-4)
    if n == 1:
        np.testing.assert_array_equal(values[:, 0], bias[0])


def drop(rate, x, key=KEY, **options):
    return Dropout(rate, **options).apply({}, x, rngs={"dropout": key})


def test_dropout_keeps_the_mean_and_the_share():
    ones = jnp.ones((300, 300))
    for rate in (0.1, 0.5, 0.8):
        y = np.asarray(drop(rate, ones))
        error = np.sqrt(rate * (1 - rate) / ones.size)
        assert abs((y == 0).mean() - rate) < 4.5 * error
        np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - rate)], rtol=1e-6)


def test_dropout_at_the_ends():
    np.testing.assert_array_equal(drop(0.0, X), X)
    np.testing.assert_array_equal(drop(1.0, X), 0)
    gradient = jax.grad(lambda x: jnp.sum(drop(jnp.float32(1), x)))(X)
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("rate", [-0.1, 1.5])
def test_a_rate_outside_0_1_is_refused(rate):
    with pytest.raises(NnlabError, match=r"0\.\.1"):
        drop(rate, X)


def test_dropout_is_on_exactly_when_there_is_an_rng_or_as_told():
    np.testing.assert_array_equal(Dropout(0.5).apply({}, X), X)
    assert (np.asarray(drop(0.5, X)) == 0).any()
    np.testing.assert_array_equal(drop(0.5, X, deterministic=True), X)
    called = Dropout(0.5).apply({}, X, deterministic=True, rngs={"dropout": KEY})
    np.testing.assert_array_equal(called, X)


def test_dropout_draws_the_same_mask_whatever_the_capacity():
    ones = jnp.ones((7, 40))

    def dropped(n, rate):
        return drop(rate, Features(Size(n, 40).keep(ones), Size(n, 40))).values

    lanes = jax.jit(jax.vmap(dropped))
    sizes = (1, 8, 40)
    for n, y in zip(sizes, lanes(jnp.array(sizes), jnp.array([0.5, 0.3, 0.7])), strict=True):
        rate = {1: 0.5, 8: 0.3, 40: 0.7}[n]
        np.testing.assert_allclose(y[:, :n], drop(rate, ones[:, :n]), rtol=1e-6)
        assert not y[:, n:].any()


def test_dropout_masks_differ_between_keys_and_examples():
    ones = jnp.ones((50, 50))
    masks = [np.asarray(drop(0.5, ones, study_key("layers", seed))) for seed in (0, 1)]
    assert 0.4 < (masks[0] != masks[1]).mean() < 0.6
    assert len(np.unique(masks[0], axis=0)) == 50
