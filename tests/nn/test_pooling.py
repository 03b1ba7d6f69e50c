"""Pooling and flattening, plain and padded."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnlab.errors import NnlabError
from nnlab.nn import Dense, Features, Size, flatten, max_pool, mean_pool, study_key

X = jnp.asarray(np.random.default_rng(0).normal(size=(3, 11, 9, 4)), jnp.float32)
POOLS = [
    ((3, 3), 2, "SAME"),
    ((3, 2), (1, 2), [(1, 1), (0, 1)]),
    ((4,), None, "VALID"),
]


def test_pools_are_those_of_flax_in_value_and_gradient():
    def all_of(maximum, mean, x):
        results = []
        for window, strides, padding in POOLS:
            steps = window if strides is None else strides
            steps = (steps,) * len(window) if isinstance(steps, int) else steps
            h = x if len(window) == 2 else x[:, :, 0]
            for pool in (maximum, mean):

                def loss(h, pool=pool, window=window, steps=steps, padding=padding):
                    y = pool(h, window, steps, padding)
                    return jnp.sum(jnp.sin(3 * y)), y

                results.append(jax.grad(loss, has_aux=True)(h))
        return results

    ours = jax.jit(functools.partial(all_of, max_pool, mean_pool))(X)
    with jax.numpy_dtype_promotion("standard"):  # Flax divides by an int
        flax = jax.jit(functools.partial(all_of, linen.max_pool, linen.avg_pool))(X)
    for mine, theirs in zip(*map(jax.tree.leaves, (ours, flax)), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_windows_do_not_overlap_by_default():
    np.testing.assert_array_equal(max_pool(X, (2, 3)), max_pool(X, (2, 3), (2, 3)))


def test_the_gradient_of_equal_entries_goes_to_the_first():
    x = jnp.asarray([[1.0], [1.0], [0.0], [1.0]])
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(max_pool(x, (4,)))))(x)
    np.testing.assert_array_equal(gradient[:, 0], [1, 0, 0, 0])


def test_a_nan_is_not_lost():
    x = jnp.where(jnp.eye(3, dtype=bool), jnp.nan, jnp.arange(3.0))  # at each place in turn
    assert np.isnan(max_pool(x, (3,))).all() and np.isnan(mean_pool(x, (3,))).all()


@pytest.mark.parametrize("pool", [max_pool, mean_pool])
def test_pools_keep_padded_channels_at_zero(pool):
    x = X[:, :, 0] - 10  # below the zeros of the padding

    def padded(n, x):
        size = Size(n, 4)

        def total(x):
            y = pool(Features(size.keep(x), size), (3,), 2, "SAME")
            return jnp.sum(y.values**2), y

        gradient, y = jax.grad(total, has_aux=True)(x)
        return y, gradient

    y, gradient = jax.jit(padded)(jnp.int32(3), x)
    alone = pool(x[..., :3], (3,), 2, "SAME")
    np.testing.assert_array_equal(y.values[..., :3], alone)
    assert not y.values[..., 3].any() and not gradient[..., 3].any()
    assert gradient[..., :3].any() and np.isfinite(gradient).all()


def test_a_window_of_padding_alone_is_refused():
    with pytest.raises(NnlabError, match="without any input"):
        max_pool(X[:, :, 0], (2,), 1, 2)


def test_flatten_has_the_order_of_pytorch():
    x = jnp.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(flatten(x), np.moveaxis(x, -1, 1).reshape(2, 12))
    assert flatten(X).shape == (3, 396) and flatten(X, keep=2).shape == (3, 11, 36)
    assert flatten(X[0], keep=0).shape == (396,)
    with pytest.raises(NnlabError, match="nothing to flatten"):
        flatten(jnp.ones(3))


def test_flattened_padding_stays_behind_and_is_not_counted():
    def kernel_of(h):
        h = flatten(h)
        return h, Dense(6).init(study_key("pooling", 0), h)["params"]["kernel"]

    def padded(n):
        size = Size(n, 8)
        return kernel_of(Features(size.keep(jnp.tile(X, 2)), size))

    h, kernel = jax.jit(padded)(jnp.int32(3))
    flat, alone = jax.jit(kernel_of)(X[..., :3])
    live = flat.shape[1]
    assert live == 3 * 99 and h.size.capacity == 8 * 99 and int(h.size.n) == live
    np.testing.assert_array_equal(h.values[:, :live], flat)
    np.testing.assert_array_equal(kernel[:live], alone)
    assert not h.values[:, live:].any() and not kernel[live:].any()
