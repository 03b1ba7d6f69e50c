from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from nnlab import learn, nn
from nnlab.errors import NnlabError
from nnlab.learn.batches import shuffled_positions

KEY = jax.random.key(7)
UNLIKELY = 1e-4


@partial(jax.jit, static_argnames=("order", "batch", "steps"))
def drawn(order, batch, steps, n, key=KEY):
    return jax.vmap(lambda i: learn.indices(order, key, i, batch, n))(jnp.arange(steps))


@jax.jit
def permutations(keys, n, places):
    return jax.vmap(lambda key: shuffled_positions(key, places, n))(keys)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 1000])
def test_the_shuffle_is_a_permutation(n):
    places = jnp.arange(n)
    for shuffled in permutations(jax.random.split(KEY, 5), n, places):
        np.testing.assert_array_equal(np.sort(shuffled), places)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_all_permutations_are_equally_likely(n):
    shuffled = permutations(jax.random.split(KEY, 40_000), n, jnp.arange(n))
    _, counts = np.unique(np.asarray(shuffled) @ n ** np.arange(n), return_counts=True)
    assert len(counts) == math.factorial(n)
    assert scipy.stats.chisquare(counts).pvalue > UNLIKELY


def test_places_and_distances_of_neighbours_are_uniform():
    n = 50
    shuffled = np.asarray(permutations(jax.random.split(KEY, 20_000), n, jnp.arange(n)))
    for place in range(0, n, 7):
        counts = np.bincount(shuffled[:, place], minlength=n)
        assert scipy.stats.chisquare(counts).pvalue > UNLIKELY
        distance = (shuffled[:, (place + 1) % n] - shuffled[:, place]) % n
        counts = np.bincount(distance, minlength=n)
        assert counts[0] == 0
        assert scipy.stats.chisquare(counts[1:]).pvalue > UNLIKELY


def test_an_epoch_visits_every_example_once_and_epochs_differ():
    index, weight = drawn("reshuffled", 10, 12, 60)
    first, second = np.asarray(index[:6]).ravel(), np.asarray(index[6:]).ravel()
    np.testing.assert_array_equal(np.sort(first), np.arange(60))
    np.testing.assert_array_equal(np.sort(second), np.arange(60))
    assert (first != second).mean() > 0.9
    assert (np.asarray(weight) == 1).all()


def test_a_last_short_minibatch_is_dropped_and_everybody_is_dropped_sometimes():
    index, _ = drawn("reshuffled", 10, 30 * 6, 67)
    epochs = np.asarray(index).reshape(30, 60)
    assert learn.steps_per_epoch(10, 67) == 6
    assert all(len(set(epoch)) == 60 for epoch in epochs)
    dropped = [set(range(67)) - set(epoch) for epoch in epochs]
    assert len(set.union(*dropped)) > 60


def test_seeds_have_different_orders():
    one, other = (drawn("reshuffled", 50, 1, 50, jax.random.key(s))[0] for s in (1, 2))
    assert (np.asarray(one) != np.asarray(other)).mean() > 0.8


@pytest.mark.parametrize("order", learn.orders)
@pytest.mark.parametrize("n", [1, 23])
def test_every_order_stays_within_n_traced_or_not(order, n):
    index, weight = drawn(order, 10, 40, n)
    alone = jax.vmap(lambda i: learn.indices(order, KEY, i, 10, n))(jnp.arange(40))
    np.testing.assert_array_equal(index, alone[0])
    np.testing.assert_array_equal(weight, alone[1])
    assert index.dtype == jnp.int32
    assert weight.dtype == jnp.float32
    assert np.asarray(index).min() >= 0
    assert np.asarray(index).max() < n


@pytest.mark.parametrize("order", ["full", "reshuffled", "systematic"])
def test_with_fewer_examples_than_places_each_has_weight_once(order):
    index, weight = drawn(order, 10, 5, 7)
    for one_index, one_weight in zip(np.asarray(index), np.asarray(weight), strict=True):
        assert one_weight.sum() == 7
        assert sorted(one_index[one_weight > 0]) == list(range(7))


@pytest.mark.parametrize("order", learn.orders)
@pytest.mark.parametrize("n", [23, 7])
def test_a_padded_minibatch_holds_the_examples_of_the_minibatch_alone(order, n):
    @jax.jit
    @partial(jax.vmap, in_axes=(None, 0))
    def padded(batch, step):
        return learn.indices(order, KEY, step, nn.Size(batch, 16), n)

    for batch in (1, 10, 16):
        index, weight = drawn(order, batch, 30, n)
        padded_index, padded_weight = padded(batch, jnp.arange(30))
        live = np.asarray(weight) > 0
        np.testing.assert_array_equal(padded_index[:, :batch][live], np.asarray(index)[live])
        np.testing.assert_array_equal(padded_weight[:, :batch], weight)
        assert not np.asarray(padded_weight[:, batch:]).any()
        assert 0 <= np.asarray(padded_index).min() <= np.asarray(padded_index).max() < n


def test_systematic_goes_round_and_round():
    index, _ = drawn("systematic", 10, 40, 23)
    np.testing.assert_array_equal(np.asarray(index).ravel(), np.arange(400) % 23)
    late = learn.indices("systematic", KEY, jnp.int32(2_000_000_000), 10, 60_000)[0]
    np.testing.assert_array_equal(late, (2_000_000_000 * 10 + np.arange(10)) % 60_000)


def test_with_replacement_is_uniform_over_all_examples():
    index, weight = drawn("with_replacement", 10, 2000, 23)
    counts = np.bincount(np.asarray(index).ravel(), minlength=23)
    assert scipy.stats.chisquare(counts).pvalue > UNLIKELY
    assert (np.asarray(weight) == 1).all()


def test_an_unknown_order_is_refused():
    with pytest.raises(NnlabError, match="reshuffled"):
        learn.indices("reshufled", KEY, 0, 10, 100)
