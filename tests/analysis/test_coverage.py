"""What 95% intervals cover in simulation, and how often a false claim is supported."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.analysis import (
    Estimate,
    Region,
    bootstrap,
    judge,
    mean,
    paired_difference,
    paired_ratio,
    peak,
)
from nnlab.analysis.contrasts import curve_by_seed

LAWS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    # Skewness 1, mean 0, variance 1.
    "gamma": lambda rng, shape: (rng.gamma(4, size=shape) - 4) / 2,
}
CASES = [(law, n) for law in LAWS for n in (10, 30)]
LEVELS = np.array([1.0, 2.0, 4.0, 8.0])
HUMP = np.array([3.0, 0, 1, 2, 1, 0, -1])


def draws(law: str, n: int, *shape: int) -> np.ndarray:
    return LAWS[law](np.random.default_rng(n), (n, *shape))


def covered(estimate: Estimate, truth: float) -> float:
    return float(np.mean((estimate.low <= truth) & (truth <= estimate.high)))


def slopes(values: np.ndarray) -> np.ndarray:
    """Each seed's slope in log-log, [seeds, studies], from values [seeds, levels, studies]."""
    x = np.log(LEVELS) - np.log(LEVELS).mean()
    return np.tensordot(np.log(values), x, axes=(1, 0)) / (x @ x)


def estimates(law: str, n: int, studies: int) -> dict[str, tuple[Estimate, float]]:
    """Estimates of as many studies, side by side, and the truth."""
    noise = draws(law, n, 6, studies)
    common = 2 * noise[:, 0]  # what both of a pair share
    power_law = LEVELS[:, None] ** -0.5 * np.exp(0.1 * noise[:, 1:5])
    return {
        "mean": (mean(noise[:, 0], resamples=4000), 0.0),
        "paired difference": (
            paired_difference(common + noise[:, 1], common + noise[:, 2] - 0.5, resamples=4000),
            0.5,
        ),
        "paired ratio": (
            paired_ratio(
                2 * np.exp(common + 0.3 * noise[:, 1]),
                np.exp(common + 0.3 * noise[:, 2]),
                resamples=4000,
            ),
            2.0,
        ),
        "slope": (mean(slopes(power_law), resamples=4000), -0.5),
    }


def check(law: str, n: int, studies: int, low: float, high: float) -> None:
    for name, (estimate, truth) in estimates(law, n, studies).items():
        share = covered(estimate, truth)
        assert low < share < high, f"{name} of {law} from {n} seeds: {share:.3f}"


@pytest.mark.parametrize(("law", "n"), CASES)
def test_a_quick_look_at_coverage_of_means_differences_ratios_and_slopes(law, n):
    # Three standard errors of 600 studies are 2.7 points.
    check(law, n, 600, 0.92, 0.975)


@pytest.mark.slow
@pytest.mark.parametrize(("law", "n"), CASES)
def test_means_differences_ratios_and_slopes_are_covered(law, n):
    check(law, n, 4000, 0.93, 0.97)


def test_the_slopes_here_are_those_of_slope():
    from nnlab.analysis import slope

    values = LEVELS**-0.5 * np.exp(0.1 * draws("normal", 8, 4))
    assert slope(LEVELS, values).value == pytest.approx(slopes(values[..., None]).mean())
    assert curve_by_seed(LEVELS, values, "slope")[1].shape == (8, 4)


def peaks(law: str, n: int, studies: int) -> dict[str, float]:
    x, noise = np.arange(7.0), draws(law, n, 7, studies)
    found = [peak(x, HUMP + noise[..., i], resamples=1000) for i in range(studies)]
    truth = {"position": 3.0, "height": 2.0, "prominence": 2.0, "second_descent": 1.0}
    return {
        name: float(np.mean([covered(getattr(one, name), true) for one in found]))
        for name, true in truth.items()
    }


@pytest.mark.parametrize("n", [10, 30])
def test_a_quick_look_at_the_coverage_of_peaks(n):
    shares = peaks("normal", n, 200)
    assert shares["position"] > 0.97  # on a grid it takes few values
    assert all(share > 0.9 for share in shares.values()), shares


@pytest.mark.slow
@pytest.mark.parametrize(("law", "n"), CASES)
def test_peaks_are_covered(law, n):
    shares = peaks(law, n, 1500)
    assert shares.pop("position") > 0.97
    # Three standard errors of 1500 studies are 1.7 points.
    assert all(0.925 < share < 0.98 for share in shares.values()), shares


@pytest.mark.slow
@pytest.mark.parametrize("region", [Region.above(0), Region.below(0), Region.between(0, 5)])
@pytest.mark.parametrize(("law", "n"), CASES)
def test_what_lies_on_the_edge_is_rarely_supported(law, n, region):
    estimate = mean(draws(law, n, 4000), resamples=4000)
    ends = zip(estimate.low, estimate.high, strict=True)
    assert np.mean([region.holds(low, high) for low, high in ends]) < 0.05


def test_the_wrong_axis_would_cover_next_to_nothing():
    """Resampling the 40 levels instead of the seeds: tiny intervals, nearly all of them wrong."""
    rng = np.random.default_rng(0)
    right = wrong = 0
    for _ in range(100):
        values = rng.normal(size=(10, 1)) + 0.1 * rng.normal(size=(10, 40))
        seeds = bootstrap(lambda v: v.mean(), values, resamples=300)
        levels = bootstrap(lambda v: v.mean(), values.T, resamples=300)
        right += seeds.low <= 0 <= seeds.high
        wrong += levels.low <= 0 <= levels.high
    assert right > 88 and wrong < 20


class _Claim:
    name, statement, region = "skewed", "It is below one.", Region.below(1)

    def __init__(self, values):
        self.estimand = lambda table: mean(values)


@pytest.mark.parametrize(("n", "warned"), [(5, True), (10, True), (30, False)])
def test_few_skewed_seeds_are_warned_about(n, warned):
    import pandas as pd

    values = np.exp(2 * np.linspace(-1, 2, n))
    note = judge(_Claim(values), pd.DataFrame({"seed": range(n)})).note
    assert ("the seeds are skewed" in note) == warned
    even = judge(_Claim(np.linspace(-1, 2, n)), pd.DataFrame({"seed": range(n)})).note
    assert "skewed" not in even
