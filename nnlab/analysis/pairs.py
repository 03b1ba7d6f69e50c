"""A measure at two levels of a factor, to be held against each other."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .pivot import PerSeed, by_seed
from .subsets import select

__all__ = ["pair"]


def pair(
    table: pd.DataFrame, value: str, factor: str, first: Any, second: Any, **where: Any
) -> tuple[PerSeed, PerSeed]:
    """A measure at two levels of a factor, each [seeds]: what a paired comparison takes.

        paired_ratio(*pair(t, "train_loss", "optimizer", "sgd", "adam", width=64))

    `where` is as in `by_seed`; each setting counts at its own last recorded step.

    Raises:
      NotApplicable: one of the two levels is not in the table, as in a smaller preset.
      NnlabError: as `by_seed`.
    """
    rows = select(table, **{factor: [first, second]})
    values = by_seed(rows, value, factor, **where)
    one, other = values.each(**{factor: (first, second)})
    return one, other
