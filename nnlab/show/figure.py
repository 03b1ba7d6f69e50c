"""What a figure shows, as plain data: a Figure has Panels, a Panel has Series and notes.

Nothing here draws, and importing it loads no matplotlib, so a study may declare its figures
at no cost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd

from nnlab.errors import NnlabError

__all__ = [
    "Figure",
    "HLine",
    "Kind",
    "Note",
    "Panel",
    "Series",
    "VLine",
    "panel_letter",
]

Kind = Literal["line", "points", "theory", "published"]


@dataclass(frozen=True, eq=False)
class Series:
    """One curve or set of points, with its interval where it has one.

    data: a table with a column of places (the field `x` names it) and either `mean`, `low`,
        `high` (as `analysis.curve` makes them; `n` is the number of seeds) or a plain `y`.
        `seeds`, the single values behind each mean, are drawn as faint points where they are few.
        Values that are NaN or infinite are allowed: the drawing says so.
    label: what the legend calls it, in plain text.
    kind: "line" (our curve, its interval as a band), "points" (our points, error bars),
        "theory" (dashed, black unless coloured) or "published" (hollow markers, no line).
    x, y: the columns to draw; x is "x" where there is one, else the first, as `analysis.curve` has
        it; y is "mean" where there is one, else "y".
    color: a place in the theme's palette (0, 1, ...) or any matplotlib colour. Without one, a
        label has the same colour in every panel, and the k-th published series of a panel
        takes the colour of its k-th line.
    linestyle: a matplotlib line style ("-", "--", ":", "-.", or "" for none); else by kind.

    Raises NnlabError for an unknown kind or line style, a missing or not numeric column, and
    for estimates of which several share one x.
    """

    data: pd.DataFrame
    label: str
    kind: Kind = "line"
    x: str = ""
    y: str = ""
    color: int | str | None = None
    linestyle: str | None = None

    def __post_init__(self) -> None:
        where = f"series {self.label!r}"
        if not self.x:
            first = "x" if "x" in self.data.columns else next(iter(self.data.columns), "x")
            object.__setattr__(self, "x", str(first))
        if self.kind not in get_args(Kind):
            raise NnlabError(
                f"{where}: unknown kind {self.kind!r}; use one of {', '.join(get_args(Kind))}"
            )
        if self.linestyle not in (None, "", "-", "--", ":", "-."):
            raise NnlabError(
                f"{where}: unknown linestyle {self.linestyle!r}; use '-', '--', ':', '-.' or ''"
            )
        for column in (self.x, self.y_column):
            if column not in self.data.columns:
                has = ", ".join(map(str, self.data.columns)) or "no columns"
                raise NnlabError(f"{where}: no column {column!r} in its data, which has {has}")
            if not pd.api.types.is_numeric_dtype(self.data[column]) and len(self.data):
                raise NnlabError(
                    f"{where}: column {column!r} is not numeric; map it to numbers first"
                )
        if self.has_interval and self.data[self.x].dropna().duplicated().any():
            raise NnlabError(
                f"{where}: several rows share one {self.x!r}; split the table with"
                " show.series_by(...) or select one level of each factor"
            )

    @property
    def y_column(self) -> str:
        """The column drawn upwards."""
        return self.y or ("mean" if "mean" in self.data.columns else "y")

    @property
    def has_interval(self) -> bool:
        """Whether `low` and `high` belong to the column drawn."""
        return self.y_column == "mean" and {"low", "high"} <= set(self.data.columns)


@dataclass(frozen=True)
class VLine:
    """A vertical line at x, explained in words above the panel."""

    x: float
    text: str = ""


@dataclass(frozen=True)
class HLine:
    """A horizontal line at y, explained in words inside the panel where there is room."""

    y: float
    text: str = ""


Note = VLine | HLine


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes.

    series: Series, or functions of a run's table that make one or several (see `made`).
    y_limits: (low, high), either may be None: then it fits the data.
    """

    series: Sequence[Any]
    x_label: str
    y_label: str
    title: str = ""
    log_x: bool = False
    log_y: bool = False
    y_limits: tuple[float | None, float | None] | None = None
    notes: Sequence[Note] = ()

    def __post_init__(self) -> None:
        if self.y_limits is None:
            return
        low, high = self.y_limits
        given = [v for v in (low, high) if v is not None]
        wrong = any(not math.isfinite(v) or (self.log_y and v <= 0) for v in given)
        if wrong or (low is not None and high is not None and not low < high):
            raise NnlabError(
                f"panel {self.title or self.y_label!r}: y_limits {self.y_limits} must be finite,"
                " rising, and positive on a log axis"
            )


@dataclass(frozen=True, eq=False, repr=False)
class Figure:
    """A named figure of one or more panels, with the caption that explains it.

    name: the files' name (letters, digits, `.`, `_`, `-`).
    panels: Panels, or functions of a run's table that make one or several: see `made`.
    caption: one paragraph; what n is, what the bands are and the command are added in writing.
    columns: panels side by side; without it 1, 2 (for two or four panels) or 3.
    share_y: panels of one y label and scale get common limits, so that heights compare.
    interval: what `low` and `high` are, for the caption.

    Raises NnlabError for a name that is no plain file name, or a figure without panels.
    """

    name: str
    panels: Sequence[Any]
    caption: str = ""
    columns: int | None = None
    share_y: bool = False
    interval: str = "95% interval over seeds"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", self.name):
            raise NnlabError(
                f"figure name {self.name!r}: use letters, digits, '.', '_' and '-' only,"
                " it names the files"
            )
        if not isinstance(self.panels, list | tuple):
            raise NnlabError(
                f"figure {self.name!r}: panels must be a list, not {self.panels!r:.40}"
            )
        if not self.panels:
            raise NnlabError(f"figure {self.name!r} has no panels; give it at least one")
        if self.columns is not None and self.columns < 1:
            raise NnlabError(f"figure {self.name!r}: columns is {self.columns}; use 1 or more")

    def __repr__(self) -> str:
        panels = f"{len(self.panels)} panel{'s' if len(self.panels) > 1 else ''}"
        return f"Figure({self.name!r}, {panels})"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """What a notebook shows: the picture, at half its pixels wide."""
        from .write import pictures_of

        png = pictures_of(self, ["png"])["png"]
        return png, {"width": int.from_bytes(png[16:20], "big") // 2}


def panel_letter(place: int) -> str:
    """What the panel at this place (from 0) is called: a, b, ..., z, aa, bb, ..."""
    return chr(ord("a") + place % 26) * (1 + place // 26)
