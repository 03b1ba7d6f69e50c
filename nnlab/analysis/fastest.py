"""Every setting at the level of a factor at which it is quickest to a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .choosing import at_best
from .selection import nearest

__all__ = ["at_fastest"]


def at_fastest(
    table: pd.DataFrame,
    factor: str,
    value: str,
    target: float,
    by: str | Sequence[str] = (),
    *,
    at_least: bool = False,
) -> pd.DataFrame:
    """The rows of each setting's quickest level of a factor, as `at_best` gives those of its best.

        quick = at_fastest(t, "learning_rate", "train_error", 1, by="optimizer")
        steps_to_reach(quick, "train_error", 1, across="optimizer")

    Quickest is the level with the smallest restricted mean of the steps to the target over seeds
    (see `times`): a trial that does not reach it counts as the steps for which all trials of the
    table were watched. Of equals the lowest level is taken.

    Args:
      table: one row per trial and recorded step.
      factor: the factor whose quickest level is sought, such as the learning rate.
      value, target, at_least: what has to be reached, as in `steps_to_reach`.
      by: the factor, or factors, whose levels each have a quickest level of their own.

    Raises:
      NnlabError: an unknown column.
    """
    if value not in table.columns:
        raise NnlabError(f"at_fastest: no column {value!r}{nearest(value, table.columns)}")
    measured = table[value].to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        there = measured >= target if at_least else measured <= target
    steps = pd.Series(np.where(there, table["step"], np.inf), table.index)
    lasts: Any = table.groupby("trial")["step"].max()
    times: Any = steps.groupby(table["trial"]).transform("min")
    times = times.clip(upper=lasts.min())
    kept = at_best(table.assign(_time=times), factor, "_time", by)
    return kept.drop(columns="_time")
