"""Effect sizes: the standardised paired difference, unbiased, whatever the number of seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnlab.analysis import Estimate, Region, effect_size, mean, paired_difference, peak


def test_the_standardised_paired_difference_with_hedges_correction():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, size=12), rng.normal(size=12)
    estimate = paired_difference(a, b, resamples=100_000)
    d_z = (a - b).mean() / (a - b).std(ddof=1)
    correction = 1 - 3 / (4 * 11 - 1)  # Hedges' approximation of the exact factor
    assert effect_size(estimate, Region.above(0)) == pytest.approx(d_z * correction, rel=0.01)


def test_it_is_unbiased_at_few_seeds_where_the_plain_one_is_not():
    draws = np.random.default_rng(0).normal(0.8, 1, size=(6, 4000))
    plain = draws.mean(0) / draws.std(0, ddof=1)
    estimate = mean(draws, resamples=600)
    found = [
        effect_size(Estimate(v, 0, 0, 6, "t", s), Region.above(0))
        for v, s in zip(estimate.value, estimate.samples.T, strict=True)
    ]
    assert np.mean(plain) > 0.9
    assert abs(np.mean(found) - 0.8) < 0.03


@pytest.mark.parametrize(
    ("region", "sign"),
    [
        (Region.above(0), 1),
        (Region.below(0), -1),
        (Region.below(2), 1),
        (Region.between(-1, 1.5), 1),
        (Region.between(-1, 0.5), -1),
    ],
)
def test_it_is_the_distance_to_the_nearest_end_positive_inside(region, sign):
    values = np.r_[np.full(10, 0.0), np.full(10, 2.0)]
    found = effect_size(mean(values), region)
    end = min((e for e in (region.low, region.high) if math.isfinite(e)), key=lambda e: abs(1 - e))
    assert found == pytest.approx(sign * abs(1 - end) / values.std(ddof=1) * 0.96, rel=0.02)


def test_more_seeds_do_not_make_it_larger():
    values = np.random.default_rng(0).normal(1, 1, size=400)
    few, many = (effect_size(mean(values[:n]), Region.above(0)) for n in (40, 400))
    assert abs(few - many) < 0.4 and few < 3


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(1.0, 0.0, 2.0, 8, "count"),
        mean(np.ones(8) * 0.1),
        mean(np.arange(2.0)),
        mean(np.arange(1.0)),
        Estimate(math.nan, 0, 1, 3, "t", np.zeros(9)),
    ],
    ids=["no samples", "constant", "two seeds", "one seed", "undefined"],
)
def test_it_is_undefined_without_spread(estimate):
    assert math.isnan(effect_size(estimate, Region.above(0)))


def test_it_is_undefined_without_an_end_and_there_for_what_is_no_mean():
    values = np.array([3.0, 0, 4, 2, 1]) + np.random.default_rng(0).normal(size=(9, 5))
    assert math.isnan(effect_size(mean(values[:, 0]), Region()))
    assert effect_size(peak(np.arange(5), values).prominence, Region.above(0)) > 1
