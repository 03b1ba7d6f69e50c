"""Steps to reach a target: trials that never do are censored, not dropped."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nnlab.analysis import (
    bootstrap,
    by_seed,
    mean,
    median,
    over_seeds,
    restricted_difference,
    restricted_mean,
    share_reached,
    steps_to_reach,
)
from nnlab.errors import NnlabError

STEPS = np.arange(100, 1001, 100)


def table(times: dict[str, list[float]], steps: np.ndarray = STEPS) -> pd.DataFrame:
    """Trials whose error falls from 50 to 5 at the given steps."""
    return pd.DataFrame(
        {
            "trial": f"{optimizer}-{seed}",
            "seed": seed,
            "step": step,
            "optimizer": optimizer,
            "error": 5.0 if step >= time else 50.0,
        }
        for optimizer, reached in times.items()
        for seed, time in enumerate(reached)
        for step in steps
    )


NEVER = float("inf")
TRIALS = table({"slow": [400, 700, NEVER, 900, NEVER], "quick": [100, 300, 500, 200, NEVER]})


def test_the_first_recorded_step_and_infinity_where_it_is_never_reached():
    times = steps_to_reach(TRIALS, "error", 10, across="optimizer")
    assert list(times.at(optimizer="slow").values) == [400, 700, NEVER, 900, NEVER]
    assert times.horizon == times.at(optimizer="slow").horizon == 1000
    assert list(times.levels) == ["quick", "slow"] and times.n == 5
    rising = TRIALS.assign(error=-TRIALS.error)
    assert (
        steps_to_reach(rising, "error", -10, "optimizer", at_least=True).values == times.values
    ).all()
    # A step between two recorded ones counts as the later one.
    between = steps_to_reach(table({"a": [150, 110]}), "error", 10)
    assert list(between.values) == [200, 200]


def test_a_measure_that_rises_again_was_reached_all_the_same():
    wavering = TRIALS.copy()
    wavering.loc[wavering.step == 1000, "error"] = 50.0
    times = steps_to_reach(wavering, "error", 10, optimizer="slow")
    assert list(times.values) == [400, 700, NEVER, 900, NEVER]


def test_a_diverged_trial_never_reaches_it():
    diverged = TRIALS.copy()
    diverged.loc[diverged.seed == 0, "error"] = np.nan
    assert steps_to_reach(diverged, "error", 10, optimizer="slow").values[0] == NEVER


def test_the_restricted_mean_is_the_area_under_the_kaplan_meier_curve():
    times = steps_to_reach(TRIALS, "error", 10, optimizer="slow")
    found = restricted_mean(times)
    reached = times.values[np.isfinite(times.values)]
    data = stats.CensoredData.right_censored(times.restricted().values, ~np.isfinite(times.values))
    survival = stats.ecdf(data).sf
    ends = np.r_[0.0, np.unique(reached), 1000.0]
    area = sum(survival.evaluate(a) * (b - a) for a, b in itertools.pairwise(ends))
    assert found.value == pytest.approx(area) == 800
    assert "2 of 5 trials do not reach the target by step 1000" in found.note


def test_dropping_what_never_arrives_would_reward_failing():
    """The slow setting fails half the time; when it succeeds it looks as quick as the other."""
    rng = np.random.default_rng(0)
    steps = np.arange(10, 1001, 10)
    arrives = rng.integers(100, 400, size=20).astype(float)
    fails = np.where(np.arange(20) % 2, NEVER, arrives)
    trials = table({"sure": list(arrives), "unsure": list(fails)}, steps)
    times = steps_to_reach(trials, "error", 10, across="optimizer")
    unsure, sure = times.at(optimizer="unsure"), times.at(optimizer="sure")
    assert restricted_difference(unsure, sure).low > 0
    kept = unsure.values[np.isfinite(unsure.values)]
    assert abs(mean(kept).value - sure.values.mean()) < 60
    assert restricted_mean(unsure).value > mean(kept).value + 200


def test_differences_are_paired_and_up_to_a_common_horizon():
    times = steps_to_reach(TRIALS, "error", 10, across="optimizer")
    slow, quick = times.at(optimizer="slow"), times.at(optimizer="quick")
    found = restricted_difference(slow, quick)
    assert found.value == np.mean([300, 400, 500, 700, 0])
    assert "3 of 10 trials" in found.note
    shorter = restricted_difference(slow, quick, horizon=500)
    assert shorter.value == np.mean([300, 200, 0, 300, 0])
    with pytest.raises(NnlabError, match="horizon must lie in"):
        slow.restricted(2000)


def test_the_horizon_is_what_all_were_watched():
    longer = pd.concat(
        [table({"a": [NEVER, 300]}), table({"b": [700, 100]}, np.arange(100, 601, 100))]
    )
    times = steps_to_reach(longer, "error", 10, across="optimizer")
    assert times.horizon == 600
    # Reached, but after the common horizon: both count as 600, and neither wins.
    assert restricted_difference(times.at(optimizer="a"), times.at(optimizer="b")).value == 100
    assert share_reached(times).value == pytest.approx([0.5, 0.5])


def test_the_median_is_that_of_kaplan_and_meier():
    times = steps_to_reach(TRIALS, "error", 10, optimizer="slow")
    assert median(times).value == 900
    assert share_reached(times).value == pytest.approx(0.6)


def test_nothing_but_the_last_step_is_recorded():
    last = TRIALS[TRIALS.step == 1000]
    with pytest.raises(NnlabError, match="recorded at one step only"):
        steps_to_reach(last, "error", 10, across="optimizer")


def test_a_seed_without_a_trial_is_named():
    lacking = TRIALS[(TRIALS.seed != 2) | (TRIALS.optimizer == "quick")]
    times = steps_to_reach(lacking, "error", 10, across="optimizer")
    assert times.dropped == (2,) and times.n == 4


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30])
def test_the_interval_of_the_restricted_mean_covers(n):
    """Exponential times of which 30% are censored: their restricted mean is known."""
    times = np.random.default_rng(n).exponential(size=(n, 2000)) * 1000
    horizon = -1000 * np.log(0.3)
    found = mean(np.minimum(times, horizon), resamples=2000)
    truth = 1000 * (1 - 0.3)
    # More than asked at few seeds: censored times pile up at the horizon.
    assert 0.93 < np.mean((found.low <= truth) & (truth <= found.high)) < 0.985


def test_times_are_results_like_any_other():
    times = steps_to_reach(TRIALS, "error", 10, across="optimizer")
    ordinary = by_seed(TRIALS, "error", across="optimizer")
    assert (times.seeds == ordinary.seeds).all()
    found = bootstrap(over_seeds(lambda v: np.isfinite(v).mean(0)), times, resamples=100)
    assert found.value == pytest.approx([0.8, 0.6])
