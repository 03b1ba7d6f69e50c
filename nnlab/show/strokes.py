"""Draws the series of a panel on its axes, each kind in its own manner."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .looks import Look

__all__ = ["HOLLOW", "beyond", "scatter", "stroke"]

MOST_MARKERS = 40
"""A line of more points shows no markers: they would merge into a thick line."""

HOLLOW: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 0.8, "markersize": 4.6}
_BAND: dict[str, Any] = {"alpha": 0.2, "linewidth": 0.0, "zorder": 1.5}
_SEED: dict[str, Any] = {"alpha": 0.35, "markersize": 2.0, "markeredgewidth": 0.0, "zorder": 2.0}
_ZORDER = {"theory": 2.5, "line": 3.0, "points": 3.5, "published": 4.0}


def stroke(axes: Axes, marks: pd.DataFrame, look: Look) -> None:
    """Draw the drawable marks of one series.

    The axes' limits are set already: an infinite value leads one panel height beyond them, so
    that the curve visibly leaves the panel.
    """
    x, y = marks["x"].to_numpy(), beyond(axes, marks["y"].to_numpy())
    low, high = beyond(axes, marks["low"].to_numpy()), beyond(axes, marks["high"].to_numpy())
    zorder = _ZORDER[look.kind]
    known = np.isfinite(low) & np.isfinite(high)
    if look.kind == "line":
        alone = _isolated(known)
        axes.fill_between(x, low, high, where=known & ~alone, color=look.color, **_BAND)
        known = alone
    axes.vlines(x[known], low[known], high[known], color=look.color, linewidth=0.9, zorder=zorder)
    if look.linestyle:
        axes.plot(
            x,
            y,
            look.linestyle,
            color=look.color,
            linewidth=1.0 if look.kind == "theory" else 1.3,
            zorder=zorder,
        )
    dots = _dotted(look, y)
    style: dict[str, Any] = HOLLOW if look.kind == "published" else {"markeredgewidth": 0.0}
    axes.plot(
        x[dots], y[dots], color=look.color, linestyle="", marker=look.marker, zorder=zorder, **style
    )


def scatter(axes: Axes, seeds: pd.DataFrame, look: Look) -> None:
    """Draw single seeds as faint points behind the series they belong to."""
    kept = seeds[seeds["y"] > 0] if axes.get_yscale() == "log" else seeds
    if len(kept):
        axes.plot(kept["x"], kept["y"], color=look.color, linestyle="", marker="o", **_SEED)


def beyond(axes: Axes, values: np.ndarray) -> np.ndarray:
    """Infinite values (and, on a log axis, those not positive) one panel height off the panel."""
    bottom, top = axes.get_ylim()
    log = axes.get_yscale() == "log"
    if log:
        bottom, top = math.log10(bottom), math.log10(top)
    over, under = top + (top - bottom), bottom - (top - bottom)
    if log:  # no further than floats go
        over, under = 10.0 ** min(over, 305.0), 10.0 ** max(under, -305.0)
    values = np.where(np.isposinf(values), over, values)
    return np.where(values <= 0 if log else np.isneginf(values), under, values)


def _dotted(look: Look, y: np.ndarray) -> np.ndarray:
    """Which points get a marker: all of a short line; else those no line would show."""
    there = np.isfinite(y)
    if look.kind in ("points", "published") or not look.linestyle:
        return there
    if look.kind == "line" and there.sum() <= MOST_MARKERS:
        return there
    return _isolated(there)


def _isolated(there: np.ndarray) -> np.ndarray:
    """Which points are there while neither neighbour is."""
    padded = np.concatenate([[False], there, [False]])
    return there & ~padded[:-2] & ~padded[2:]
