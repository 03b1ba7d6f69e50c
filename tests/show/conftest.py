"""Figures that several tests draw."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from nnlab import show

WIDTHS = np.array([5, 7, 9, 12, 16, 21, 27, 36, 47, 61, 80, 104, 135, 177, 230, 300])
LONG = "a long label that tells the whole story of the experiment with all of its settings"


def _curve(level: float, bump: float) -> pd.DataFrame:
    mean = level - 3 * np.log(WIDTHS) + bump * np.exp(-(np.log(WIDTHS / 50) ** 2) * 4)
    return pd.DataFrame({"width": WIDTHS, "mean": mean, "low": mean - 1, "high": mean + 1, "n": 5})


def _double_descent() -> show.Figure:
    panels = []
    for measure in ("error (%)", "test cross-entropy (nats)"):
        for noise, bump in ((0.0, 0.5), (0.15, 15.0)):
            published = _curve(57, bump)[["width", "mean"]].rename(columns={"mean": "error"})
            panels.append(
                show.Panel(
                    [
                        show.Series(_curve(60, bump), "test, ours", x="width"),
                        show.Series(_curve(30, 0), "train, ours", x="width"),
                        show.Series(
                            published, "test, published", "published", x="width", y="error"
                        ),
                    ],
                    "width of both hidden layers",
                    measure,
                    f"{noise:.0%} label noise",
                    log_x=True,
                    notes=[
                        show.VLine(61, "interpolation threshold: train error first 0%"),
                        show.HLine(35, "labels changed"),
                    ],
                )
            )
    return show.Figure("double_descent", panels, "Test error\nby width.", share_y=True)


def _theory() -> show.Figure:
    p = np.arange(1, 101)
    gap = np.abs(p - 40.0)
    risk = np.where(gap <= 1, np.inf, 1 + 40 / np.maximum(gap, 1))
    series = show.Series(pd.DataFrame({"x": p, "y": risk}), "exact risk", kind="theory")
    notes = [
        show.VLine(40, "p = n"),
        show.VLine(44, "close by, with some words"),
        show.VLine(97, "end"),
    ]
    return show.Figure("theory", [show.Panel([series], "p", "risk", log_y=True, notes=notes)])


def _long() -> show.Figure:
    series = [
        show.Series(_curve(60, 1), f"{LONG} {k}" if k else "W" * 120, x="width") for k in range(3)
    ]
    notes = [show.VLine(61, LONG), show.VLine(70, LONG)]
    panel = show.Panel(series, LONG * 2, LONG, LONG, log_x=True, log_y=True, notes=notes)
    return show.Figure("long", [panel])


def _six() -> show.Figure:
    series = [show.Series(_curve(k, 5 * k), f"setting {k}", x="width") for k in range(60, 65)]
    panel = show.Panel(series, "width", "error (%)", "A title of several words, and more of them")
    return show.Figure("six", [panel] * 6)


@pytest.fixture(params=[_double_descent, _theory, _long, _six], ids=lambda make: make.__name__[1:])
def any_figure(request) -> show.Figure:
    return request.param()


@pytest.fixture
def double_descent() -> show.Figure:
    """The upper row only: half the time to draw."""
    whole = _double_descent()
    return dataclasses.replace(whole, panels=whole.panels[:2])


@pytest.fixture
def theory() -> show.Figure:
    return _theory()
