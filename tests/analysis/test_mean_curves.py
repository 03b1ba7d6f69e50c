"""The curves that figures draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import PerSeed, Times, curve, mean, means
from nnlab.errors import NnlabError


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"seed": s, "step": i, "width": w, "optimizer": o, "loss": rng.normal() + w + i}
        for s in range(7)
        for i in (0, 10)
        for w in (10, 20, 40)
        for o in ("sgd", "adam")
    )


def test_columns_order_and_numbers(table):
    result = curve(table, "width", "loss", by="optimizer")
    names = ["width", "optimizer", "mean", "low", "high", "n", "median", "not_finite", "seeds"]
    assert list(result.columns) == names
    assert list(result.optimizer) == ["adam"] * 3 + ["sgd"] * 3
    assert list(result.width) == [10, 20, 40] * 2 and result.width.dtype == table.width.dtype
    at = table[(table.width == 20) & (table.optimizer == "sgd") & (table.step == 10)].loss
    row = result[(result.width == 20) & (result.optimizer == "sgd")].iloc[0]
    assert row["mean"] == pytest.approx(at.mean()) and row["median"] == at.median()
    assert row["seeds"] == tuple(sorted(at))
    estimate = mean(np.sort(at), resamples=2000)
    assert (row.low, row.high) == pytest.approx((estimate.low, estimate.high))
    assert (result.n == 7).all() and (result.not_finite == 0).all()


def test_the_band_is_over_seeds_and_covers(table):
    result = curve(table, "width", "loss", by="optimizer")
    # Seven seeds with unit deviation: half a width of about 2.45 / sqrt(7).
    assert ((result.high - result.low) / 2).mean() == pytest.approx(0.93, rel=0.25)


def test_single_seeds_are_kept_only_where_they_are_few():
    rows = [{"seed": s, "step": 0, "x": x, "y": 1.0 * s} for x in (1, 2) for s in range(9 + x)]
    assert [len(seeds) for seeds in curve(pd.DataFrame(rows), "x", "y")["seeds"]] == [10, 0]


def test_in_time(table):
    result = curve(table, "step", "loss", by=["optimizer", "width"])
    assert len(result) == 12 and list(result.step[:2]) == [0, 10]
    assert list(result.columns[:3]) == ["step", "optimizer", "width"]


def test_a_selection_and_an_earlier_step(table):
    result = curve(table, "width", "loss", step=0, optimizer="adam")
    assert len(result) == 3
    at = table[(table.width == 40) & (table.optimizer == "adam") & (table.step == 0)].loss
    assert result["mean"].iloc[2] == pytest.approx(at.mean())


def test_diverged_trials_are_counted(table):
    table.loc[(table.width == 20) & (table.seed < 2), "loss"] = np.nan
    table.loc[table.width == 40, "loss"] = np.inf
    result = curve(table, "width", "loss", optimizer="sgd")
    assert list(result.n) == [7, 5, 0] and list(result.not_finite) == [0, 2, 7]
    assert np.isfinite(result["mean"]).tolist() == [True, True, False]
    assert np.isfinite(result.low).tolist() == [True, True, False]


def test_one_seed_and_no_band(table):
    one = curve(table[table.seed == 3], "width", "loss", by="optimizer")
    assert (one.low == -np.inf).all() and (one.high == np.inf).all() and (one.n == 1).all()
    plain = curve(table, "width", "loss", by="optimizer", band=False)
    assert plain.low.isna().all() and plain["mean"].notna().all()


def test_many_points_are_resampled_in_parts(table, monkeypatch):
    whole = curve(table, "width", "loss", by="optimizer")
    monkeypatch.setattr("nnlab.analysis.curves._CELLS_AT_ONCE", 4)
    pd.testing.assert_frame_equal(curve(table, "width", "loss", by="optimizer"), whole)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda t: curve(t, "width", "los", by="optimizer"), "curve: no column 'los'.*mean loss"),
        (lambda t: curve(t, "width", "loss"), "differ in optimizer"),
        (lambda t: curve(t, "width", "loss", by="width"), "both x and by"),
        (lambda t: curve(t, "width", "loss", optimizer="lion"), "optimizer='lion'; have"),
    ],
)
def test_unclear_requests_are_refused(table, call, says):
    with pytest.raises(NnlabError, match=says):
        call(table)


def test_means_are_a_table_along_the_only_axis():
    values = np.random.default_rng(0).normal(size=(9, 3))
    results = PerSeed("error", values, np.arange(9), {"width": np.array([4, 8, 16])})
    drawn = means(results)
    assert list(drawn) == ["width", "mean", "low", "high"] and drawn.width.tolist() == [4, 8, 16]
    np.testing.assert_allclose(drawn["mean"], values.mean(0))
    assert (drawn.low < drawn["mean"]).all() and (drawn["mean"] < drawn.high).all()
    with pytest.raises(NnlabError, match="needs one axis"):
        means(results.at(width=4))


def test_in_means_a_time_that_is_not_reached_counts_as_the_horizon():
    steps = np.array([[10.0, np.inf], [30.0, 50.0]])
    times = Times("steps", steps, np.arange(2), {"width": np.array([4, 8])}, horizon=70.0)
    assert means(times)["mean"].tolist() == [20.0, 60.0]


def test_in_means_times_that_are_all_reached_are_not_cut_off():
    # Levels that were watched for longer than the horizon, which is what all were watched for.
    steps = np.array([[10.0, 500.0], [30.0, 700.0]])
    times = Times("steps", steps, np.arange(2), {"batch": np.array([64, 1])}, horizon=70.0)
    assert means(times)["mean"].tolist() == [20.0, 600.0]
