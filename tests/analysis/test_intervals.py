"""Intervals against SciPy's, their coverage in simulation, and what they do when degenerate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nnlab.analysis import bootstrap, intervals, mean, of_means

TRUTH = {"normal": 0.0, "exponential": 1.0}
STUDIES = 2000


def samples_of(law: str, n: int, seed: int) -> np.ndarray:
    """[n, STUDIES]: one simulated study per column, whose bootstrap then runs in one go."""
    rng = np.random.default_rng(seed)
    draw = rng.normal if law == "normal" else rng.exponential
    return draw(size=(n, STUDIES))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("law", "n", "lowest", "highest"),
    [
        # The standard error of a coverage of 95% in 2000 studies is 0.5 points.
        ("normal", 3, 0.93, 0.97),
        ("normal", 5, 0.93, 0.97),
        ("normal", 10, 0.93, 0.97),
        ("normal", 30, 0.93, 0.97),
        # Skewed data: Student's t covers 89.7% and 93.0%, plain BCa 86.9% and 93.0%.
        ("exponential", 10, 0.90, 0.97),
        ("exponential", 30, 0.93, 0.97),
    ],
)
def test_the_interval_of_a_mean_covers_the_truth(law, n, lowest, highest):
    estimate = mean(samples_of(law, n, seed=n), resamples=4000)
    covered = (estimate.low <= TRUTH[law]) & (TRUTH[law] <= estimate.high)
    assert lowest < covered.mean() < highest


@pytest.mark.parametrize("n", [10, 30])
def test_a_quick_look_at_coverage(n):
    estimate = mean(samples_of("normal", n, seed=7)[:, :600], resamples=2000)
    covered = (estimate.low <= 0) & (estimate.high >= 0)
    # Unwidened BCa covers 90% at n = 10, resampling the wrong axis a few percent.
    assert 0.925 < covered.mean() < 0.975


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30])
def test_a_statistic_that_is_not_a_mean_is_covered(n):
    """The log of the ratio of two paired means: nonlinear, with skew."""
    rng = np.random.default_rng(n)
    covered = 0
    for _ in range(500):
        common = rng.exponential(size=n)
        a = 3 + common + rng.normal(size=n) * 0.3
        b = 1 + common + rng.normal(size=n) * 0.3
        estimate = bootstrap(of_means(lambda a, b: np.log(a / b)), a, b, resamples=2000)
        covered += estimate.low <= np.log(4 / 2) <= estimate.high
    assert 0.91 < covered / 500 < 0.98


@pytest.mark.parametrize(("method", "ours"), [("BCa", intervals.bca), ("percentile", None)])
def test_agrees_with_scipy_at_the_same_nominal_level(method, ours):
    values = np.random.default_rng(3).exponential(size=25)
    ours = ours or intervals.percentile
    rows = np.random.default_rng(0).integers(25, size=(20_000, 25))
    left_out = (values.sum() - values) / 24
    draws = intervals.Draws(
        np.array([values.mean()]), values[rows].mean(axis=1)[:, None], left_out[:, None]
    )
    low, high, name = ours(draws, 0.95)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(1)
    ).confidence_interval
    width = expected.high - expected.low
    assert name == method
    assert abs(low[0] - expected.low) < 0.02 * width
    assert abs(high[0] - expected.high) < 0.02 * width


def test_bca_differs_from_percentile_on_skewed_data():
    values = np.random.default_rng(3).exponential(size=25)
    assert mean(values).high > mean(values, method="percentile").high


def test_ties_with_the_value_count_half():
    # A quarter of the resampled means equal 0: they must not tilt a symmetric interval.
    estimate = mean(np.repeat([-1.0, 1.0], 5))
    assert estimate.method == "BCa" and estimate.low == pytest.approx(-estimate.high)


def test_below_six_seeds_a_mean_has_students_interval():
    values = np.random.default_rng(5).normal(size=5)
    estimate = mean(values, resamples=40_000)
    expected = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert estimate.method == "Student t"
    assert np.allclose([estimate.low, estimate.high], expected, atol=0.03 * np.ptp(expected))
    assert mean(np.append(values, 0.0)).method == "BCa"


def test_the_widened_level_gives_students_interval_for_normal_resamples():
    # Hesterberg's rule: Phi^-1 of the new tail is sqrt(n/(n-1)) t.
    tail = (1 - intervals.widened(0.95, 10)) / 2
    assert stats.norm.ppf(tail) == pytest.approx(-np.sqrt(10 / 9) * stats.t.ppf(0.975, 9))


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e9])
def test_constant_data_fall_back_to_percentile(constant):
    estimate = mean(np.full(10, constant))
    assert estimate.method == "percentile"
    # The resampled means of ten times 0.1 differ from 0.1 in the last bits.
    assert estimate.low == pytest.approx(constant, rel=1e-12)
    assert estimate.high == pytest.approx(constant, rel=1e-12)


def test_only_the_constant_levels_fall_back():
    values = np.random.default_rng(0).normal(size=(10, 2)) * [1.0, 0.0]
    estimate = mean(values)
    assert estimate.method == "BCa, percentile where undefined"
    alone = mean(values[:, 0])
    assert (estimate.low[0], estimate.high[0]) == (alone.low, alone.high)
    assert (estimate.low[1], estimate.high[1]) == (0.0, 0.0)


def test_resamples_that_are_undefined_open_the_interval():
    values = np.r_[np.ones(9), 100.0] + np.linspace(0, 0.1, 10)

    def undefined_without_the_large_one(v):
        return v.mean() if v.max() > 50 else np.nan

    estimate = bootstrap(undefined_without_the_large_one, values, resamples=500)
    assert np.isfinite(estimate.value)
    assert (estimate.low, estimate.high) == (-np.inf, np.inf)


def test_resamples_that_are_infinite_reach_the_end():
    """A threshold that some resamples never reach: the place is infinite there, not missing."""
    values = np.r_[np.zeros(8), 1.0, 1.0]
    estimate = bootstrap(lambda v: 5.0 if v.mean() < 0.35 else np.inf, values, resamples=1000)
    assert (estimate.value, estimate.low, estimate.high) == (5.0, 5.0, np.inf)
