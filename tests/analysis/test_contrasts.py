"""Differences, slopes and agreement with a truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import (
    PerSeed,
    highest_mean,
    largest,
    lowest_mean,
    mean,
    mean_of,
    paired_difference,
    paired_ratio,
    share_covered,
    slope,
)
from nnlab.errors import NnlabError


def test_pairing_removes_what_the_seeds_share():
    rng = np.random.default_rng(0)
    shared = 10 * rng.normal(size=10)
    a, b = shared + 1 + 0.1 * rng.normal(size=10), shared + 0.1 * rng.normal(size=10)
    difference = paired_difference(a, b)
    assert 0.8 < difference.low < difference.value < difference.high < 1.2
    alone = mean(a)
    assert alone.high - alone.low > 5


def test_differences_are_between_equal_seeds():
    a = PerSeed("error", np.array([10.0, 20.0, 30.0]), np.array([0, 1, 2]), {})
    b = PerSeed("error", np.array([19.0, 29.0, 39.0]), np.array([1, 2, 3]), {})
    difference = paired_difference(a, b)
    assert (difference.value, difference.n) == (1.0, 2)
    with pytest.raises(NnlabError, match="at least one seed, shared"):
        paired_difference(a, PerSeed("error", np.array([1.0]), np.array([7]), {}))


def test_the_largest_is_of_absolute_means():
    values = np.random.default_rng(0).normal(size=(20, 2, 2)) + np.array([[1.0, -5.0], [0.0, 3.0]])
    found = largest(values)
    assert found.value == pytest.approx(np.abs(values.mean(0)).max())
    assert 4 < found.low < found.value < found.high < 6


def test_the_lowest_and_the_highest_mean_are_over_all_levels():
    values = np.random.default_rng(0).normal(size=(20, 2, 2)) + np.array([[1.0, -5.0], [0.0, 3.0]])
    low, high = lowest_mean(values), highest_mean(values)
    assert low.value == pytest.approx(values.mean(0).min())
    assert high.value == pytest.approx(values.mean(0).max())
    assert low.low < low.value < low.high < -4 and 2 < high.low < high.value < high.high


def test_mean_of_is_an_estimand_of_one_setting():
    columns = {"seed": [0, 1] * 2, "step": [0, 0, 9, 9], "width": 8, "error": [7.0, 7, 1, 3]}
    table = pd.DataFrame(columns)
    assert mean_of("error", width=8)(table).value == 2
    assert mean_of("error", step=0, width=8)(table).value == 7
    absent = mean_of("error", width=9)
    with pytest.raises(NnlabError, match="no rows with width=9"):
        absent(table)


def test_differences_by_level():
    a = np.random.default_rng(0).normal(size=(8, 3))
    assert paired_difference(a + np.array([1, 2, 3]), a).value == pytest.approx([1, 2, 3])
    with pytest.raises(NnlabError, match="same levels"):
        paired_difference(a, a[:, :2])


def test_the_slope_of_a_power_law_is_its_exponent():
    x = np.array([1.0, 3, 10, 30])
    rng = np.random.default_rng(0)
    y = 5 * x**-1.5 * np.exp(0.1 * rng.normal(size=(20, 4)))
    estimate = slope(x, y)
    assert estimate.low < -1.5 < estimate.high and estimate.high - estimate.low < 0.1
    fits = [np.polyfit(np.log(x), np.log(row), 1)[0] for row in y]
    assert estimate.value == pytest.approx(np.mean(fits))


def test_the_slope_of_a_line():
    x = np.array([0.0, 1.0, 2.0])
    curves = PerSeed("loss", np.tile(4 - 2 * x, (6, 1)), np.arange(6), {"rate": x})
    assert slope(curves, log=False).value == pytest.approx(-2)
    with pytest.raises(NnlabError, match="no logarithm"):
        slope(curves)
    with pytest.raises(NnlabError, match="two levels"):
        slope([1.0], np.ones((5, 1)))


def test_share_covered():
    rng = np.random.default_rng(0)
    truth = np.linspace(-3, 3, 400)
    values = truth + rng.normal(size=(30, 400))
    share = share_covered(truth, values, resamples=2000)
    assert 0.91 < share.value < 0.98 and share.low == share.high == share.value
    assert share_covered(truth + 5, values, resamples=2000).value == 0
    with pytest.raises(NnlabError, match="truth has shape"):
        share_covered(truth[:3], values)


def test_a_paired_ratio_turns_round_exactly():
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.normal(size=(2, 9)))
    ratio, inverse = paired_ratio(a, b), paired_ratio(b, a)
    assert ratio.value == pytest.approx(np.exp(np.log(a / b).mean()))
    assert ratio.value * inverse.value == pytest.approx(1)
    assert ratio.low < ratio.value < ratio.high and "of the logarithms" in ratio.method
    small = [paired_ratio(x, y, method="t") for x, y in ((a, b), (b, a))]
    assert small[0].low * small[1].high == pytest.approx(1)


def test_a_paired_ratio_is_of_shared_seeds():
    a = PerSeed("error", np.array([2.0, 4.0, 8.0]), np.array([0, 1, 2]), {})
    b = PerSeed("error", np.array([2.0, 1.0, 7.0]), np.array([1, 0, 9]), {})
    assert paired_ratio(a, b).value == pytest.approx(2) and paired_ratio(a, b).n == 2
    with pytest.raises(NnlabError, match="have no ratio; use paired_difference"):
        paired_ratio(np.zeros(5), np.ones(5))
    with pytest.raises(NnlabError, match="paired_ratio: shapes"):
        paired_ratio(np.ones((5, 2)), np.ones((5, 3)))
