"""Every setting at its own best level of a factor, so that none is compared at a poor one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .selection import nearest

__all__ = ["at_best", "at_quickest"]


def at_best(
    table: pd.DataFrame, factor: str, measure: str, by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of each setting's best level of a factor: that with the lowest mean over seeds.

        fair = at_best(t, "learning_rate", "validation_loss", by="optimizer")
        curve(fair, "optimizer", "test_error")

    One level is chosen for all seeds of a setting, at the last recorded step of each trial; a
    trial whose measure is not finite counts as infinitely bad, and of equals the lowest level is
    taken. Choose by a measure on validation data: the lowest of several test errors is too low.

    Args:
      table: one row per trial and recorded step.
      factor: the factor whose best level is sought, such as the learning rate.
      measure: what is to be low.
      by: the factor, or factors, whose levels each have a best level of their own.

    Raises:
      NnlabError: an unknown column.
    """
    by = [by] if isinstance(by, str) else list(by)
    for name in (factor, measure, *by):
        if name not in table.columns:
            raise NnlabError(f"at_best: no column {name!r}{nearest(name, table.columns)}")
    final = table["step"] == table.groupby("trial")["step"].transform("max")
    scores: Any = table.loc[final, [*by, factor, measure]]
    scores = scores.assign(**{measure: scores[measure].where(np.isfinite(scores[measure]), np.inf)})
    means = scores.groupby([*by, factor], dropna=False)[measure].mean().reset_index()
    means = means.sort_values([measure, factor], kind="stable")
    chosen = means.drop_duplicates(by) if by else means.head(1)
    columns: Any = [*by, factor]
    rows: Any = table[columns]
    kept: Any = table[
        pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(chosen[columns]))
    ]
    return kept


def at_quickest(
    table: pd.DataFrame, factor: str, measure: str, target: float, by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of each setting's quickest level of a factor: the fewest steps to a target.

        fair = at_quickest(t, "learning_rate", "validation_error", 10, by="batch")
        steps_to_reach(fair, "test_error", 10, "batch")

    The mean over seeds of the first recorded step at which the measure is at most the target; a
    trial that never gets there counts as its last step. Choose and report by different measures.
    Arguments and errors otherwise as in `at_best`.
    """
    for name in (measure, "trial", "step"):
        if name not in table.columns:
            raise NnlabError(f"at_quickest: no column {name!r}{nearest(name, table.columns)}")
    steps: Any = table["step"].astype(float)
    first = steps.where(table[measure] <= target).groupby(table["trial"]).transform("min")
    last = steps.groupby(table["trial"]).transform("max")
    timed = table.assign(**{"steps to target": first.fillna(last)})
    return at_best(timed, factor, "steps to target", by).drop(columns="steps to target")
