"""Tidy tables: one row per trial and recorded step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["tidy"]


def tidy(
    rows: DataFrame,
    axes: dict[str, list[str]],
    order: Sequence[str],
    along: str | None = None,
) -> DataFrame:
    """Rows as recorded, in the order of the trial keys `order`, as plain columns.

    Array measures are left out, or, with `along="layer"`, spread into one row per layer with
    a column `layer` counted from 0; other arrays are left out then too. Real numbers come as
    float64. Raises `NnlabError` for an axis that no measure has.
    """
    if rows.empty:
        return rows
    rank = {key: position for position, key in enumerate(order)}
    positions = rows["trial"].map(rank)
    table = rows.assign(_rank=positions).sort_values(["_rank", "step"], kind="stable")
    arrays = [name for name in axes if name in table]
    kept = [name for name in arrays if along is not None and axes[name][:1] == [along]]
    if along is not None and not kept:
        known = sorted({axis for names in axes.values() for axis in names})
        raise NnlabError(f"no measure has the axis {along!r}; there are: {', '.join(known) or '-'}")
    table = table.drop(columns=["_rank", *(set(arrays) - set(kept))])
    if kept:
        table = _spread(table, kept, str(along))
    real = table.select_dtypes("float32").columns
    return table.astype(dict.fromkeys(real, "float64")).reset_index(drop=True)


def _spread(table: DataFrame, arrays: list[str], axis: str) -> DataFrame:
    lengths = table[arrays[0]].map(len)
    for name in arrays[1:]:
        if not (table[name].map(len) == lengths).all():
            raise NnlabError(f"measures {arrays[0]} and {name} differ in their number of {axis}s")
    spread = table.assign(**{axis: lengths.map(lambda n: list(range(n)))})
    spread = spread.explode([axis, *arrays], ignore_index=True)
    return spread.astype({axis: "int64", **dict.fromkeys(arrays, "float64")})
