"""Which examples a step sees, as a function of (key, step) alone.

Nothing is remembered between steps: all settings of a seed see the same minibatches, a checkpoint
needs no order, and the number of examples `n` may be traced. The indices depend on `n`, never on
the capacity of the array that holds the examples. A minibatch may be a padded `Size` as well: its
live places hold the examples of the minibatch alone, the others have the weight 0.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from nnlab.nn.choose import choose
from nnlab.nn.size import Size, size_of

__all__ = [
    "full",
    "indices",
    "orders",
    "reshuffled",
    "shuffled_positions",
    "steps_per_epoch",
    "systematic",
    "with_replacement",
]

_ROUNDS = 32

Batch = tuple[jax.Array, jax.Array]


def indices(order: str, key, step, batch: int | Size, n) -> Batch:
    """The examples of one minibatch, in the named order.

    Args:
      order: a name in `orders`.
      key: the seed's key for the order of its minibatches.
      step: the step, int32 scalar, counting from 0; may be traced.
      batch: the number of examples in a minibatch, an int or a Size.
      n: the number of examples to choose from; may be traced.

    Returns:
      indices, int32 [capacity of batch], each in 0..n-1, and weights, float32 of that shape: 1, or
      0 for the padding and for the places of a minibatch that n < batch examples leave empty.
    """
    size = size_of(batch)
    index, weight = choose(orders, "minibatch order", order)(key, step, size, n)
    return index, size.keep(weight)


def full(key, step, batch: Size, n) -> Batch:
    """The first `batch` examples in their stored order, the same at every step."""
    return _kept(jnp.arange(batch.capacity, dtype=jnp.uint32), n)


def with_replacement(key, step, batch: Size, n) -> Batch:
    """Every place of the minibatch drawn afresh and uniformly from all n examples."""
    # JAX's bits are counter-based: those of a place do not depend on how many are drawn.
    drawn = jax.random.bits(jax.random.fold_in(key, step), (batch.capacity,), jnp.uint32)
    return (drawn % _unsigned(n)).astype(jnp.int32), jnp.ones(batch.capacity, jnp.float32)


def reshuffled(key, step, batch: Size, n) -> Batch:
    """A new random order every epoch; each example at most once an epoch.

    An epoch has `steps_per_epoch(batch, n)` steps: a last short minibatch is dropped, its
    examples are others in every epoch.
    """
    epoch, positions = _epoch_positions(step, batch, n)
    shuffled, weight = _kept(positions, n)
    return shuffled_positions(jax.random.fold_in(key, epoch), shuffled, n), weight


def systematic(key, step, batch: Size, n) -> Batch:
    """The stored order, round and round: example `(step * batch + j) mod n` at place j.

    When n < batch every step sees each example once. Needs n * batch < 2**32.
    """
    first = (_unsigned(step) % _unsigned(n)) * _unsigned(batch.n) % _unsigned(n)
    places, weight = _kept(jnp.arange(batch.capacity, dtype=jnp.uint32), n)
    around = (first + places.astype(jnp.uint32)) % _unsigned(n)
    short = _unsigned(n) < _unsigned(batch.n)
    return jnp.where(short, places, around.astype(jnp.int32)), weight


orders: dict[str, Callable[..., Batch]] = {
    "full": full,
    "with_replacement": with_replacement,
    "reshuffled": reshuffled,
    "systematic": systematic,
}


def steps_per_epoch(batch: int | Size, n):
    """Steps in an epoch of `reshuffled`: n // batch, and 1 when there are fewer than `batch`."""
    return jnp.maximum(jnp.asarray(n, jnp.int32) // jnp.asarray(size_of(batch).n, jnp.int32), 1)


def shuffled_positions(key, positions: jax.Array, n) -> jax.Array:
    """Where a random permutation of 0..n-1 sends the given positions, without building it.

    The swap-or-not shuffle of Hoang, Morris and Rogaway (2012): in each round a random pivot pairs
    every x with pivot - x (mod n), and a random bit of the pair, the same seen from either side,
    says whether the two change places. 32 rounds; pivots and salts are threefry draws from the
    key, the bit of a pair is the top bit of a murmur3 finaliser.

    Args:
      key: selects the permutation.
      positions: integers in 0..n-1, any shape.
      n: the length of the permutation; may be traced.

    Returns:
      int32, of the shape of `positions`.
    """
    length = _unsigned(n)
    pivots, salts = jax.random.bits(key, (2, _ROUNDS), jnp.uint32)
    pivots %= length

    def swap_or_not(r, x):
        partner = pivots[r] - x
        partner = jnp.where(pivots[r] >= x, partner, partner + length)
        swaps = _mixed(jnp.maximum(x, partner) ^ salts[r]) >> 31
        return jnp.where(swaps == 1, partner, x)

    # Rolled up on purpose: unrolled, the rounds run three times slower on a CPU.
    return jax.lax.fori_loop(0, _ROUNDS, swap_or_not, _unsigned(positions)).astype(jnp.int32)


def _mixed(x: jax.Array) -> jax.Array:
    """The finaliser of MurmurHash3 (Appleby, public domain): every input bit moves every other."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x85EBCA6B)
    x = (x ^ (x >> 13)) * jnp.uint32(0xC2B2AE35)
    return x ^ (x >> 16)


def _epoch_positions(step, batch: Size, n):
    step, per_epoch = jnp.asarray(step, jnp.int32), steps_per_epoch(batch, n)
    first = (step % per_epoch) * jnp.asarray(batch.n, jnp.int32)
    return step // per_epoch, _unsigned(first) + jnp.arange(batch.capacity, dtype=jnp.uint32)


def _kept(positions, n) -> Batch:
    """Positions below n, the others moved to n - 1 and given the weight 0."""
    inside = positions < _unsigned(n)
    kept = jnp.minimum(positions, _unsigned(n) - jnp.uint32(1))
    return kept.astype(jnp.int32), inside.astype(jnp.float32)


def _unsigned(x) -> jax.Array:
    return jnp.asarray(x).astype(jnp.uint32)
