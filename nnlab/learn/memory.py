"""What an optimizer keeps in mind, and what it makes of its rate: read off its actual state."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax

from nnlab.errors import NnlabError

from .supervision import Snapshot

__all__ = ["effective_rate", "optimizer_memory", "state_bytes_per_parameter"]


def state_bytes_per_parameter(opt_state: Any, params: Any) -> float:
    """Bytes of an optimizer's state for each parameter, from the arrays it really holds.

    Leaves of rank 0 do not count: a step count or a scale is one number however large the network
    is. Padded entries count on both sides, so that padding does not change the ratio.

    Args:
      opt_state: the state, as `optimizer.init(params)` gives it; shapes and types suffice.
      params: the parameters, a pytree of arrays of rank 1 or more.

    Raises:
      NnlabError: without parameters, or for a parameter of rank 0: its state would not be counted.
    """
    leaves = jax.tree.leaves(params)
    if not leaves or any(leaf.ndim == 0 for leaf in leaves):
        what = "a parameter of rank 0" if leaves else "no parameters"
        raise NnlabError(f"state_bytes_per_parameter: {what}; give arrays of rank 1 or more")
    held = [leaf for leaf in jax.tree.leaves(opt_state) if getattr(leaf, "ndim", 0) > 0]
    bytes_held = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in held)
    return bytes_held / sum(math.prod(leaf.shape) for leaf in leaves)


def optimizer_memory(snapshot: Snapshot) -> dict[str, jax.Array]:
    """`state_bytes_per_parameter`, as a measure of `supervised`."""
    held = state_bytes_per_parameter(snapshot.opt_state, snapshot.params)
    return {"state_bytes_per_parameter": jnp.asarray(held, float)}


def effective_rate(snapshot: Snapshot) -> dict[str, jax.Array]:
    """`effective_rate`: 1 / sqrt(mean second moment over parameters), without the learning rate.

    By this the optimizers that divide by the size of past gradients scale a typical next one. The
    moment is the sum of squares for Adagrad (Duchi et al. 2011), the running mean of squares for
    RMSProp and Adam (without the correction for its start): where the mean square of the gradients
    is constant, the rate of Adagrad falls as 1/sqrt(steps). Infinite before the first gradient of
    optimizers that start at 0, NaN for those that keep no second moment. Padding, whose moments
    stay as they began, changes it: measure networks without.
    """
    moments = [
        tree
        for name in ("sum_of_squares", "nu")
        for _, tree in optax.tree_utils.tree_get_all_with_path(snapshot.opt_state, name)
    ]
    if not moments:
        return {"effective_rate": jnp.asarray(jnp.nan, float)}
    entries = jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(moments[0])])
    return {"effective_rate": 1 / jnp.sqrt(jnp.mean(entries))}
