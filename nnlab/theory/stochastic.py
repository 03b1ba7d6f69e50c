"""Exact variances of stochastic gradient descent: of its gradients, and of where it settles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlab.errors import NnlabError

__all__ = ["minibatch_variance", "stationary_variance"]


def minibatch_variance(
    example_variance: ArrayLike,
    batch: ArrayLike,
    examples: int | None = None,
) -> Any:
    """The variance of a mean over `batch` examples, that of a single one being given.

    Drawn with replacement (`examples` None) it is s^2 / B; without, from n `examples`, it is
    s^2 / B * (n - B) / (n - 1), with s^2 the mean squared distance from the mean of all n (the
    divisor is n). Of arrays, entry by entry. Raises NnlabError for a batch below 1 or above n.
    Source: Cochran, Sampling Techniques (1977), section 2.6.
    """
    variance, size = np.asarray(example_variance, float), np.asarray(batch, float)
    if size.size and (size.min() < 1 or (examples is not None and size.max() > examples)):
        raise NnlabError(
            f"minibatch_variance: batch is {batch!r}; give 1 or more, and no more than there are"
            f" examples ({examples})"
        )
    if examples is None:
        return _plain(variance / size)
    return _plain(variance / size * (examples - size) / max(examples - 1, 1))


def stationary_variance(
    rate: ArrayLike, curvature: ArrayLike, noise: ArrayLike, batch: ArrayLike = 1
) -> Any:
    """Where gradient descent with noisy gradients settles on a quadratic: its variance there.

    The loss is h w^2 / 2 with `curvature` h; a gradient is that of the loss plus noise of mean 0
    and standard deviation `noise` / sqrt(`batch`), independent at each step; `rate` is eta. The
    variance of w tends to eta s^2 / (B h (2 - eta h)), exactly and whatever the law of the noise:
    it is the fixed point of v = (1 - eta h)^2 v + eta^2 s^2 / B. Of arrays, entry by entry;
    infinite for eta h of 2 and more. Raises NnlabError for numbers that are not positive.
    """
    names = {"rate": rate, "curvature": curvature, "batch": batch}
    for name, value in names.items():
        if not (np.asarray(value, float) > 0).all():
            raise NnlabError(f"stationary_variance: {name} is {value!r}; give positive numbers")
    eta, h, s, size = (np.asarray(v, float) for v in (rate, curvature, noise, batch))
    with np.errstate(divide="ignore"):
        settled = eta * s**2 / (size * h * np.maximum(2 - eta * h, 0.0))
    return _plain(settled)


def _plain(values: Any) -> Any:
    return float(values) if np.ndim(values) == 0 else values
