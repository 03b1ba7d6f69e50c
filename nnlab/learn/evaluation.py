"""Means over a data set, taken in blocks so that little memory is needed under vmap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["mean_in_blocks", "weighted_mean"]


def weighted_mean(values: jax.Array, weight: jax.Array) -> jax.Array:
    """The mean of `values` [B] over the places whose weight [B] is 1 rather than 0.

    What stands in the other places has no influence on the value.
    """
    kept = jnp.where(weight > 0, values, jnp.zeros_like(values))
    return jnp.sum(kept) / _divisor(jnp.sum(weight), values.dtype)


def mean_in_blocks(
    per_example: Callable[[jax.Array, jax.Array], Any], x: jax.Array, y: jax.Array, n, block: int
) -> Any:
    """The means of per-example values over the first n examples, `block` examples at a time.

    The result depends on the first n examples alone, not on how many are stored.
    Differentiable: a block's activations are computed again on the way back, not kept.

    Args:
      per_example: `(x, y) -> pytree of arrays [B]`.
      x, y: the examples, [N, ...] and [N, ...].
      n: how many count, 1..N; may be traced.
      block: examples in a block; the last one is padded and masked.

    Returns:
      the pytree of scalars.
    """
    stored, count, n = x.shape[0], n, jnp.asarray(n, jnp.int32)
    block = min(block, stored)

    def block_sums(start):
        index = start + jnp.arange(block, dtype=jnp.int32)
        rows = jnp.minimum(index, n - 1)  # never an example that does not count
        values = per_example(_rows(x, rows), _rows(y, rows))
        return jax.tree.map(lambda v: jnp.sum(jnp.where(index < n, v, jnp.zeros_like(v))), values)

    def add_block(sums, start):
        return jax.tree.map(jnp.add, sums, block_sums(start)), None

    start = jnp.arange(0, stored, block, dtype=jnp.int32)
    zero = jax.tree.map(lambda s: jnp.zeros((), s.dtype), jax.eval_shape(block_sums, start[0]))
    sums, _ = jax.lax.scan(jax.checkpoint(add_block, prevent_cse=False), zero, start)
    return jax.tree.map(lambda s: s * _reciprocal(count, s.dtype), sums)


def _divisor(count: jax.Array, dtype: Any) -> jax.Array:
    # Hidden from the compiler, which may turn division by a known number into a product with its
    # reciprocal: other bits than division by the same number traced.
    return jax.lax.optimization_barrier(count.astype(dtype))


def _reciprocal(count: Any, dtype: Any) -> Any:
    # The compiler turns division by a known number into a product with its reciprocal, or not,
    # as the rest of the program falls out: another measure would change the last bit of a mean.
    # So it is a product at once, by a reciprocal that is rounded alike for a traced count.
    if isinstance(count, int):
        return np.ones((), dtype) / np.asarray(count, dtype)
    return jax.lax.optimization_barrier(1 / count.astype(dtype))


def _rows(array: jax.Array, rows: jax.Array) -> jax.Array:
    return array.at[rows].get(mode="promise_in_bounds")
