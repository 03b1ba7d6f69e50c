"""Stochastic gradient descent on one quadratic, where everything is known exactly."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from nnlab.nn.keys import entry_normal, stream
from nnlab.nn.size import Size, size_of

from .trial import Trial

__all__ = ["descent_on_quadratic"]


def descent_on_quadratic(
    key: jax.Array,
    rate: Any,
    batch: int | Size,
    steps: Any,
    *,
    curvature: Any = 1.0,
    examples: int = 1024,
    descents: int = 50,
) -> Trial:
    """SGD on h w^2 / 2, the mean over examples a of h (w - a)^2 / 2, from w = 0.

    The examples are Gaussian, brought to mean 0 and variance 1/h^2 exactly, so that the gradient of
    one of them has a noise of variance 1; minibatches are drawn with replacement.

    Args:
      key: the trial's key; uses the streams "examples" and "draws".
      rate, curvature: eta and h; may be traced.
      batch: examples in a minibatch, an int or a Size.
      steps: the length of the run; may be traced.
      descents: independent ones side by side, on the same examples.

    Returns:
      A Trial that measures `settled`: the mean of w^2 over the descents and the second half of the
      steps, which tends to `theory.stationary_variance`.
    """
    size, h = size_of(batch), jnp.asarray(curvature, float)
    drawn = entry_normal(stream(key, "examples"), 1, examples)[0]
    a = ((drawn - jnp.mean(drawn)) / jnp.std(drawn)).astype(h.dtype) / h
    draws, first = stream(key, "draws"), jnp.asarray(steps, jnp.int32) // 2

    def step(i: Any, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        w, total = state
        # Places first: those of a padded minibatch are those of the minibatch alone.
        bits = jax.random.bits(jax.random.fold_in(draws, i), (size.capacity, descents))
        chosen = a[(bits % jnp.uint32(examples)).astype(jnp.int32)]
        mean = jnp.sum(size.keep(chosen.T), axis=1) / size.count(h.dtype)
        w = w - rate * h * (w - mean)
        return w, total + jnp.where(i >= first, jnp.mean(jnp.square(w)), jnp.zeros_like(total))

    def measure(state: tuple[jax.Array, jax.Array]) -> dict[str, jax.Array]:
        return {"settled": state[1] / jnp.maximum(steps - first, 1).astype(h.dtype)}

    return Trial(lambda: (jnp.zeros(descents, h.dtype), jnp.zeros((), h.dtype)), step, measure)
