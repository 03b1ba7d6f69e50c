"""The summary of a run: each measure's mean over seeds, with its interval, by setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .contrasts import mean

__all__ = ["measures_of", "summary"]

_OWN = frozenset({"trial", "seed", "step", "diverged_at", "finite"})


def summary(table: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """One row per setting of the factors that vary, at its last recorded step.

    Columns: those factors, `n` (seeds), `diverged` (seeds whose training diverged), then for each
    measure its mean over the seeds where it is finite and the ends `_low` and `_high` of its 95%
    bootstrap interval; empty where a setting lacks the measure.
    """
    varying = [name for name in factors if len(set(table[name])) > 1]
    measures = measures_of(table, factors)
    last = table[table["step"] == table.groupby("trial")["step"].transform("max")]
    groups: Any = last.groupby(varying, sort=False) if varying else [((), last)]
    return pd.DataFrame([_row(varying, key, group, measures) for key, group in groups])


def measures_of(table: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """The columns of numbers that are measures, in the order of the table."""
    known = _OWN | set(factors)
    return [n for n in table if n not in known and pd.api.types.is_numeric_dtype(table[n])]


def _row(varying: list[str], key: object, group: Any, measures: list[str]) -> dict[str, object]:
    levels = key if isinstance(key, tuple) else (key,)
    row: dict[str, object] = dict(zip(varying, levels, strict=True))
    row["n"] = len(set(group["seed"]))
    if "diverged_at" in group:
        row["diverged"] = int((group["diverged_at"] >= 0).sum())
    for name in measures:
        values = group[name].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        estimate = mean(values, resamples=2000) if len(values) else None
        for end, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
            row[name + suffix] = np.nan if estimate is None else getattr(estimate, end)
    return row
