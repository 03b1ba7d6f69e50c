"""What of a series reaches the paper: its marks, and in words what cannot be drawn.

Drawing and writing both start here, so that the CSV holds what the picture shows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .figure import Panel, Series

__all__ = ["drawable", "marks_of", "seeds_of", "unseen"]

MOST_PLACES = 40
"""A series of more points shows no single seeds: they would merge into a cloud."""


def marks_of(series: Series) -> pd.DataFrame:
    """The series as floats: columns x, y, low, high, n; one row a point, rising x.

    NaN where the data have no interval or no n. Missing and infinite values stay as they are.
    """
    data = series.data
    columns = {"x": series.x, "y": series.y_column}
    if series.has_interval:
        columns |= {"low": "low", "high": "high"}
    if "n" in data.columns:
        columns["n"] = "n"
    marks = pd.DataFrame(
        {
            name: (
                data[columns[name]].to_numpy(dtype=float, na_value=np.nan)
                if name in columns
                else np.full(len(data), np.nan)
            )
            for name in ("x", "y", "low", "high", "n")
        }
    )
    return marks.sort_values("x", kind="stable", ignore_index=True)


def drawable(marks: pd.DataFrame, log_x: bool, log_y: bool) -> pd.DataFrame:
    """The marks without the points that have no place on the axes.

    Rows without an x are left out; a y without a place becomes NaN (a gap), an infinite y
    stays (the curve leaves the panel). A half-known or unbounded interval becomes NaN.
    """
    x = marks["x"].to_numpy()
    on_axis = np.isfinite(x) & ((x > 0) if log_x else True)
    kept = marks.loc[on_axis].reset_index(drop=True)
    if log_y:
        kept.loc[kept["y"] <= 0, "y"] = np.nan
    bounded = np.isfinite(kept["low"]) & np.isfinite(kept["high"]) & np.isfinite(kept["y"])
    kept.loc[~bounded, ["low", "high"]] = np.nan
    return kept


def seeds_of(series: Series) -> pd.DataFrame:
    """The single seeds behind the means of a series, as floats: columns x, y.

    They come from a column `seeds` of values, as `analysis.curve` makes it where seeds are few.
    None of a long series, and none of a point whose mean is another than theirs: a study that
    drew the means in another unit did not mean these.
    """
    data = series.data
    none = pd.DataFrame({"x": [], "y": []}, dtype=float)
    if "seeds" not in data.columns or not series.has_interval or len(data) > MOST_PLACES:
        return none
    parts = [
        pd.DataFrame({"x": float(x), "y": np.asarray(values, dtype=float)})
        for x, mean, values in zip(data[series.x], data["mean"], data["seeds"], strict=True)
        if len(values) > 1 and np.isclose(np.mean(values), mean, rtol=1e-6)
    ]
    return pd.concat(parts, ignore_index=True) if parts else none


def unseen(panel: Panel) -> list[str]:
    """One sentence for each series of the panel of which something cannot be drawn."""
    found = [(series.label, _losses(series, panel)) for series in panel.series]
    return [f"{label}: {'; '.join(losses)}." for label, losses in found if losses]


def _losses(series: Series, panel: Panel) -> list[str]:
    marks = marks_of(series)
    if marks.empty:
        return ["no data"]
    x, y = marks["x"].to_numpy(), marks["y"].to_numpy()
    low, high = marks["low"].to_numpy(), marks["high"].to_numpy()
    place = np.isfinite(x) & ((x > 0) if panel.log_x else True)
    bounded = np.isfinite(low) & np.isfinite(high)
    bottom, top = panel.y_limits or (None, None)
    outside = (y < (-np.inf if bottom is None else bottom)) | (y > (np.inf if top is None else top))
    counts = [
        (~place, "without a place on the x axis", False),
        (place & np.isnan(y), "missing", True),
        (place & np.isinf(y), "infinite", True),
        (place & np.isfinite(y) & (y <= 0) & panel.log_y, "not positive, on a log axis", True),
        (place & np.isfinite(y) & outside, "outside the y limits", True),
        (place & np.isfinite(y) & ~bounded & series.has_interval, "without an interval", True),
    ]
    lost = [
        f"{which.sum()} of {len(marks)} points {what}" + (f" (x = {_few(x[which])})" if at else "")
        for which, what, at in counts
        if which.any()
    ]
    single = seeds_of(series)["y"].to_numpy()
    beyond = (single <= 0) if panel.log_y else np.zeros(len(single), bool)
    beyond |= single < (-np.inf if bottom is None else bottom)
    beyond |= single > (np.inf if top is None else top)
    return [*lost, f"{beyond.sum()} of {len(single)} single seeds"] if beyond.any() else lost


def _few(values: np.ndarray) -> str:
    shown = [f"{value:g}" for value in values]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:3], "...", shown[-1]])
