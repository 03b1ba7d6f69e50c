"""Making series and panels: a series for each level, exact curves, panels of a run's table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from nnlab.errors import NnlabError

from .figure import Figure, Kind, Panel, Series

__all__ = ["exact", "made", "series_by", "table"]


def made(
    figure: Figure, data: pd.DataFrame, unless: tuple[type[Exception], ...] = ()
) -> Figure | None:
    """The figure with its panels and their series, where they are functions, made from a table.

    A function that raises one of `unless` is left out, and the caption says why; so is a panel
    of which no series is left. None where no panel is left. What else they raise is not caught.
    """
    reasons: list[str] = []
    panels: list[Panel] = []
    for panel in _results(figure.panels, data, unless, reasons):
        series = _results(panel.series, data, unless, reasons)
        if series or not panel.series:
            panels.append(replace(panel, series=series))
    if not panels:
        return None
    told = f"Left out: {'; '.join(dict.fromkeys(reasons))}." if reasons else ""
    return replace(figure, panels=panels, caption=f"{figure.caption} {told}".strip())


def _results(
    parts: Sequence[Any],
    data: pd.DataFrame,
    unless: tuple[type[Exception], ...],
    reasons: list[str],
) -> list[Any]:
    """The parts, functions replaced by the one or several that they make of the table."""
    results: list[Any] = []
    for part in parts:
        try:
            found = part(data) if callable(part) else part
        except unless as said:
            reasons.append(" ".join(str(said).split()))
            continue
        results.extend(found if isinstance(found, Sequence) else [found])
    return results


def series_by(
    data: pd.DataFrame,
    by: str,
    *,
    x: str = "",
    y: str = "",
    label: str | Callable[[Any], str] = "{}",
    kind: Kind = "line",
    first_color: int | None = None,
) -> list[Series]:
    """One Series for each level of the column `by`, in rising order of the levels.

    label: a format string or a function of the level, e.g. "{:.0%} label noise".
    first_color: the palette place of the first level; without it, colours follow the labels.
    Raises NnlabError where `by` is no column.
    """
    if by not in data.columns:
        raise NnlabError(f"series_by: no column {by!r}; there is {', '.join(map(str, data))}")
    name = label if callable(label) else label.format
    return [
        Series(
            rows.reset_index(drop=True),
            name(level),
            kind,
            x=x,
            y=y,
            color=None if first_color is None else first_color + place,
        )
        for place, (level, rows) in enumerate(data.groupby(by, sort=True))
    ]


def exact(label: str, x: Any, y: Any, color: int | str | None = None) -> Series:
    """A curve of theory: y at the places x, both numbers [n]; dashed."""
    return Series(table(x=x, y=y), label, "theory", color=color)


def table(**columns: Any) -> pd.DataFrame:
    """A table for `Series` from columns of equal length: `show.table(x=widths, y=risk)`."""
    return pd.DataFrame(columns)
