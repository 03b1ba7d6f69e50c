"""Interquartile mean and median: what they are, and that odd seeds do not move them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nnlab.analysis import bootstrap, interquartile_mean, mean, median, over_seeds
from nnlab.errors import NnlabError

VALUES = np.random.default_rng(0).normal(size=(12, 3))


def test_the_middle_half_of_the_seeds():
    ordered = np.sort(VALUES, axis=0)
    assert interquartile_mean(VALUES).value == pytest.approx(ordered[3:9].mean(axis=0))
    assert interquartile_mean(np.arange(5.0)).value == 2.0
    assert interquartile_mean(np.array([1.0, 2.0, 9.0])).value == 4.0  # no whole quarter


def test_one_odd_seed_moves_the_mean_alone():
    odd = VALUES[:, 0].copy()
    odd[odd.argmax()] = 1000.0
    assert interquartile_mean(odd).value == interquartile_mean(VALUES[:, 0]).value
    assert interquartile_mean(odd).high < 3 < mean(odd).value


def test_the_median_takes_infinite_values():
    assert median(np.array([1.0, 2, 3, np.inf, np.inf])).value == 3.0
    assert median(np.array([1.0, 2, np.inf, np.inf, np.inf])).value == np.inf
    assert median(np.array([1.0, 2.0, np.inf, np.inf])).value == np.inf
    reached = median(np.r_[np.arange(9.0), np.inf])
    assert reached.value == 4.5 and np.isfinite(reached.high) and reached.method == "percentile"


def test_over_seeds_is_the_same_statistic_faster(monkeypatch):
    def trimmed(values):
        return stats.trim_mean(values, 0.25, axis=0)

    slow, fast = (
        bootstrap(trimmed, VALUES, resamples=300),
        interquartile_mean(VALUES, resamples=300),
    )
    assert fast.samples == pytest.approx(slow.samples)
    assert (fast.low, fast.high) == (pytest.approx(slow.low), pytest.approx(slow.high))
    monkeypatch.setattr("nnlab.analysis.resampling._NUMBERS_AT_ONCE", 500)
    assert interquartile_mean(VALUES, resamples=300).samples == pytest.approx(fast.samples)


def test_over_seeds_must_keep_the_other_axes():
    with pytest.raises(NnlabError, match="reduce axis 0 and keep the others"):
        bootstrap(over_seeds(lambda v: v.sum(axis=-1)), VALUES, resamples=10)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30])
@pytest.mark.parametrize("statistic", [interquartile_mean, median])
def test_the_intervals_cover(statistic, n):
    draws = np.random.default_rng(n).normal(size=(n, 2000))
    found = statistic(draws, resamples=2000)
    # A median takes few values: its interval covers more than it says.
    assert 0.93 < np.mean((found.low <= 0) & (found.high >= 0)) < 0.985
