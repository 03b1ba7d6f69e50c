"""Performance scheduling: the rate falls when the loss on held-out examples stops improving.

The schedule reacts to the training, so it cannot be a function of the step: it is a wrapper of an
optimizer, and `supervised(..., feedback=...)` tells it the held-out loss as training goes on.

    optimizer = learn.reduced_on_plateau(learn.optimizer("momentum", rate), factor=0.5, patience=5)
    feedback = learn.Feedback(d.validation.x, d.validation.y, every=80)
    learn.supervised(key, net, optimizer, x, y, feedback=feedback)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from nnlab.errors import NnlabError

from .optimization import Transformation, is_width_safe

__all__ = ["Feedback", "PlateauState", "reduced_on_plateau"]


class Feedback(NamedTuple):
    """Examples whose mean loss the optimizer is told during training.

    Attributes:
      x, y: inputs [N, ...] and targets [N, ...], none of them trained on.
      every: the loss is computed at step 0 and after each so many steps; a Python int, as the
        lanes of a program have to do it at the same steps.
    """

    x: Any
    y: Any
    every: int


class PlateauState(NamedTuple):
    """Attributes:
    optimizer: the state of the optimizer inside.
    plateau: that of `optax.contrib.reduce_on_plateau`; `plateau.scale` multiplies the rate.
    """

    optimizer: Any
    plateau: Any


def reduced_on_plateau(
    optimizer: Any,
    factor: float = 0.1,
    patience: Any = 10,
    rtol: float = 1e-4,
    lowest: Any = 0.0,
) -> Transformation:
    """An optimizer whose updates shrink by `factor` whenever the held-out loss has not improved.

    The scale starts at 1 and is multiplied by `factor` after each `patience` values in a row that
    are not below the best one by the share `rtol`. A value that is not finite is no improvement.

    Args:
      optimizer: any whose updates are proportional to its rate.
      factor: in (0, 1), a Python number.
      patience: how many values; may be traced.
      rtol: a Python number.
      lowest: the scale never falls below; may be traced, and 1 switches the schedule off.

    Raises:
      NnlabError: for numbers out of range; and on an update without feedback, when `supervised`
        was not given any.
    """
    try:
        rule = optax.contrib.reduce_on_plateau(
            factor=factor, patience=patience, rtol=rtol, min_scale=lowest
        )
    except ValueError as error:
        raise NnlabError(f"reduced_on_plateau: {error}") from error

    def init(params: Any) -> PlateauState:
        return PlateauState(optimizer.init(params), rule.init(params))

    def update(
        gradients: Any,
        state: PlateauState,
        params: Any = None,
        *,
        value=None,
        is_new=None,
        **others: Any,
    ) -> tuple[Any, PlateauState]:
        if value is None or is_new is None:
            raise NnlabError(
                "reduced_on_plateau: nobody tells it the held-out loss; give supervised"
                " feedback=learn.Feedback(x, y, every)"
            )
        updates, inner = optimizer.update(gradients, state.optimizer, params)
        with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
            _, heard = rule.update((), state.plateau, value=value)
        # Between two values the state waits: one told again would count as no improvement.
        plateau = jax.tree.map(lambda new, old: jnp.where(is_new, new, old), heard, state.plateau)
        scaled = jax.tree.map(lambda u: plateau.scale.astype(u.dtype) * u, updates)
        return scaled, PlateauState(inner, plateau)

    return Transformation(init, update, is_width_safe(optimizer))


def check_feedback(feedback: Feedback) -> None:
    """Refuses an interval that is no whole number from 1."""
    every = feedback.every
    whole = isinstance(every, int) and not isinstance(every, bool)
    if not (whole and 1 <= every < math.inf):
        raise NnlabError(f"feedback: every is {every!r}; give a whole number of steps, at least 1")
