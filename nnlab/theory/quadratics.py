"""How fast gradient descent and its momentum variants converge on a quadratic, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nnlab.errors import NnlabError

__all__ = ["Tuned", "gradient_descent", "heavy_ball", "nesterov", "steps_to_shrink"]


class Tuned(NamedTuple):
    """An optimizer set for quadratics whose curvatures lie between 1/k and 1.

    Attributes:
      learning_rate: in units of one over the largest curvature.
      momentum: the factor on the last step, 0 .. 1.
      factor: by which the distance from the minimum shrinks a step, in the long run.
    """

    learning_rate: float
    momentum: float
    factor: float


def gradient_descent(condition: float) -> Tuned:
    """The best rate, 2 / (1 + 1/k), with the factor (k - 1) / (k + 1).

    Source: Nesterov, Lectures on Convex Optimization (2018), theorem 2.1.15. Raises NnlabError
    for a condition number k below 1, as all of these.
    """
    k = _checked("gradient_descent", condition)
    return Tuned(2 / (1 + 1 / k), 0.0, (k - 1) / (k + 1))


def heavy_ball(condition: float) -> Tuned:
    """The best rate 4 / (1 + 1/sqrt k)^2 and momentum; the factor is (sqrt k - 1) / (sqrt k + 1).

    The momentum is that factor squared. Source: Polyak, Some methods of speeding up the
    convergence of iteration methods, USSR Comput. Math. Math. Phys. 4 (1964), 1.
    """
    root = _checked("heavy_ball", condition) ** 0.5
    factor = (root - 1) / (root + 1)
    return Tuned(4 / (1 + 1 / root) ** 2, factor**2, factor)


def nesterov(condition: float) -> Tuned:
    """The textbook's rate 1 and momentum (sqrt k - 1) / (sqrt k + 1), with factor 1 - 1/sqrt k.

    On a quadratic the factor is exact: a double root for the smallest curvature. Source: Nesterov,
    Lectures on Convex Optimization (2018), section 2.2.1.
    """
    root = _checked("nesterov", condition) ** 0.5
    return Tuned(1.0, (root - 1) / (root + 1), 1 - 1 / root)


def steps_to_shrink(
    method: Callable[[float], Tuned], condition: ArrayLike, by: float = 1e6
) -> np.ndarray:
    """Steps in which the distance shrinks by a factor of `by` at the method's rate; as condition.

    Real numbers: ln(by) / -ln(factor), 0 where one step is enough. Raises NnlabError unless
    `by` is above 1.
    """
    if not by > 1:
        raise NnlabError(f"steps_to_shrink: by is {by:g}; give a factor above 1")
    factors = np.vectorize(lambda k: method(float(k)).factor, otypes=[float])(condition)
    with np.errstate(divide="ignore"):
        return np.log(by) / -np.log(factors)


def _checked(who: str, condition: float) -> float:
    if not condition >= 1:
        raise NnlabError(f"{who}: the condition number is {condition!r}; give one of at least 1")
    return condition
