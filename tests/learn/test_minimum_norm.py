from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(0)
solve = jax.jit(learn.minimum_norm_least_squares)


def problem(n, features, outputs=None, dtype=np.float64):
    x = RANDOM.normal(size=(n, features)).astype(dtype)
    y = RANDOM.normal(size=(n,) if outputs is None else (n, outputs)).astype(dtype)
    return x, y


@pytest.mark.parametrize("n, features", [(20, 8), (8, 20), (12, 12), (1, 5), (5, 1)])
@pytest.mark.parametrize("outputs", [None, 3])
def test_it_is_the_pseudoinverse(n, features, outputs):
    with jax.enable_x64(True):
        x, y = problem(n, features, outputs)
        weights = solve(x, y)
        assert weights.shape == (features,) if outputs is None else (features, outputs)
        np.testing.assert_allclose(weights, np.linalg.pinv(x) @ y, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("active", [1, 7, 11, 12, 13, 20])
@pytest.mark.parametrize("n", [12, 30])
def test_padded_features_equal_fewer_features(active, n):
    with jax.enable_x64(True):
        x, y = problem(n, 20, 2)
        padded = np.asarray(solve(x, y, nn.Size(jnp.int32(active), 20)))
        np.testing.assert_allclose(
            padded[:active], np.linalg.pinv(x[:, :active]) @ y, rtol=1e-8, atol=1e-10
        )
        assert (padded[active:] == 0).all()


@pytest.mark.parametrize("examples", [1, 9, 20])
def test_padded_examples_equal_fewer_examples(examples):
    with jax.enable_x64(True):
        x, y = problem(20, 9, 2)
        padded = solve(x, y, None, nn.Size(jnp.int32(examples), 20))
        expected = np.linalg.pinv(x[:examples]) @ y[:examples]
        np.testing.assert_allclose(padded, expected, rtol=1e-7, atol=1e-9)


def test_what_stands_in_the_padding_does_not_matter():
    x, y = problem(10, 6, dtype=np.float32)
    clean = solve(x, y, nn.Size(jnp.int32(4), 6), nn.Size(jnp.int32(7), 10))
    x[7:], x[:, 4:], y[7:] = np.nan, np.inf, np.nan
    dirty = solve(x, y, nn.Size(jnp.int32(4), 6), nn.Size(jnp.int32(7), 10))
    np.testing.assert_array_equal(clean, dirty)


@pytest.mark.parametrize("features", [36, 38, 40, 42, 100])
def test_float32_is_good_enough_near_the_interpolation_threshold(features):
    x, y = problem(40, features)
    truth = np.linalg.pinv(x) @ y
    weights = solve(np.float32(x), np.float32(y))
    error = np.linalg.norm(weights - truth) / np.linalg.norm(truth)
    assert error < 10 * np.finfo(np.float32).eps * np.linalg.cond(x)


def test_rank_deficient_features_do_not_blow_up():
    x, y = problem(30, 10)
    x = np.concatenate([x, x, x[:, :1] * 0], axis=1)
    np.testing.assert_allclose(
        solve(np.float32(x), np.float32(y)), np.linalg.pinv(x) @ y, rtol=2e-4, atol=1e-5
    )


def test_small_but_true_singular_values_are_kept_in_float32():
    # NumPy's default, epsilon * max(n, D), would drop the last of these.
    n = 100
    left, right = (np.linalg.qr(RANDOM.normal(size=(n, n)))[0] for _ in range(2))
    values = np.geomspace(1.0, 1e-5, n)
    target = left[:, -1]
    weights = solve(np.float32(left * values @ right.T), np.float32(target))
    np.testing.assert_allclose(np.linalg.norm(weights), 1e5, rtol=0.2)


def test_it_maps_over_seeds_and_sizes():
    x, y = (np.stack(a) for a in zip(*(problem(6, 9) for _ in range(2)), strict=True))
    x, y, sizes = np.float32(x), np.float32(y), jnp.array([2, 5, 9])

    def of_size(x, y, n):
        return learn.minimum_norm_least_squares(x, y, nn.Size(n, 9))

    weights = jax.jit(jax.vmap(jax.vmap(of_size, (None, None, 0)), (0, 0, None)))(x, y, sizes)
    for s, k in np.ndindex(2, 3):
        live = int(sizes[k])
        expected = np.linalg.pinv(x[s][:, :live]) @ y[s]
        np.testing.assert_allclose(weights[s, k, :live], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "shapes, options",
    [
        (((4,), (4,)), {}),
        (((4, 3), (5,)), {}),
        (((4, 3), (4, 2, 2)), {}),
        (((4, 3), (4,)), {"active": 5}),
        (((4, 3), (4,)), {"examples": 6}),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, options):
    with pytest.raises(NnlabError, match="least squares"):
        partial(learn.minimum_norm_least_squares, **options)(*map(jnp.ones, shapes))
