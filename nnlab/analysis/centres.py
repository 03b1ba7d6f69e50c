"""Centres that a few odd seeds do not move: interquartile mean and median over seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .estimate import Estimate
from .pivot import PerSeed
from .resampling import bootstrap, over_seeds

__all__ = ["interquartile_mean", "median"]


def interquartile_mean(per_seed: PerSeed | ArrayLike, **options: Any) -> Estimate:
    """The mean of the middle half of the seeds: values [seeds, levels...], an interval per level.

    A quarter of the seeds, rounded down, is left out at either end: one diverged trial moves it
    little, and it needs fewer seeds than the median. It says nothing of how bad the worst seeds
    are: report it beside the mean, not instead. `options` go to `bootstrap`.

    Source: Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice,
    NeurIPS 2021, section 4.3 (there over runs and tasks together, here over the seeds of each
    level).
    """
    return bootstrap(over_seeds(_middle_half), per_seed, **options)


def median(per_seed: PerSeed | ArrayLike, **options: Any) -> Estimate:
    """The median over seeds of values [seeds, levels...]; infinite values are allowed.

    With the times of `steps_to_reach`, where a trial that never reaches its target counts as
    infinite, this is the median of the Kaplan-Meier estimate: infinite if half never do.

    The interval is of percentiles, as a median takes few values. All that n seeds can say of it
    is that it lies in their range with probability 1 - 2^(1-n): where that is less than the level
    (below 6 seeds at 95%) the interval is infinite. `options` go to `bootstrap`.
    """
    settings: dict[str, Any] = {"method": "percentile"} | options
    found = bootstrap(over_seeds(_median), per_seed, **settings)
    if 1 - 2.0 ** (1 - found.n) >= found.level:
        return found
    end = np.full(np.shape(found.value), np.inf) if np.ndim(found.value) else np.inf
    note = f"{found.n} seeds cannot bound a median at {100 * found.level:.3g}%"
    return replace(found, low=-end, high=end, note=note)


def _middle_half(values: np.ndarray) -> np.ndarray:
    return stats.trim_mean(values, 0.25, axis=0)


def _median(values: np.ndarray) -> np.ndarray:
    """As np.median, but halfway between a number and infinity is infinity, not undefined."""
    ordered = np.sort(values, axis=0)
    count = len(ordered)
    low, high = ordered[(count - 1) // 2], ordered[count // 2]
    with np.errstate(invalid="ignore"):
        return np.where(low == high, low, (low + high) / 2)
