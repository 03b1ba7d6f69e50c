"""The committed pictures, drawn again from what is stored beside them: every word can be read."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from words import check_words

from nnlab import show

ROOT = Path(__file__).parents[2]
TABLES = [
    p for p in sorted((ROOT / "results").glob("*/standard/*.csv")) if p.with_suffix(".png").exists()
]


def figure_of(path: Path) -> show.Figure:
    """The figure that a CSV of drawn points describes."""
    table = pd.read_csv(
        path, keep_default_na=False, na_values={c: [""] for c in ("x", "y", "low", "high", "n")}
    )
    panels = [panel_of(rows) for _, rows in table.groupby("panel", sort=False)]
    return show.Figure(path.stem, panels)


@cache
def drawn(path: Path) -> tuple[show.Figure, Any]:
    """The figure and its canvas, which all tests look at."""
    figure = figure_of(path)
    return figure, show.draw_figure(figure)


def panel_of(rows: pd.DataFrame) -> show.Panel:
    first = rows.iloc[0]
    notes, series = [], []
    for (label, kind), points in rows.groupby(["series", "kind"], sort=False):
        if kind == "vertical line":
            notes += [show.VLine(x, label) for x in points["x"]]
        elif kind == "horizontal line":
            notes += [show.HLine(y, label) for y in points["y"]]
        elif kind != "seed":
            data = points.rename(columns={"y": "mean"}) if points["low"].notna().any() else points
            single = rows[(rows["series"] == label) & (rows["kind"] == "seed")]
            data = data.assign(seeds=[tuple(single["y"][single["x"] == x]) for x in points["x"]])
            series.append(show.Series(data, label, kind))
    return show.Panel(
        series,
        first["x_label"],
        first["y_label"],
        first["title"],
        log_x="x" in first["log"],
        log_y="y" in first["log"],
        notes=notes,
    )


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_no_words_are_small_cut_off_or_overlap(path):
    figure, canvas = drawn(path)
    check_words(canvas)
    assert canvas.get_figwidth() in (3.4, 7.0)
    words = {" ".join(t.get_text().split()) for axes in canvas.axes for t in axes.texts}
    for panel in figure.panels:
        assert {n.text for n in panel.notes if n.text} <= words
    with Image.open(path.with_suffix(".png")) as picture:
        assert math.isclose(picture.width, canvas.get_figwidth() * 200, abs_tol=1)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_axes_have_a_few_plain_ticks_and_hold_all_points(path):
    figure, canvas = drawn(path)
    for axes, panel in zip(canvas.axes, figure.panels, strict=True):
        assert axes.get_xlabel() and axes.get_ylabel()
        for axis in (axes.xaxis, axes.yaxis):
            labels = [t.get_text() for t in axis.get_ticklabels()]
            assert 2 <= len(labels) <= 8 and len(set(labels)) == len(labels)
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for series in panel.series:
            x, y = series.data[series.x], series.data[series.y_column]
            # A logarithmic axis has no place for zero, such as the rate where a cosine ends.
            y = y[np.isfinite(y) & ((y > 0) | (axes.get_yscale() != "log"))]
            assert x.between(left, right).all() and y.between(bottom, top).all()


def test_there_are_pictures_to_look_at():
    assert {path.parents[1].name for path in TABLES} <= {
        p.stem for p in (ROOT / "studies").glob("*.py")
    }
    assert len(TABLES) >= 2
