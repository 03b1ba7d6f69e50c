"""What of the data reaches the paper, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnlab import show
from nnlab.show.marks import drawable, marks_of, unseen

NAN, INF = np.nan, np.inf


def _series(x, mean, label="s", low=None, high=None):
    mean = np.asarray(mean, dtype=float)
    low = mean - 1 if low is None else low
    high = mean + 1 if high is None else high
    return show.Series(pd.DataFrame({"x": x, "mean": mean, "low": low, "high": high}), label)


def test_marks_are_floats_in_rising_x():
    marks = marks_of(_series([30, 5, 10], [3, 1, 2]))
    assert marks["x"].tolist() == [5.0, 10.0, 30.0]
    assert marks["y"].tolist() == [1.0, 2.0, 3.0]
    assert marks["low"].tolist() == [0.0, 1.0, 2.0]
    assert marks["n"].isna().all()


def test_pandas_missing_values_are_missing():
    data = pd.DataFrame({"x": [1, 2], "y": pd.array([1, None], dtype="Int64")})
    assert np.isnan(marks_of(show.Series(data, "s"))["y"].to_numpy()[1])


def test_what_has_no_place_becomes_a_gap_and_infinity_stays():
    marks = drawable(marks_of(_series([0, 1, 2, 3, 4], [1, -1, INF, NAN, 5])), True, True)
    assert marks["x"].tolist() == [1.0, 2.0, 3.0, 4.0]
    np.testing.assert_array_equal(marks["y"], [NAN, INF, NAN, 5.0])


def test_an_interval_known_on_one_side_only_is_not_drawn():
    marks = drawable(marks_of(_series([1, 2], [1, 2], low=[-INF, 1], high=[2, 3])), False, False)
    np.testing.assert_array_equal(marks["low"], [NAN, 1.0])
    np.testing.assert_array_equal(marks["high"], [NAN, 3.0])


def test_each_loss_is_said_with_its_place():
    series = [
        _series([0, 1, 2, 3, 4, 5], [1, -1, INF, NAN, 5, 50], "risk"),
        _series([1, 2], [1, 2], "one seed", low=[-INF] * 2, high=[INF] * 2),
        show.Series(pd.DataFrame({"x": [], "y": []}), "empty"),
        _series([1], [1], "whole"),
    ]
    panel = show.Panel(series, "x", "y", log_x=True, log_y=True, y_limits=(None, 20))
    risk, one_seed, empty = unseen(panel)
    for words in (
        "1 of 6 points without a place",
        "missing (x = 3)",
        "infinite (x = 2)",
        "not positive, on a log axis (x = 1)",
        "outside the y limits (x = 5)",
    ):
        assert words in risk
    assert one_seed == "one seed: 2 of 2 points without an interval (x = 1, 2)."
    assert empty == "empty: no data."
