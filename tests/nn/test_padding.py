"""Padded equals unpadded: an MLP with traced sizes is the MLP of those sizes alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.nn import MLP, Size, stream, study_key

CAPACITY, SIZES, GAINS = 16, (1, 7, 16), (0.5, 1.7, 1.0)
FULL = "softplus_all"  # everything in it: the plain run has it in float64, the slow one all
VARIANTS = {
    "relu": {},
    "sigmoid_norm": {"activation": "sigmoid", "layer_norm": True, "kernel_init": "glorot_uniform"},
    "gelu_dropout": {"activation": "gelu", "dropout": 0.4, "kernel_init": "lecun_normal"},
    FULL: {
        "activation": "softplus",
        "layer_norm": True,
        "dropout": 0.2,
        "kernel_init": "pytorch",
    },
}


def initial(net, key, x):
    return net.init(stream(key, "init"), x)["params"]


def outputs_and_gradients(net, key, x):
    """Initial weights, outputs, and the gradient of a loss for the weights."""
    weights = initial(net, key, x)

    def loss(weights):
        y = net.apply({"params": weights}, x, rngs={"dropout": stream(key, "dropout")})
        return jnp.sum(jnp.sin(y) ** 2), y

    gradient, y = jax.grad(loss, has_aux=True)(weights)
    return weights, y, gradient


def live_block(padded, alone):
    """The live corner of a padded parameter; asserts that the rest is exactly zero."""
    corner = tuple(slice(0, length) for length in alone.shape)
    rest = np.array(padded)
    rest[corner] = 0
    assert not rest.any()
    return np.asarray(padded)[corner]


_OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS if name != FULL]


@pytest.mark.parametrize("variant", [FULL, *_OTHERS])
def test_in_float64_a_padded_mlp_is_the_mlp_alone(variant):
    with jax.enable_x64(True):
        compare(VARIANTS[variant], jnp.float64, 1e-11)


@pytest.mark.slow
def test_in_float32_a_padded_mlp_is_the_mlp_alone():
    compare(VARIANTS[FULL], jnp.float32, 1e-4)


def compare(options, dtype, tolerance):
    """jit(vmap(vmap)) over seeds, sizes and gains against each network by itself."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=(9, 6)), dtype)

    def padded(seed, n, gain):
        widths = (Size(n, CAPACITY), Size(n, CAPACITY) * 2)
        return outputs_and_gradients(
            MLP(widths, 3, gain=gain, **options), study_key("padding", seed), x
        )

    lanes = jax.jit(jax.vmap(jax.vmap(padded, (None, 0, 0)), (0, None, None)))
    seeds = jnp.arange(2, dtype=jnp.uint32)
    batch = lanes(seeds, jnp.array(SIZES), jnp.array(GAINS, dtype))
    alone_jit = jax.jit(outputs_and_gradients, static_argnums=0)
    for lane in (0, 1) if options.get("layer_norm") else (1, 2):  # each compiles: seconds
        n, gain = SIZES[lane], GAINS[lane]
        net = MLP((n, 2 * n), 3, gain=gain, **options)
        weights, y, gradient = jax.tree.map(lambda a, i=lane: np.asarray(a[1, i]), batch)
        alone = alone_jit(net, study_key("padding", 1), x)
        np.testing.assert_allclose(y, alone[1], rtol=tolerance, atol=tolerance)
        jax.tree.map(
            lambda p, a: np.testing.assert_array_equal(live_block(p, a), a), weights, alone[0]
        )
        jax.tree.map(
            lambda p, a: np.testing.assert_allclose(
                live_block(p, a), a, rtol=tolerance, atol=tolerance
            ),
            gradient,
            alone[2],
        )


def test_eager_and_compiled_initial_weights_are_bitwise_equal(either_precision):
    x, key = jnp.ones((1, 6), jnp.result_type(float)), study_key("padding", 1)
    net = MLP((5, 10), 3, gain=1.7, kernel_init="glorot_normal")
    compiled = jax.jit(initial, static_argnums=0)(net, key, x)
    jax.tree.map(np.testing.assert_array_equal, compiled, initial(net, key, x))


def test_a_lane_of_nans_changes_no_bit_of_the_others():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(9, 6)), jnp.float32)

    def padded(n, gain):
        net = MLP((Size(n, 16),) * 2, 3, "sigmoid", gain=gain, layer_norm=True, dropout=0.3)
        return outputs_and_gradients(net, study_key("padding", 0), x)

    lanes = jax.jit(jax.vmap(padded))
    sizes = jnp.array([4, 9, 16])
    healthy = lanes(sizes, jnp.ones(3))
    sick = lanes(sizes, jnp.array([1, jnp.nan, 1], jnp.float32))
    assert np.isnan(sick[1][1]).all()
    for lane in (0, 2):
        jax.tree.map(lambda a, b, i=lane: np.testing.assert_array_equal(a[i], b[i]), healthy, sick)


def test_one_program_serves_every_size_seed_and_gain():
    traces = []

    def padded(seed, n, gain):
        traces.append(n)
        return initial(
            MLP((Size(n, 8),), 2, gain=gain), study_key("padding", seed), jnp.ones((1, 4))
        )

    lane = jax.jit(padded)
    for seed, n, gain in ((0, 3, 1.0), (1, 8, 0.5), (2, 1, 2.0)):
        lane(jnp.uint32(seed), jnp.int32(n), jnp.float32(gain))
    assert len(traces) == 1
