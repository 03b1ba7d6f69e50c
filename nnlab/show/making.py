"""Making series and panels: a series for each level, exact curves, panels of a run's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from nnlab.errors import NnlabError

from .figure import Figure, Kind, Panel, Series

__all__ = ["exact", "made", "series_by", "side_by_side", "table"]


def made(
    figure: Figure, data: pd.DataFrame, unless: tuple[type[Exception], ...] = ()
) -> Figure | None:
    """The figure with its panels and their series, where they are functions, made from a table.

    A function that raises one of `unless` is left out, and the caption says why; so is a panel
    of which no series is left. None where no panel is left. What else they raise is not caught.
    Raises NnlabError for what is neither a Panel, or a Series, nor makes one.
    """
    reasons: list[str] = []
    panels: list[Panel] = []
    for panel in _results(figure.panels, data, unless, reasons):
        _check(panel, Panel, figure)
        series = _results(panel.series, data, unless, reasons)
        for each in series:
            _check(each, Series, figure)
        if series or not panel.series:
            panels.append(replace(panel, series=series))
    if not panels:
        return None
    told = f"Left out: {'; '.join(dict.fromkeys(reasons))}." if reasons else ""
    return replace(figure, panels=panels, caption=f"{figure.caption} {told}".strip())


def _check(part: Any, kind: type, figure: Figure) -> None:
    if not isinstance(part, kind):
        raise NnlabError(
            f"figure {figure.name!r}: expected a {kind.__name__}, or a function of the table that "
            f"returns one or several, not {part!r:.40}"
        )


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
            found: Any = part(data) if callable(part) else part
            several = isinstance(found, Iterable) and not isinstance(found, str)
            results.extend(found if several else [found])
        except unless as said:
            reasons.append(" ".join(str(said).split()))
    return results


def series_by(
    data: pd.DataFrame,
    by: str,
    *,
    x: str = "",
    y: str = "",
    label: str | Callable[[Any], str] | Mapping[Any, str] = "{}",
    kind: Kind = "line",
    first_color: int | None = None,
) -> list[Series]:
    """One Series for each level of the column `by`, in rising order of the levels.

    label: a format string or a function of the level, e.g. "{:.0%} label noise"; or the label of
        each level. These are then the order too, and the place of a level among them its colour,
        the same in panels that have only some of the levels.
    first_color: the palette place of the first level; without it, colours follow the labels.
    Raises NnlabError where `by` is no column, or a level has no label.
    """
    if by not in data.columns:
        raise NnlabError(f"series_by: no column {by!r}; there is {', '.join(map(str, data))}")
    rows: dict[Any, Any] = dict(iter(data.groupby(by, sort=True)))
    order = list(rows)
    if isinstance(label, Mapping):
        unnamed = [level for level in rows if level not in label]
        if unnamed:
            raise NnlabError(f"series_by: no label for {by} {unnamed[0]!r}")
        name, order, first_color = label.__getitem__, list(label), first_color or 0
    else:
        name = label if callable(label) else label.format
    return [
        Series(
            rows[level].reset_index(drop=True),
            name(level),
            kind,
            x=x,
            y=y,
            color=None if first_color is None else first_color + place,
        )
        for place, level in enumerate(order)
        if level in rows
    ]


def side_by_side(places: Any, gap: float, log: bool = False) -> Any:
    """The places with equal ones moved apart, around where they were, so that none hides another.

    places: a pandas Series of numbers; what is returned has its index.
    gap: how far apart; with `log`, for a logarithmic axis, the factor between them.
    """
    alike = places.groupby(places)
    steps = alike.cumcount() - (alike.transform("size") - 1) / 2
    return places * gap**steps if log else places + gap * steps


def exact(label: str, x: Any, y: Any, color: int | str | None = None) -> Series:
    """A curve of theory: y at the places x, both numbers [n]; dashed."""
    return Series(table(x=x, y=y), label, "theory", color=color)


def table(**columns: Any) -> pd.DataFrame:
    """A table for `Series` from columns of equal length: `show.table(x=widths, y=risk)`."""
    return pd.DataFrame(columns)
