"""Peaks that are not there are not found, and those that are there are."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.analysis import (
    PerSeed,
    above_lowest,
    bootstrap,
    cross_fitted,
    lowest,
    lowest_position,
    of_means,
    peak,
    peak_index,
    peak_prominence,
    place,
)
from nnlab.errors import NnlabError

X = np.arange(12.0)
HUMP = np.array([3.0, 0, 1, 2, 1, 0, -1])
CURVES = {
    "flat": (np.zeros(12), 0.0),
    "falling": (-0.1 * np.arange(12.0), 0.0),
    "small hump": (np.array([0, -1, -0.5, -1, -2.0]), 0.5),
    "hump": (HUMP, 2.0),
    "plateau": (np.array([3.0, 0, 0, 2, 2, 2, -1, -1]), 2.0),
}


def noisy(mean: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return mean + rng.normal(size=(n, len(mean)))


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize("name", CURVES)
def test_the_interval_of_the_prominence_errs_rarely_on_either_side(name, n):
    mean, truth = CURVES[name]
    rng = np.random.default_rng(n)
    found = [
        peak(np.arange(len(mean)), noisy(mean, n, rng), resamples=1000).prominence
        for _ in range(400)
    ]
    # 2.5% wanted; two and a half standard errors of 400 studies are 2 points.
    assert np.mean([e.low > truth for e in found]) < 0.045
    assert np.mean([e.high < truth for e in found]) < 0.045


def test_a_flat_curve_has_no_peak_though_the_plain_bootstrap_sees_one():
    rng = np.random.default_rng(1)
    studies = [noisy(np.zeros(12), 10, rng) for _ in range(40)]
    plain = [bootstrap(of_means(peak_prominence), y, resamples=500).low > 0 for y in studies]
    careful = [peak(X, y, resamples=500).prominence.low > 0 for y in studies]
    assert np.mean(plain) > 0.9
    assert np.mean(careful) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10, 30])
def test_the_place_of_a_peak_is_covered(n):
    mean = np.array([49, 47.2, 50.7, 52.8, 54.05, 54.0, 52.1, 50.2, 48.4, 47.9, 46.5, 45.5])
    rng = np.random.default_rng(n)
    found = [place(peak_index, noisy(mean, n, rng), resamples=1000) for _ in range(400)]
    assert np.mean([e.low <= 4 <= e.high for e in found]) > 0.93


def test_a_clear_peak_is_found():
    y = noisy(10 * HUMP, 10, np.random.default_rng(0))
    found = peak(np.array([2.0, 4, 8, 16, 32, 64, 128]), y)
    assert (found.position.value, found.position.low, found.position.high) == (16, 16, 16)
    assert found.height.low < 20 < found.height.high
    assert found.prominence.low < 20 < found.prominence.high
    assert found.second_descent.low < 10 < found.second_descent.high
    for estimate in found[1:]:
        assert estimate.low < estimate.value < estimate.high
        assert estimate.high - estimate.low < 4 and estimate.n == 10


def test_the_interval_takes_in_the_plain_bootstrap():
    """Where the place is uncertain the cross-fit reads too low, and its own upper end errs."""
    y = noisy(CURVES["small hump"][0], 10, np.random.default_rng(0))
    found = peak(np.arange(5), y).prominence
    plain = bootstrap(of_means(peak_prominence), y, method="percentile")
    assert found.value < plain.value
    assert found.low < plain.low and found.high == plain.high


def test_a_curve_without_a_peak():
    y = noisy(-10 * np.arange(6.0), 10, np.random.default_rng(0))
    found = peak(np.arange(6), y)
    prominence = found.prominence
    assert (prominence.value, prominence.low, prominence.high) == (0, 0, 0)
    assert np.isnan([found.position.value, found.height.value, found.second_descent.value]).all()
    assert found.height.low == -np.inf


def test_the_lowest_point_is_read_without_optimism():
    """The minimum of 12 means that are truly 0 reads as 0; the plain minimum is too low."""
    rng = np.random.default_rng(0)
    studies = [noisy(np.zeros(12), 10, rng) for _ in range(200)]
    fair = [cross_fitted(lowest, y).value for y in studies]
    assert abs(np.mean(fair)) < 0.06
    assert np.mean([y.mean(axis=0).min() for y in studies]) < -0.4


def test_a_fixed_contrast_has_the_interval_of_a_mean():
    values = np.random.default_rng(0).normal(size=(20, 3))

    def second(means):
        return np.broadcast_to([0.0, 1.0, 0.0], means.shape)

    fitted = cross_fitted(second, values, halvings=400)
    half = 2.093 * values[:, 1].std(ddof=1) / np.sqrt(20)
    assert fitted.value == pytest.approx(values[:, 1].mean(), abs=1e-12)
    assert fitted.high - fitted.value == pytest.approx(half, rel=0.02)


def test_the_seed_is_used_and_repeats():
    values = np.random.default_rng(0).normal(size=(9, 8))
    one, again, other = (cross_fitted(lowest, values, seed=s).value for s in (0, 0, 1))
    assert one == again != other


def test_few_seeds():
    values = noisy(10 * HUMP, 3, np.random.default_rng(0))
    x = np.arange(7)
    one = peak(x, values[:1])
    assert {e.method for e in one} == {"single seed"}
    assert one.height.value == pytest.approx(values[0, 3]) and one.height.high == np.inf
    assert peak(x, values[:2]).prominence.low == -np.inf
    assert np.isfinite(peak(x, values).prominence.low)


def test_curves_bring_their_levels():
    values = noisy(10 * HUMP, 8, np.random.default_rng(0))
    widths = np.array([2, 4, 8, 16, 32, 64, 128])
    curves = PerSeed("test_error", values, np.arange(8), {"width": widths})
    assert peak(curves).position.value == 16
    assert peak(curves).height.low == peak(widths, curves).height.low


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        (np.arange(3), np.zeros((5, 4)), "x .levels. and y"),
        (np.zeros((5, 4)), None, "across=one factor"),
        ([1, 3, 2], np.zeros((5, 3)), "must increase"),
        (["sgd", "adam"], np.zeros((5, 2)), "are not numbers"),
    ],
)
def test_misuse_is_explained(x, y, says):
    with pytest.raises(NnlabError, match=says):
        peak(x, y)


VALLEYS = {
    "flat": (np.zeros(9), 0.0),
    "shallow": (0.05 * np.abs(np.arange(9.0) - 2), 0.2),
    "steep": (np.abs(np.arange(9.0) - 2), 4.0),
    "at its lowest": (np.abs(np.arange(9.0) - 6), 0.0),
}


def regret(values: np.ndarray, **options):
    curves = PerSeed("loss", values, np.arange(len(values)), {"gain": np.arange(9.0)})
    return above_lowest(curves, at=6.0, **options)


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize("name", VALLEYS)
def test_the_interval_of_a_regret_errs_rarely_on_either_side(name, n):
    mean, truth = VALLEYS[name]
    rng = np.random.default_rng(n)
    found = [regret(noisy(mean, n, rng), resamples=1000) for _ in range(400)]
    assert np.mean([e.low > truth for e in found]) < 0.045
    assert np.mean([e.high < truth for e in found]) < 0.045


def test_the_regret_of_a_level():
    steep = regret(noisy(VALLEYS["steep"][0], 10, np.random.default_rng(0)))
    assert steep.low < 4 < steep.high and steep.high - steep.low < 3.5
    best = regret(noisy(10 * VALLEYS["at its lowest"][0], 10, np.random.default_rng(0)))
    assert (best.value, best.low, best.high) == (0, 0, 0)


def test_a_flat_curve_has_no_regret_though_its_lowest_mean_lies_below():
    rng = np.random.default_rng(0)
    studies = [noisy(np.zeros(9), 10, rng) for _ in range(300)]
    # The gap to another level has standard deviation 0.45 over studies.
    assert abs(np.mean([regret(y, resamples=10).value for y in studies])) < 0.1
    assert np.mean([(y[:, 6] - y.T).mean(axis=1).max() for y in studies]) > 0.4


def test_a_diverged_level_is_not_the_lowest():
    values = noisy(VALLEYS["steep"][0], 10, np.random.default_rng(0))
    values[3, 1] = np.nan
    values[4, 8] = np.inf
    kept = regret(values)
    assert kept.low < 4 < kept.high and np.isfinite(kept.high)


def test_the_place_of_the_lowest_point():
    curves = np.array([[3.0, 1, 2], [1, 1, 0], [np.nan, 1, 2], [1, 1, 1]])
    found = lowest_position(curves, [0.5, 1, 2])
    np.testing.assert_array_equal(found, [1, 2, np.nan, 0.5])
