"""The level that the judge asks for reaches every interval that names none itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab import analysis
from nnlab.analysis import Estimate, Region, intervals_at, judge
from nnlab.analysis.levels import fewest_to_resample
from nnlab.errors import NnlabError

VALUES = np.array([3.0, 0, 1, 2, 1, -1]) + np.random.default_rng(0).normal(size=(24, 6))
TABLE = pd.DataFrame({"seed": range(24), "step": 0, "error": VALUES[:, 0]})


@dataclass(frozen=True)
class AClaim:
    estimand: Any
    region: Region = field(default_factory=lambda: Region.above(0))
    name: str = "a_claim"
    statement: str = "It is so."


STATISTICS = {
    "mean": lambda: analysis.mean(VALUES[:, 0]),
    "difference": lambda: analysis.paired_difference(VALUES[:, 0], VALUES[:, 1]),
    "ratio": lambda: analysis.paired_ratio(np.exp(VALUES[:, 0]), np.exp(VALUES[:, 1])),
    "slope": lambda: analysis.slope(np.arange(1, 7), np.exp(VALUES)),
    "interquartile mean": lambda: analysis.interquartile_mean(VALUES[:, 0]),
    "median": lambda: analysis.median(VALUES[:, 0]),
    "height": lambda: analysis.peak(np.arange(6), VALUES).height,
    "prominence": lambda: analysis.peak(np.arange(6), VALUES).prominence,
    "cross-fitted": lambda: analysis.cross_fitted(analysis.lowest, VALUES),
    "place": lambda: analysis.place(lambda m: m.argmin(-1), VALUES - VALUES.mean(0)),
    "bootstrap": lambda: analysis.bootstrap(lambda v: v.mean(), VALUES[:, 0], resamples=500),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_every_statistic_takes_the_level_around_it(name):
    usual = STATISTICS[name]()
    with intervals_at(0.995):
        wide = STATISTICS[name]()
    with intervals_at(0.5):
        narrow = STATISTICS[name]()
    assert (narrow.level, usual.level, wide.level) == (0.5, 0.95, 0.995)
    assert wide.low <= usual.low <= narrow.low <= narrow.high <= usual.high <= wide.high
    assert wide.high - wide.low > narrow.high - narrow.low
    assert STATISTICS[name]().level == 0.95


def test_a_level_that_is_named_stays():
    with intervals_at(0.99):
        assert analysis.mean(VALUES[:, 0], level=0.8).level == 0.8


def test_the_level_is_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), intervals_at(0.99):
        raise ZeroDivisionError
    assert analysis.current_level() == 0.95


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_what_is_no_level_is_refused(level):
    with pytest.raises(NnlabError, match="level between 0 and 1"), intervals_at(level):
        pass


def test_the_judge_asks_for_its_level_and_says_so():
    claim = AClaim(lambda t: analysis.mean(analysis.by_seed(t, "error")))
    usual, strict = judge(claim, TABLE), judge(claim, TABLE, 1 - 0.05 / 3, "for 3 looks")
    assert usual.estimate is not None and strict.estimate is not None
    assert strict.estimate.low < usual.estimate.low
    assert "interval at 98.3% for 3 looks" in strict.note and "interval at" not in usual.note


def test_an_estimand_that_keeps_its_own_level_is_not_taken_for_more():
    own = AClaim(lambda t: Estimate(1.0, 0.5, 1.5, 24, "own"))
    assert judge(own, TABLE).verdict == "supported"
    strict = judge(own, TABLE, 0.99)
    assert strict.verdict == "inconclusive"
    assert "its interval is at 95%, not at the 99% asked for" in strict.note


def test_a_count_over_levels_counts_the_same_intervals_at_any_level():
    truth = VALUES.mean(0) + np.repeat([0.0, 9.0], 3)
    usual = analysis.share_covered(truth, VALUES)
    with intervals_at(0.9999):
        strict = analysis.share_covered(truth, VALUES)
    assert 0 < usual.value < 1 and usual.value == strict.value
    claim = AClaim(lambda t: analysis.share_covered(truth, VALUES), Region(0.0, 1.0))
    assert judge(claim, TABLE, 0.99).verdict == "supported"


@pytest.mark.parametrize(("level", "n"), [(0.95, 6), (0.975, 12), (0.9875, 24)])
def test_resampling_needs_the_more_seeds_the_higher_the_level(level, n):
    assert fewest_to_resample(level) == n
    assert analysis.mean(VALUES[:n, 0], level=level).method == "BCa"
    assert analysis.mean(VALUES[: n - 1, 0], level=level).method == "Student t"


def test_the_range_of_few_seeds_bounds_no_median():
    assert np.isfinite(analysis.median(VALUES[:6, 0]).low)
    with intervals_at(0.9875):
        few, enough = analysis.median(VALUES[:7]), analysis.median(VALUES[:8])
    assert (few.low == -np.inf).all() and "7 seeds cannot bound a median at 98.8%" in few.note
    assert np.isfinite(enough.low).all() and enough.note == ""


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 8, 10, 20, 40])
def test_higher_levels_are_kept_as_well(n):
    draws = np.random.default_rng(n).normal(size=(n, 8000))
    found = analysis.mean(draws, level=0.9875)
    # 1.25% allowed; four standard errors are half a point.
    assert np.mean((found.low > 0) | (found.high < 0)) < 0.018


def test_tails_finer_than_the_resamples_are_not_read_off_them():
    few = analysis.mean(VALUES[:, 0], level=0.9999, resamples=1000)
    assert few.method == "Student t"
