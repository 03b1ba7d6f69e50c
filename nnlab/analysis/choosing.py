"""Every setting at its own best level of a factor, so that none is compared at a poor one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .selection import nearest
from .subsets import Rows

__all__ = ["at_best"]


def at_best(table: pd.DataFrame, factor: str, measure: str, by: str | Sequence[str] = ()) -> Rows:
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
