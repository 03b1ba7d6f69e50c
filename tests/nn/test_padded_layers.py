"""Padded equals unpadded for convolutional and recurrent layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.nn import (
    RNN,
    Conv,
    Dense,
    Features,
    Size,
    activate,
    flatten,
    max_pool,
    study_key,
)
from nnlab.nn.size import unpack

CAPACITY, LIVE, LENGTH = 4, 2, 7
PYTORCH = {"kernel_init": "pytorch", "bias_init": "pytorch"}
STACKS = {
    "convolutional": lambda n: [
        Conv(n + 1, (3,), 2, **PYTORCH),
        lambda h: activate("sigmoid", h),
        lambda h: max_pool(h, (2,), 1, "SAME"),
        flatten,
        Dense(3, kernel_init="glorot_normal"),
    ],
    "recurrent": lambda n: [RNN(n + 1, activation="sigmoid", reverse=True, every_state=False)],
}


def through(stack, params, h):
    """The output of the layers one after the other; params None draws them."""
    drawn = {}
    for i, layer in enumerate(stack):
        if not hasattr(layer, "init"):
            h = layer(h)
            continue
        if params is None:
            drawn[i] = layer.init(jax.random.fold_in(study_key("layers", 1), i), h)
        h = layer.apply((drawn if params is None else params)[i], h)
    return drawn if params is None else h


def initial_and_gradients(stack, h):
    """Initial weights; outputs; gradients for the weights and for the input."""
    values, size = unpack(h)

    def loss(params, values):
        y = through(stack, params, values if size.is_exact else Features(values, size))
        y = unpack(y)[0]
        return jnp.sum(jnp.sin(3 * y)), y

    params = through(stack, None, h)
    gradient, y = jax.grad(loss, (0, 1), has_aux=True)(params, values)
    return params, (y, gradient)


@pytest.mark.parametrize("name", STACKS)
def test_initial_weights_outputs_and_gradients(name):
    def padded(n, x):
        size = Size(n, CAPACITY)
        h = Features(size.keep(x), size)
        return initial_and_gradients(STACKS[name](size), h)

    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(0).normal(size=(3, LENGTH, CAPACITY)))
        lane = jax.jit(padded)(jnp.int32(LIVE), x)
        alone = jax.jit(lambda x: initial_and_gradients(STACKS[name](LIVE), x))(x[..., :LIVE])
    jax.tree.map(lambda p, a: compare(p, a, 0), lane[0], alone[0])
    jax.tree.map(lambda p, a: compare(p, a, 1e-10), lane[1], alone[1])
    assert all(gradient.any() for gradient in jax.tree.leaves(alone[1]))


def compare(padded, alone, tolerance):
    padded, corner = np.array(padded), tuple(map(slice, alone.shape))
    assert padded.dtype == alone.dtype == np.float64
    np.testing.assert_allclose(padded[corner], alone, rtol=0, atol=tolerance)
    padded[corner] = 0
    assert (padded == 0).all()
