"""Exact risk of least squares with Gaussian features."""

from __future__ import annotations

from typing import overload

import numpy as np

from nnlab.errors import NnlabError

__all__ = ["belkin_risk"]


@overload
def belkin_risk(p: int, n: int, D: int, norm: float = 1.0, noise: float = 0.2) -> float: ...
@overload
def belkin_risk(
    p: np.ndarray, n: int, D: int, norm: float = 1.0, noise: float = 0.2
) -> np.ndarray: ...
def belkin_risk(
    p: int | np.ndarray, n: int, D: int, norm: float = 1.0, noise: float = 0.2
) -> float | np.ndarray:
    """Mean squared test error of least squares on p random features of D, from n examples.

    Data: x standard normal in D dimensions, y = w . x + e with |w| = `norm`, e Gaussian of standard
    deviation `noise`. The model is the least-squares solution (of minimum norm where p > n) on p of
    the D features, chosen at random. The risk is the mean over data, choice and a new example, and
    includes that example's noise: its unit is y squared. It is exact for every finite n, and
    infinite for p in n - 1 .. n + 1; no large-sample limit is taken. The risk of a single data set
    has a finite variance only for |p - n| >= 4: nearer to n an average settles very slowly.
    Args: p an integer or an array of integers in 0 .. D (any shape; the answer has the same), n and
    D at least 1. Raises NnlabError outside of these ranges.
    Source: Belkin, Hsu and Xu 2019, Two models of double descent for weak features
    (arXiv:1903.07571), Theorem 1 with its corollary for a random choice of features.
    """
    used = _whole_numbers("p", p, 0)
    for name, value in (("n", n), ("D", D)):
        if np.ndim(value):
            raise NnlabError(f"belkin_risk: {name} is an array; give one whole number")
        _whole_numbers(name, value, 1)
    if used.size and used.max() > D:
        raise NnlabError(f"belkin_risk: p is {int(used.max())}; use at most D = {D} features")
    if not (np.isfinite(norm) and np.isfinite(noise) and norm >= 0 and noise >= 0):
        raise NnlabError(
            f"belkin_risk: norm is {norm!r} and noise {noise!r}; give finite numbers of at least 0"
        )
    signal, variance, q = norm**2, noise**2, used.astype(np.float64)
    # The bounds only keep the branch that is not used from dividing by zero.
    below = np.maximum(n - q - 1, 1.0)
    above = np.maximum(q - n - 1, 1.0)
    classical = ((1 - q / D) * signal + variance) * (1 + q / below)
    modern = signal * (1 - n / D * (2 - (D - n - 1) / above)) + variance * (1 + n / above)
    risk = np.where(q <= n - 2, classical, np.where(q >= n + 2, modern, np.inf))
    return float(risk) if np.ndim(p) == 0 else risk


def _whole_numbers(name: str, value: object, least: int) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or (array.size and array.min() < least):
        raise NnlabError(
            f"belkin_risk: {name} is {value!r}; give whole numbers of at least {least}"
        )
    return array
