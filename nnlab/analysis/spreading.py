"""Measures that are arrays, such as one number a layer: as rows for curves, or seeds first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .pivot import PerSeed, by_seed
from .selection import nearest

__all__ = ["arrays_by_seed", "by_layer", "spread"]


def arrays_by_seed(
    table: pd.DataFrame,
    value: str,
    axis: str,
    /,
    across: str | Sequence[str] = (),
    **where: Any,
) -> PerSeed:
    """An array measure, seeds first: values [seeds, levels..., entries], the last axis named.

        arrays_by_seed(t, "gradient_norm", "layer", across="gain", depth=10)

    Otherwise as `by_seed`. Raises NnlabError as it does, for a measure that holds no arrays of
    one axis in these cells, and for arrays of different lengths.
    """
    if value not in table.columns:
        raise NnlabError(f"arrays_by_seed: no measure {value!r}{nearest(value, table.columns)}")
    arrays = table[value].to_list()
    there = np.array([_is_array(entry) for entry in arrays], dtype=bool)
    rows: Any = table.assign(**{value: np.arange(len(table))})[there]
    found = by_seed(rows, value, across, **where)
    places = found.values.astype(int)
    lengths = {len(arrays[place]) for place in places.ravel()}
    if len(lengths) > 1:
        raise NnlabError(f"arrays_by_seed: {value!r} has lengths {sorted(lengths)}; fix a factor")
    values = np.array([arrays[place] for place in places.ravel()], dtype=float)
    axes = {**found.axes, axis: np.arange(values.shape[-1])}
    return replace(found, values=values.reshape(*places.shape, -1), axes=axes)


def spread(table: pd.DataFrame, axis: str, *values: str) -> pd.DataFrame:
    """One row per trial, step and entry of these array measures; `axis` counts entries from 0.

        profile = spread(t, "layer", "gradient_norm")
        by_seed(profile, "gradient_norm", across=("gain", "layer"))

    Args:
      table: as claims and figures get it, one row per trial and recorded step.
      axis: the name of the new column.
      values: array measures of one axis, of equal lengths within a row. Rows that lack the first
        are left out, and so are trials with no entry at all.

    Raises:
      NnlabError: an unknown measure, one that holds no arrays, lengths that differ, or an axis
        that is a column already.
    """
    if axis in table.columns:
        raise NnlabError(f"spread: there is a column {axis!r} already; name the axis otherwise")
    for name in values:
        if name not in table.columns:
            raise NnlabError(f"spread: no measure {name!r}{nearest(name, table.columns)}")
    others = [c for c in table if c not in values and not _holds_arrays(table[c])]
    rows = table.loc[[_is_array(v) for v in table[values[0]]], [*others, *values]]
    if rows.empty:
        raise NnlabError(f"spread: {values[0]!r} holds no arrays of one axis")
    lengths = [len(v) for v in rows[values[0]]]
    for name in values[1:]:
        if [len(v) if _is_array(v) else -1 for v in rows[name]] != lengths:
            raise NnlabError(f"spread: {values[0]!r} and {name!r} differ in length")
    result = rows[others].iloc[np.repeat(np.arange(len(rows)), lengths)].reset_index(drop=True)
    entries = {name: np.concatenate(rows[name].to_list()).astype(float) for name in values}
    return result.assign(**{axis: np.concatenate([np.arange(n) for n in lengths]), **entries})


def by_layer(table: pd.DataFrame, measure: str, relative_to_last: bool = False) -> Any:
    """One row per trial, step and layer of a measure that has one number a layer, for curves.

        curve(by_layer(t, "gradient_norm", relative_to_last=True), "layer", "gradient_norm")

    Layers are counted from 1, in the column `layer`. With `relative_to_last` each number is a
    multiple of that at the last layer of its trial and step. Raises NnlabError as `spread` does.
    """
    rows: Any = spread(table, "layer", measure)
    if relative_to_last:
        profile = (rows["layer"] == 0).cumsum()  # which one a row is of, from 1
        ends = rows.loc[~profile.duplicated(keep="last"), measure].to_numpy()
        rows[measure] /= ends[profile - 1]
    return rows.assign(layer=rows["layer"] + 1)


def _is_array(value: object) -> bool:
    return np.ndim(value) == 1  # type: ignore[arg-type]


def _holds_arrays(column: Any) -> bool:
    return column.dtype == object and any(hasattr(value, "__array__") for value in column)
