"""Which rows of the table are meant: levels, steps, and the errors that say what is unclear."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from ..errors import NnlabError

__all__ = ["distinct", "listed", "matches", "nearest", "one_row_per_seed"]


def one_row_per_seed(
    table: pd.DataFrame,
    value: str,
    cells: Sequence[str],
    step: int | None,
    where: Mapping[str, Any],
    who: str,
) -> pd.DataFrame:
    """The rows of the selection: one per seed and cell, at its last step or the one asked for.

    A seed that stopped before the last step of its cell is not among them. Where `step` is one
    of the cells, all steps are kept.
    """
    _check_columns(table, ["seed", "step", value, *cells, *where], who)
    rows = table
    for name, level in where.items():
        kept = _kept(rows, matches(rows[name], level))
        if kept.empty:
            raise NnlabError(f"{who}: no rows with {name}={level!r}; have {listed(rows[name])}")
        rows = kept
    if rows.empty:
        raise NnlabError(f"{who}: the table has no rows")
    cells = list(cells)
    # Before the last step is chosen: factors may differ in how many steps they take.
    _refuse_several(rows, cells, value, who)
    if "step" in cells:
        return rows
    if step is not None:
        kept = _kept(rows, rows["step"] == step)
        if kept.empty:
            raise NnlabError(f"{who}: nothing recorded at step {step}; have {listed(rows['step'])}")
        return kept
    if not cells:
        return _kept(rows, rows["step"] == rows["step"].max())
    last = rows.groupby(cells, dropna=False)["step"].transform("max")
    return _kept(rows, rows["step"] == last)


def _check_columns(table: pd.DataFrame, names: Sequence[str], who: str) -> None:
    for name in names:
        if name not in table.columns:
            raise NnlabError(
                f"{who}: no column {name!r} in the table{nearest(name, table.columns)}"
            )


def _refuse_several(rows: pd.DataFrame, cells: Sequence[str], value: str, who: str) -> None:
    """Raise if a seed has several trials in a cell, naming the columns that tell them apart."""
    key = list(dict.fromkeys(["seed", *cells]))
    several = rows.duplicated(subset=list({*key, "step"}), keep=False).to_numpy()
    if "trial" in rows.columns:
        trials = rows.groupby(key, dropna=False)["trial"].transform("nunique").to_numpy()
        several = several | (trials > 1)
    if not several.any():
        return
    _, group = next(iter(_kept(rows, several).groupby(key, dropna=False, sort=False)))
    where = ", ".join(f"{name} {group[name].iloc[0]}" for name in key)
    if "trial" in rows.columns:
        group = group.drop_duplicates("trial")
    else:
        group = _kept(group, group["step"] == group["step"].iloc[0])
    # A factor takes few values in the whole table, a measure nearly as many as there are rows.
    spread = {c: distinct(rows[c]) for c in rows if c not in (*key, value, "step", "trial")}
    differing = [c for c in spread if distinct(group[c]) > 1]
    likely = sorted(differing, key=lambda c: spread[c])[:3]
    if not likely:
        raise NnlabError(f"{who}: the table holds a trial twice ({where})")
    level = group[likely[0]].iloc[0]
    example = f"{likely[0]}={level.item() if isinstance(level, np.generic) else level!r}"
    raise NnlabError(
        f"{who}: several trials for {where}, which differ in {', '.join(likely)}: fix the factor "
        f"({example}) or spread over it"
    )


def matches(column: Any, level: Any) -> np.ndarray:
    """Where a column has the level, or one of a list of levels; floats up to float32 rounding."""
    if isinstance(level, (list, tuple, set, np.ndarray, range)):
        found = np.zeros(len(column), dtype=bool)
        for each in level:
            found |= matches(column, each)
        return found
    if isinstance(level, (int, float, np.number)) and pd.api.types.is_numeric_dtype(column):
        return np.isclose(column.to_numpy(dtype=float), float(level), rtol=1e-6, atol=0.0)
    return (column == level).to_numpy()


def nearest(name: str, known: Any) -> str:
    known = [str(k) for k in known]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; have {', '.join(known)}"


def listed(levels: Any) -> str:
    levels = pd.unique(pd.Series(levels).sort_values())
    shown = ", ".join(str(level) for level in levels[:12])
    return shown + (f", ... ({len(levels)} in all)" if len(levels) > 12 else "")


def _kept(rows: pd.DataFrame, mask: Any) -> pd.DataFrame:
    """rows[mask], which type checkers take for almost anything."""
    return cast(pd.DataFrame, rows[mask])


def distinct(column: Any) -> int:
    """How many different values a column holds, NaN among them."""
    return len(pd.unique(column))
