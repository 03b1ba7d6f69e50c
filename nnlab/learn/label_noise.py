"""Label noise."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnlab.nn.keys import entry_uniform

__all__ = ["corrupt"]


def corrupt(key, labels: jax.Array, rate, classes: int) -> jax.Array:
    """Labels of which each is, with probability `rate`, redrawn uniformly from all classes.

    A redrawn label may be the old one: of 10 classes, a rate of 0.15 changes 13.5%. The draws
    belong to (key, example): a higher rate only adds to the noise of a lower one, and a longer
    array begins with the labels of a shorter one.

    Args:
      key: a stream of its own, as `stream(key, "label_noise")`.
      labels: integers [N] in 0..classes-1.
      rate: in 0..1; may be traced.
      classes: the number of classes.

    Returns:
      labels of the same shape and type.
    """
    draws = entry_uniform(key, labels.shape[0], 2)
    redrawn = jnp.minimum((draws[:, 1] * classes).astype(labels.dtype), classes - 1)
    return jnp.where(draws[:, 0] < rate, redrawn, labels)
