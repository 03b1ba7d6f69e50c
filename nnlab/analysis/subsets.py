"""Which rows a question is about: those of some levels, at an equal amount, or on arrival."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import NnlabError
from .selection import matches, nearest
from .verdicts import NotApplicable

__all__ = ["Rows", "at_equal", "select", "when_reached"]

# Checkers of types take rows[mask] for almost anything: studies, which go on choosing, get Any.
Rows = Any


def select(table: pd.DataFrame, **where: Any) -> Rows:
    """The rows at these levels: factor=level, or factor=[levels] for those of any of them.

    Raises:
      NotApplicable: there are none, or none of one of several levels, as in a smaller preset.
      NnlabError: an unknown column.
    """
    rows, among = table, ""
    for name, level in where.items():
        _check_column("select", table, name)
        several = list(level) if isinstance(level, list | tuple | set) else [level]
        for each in several:
            if not matches(rows[name], each).any():
                raise NotApplicable(f"this run has no {name} {each}{among}")
        rows = rows[matches(rows[name], several)]
        named = " or ".join(map(str, several))
        among += f"{' and' if among else ' where'} {name} is {named}"
    return rows


def at_equal(table: pd.DataFrame, amount: Any, by: str) -> Rows:
    """All trials at the largest amount that every level of `by` comes to, as if it were the end.

        at_equal(t, t.step * t.batch, by="batch")  # when all have seen as many examples

    Args:
      table: one row per trial and recorded step.
      amount: a number for each row, which grows with the steps.
      by: the factor whose levels differ in how much they come to.

    Returns:
      One row per trial that recorded just that amount, its step 0: they count as equally long.

    Raises `NnlabError` for an unknown column.
    """
    _check_column("at_equal", table, by)
    amounts: Any = pd.Series(amount, index=table.index)
    most = amounts.groupby(table[by]).max().min()
    rows: Any = table[amounts == most]
    return rows.assign(step=0)


def when_reached(table: pd.DataFrame, value: str, target: float) -> Rows:
    """Each trial when its measure is first at the target or below, as if it were the end.

    Returns one row per trial that comes to it, its step 0; trials that never do are not there.
    Raises `NnlabError` for an unknown column.
    """
    _check_column("when_reached", table, value)
    there: Any = table[table[value] <= target]
    return there.loc[there.groupby("trial")["step"].idxmin()].assign(step=0)


def _check_column(who: str, table: pd.DataFrame, name: str) -> None:
    if name not in table.columns:
        raise NnlabError(f"{who}: no column {name!r} in the table{nearest(name, table)}")
