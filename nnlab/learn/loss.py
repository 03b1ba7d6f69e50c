"""Losses: each maps outputs [B, C] and targets to one value per example, [B].

Integer targets [B] are class labels, whatever the loss: 0..C-1 for C >= 2 outputs. A single
output (C = 1) decides between two classes: labels above 0 are the positive class, so both 0/1 and
-1/+1 are understood. Targets for regression are floats, of shape [B, C], or [B] when C = 1.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError

__all__ = ["Loss", "cross_entropy", "hinge", "is_labels", "losses", "squared", "zero_one"]

Loss = Callable[[jax.Array, jax.Array], jax.Array]


def is_labels(targets: jax.Array) -> bool:
    """Whether the targets are class labels (of integer type) rather than regression targets."""
    return jnp.issubdtype(targets.dtype, jnp.integer)


def cross_entropy(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Minus the log-probability, in nats, of the true class under a softmax (C = 1: a sigmoid).

    Args:
      outputs: logits [B, C].
      targets: labels [B].
    """
    _check(outputs, targets, "cross_entropy", labels_only=True)
    if outputs.shape[-1] == 1:
        return jax.nn.softplus(-_signs(targets, outputs.dtype) * outputs[:, 0])
    return jax.nn.logsumexp(outputs, axis=-1) - _of_label(outputs, targets)


def squared(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Squared error, summed over the outputs and not halved.

    Labels become one-hot vectors when C > 1, and -1/+1 when C = 1.

    Args:
      outputs: [B, C].
      targets: floats [B, C] (or [B] if C = 1), or labels [B].
    """
    _check(outputs, targets, "squared")
    return jnp.sum(jnp.square(outputs - _as_outputs(outputs, targets)), axis=-1)


def hinge(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """How far the true class falls short of a margin of 1 over the best other class.

    The multi-class form of Crammer and Singer (2001); `max(0, 1 - y f)` with y = -1/+1 for C = 1.

    Args:
      outputs: scores [B, C].
      targets: labels [B].
    """
    _check(outputs, targets, "hinge", labels_only=True)
    if outputs.shape[-1] == 1:
        return jax.nn.relu(1.0 - _signs(targets, outputs.dtype) * outputs[:, 0])
    others = jnp.where(_one_hot(outputs, targets) > 0, -jnp.inf, outputs)
    return jax.nn.relu(1.0 + jnp.max(others, axis=-1) - _of_label(outputs, targets))


def zero_one(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """1.0 where the prediction is wrong, else 0.0; for measuring, its gradient is zero.

    The prediction is the largest output, the first of equals (C = 1: positive if the output is
    above 0). An output that is not finite is never right.

    Args:
      outputs: [B, C].
      targets: labels [B].
    """
    _check(outputs, targets, "zero_one", labels_only=True)
    if outputs.shape[-1] == 1:
        right = (outputs[:, 0] > 0) == (targets > 0)
    else:
        right = jnp.argmax(outputs, axis=-1).astype(targets.dtype) == targets
    right &= jnp.all(jnp.isfinite(outputs), axis=-1)
    return jnp.where(right, 0.0, 1.0).astype(outputs.dtype)


losses: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "squared": squared,
    "hinge": hinge,
    "zero_one": zero_one,
}


def _check(outputs, targets, name: str, labels_only: bool = False) -> None:
    shape = outputs.shape
    fitting = {shape[:1]} if is_labels(targets) or shape[-1] == 1 else set()
    if not is_labels(targets):
        if labels_only:
            raise NnlabError(
                f"loss {name}: targets are {targets.dtype}, but it needs integer class labels;"
                " use the loss 'squared' for regression"
            )
        fitting.add(shape)
    if len(shape) != 2 or targets.shape not in fitting:
        raise NnlabError(
            f"loss {name}: targets of shape {targets.shape} and type {targets.dtype} do not fit"
            f" outputs of shape {shape}; labels are [B] integers, regression targets [B, C] floats"
        )


def _of_label(outputs, labels):
    return jnp.sum(jnp.where(_one_hot(outputs, labels) > 0, outputs, 0.0), axis=-1)


def _one_hot(outputs, labels):
    return jax.nn.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)


def _signs(labels, dtype):
    return jnp.where(labels > 0, 1.0, -1.0).astype(dtype)


def _as_outputs(outputs, targets):
    if not is_labels(targets):
        return targets.reshape(outputs.shape).astype(outputs.dtype)
    if outputs.shape[-1] == 1:
        return _signs(targets, outputs.dtype)[:, None]
    return _one_hot(outputs, targets)
