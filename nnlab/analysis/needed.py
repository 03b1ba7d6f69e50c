"""How much of something is needed to reach a target: examples, parameters, width.

The same question as of steps (see `times`), along a factor: each level is a training of its own.
The answer lies between two levels, and is found for each seed by linear interpolation in the
logarithm of the factor. Only what lies between the fewest and the most that were tried is known:
beyond, a need is infinite (not reached with the most) or, reached with the fewest already, counts
as the fewest. Both are told by the estimates' notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .contrasts import paired_ratio
from .estimate import Estimate
from .pivot import by_seed
from .times import Times, censored_note
from .verdicts import NotApplicable

__all__ = ["amount_to_reach", "restricted_ratio"]


def amount_to_reach(
    table: pd.DataFrame,
    value: str,
    target: float,
    /,
    along: str,
    across: str | Sequence[str] = (),
    *,
    step: int | None = None,
    at_least: bool = False,
    **where: Any,
) -> Times:
    """The least amount of the factor `along` that brings a measure to the target, for each seed.

        need = amount_to_reach(t, "test_error", 10, along="examples", across="depth")
        restricted_ratio(need.at(depth=1), need.at(depth=4))

    Args:
      table: one row per trial and recorded step, with columns `seed` and `step`.
      value: column of the measure.
      target: in the units of the measure.
      along: a factor with two positive levels or more; or "step", of which 0 is left out, as it
        has no logarithm: what is there before training is found at the next.
      across, step, where: as in `by_seed`.
      at_least: whether the measure must rise to the target instead.

    Returns:
      `Times` in units of the factor: between two levels where the curve first crosses the target,
      the least level where it is there already, infinity where no level reaches it (values that are
      not finite do not). The horizon is the largest level.

    Raises:
      NnlabError: as `by_seed`; and for a factor with one level, or levels that are not positive.
    """
    across = [across] if isinstance(across, str) else list(across)
    if along == "step":
        table = cast(pd.DataFrame, table[table["step"] > 0])
    curves = by_seed(table, value, [*across, along], step=step, **where)
    levels = np.asarray(curves.axes[along])
    if len(levels) < 2 or not np.issubdtype(levels.dtype, np.number) or (levels <= 0).any():
        raise NnlabError(
            f"amount_to_reach: needs two levels of {along!r} or more, all above 0; "
            f"have {', '.join(map(str, levels))}"
        )
    # How far the measure still is from the target: there where this is 0 or less.
    gap = (target - curves.values) if at_least else (curves.values - target)
    axes = {name: each for name, each in curves.axes.items() if name != along}
    needed = first_crossing(levels.astype(float), gap)
    ends = float(levels[-1]), float(levels[0])
    return Times(value, needed, curves.seeds, axes, curves.dropped, *ends)


def restricted_ratio(a: Times, b: Times, horizon: float | None = None, **options: Any) -> Estimate:
    """The geometric mean over seeds of min(a, horizon) / min(b, horizon), each seed with itself.

    For steps and for amounts: 2 says that a needs twice as much as b. Where both never reach the
    target the ratio counts as 1, where one does not as what the horizon allows: it is drawn
    towards 1. The note says how many trials are cut off so.

    Raises:
      NotApplicable: no trial of either reaches the target: a ratio of 1 would say they are equal.
      NnlabError: a time of 0, and a horizon later than the trials were watched.
    """
    until = min(a.horizon, b.horizon) if horizon is None else horizon
    if all((each.values > until).all() for each in (a, b)):
        raise NotApplicable(f"no trial reaches the target by {until:g}")
    ratio = paired_ratio(a.restricted(until), b.restricted(until), **options)
    return replace(ratio, note=censored_note([a, b], until))


def first_crossing(levels: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """The level [...] where gap [..., levels] first falls to 0 or less; inf if nowhere."""
    there = gap <= 0  # False for NaN
    first = there.argmax(axis=-1)[..., None]
    before = np.maximum(first - 1, 0)
    high, low = (np.take_along_axis(gap, at, -1)[..., 0] for at in (before, first))
    left, right = levels[before[..., 0]], levels[first[..., 0]]
    # Where the level before is not finite, or there is none, the level itself is the answer.
    inside = np.isfinite(high) & (high > low) & (high > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(inside, high / np.where(inside, high - low, 1.0), 1.0)
    crossing = np.where(share < 1, left * (right / left) ** share, right)
    return np.where(there.any(axis=-1), crossing, np.inf)
