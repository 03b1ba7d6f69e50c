"""Every setting at the level of a factor at which it is quickest to a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .choosing import at_best
from .needed import first_crossing
from .selection import nearest
from .subsets import Rows

__all__ = ["at_fastest"]


def at_fastest(
    table: pd.DataFrame,
    factor: str,
    value: str,
    target: float,
    by: str | Sequence[str] = (),
    *,
    at_least: bool = False,
) -> Rows:
    """The rows of each setting's quickest level of a factor, as `at_best` gives those of its best.

        quick = at_fastest(t, "learning_rate", "train_error", 1, by="optimizer")
        steps_to_reach(quick, "train_error", 1, across="optimizer")

    Quickest is the level with the smallest restricted mean of the steps to the target over seeds
    (see `times`): a trial that does not reach it counts as the steps for which all trials of its
    setting were watched. Between two recorded steps a time is interpolated in the logarithm, as by
    `amount_to_reach`: else levels that differ by less would count as equal. Of equals the lowest
    level is taken.

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
    names = [by] if isinstance(by, str) else list(by)
    sign = -1.0 if at_least else 1.0
    times, lasts, settings = {}, {}, {}
    recorded: Any = table[["trial", "step", value, *names]]
    for trial, rows in recorded.sort_values("step").groupby("trial"):
        # Step 0 has no logarithm: what is there before training is found at the next.
        steps, measured = (rows[name].to_numpy(float)[rows["step"] > 0] for name in ("step", value))
        if len(steps):
            times[trial] = float(first_crossing(steps, sign * (measured - target)))
            lasts[trial], settings[trial] = steps[-1], tuple(rows[names].iloc[0])
    watched: dict[tuple, float] = {}
    for trial, setting in settings.items():
        watched[setting] = min(lasts[trial], watched.get(setting, np.inf))
    restricted = {trial: min(time, watched[settings[trial]]) for trial, time in times.items()}
    trials: Any = table["trial"]
    kept = at_best(table.assign(_time=trials.map(restricted)), factor, "_time", by)
    return kept.drop(columns="_time")
