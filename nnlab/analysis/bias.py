"""Squared error taken apart: what all data sets have in common, and what tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import NnlabError
from .estimate import Estimate
from .pivot import PerSeed, align
from .resampling import bootstrap, of_means

__all__ = ["bias_and_variance"]


def bias_and_variance(
    function: Callable[..., Any],
    predictions: PerSeed | ArrayLike,
    truth: ArrayLike,
    *others: PerSeed | ArrayLike,
    **options: Any,
) -> Estimate:
    """A statistic of squared bias and variance over seeds, each seed being a data set.

        bias_and_variance(lambda bias2, variance: bias2 + variance, predictions, truth)

    Where p is the prediction at a place and f the truth, both are means over places: bias2 of
    (E p - f)^2, variance of E (p - E p)^2, with E the mean over data sets. From n seeds the
    variance is taken with n - 1, and what chance adds to bias2, variance / n, is taken off.

    Args:
      function: takes bias2 and variance [..., levels...], then the mean over seeds of each of
        `others`, and returns [...] or [..., K], as with `of_means`.
      predictions: [seeds, levels..., places].
      truth: [places].
      others: further arrays, seeds first.
      options: go to `bootstrap`; the method is "t" by default, as resampling would add to bias2
        what has just been taken off.

    Source: Geman, Bienenstock and Doursat, Neural networks and the bias/variance dilemma, Neural
    Computation 4 (1992), 1.

    Raises:
      NnlabError: fewer than two seeds, or another number of places.
    """
    (values, *rest), n = align([predictions, *others])
    truth = np.asarray(truth, dtype=float)
    if n < 2 or values.shape[-1:] != truth.shape:
        raise NnlabError(
            f"bias_and_variance: {n} seeds, predictions {values.shape}, truth {truth.shape}; "
            "give two or more seeds, and the truth at each place"
        )
    settings: dict[str, Any] = {"method": "t"} | options
    gaps = values - truth

    def taken_apart(gap: np.ndarray, squared: np.ndarray, *means: np.ndarray) -> Any:
        scatter = (squared - gap**2) * n / (n - 1)
        return function((gap**2 - scatter / n).mean(-1), scatter.mean(-1), *means)

    return bootstrap(of_means(taken_apart), gaps, gaps**2, *rest, **settings)
