"""How many linear regions a ReLU network can have, and networks that have as many."""

from __future__ import annotations

import math

import numpy as np

from nnlab.errors import NnlabError

__all__ = ["deep_parameters", "deep_regions", "folding_network", "zaslavsky"]


def zaslavsky(inputs: int, units: int) -> int:
    """The most regions into which `units` hyperplanes cut a space of `inputs` dimensions.

    The sum of the binomial coefficients (units, j) for j up to `inputs`: the most linear regions
    of one hidden layer of ReLUs. Source: Zaslavsky 1975, Facing up to arrangements.
    """
    _check("zaslavsky", inputs=inputs, units=units)
    return sum(math.comb(units, j) for j in range(inputs + 1))


def deep_regions(units: int, layers: int) -> int:
    """(units + 1)^layers: regions of one input that `layers` hidden layers can make.

    For 3 units a layer or more. Source: Prince, Understanding Deep Learning (2023), section 4.5.2.
    """
    _check("deep_regions", units=units, layers=layers)
    return (units + 1) ** layers


def deep_parameters(units: int, layers: int) -> int:
    """Weights and biases of such a network with one input and one output: 3D+1+(K-1)D(D+1)."""
    _check("deep_parameters", units=units, layers=layers)
    return 3 * units + 1 + (layers - 1) * units * (units + 1)


def folding_network(units: int, layers: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A ReLU network of one input with as many linear pieces on [0, 1] as there can be.

    Each hidden layer folds [0, 1] onto itself: into units + 1 pieces for 3 units or more, and for
    2 units into 2 (the tent map), so that it has (units + 1)^layers, or 2^layers, in all.

    A fold of D + 1 pieces from D units must turn one unit the other way round, for the leftmost
    piece to have a slope at all. Turned round at the third kink, its slopes are a, -a, a/2, -a/2,
    a, -a, ... with a = D + 3.

    Returns (kernel [in, out], bias [out]) of the hidden layers and the linear output, in float32.
    Source: Telgarsky 2016 and Montufar et al. 2014, with folds of our own. Raises NnlabError for
    fewer than 2 units or 1 layer.
    """
    _check("folding_network", units=units, layers=layers)
    if units < 2:
        raise NnlabError("folding_network: one unit cannot fold; give 2 units or more")
    kinks, signs, weights, offset = _fold(units)
    first = (signs[None, :], -signs * kinks)
    later = (np.outer(weights, signs), signs * (offset - kinks))
    last = (weights[:, None], np.array([offset]))
    every = [first, *[later] * (layers - 1), last]
    return [(kernel.astype(np.float32), bias.astype(np.float32)) for kernel, bias in every]


def _fold(units: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """The fold offset + sum of weights * relu(signs * (x - kinks)), mapping [0, 1] onto itself."""
    if units == 2:
        return np.array([0.0, 0.5]), np.ones(2), np.array([2.0, -4.0]), 0.0
    slopes = (units + 3.0) * np.where(np.arange(units + 1) % 2, -1.0, 1.0)
    slopes[2:4] /= 2
    kinks = np.cumsum(1 / np.abs(slopes))[:-1]
    signs = np.ones(units)
    signs[2] = -1
    return kinks, signs, np.diff(slopes), float(slopes[0] * kinks[2])


def _check(who: str, **counts: int) -> None:
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
            raise NnlabError(f"{who}: {name} is {count!r}; give a whole number of at least 1")
