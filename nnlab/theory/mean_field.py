"""Mean-field theory of wide random networks: what each layer does to the size of a signal.

In a wide network with weights N(0, g^2 / n) and zero biases the preactivations of a layer are
normal; their variance q goes from layer to layer as q -> g^2 E f(z)^2, z ~ N(0, q), and the mean
square of the gradient, on its way back, is multiplied by g^2 E f'(z)^2 at each. All moments are
integrals over the normal density, by the midpoint rule (errors below 1e-6).
Sources: Poole et al. 2016, Exponential expressivity in deep neural networks through transient chaos
(arXiv:1606.05340); Schoenholz et al. 2017, Deep information propagation (arXiv:1611.01232).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlab.errors import NnlabError

__all__ = ["critical_gain", "gradient_factor", "preserving_gain"]

Function = Callable[[np.ndarray], np.ndarray]

# Midpoints: the kinks of ReLU and its kin, at 0, are no node.
_NODES = (np.arange(24_000) + 0.5) / 1000 - 12
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.sqrt(2 * np.pi) * (_NODES[1] - _NODES[0])


def _gelu_scale(z: np.ndarray) -> np.ndarray:
    """The argument of tanh in the usual approximation of GELU (Hendrycks and Gimpel 2016)."""
    return np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    t = np.tanh(_gelu_scale(z))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)


def _tanh_slope(z: np.ndarray) -> np.ndarray:
    return 1 - np.tanh(z) ** 2


def _logistic(z: np.ndarray) -> np.ndarray:
    from scipy.special import expit  # slow to import: not before it is used

    return expit(z)


def _logistic_slope(z: np.ndarray) -> np.ndarray:
    return _logistic(z) * _logistic(-z)


# Each activation with its derivative, as `nn.activations` has them.
_FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "linear": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1, 0.01)),
    "elu": (
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z: np.exp(np.minimum(z, 0)),
    ),
    "softplus": (lambda z: np.logaddexp(z, 0), _logistic),
    "tanh": (np.tanh, _tanh_slope),
    "gelu": (lambda z: 0.5 * z * (1 + np.tanh(_gelu_scale(z))), _gelu_slope),
    "logistic": (_logistic, _logistic_slope),
}


def preserving_gain(activation: str, variance: float = 1.0) -> float:
    """The gain g with which preactivations of this variance keep it from layer to layer.

    sqrt(variance / E f(z)^2), z ~ N(0, variance): sqrt(2) for ReLU (He et al. 2015), 1.59 for tanh
    at variance 1. Weights are then N(0, g^2 / fan_in). Raises NnlabError for an unknown activation
    or a variance that is not positive.
    """
    f, _ = _functions(activation, variance)
    return float(np.sqrt(variance / _mean_square(f, variance)))


def gradient_factor(activation: str, variance: float = 1.0) -> float:
    """What each layer multiplies the gradient's mean square by, at the gain that keeps `variance`.

    variance E f'(z)^2 / E f(z)^2: 1 for ReLU and 0.15 for the logistic function at variance 1.
    Raises NnlabError as `preserving_gain` does.
    """
    f, slope = _functions(activation, variance)
    return variance * _mean_square(slope, variance) / _mean_square(f, variance)


def critical_gain(activation: str) -> float:
    """The least gain at which gradients neither shrink nor grow with depth ("edge of chaos").

    The smallest variance q with `gradient_factor` 1 gives the gain that keeps this q: sqrt(2) for
    ReLU at any q, 1 for tanh (as q -> 0), and 10.1 for the logistic function. Raises NnlabError for
    an unknown activation, or one without such a gain below a variance of 10^4.
    """
    from scipy.optimize import brentq

    variances = np.geomspace(1e-8, 1e4, 121)
    excess = np.array([gradient_factor(activation, q) - 1 for q in variances])
    there = np.flatnonzero(excess >= -1e-6)
    if not len(there):
        raise NnlabError(f"critical_gain: gradients of {activation} shrink at every gain")
    first = there[0]
    if first == 0:
        return preserving_gain(activation, variances[0])
    ends = np.log(variances[first - 1 : first + 1])
    root: Any = brentq(lambda x: gradient_factor(activation, float(np.exp(x))) - 1, *ends)
    return preserving_gain(activation, float(np.exp(root)))


def _functions(activation: str, variance: float) -> tuple[Function, Function]:
    if activation not in _FUNCTIONS:
        known = ", ".join(sorted(_FUNCTIONS))
        raise NnlabError(f"mean-field theory of {activation!r} is not here; there is {known}")
    if not variance > 0:
        raise NnlabError(f"the variance of preactivations must be positive, not {variance!r}")
    return _FUNCTIONS[activation]


def _mean_square(function: Function, variance: float) -> float:
    """E function(z)^2 for z ~ N(0, variance)."""
    return float(_WEIGHTS @ np.square(function(np.sqrt(variance) * _NODES)))
