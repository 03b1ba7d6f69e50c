"""An optimizer on a function of its own, without a network: quadratics, ravines, plateaus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .trial import Trial

__all__ = ["Walk", "descent", "descent_across_plateau", "descent_in_ravine"]


class Walk(NamedTuple):
    """What the next step of a descent needs.

    Attributes:
      x: where it stands, any pytree of arrays.
      opt_state: the optimizer's state.
      reached: int32 for each goal, the number of steps after which it was first met, else -1.
    """

    x: Any
    opt_state: Any
    reached: dict[str, jax.Array]


def descent(
    optimizer: Any,
    function: Callable[[Any], jax.Array],
    start: Any,
    goals: Mapping[str, Callable[[Any], jax.Array]],
) -> Trial:
    """A descent on a function with its exact gradient, and the steps until it meets its goals.

    Args:
      optimizer: from `learn.optimizer(...)`, or any optax transformation.
      function: `x -> scalar`, differentiable.
      start: x before step 0, a pytree of arrays.
      goals: name -> `x -> bool`; each is looked at after every step, and at the start.

    Returns:
      A Trial that measures `value`, the function where the walk stands, and for each goal
      `steps_to_NAME`, infinite as long as it has not been met.
    """

    def met(x, reached, steps):
        return {
            name: jnp.where((reached[name] < 0) & goal(x), jnp.int32(steps), reached[name])
            for name, goal in goals.items()
        }

    def init() -> Walk:
        never = {name: jnp.int32(-1) for name in goals}
        return Walk(start, optimizer.init(start), met(start, never, 0))

    def step(i, walk: Walk) -> Walk:
        gradient = jax.grad(function)(walk.x)
        with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
            updates, opt_state = optimizer.update(gradient, walk.opt_state, walk.x)
        x = optax.apply_updates(walk.x, updates)
        return Walk(x, opt_state, met(x, walk.reached, i + 1))

    def measure(walk: Walk) -> dict[str, jax.Array]:
        steps = {
            f"steps_to_{name}": jnp.where(reached < 0, jnp.inf, reached.astype(float))
            for name, reached in walk.reached.items()
        }
        return {"value": function(walk.x), **steps}

    return Trial(init, step, measure)


def descent_in_ravine(
    optimizer: Any, condition: Any, coordinates: int = 200, within: tuple[str, ...] = ("1e-6",)
) -> Trial:
    """A descent on the sum over directions of h x^2 / 2, the curvatures h from 1/condition to 1.

    The curvatures are evenly spaced, and it starts from 1 in each direction; `theory.heavy_ball`
    and its like tune an optimizer to it.

    Args:
      condition: the ratio of the largest curvature to the smallest; may be traced.
      within: shares of the first distance from the minimum, as text that names the goals.

    Returns:
      As `descent`, with the goals `within`: `steps_to_1e-6` ...
    """
    curvature, start = jnp.linspace(1 / condition, 1.0, coordinates), jnp.ones(coordinates)

    def goal(share: float) -> Callable[[Any], jax.Array]:
        return lambda x: jnp.linalg.norm(x) <= share * jnp.linalg.norm(start)

    goals = {share: goal(float(share)) for share in within}
    return descent(optimizer, lambda x: jnp.sum(curvature * x**2) / 2, start, goals)


def descent_across_plateau(optimizer: Any, slope: Any) -> Trial:
    """A descent down an even slope, which may be traced, until it is at 1: `steps_to_cross`."""
    goals = {"cross": lambda x: x[0] >= 1.0}
    return descent(optimizer, lambda x: -slope * x[0], jnp.zeros(1), goals)
