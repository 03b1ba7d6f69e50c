"""An estimate: a number (or one per level), its interval, and the seeds that stand behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Estimate"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A value with its 95% interval over seeds.

    Attributes:
      value: float, or array [levels...] from a statistic that returns one number per level.
      low, high: ends of the interval, shaped as `value`. One seed alone says nothing about its
        own spread: its interval is (-inf, inf).
      n: number of seeds.
      method: how the interval was made: "BCa", "percentile", "Student t", "single seed", ...
      samples: the resampled values [resamples, levels...], or None.
      level: coverage aimed at, 0.95 unless asked otherwise.
      note: what a reader has to know of it, in one line; `judge` hands it on.
    """

    # Any, for a float or an array: what comes out has the shape that the statistic returned.
    value: Any
    low: Any
    high: Any
    n: int
    method: str
    samples: np.ndarray | None = field(default=None, repr=False)
    level: float = 0.95
    note: str = ""

    @property
    def is_scalar(self) -> bool:
        return np.ndim(self.value) == 0

    def __str__(self) -> str:
        if not self.is_scalar:
            return f"{np.size(self.value)} values, n = {self.n}, {self.method}"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}], n = {self.n}"
