"""Mean curves with their intervals over seeds: what figures of a sweep draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .contrasts import mean
from .pivot import PerSeed
from .selection import one_row_per_seed
from .times import Times

__all__ = ["curve", "means"]

# A band is drawn, not judged: the end of an interval is uncertain by about 5% of its half-width.
_RESAMPLES = 2000
_CELLS_AT_ONCE = 256
# So few seeds that a figure can show each of them.
_FEW_SEEDS = 10


def curve(
    table: pd.DataFrame,
    x: str,
    y: str,
    /,
    by: str | Sequence[str] | None = None,
    band: bool = True,
    *,
    step: int | None = None,
    **where: Any,
) -> pd.DataFrame:
    """The mean of y over seeds at each x, one curve for each level of `by`; pointwise 95% bands.

    Args:
      table: one row per trial and recorded step, with columns `seed` and `step`.
      x: a factor, or "step" for a curve in time.
      y: the measure.
      by: the factor, or factors, that tell the curves apart.
      band: whether to make the intervals; without, low and high are NaN.
      step: the recorded step to take; otherwise the last of each point.
      where: factor=level keeps the rows of that level, factor=[levels] those of any of them.

    Returns:
      A tidy table, sorted by `by` and x: columns x, by..., mean, low, high, n, median,
      not_finite, seeds. Means, medians and n are over the seeds whose value is finite;
      `not_finite` counts the others (diverged trials). A single seed has the band (-inf, inf).
      `seeds` holds the single values, rising, where there are ten or fewer, else nothing.

    Raises:
      NnlabError: an unknown column or level, or a factor that is neither spread nor fixed.
    """
    by = [by] if isinstance(by, str) else list(by or ())
    cells = [x, *by]
    if len(set(cells)) < len(cells):
        raise NnlabError(f"curve: {x!r} cannot be both x and by")
    rows = one_row_per_seed(table, y, cells, step, where, "curve")
    points = []
    for key, group in rows.groupby([*by, x], dropna=False, sort=True):
        values = group[y].to_numpy(dtype=float)
        points.append((key, np.sort(values[np.isfinite(values)]), len(values)))
    result = pd.DataFrame([key for key, _, _ in points], columns=[*by, x])[cells]
    # A list of tuples of Python objects may lose the type of a column: take it from the table.
    result = result.astype({name: rows[name].dtype for name in cells})
    finite = [values for _, values, _ in points]
    low, high = _bands(finite) if band else (np.full(len(finite), np.nan),) * 2
    return result.assign(
        mean=[v.mean() if len(v) else np.nan for v in finite],
        low=low,
        high=high,
        n=[len(v) for v in finite],
        median=[np.median(v) if len(v) else np.nan for v in finite],
        not_finite=[count - len(v) for _, v, count in points],
        seeds=[tuple(v.tolist()) if len(v) <= _FEW_SEEDS else () for v in finite],
    )


def means(per_seed: PerSeed, **options: Any) -> pd.DataFrame:
    """What a figure draws of results along their only axis: its levels, mean, low and high.

    The first column has the axis's name. Of `Times` of which one is not reached, those beyond the
    horizon count as the horizon, as in `restricted_mean`; where all are reached, each as it is.
    `options` go to `bootstrap`.
    """
    if len(per_seed.axes) != 1:
        raise NnlabError(f"means: {per_seed.value} needs one axis, not {list(per_seed.axes)}")
    ((name, levels),) = per_seed.axes.items()
    if isinstance(per_seed, Times) and np.isinf(per_seed.values).any():
        per_seed = per_seed.restricted()
    found = mean(per_seed, **options)
    columns = {name: levels, "mean": found.value, "low": found.low, "high": found.high}
    return pd.DataFrame(columns)


def _bands(finite: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise intervals of the means; points with as many seeds are resampled in one go."""
    low, high = np.full(len(finite), np.nan), np.full(len(finite), np.nan)
    counts = np.array([len(values) for values in finite])
    for n in np.unique(counts[counts > 0]):
        alike = np.flatnonzero(counts == n)
        for part in np.array_split(alike, -(-len(alike) // _CELLS_AT_ONCE)):
            estimate = mean(np.stack([finite[i] for i in part], axis=1), resamples=_RESAMPLES)
            low[part], high[part] = estimate.low, estimate.high
    return low, high
