"""Tidy tables: one row per trial and recorded step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["tidy", "without_arrays"]


def tidy(
    rows: DataFrame,
    axes: dict[str, list[str]],
    order: Sequence[str],
    along: str | None = None,
    arrays: bool = False,
) -> DataFrame:
    """Rows as recorded, in the order of the trial keys `order`, as plain columns.

    Array measures are left out, or stay whole as columns of arrays with `arrays` (see
    `analysis.spread`), or, with `along="layer"`, those with just this axis are spread
    into one row per layer, with a column `layer` counted from 0 (`along="layer,unit"` spreads
    measures with two axes). Real numbers come as float64. Raises `NnlabError` for axes that no
    measure has.
    """
    if rows.empty:
        return rows
    known = [name for name in axes if name in rows]
    wanted = [] if along is None else [axis.strip() for axis in along.split(",")]
    kept = known if arrays and not wanted else [n for n in known if axes[n] == wanted]
    if wanted and not kept:
        there = sorted({",".join(axes[name]) for name in known})
        raise NnlabError(f"no measure has the axis {along!r}; there are: {'; '.join(there) or '-'}")
    table = _in_order(rows.drop(columns=[name for name in known if name not in kept]), order)
    for position, axis in enumerate(wanted):
        table = _spread(table, kept, axis, last=position == len(wanted) - 1)
    real = table.select_dtypes(["float16", "float32"]).columns
    return table.astype(dict.fromkeys(real, "float64")).reset_index(drop=True)


def without_arrays(table: DataFrame) -> DataFrame:
    """A tidy table without the columns that hold arrays, where it has any."""
    objects = [name for name in table if table[name].dtype == object]
    whole = [name for name in objects if any(hasattr(v, "__array__") for v in table[name])]
    return table.drop(columns=whole)


def _in_order(rows: DataFrame, order: Sequence[str]) -> DataFrame:
    import numpy as np

    rank = {key: position for position, key in enumerate(order)}
    # Trials that `order` does not name come last.
    ranks = np.array([rank.get(key, len(rank)) for key in rows["trial"]])
    return rows.iloc[np.lexsort((rows["step"].to_numpy(), ranks))]


def _spread(table: DataFrame, arrays: list[str], axis: str, last: bool) -> DataFrame:
    """One row per entry of these columns of arrays, numbered in the column `axis`."""
    if axis in table:
        raise NnlabError(f"the axis {axis!r} has the name of a column; rename it in the study")
    lengths = table[arrays[0]].map(len)
    for name in arrays[1:]:
        if table[name].map(len).tolist() != lengths.tolist():
            raise NnlabError(f"measures {arrays[0]!r} and {name!r} differ in length along {axis!r}")
    # A trial with nothing along the axis (no hidden layer) has no rows, not one of NaN.
    table = table.loc[lengths > 0]
    spread = table.assign(**{axis: [list(range(n)) for n in lengths if n]})
    spread = spread.explode([axis, *arrays], ignore_index=True)
    kinds = dict.fromkeys(arrays, "float64") if last else {}
    return spread.astype({axis: "int64", **kinds})
