"""Piecewise linear functions with fixed knots, as features for least squares."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError
from nnlab.nn.size import Size, size_of

__all__ = ["hat_functions"]


def hat_functions(
    x: jax.Array, pieces: int | Size, low: float = 0.0, high: float = 1.0
) -> jax.Array:
    """The hat functions of N equal pieces of [low, high], at x [n]: [n, capacity + 1].

    Column j is 1 at knot j, 0 at the others and linear between; columns beyond N are zero. Their
    combinations are all piecewise linear functions with these N + 1 knots: on [low, high] what a
    constant and N ReLU units with knots 0 .. N-1 make, in a basis that rounding hardly hurts (the
    ReLU basis has a condition number that grows as N^2). The weights are the heights at the
    knots: those of f give the interpolant of f.

    Raises:
      NnlabError: unless x is one row of numbers and the interval is not empty.
    """
    if x.ndim != 1 or not low < high:
        raise NnlabError(f"hat_functions: x {x.shape}, [{low:g}, {high:g}]; give x [n], low < high")
    size = size_of(pieces)
    place = (x - low) / (high - low) * size.count(x.dtype)
    knots = jnp.arange(size.capacity + 1, dtype=x.dtype)
    return (size + 1).keep(jnp.maximum(1.0 - jnp.abs(place[:, None] - knots), 0.0))
