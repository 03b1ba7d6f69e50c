"""Declaring figures: what is accepted, and the one-line errors for what is not."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab import show
from nnlab.errors import NnlabError

CURVE = pd.DataFrame(
    {
        "width": [5, 10, 5, 10],
        "noise": [0.15, 0.15, 0.0, 0.0],
        "mean": [4.0, 3.0, 2.0, 1.0],
        "low": [3.5, 2.5, 1.5, 0.5],
        "high": [4.5, 3.5, 2.5, 1.5],
        "n": 5,
    }
)


def test_the_mean_is_drawn_where_there_is_one_and_only_it_has_the_interval():
    data = CURVE[CURVE["noise"] == 0].assign(y=9.0)
    assert show.Series(data, "ours", x="width").y_column == "mean"
    assert show.Series(data, "ours", x="width").has_interval
    assert not show.Series(data, "ours", x="width", y="y").has_interval


def test_the_first_column_is_the_place_unless_one_is_called_x():
    data = CURVE[CURVE["noise"] == 0]
    assert show.Series(data, "s").x == "width"
    assert show.Series(data.assign(x=1.0, mean=2.0)[["mean", "x"]], "s").x == "x"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: show.Series(CURVE, "s", x="depth"), ["'s'", "'depth'", "width"]),
        (lambda: show.Series(CURVE, "s"), ["several rows", "'width'"]),
        (lambda: show.Series(CURVE, "s", x="width"), ["several rows", "series_by"]),
        (lambda: show.Series(CURVE, "s", kind="bar", x="width"), ["'bar'", "published"]),  # type: ignore[arg-type]
        (lambda: show.Series(CURVE, "s", x="width", linestyle="wavy"), ["'wavy'"]),
        (lambda: show.Series(CURVE.astype({"width": str}), "s", x="width"), ["not numeric"]),
        (lambda: show.series_by(CURVE, "depth", x="width"), ["'depth'", "noise"]),
        (lambda: show.Panel([], "x", "y", y_limits=(2, 1)), ["y_limits"]),
        (lambda: show.Panel([], "x", "y", y_limits=(0, 1), log_y=True), ["y_limits"]),
        (lambda: show.Panel([], "x", "y", y_limits=(0, float("nan"))), ["y_limits"]),
        (lambda: show.Figure("a/b", [show.Panel([], "x", "y")]), ["'a/b'"]),
        (lambda: show.Figure("../a", [show.Panel([], "x", "y")]), ["'../a'"]),
        (lambda: show.Figure("a", []), ["no panels"]),
        (lambda: show.Figure("a", show.Panel([], "x", "y")), ["'a'", "must be a list"]),  # type: ignore[arg-type]
        (lambda: show.Figure("a", [show.Panel([], "x", "y")], columns=0), ["columns"]),
    ],
)
def test_bad_declarations_are_told_in_one_line(make, words):
    with pytest.raises(NnlabError) as error:
        make()
    assert "\n" not in str(error.value)
    assert all(word in str(error.value) for word in words)
