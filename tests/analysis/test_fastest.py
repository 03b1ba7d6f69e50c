"""The quickest level of a factor, where some trials never arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import at_fastest
from nnlab.errors import NnlabError


def table(times: dict[tuple[str, float], list[float]]) -> pd.DataFrame:
    """Trials whose error falls from 50 to 5 at the given steps, recorded every 100 to 1000."""
    return pd.DataFrame(
        {
            "trial": f"{name}-{rate}-{seed}",
            "seed": seed,
            "step": step,
            "optimizer": name,
            "rate": rate,
            "error": 5.0 if step >= time else 50.0,
        }
        for (name, rate), reached in times.items()
        for seed, time in enumerate(reached)
        for step in range(100, 1001, 100)
    )


NEVER = float("inf")
TRIALS = table(
    {
        ("a", 0.1): [400, 500, 400],
        ("a", 0.2): [100, NEVER, 100],  # 400 on average, if at all
        ("a", 0.4): [100, NEVER, NEVER],
        ("b", 0.1): [900, 900, 900],
        ("b", 0.2): [800, 800, 800],
    }
)


def test_each_setting_at_its_own_level_and_what_never_arrives_counts_as_the_horizon():
    kept = at_fastest(TRIALS, "rate", "error", 10, by="optimizer")
    assert kept.groupby("optimizer")["rate"].unique().map(list).to_dict() == {
        "a": [0.2],
        "b": [0.2],
    }
    assert list(kept.columns) == list(TRIALS.columns)
    # Two of three would be counted as 100 steps if the one that fails were left out.
    fewer: Any = TRIALS[TRIALS.rate != 0.2]
    assert set(at_fastest(fewer, "rate", "error", 10, by="optimizer").rate) == {0.1}


def test_between_recorded_steps_the_time_is_interpolated():
    """Both are first seen below the target at the last step; one was nearly there before."""
    rows = [
        {"trial": f"{rate}-{seed}", "seed": seed, "step": step, "rate": rate, "error": error}
        for rate, errors in ((0.1, [50, 40, 9]), (0.2, [50, 11, 9]), (0.4, [50, 40, 40]))
        for seed in range(2)
        for step, error in zip((0, 100, 1000), errors, strict=True)
    ]
    assert set(at_fastest(pd.DataFrame(rows), "rate", "error", 10).rate) == {0.2}


def test_each_setting_is_watched_as_long_as_its_own_trials():
    """A slow setting that runs longer than the others is not cut off where they end."""
    slow = table({("a", 0.1): [800, 800, 800], ("a", 0.2): [700, 700, 700]})
    short = TRIALS[(TRIALS.optimizer == "b") & (TRIALS.step <= 300)]
    kept = at_fastest(pd.concat([slow, short]), "rate", "error", 10, by="optimizer")
    assert set(kept.rate[kept.optimizer == "a"]) == {0.2}


def test_rising_measures_and_those_that_are_not_finite():
    rising = TRIALS.assign(error=-TRIALS.error)
    kept = at_fastest(rising, "rate", "error", -10, by="optimizer", at_least=True)
    assert set(kept.rate) == {0.2}
    diverged = TRIALS.assign(error=np.where(TRIALS.rate == 0.2, np.nan, TRIALS.error))
    assert set(at_fastest(diverged, "rate", "error", 10, by="optimizer").rate) == {0.1}


def test_an_unknown_measure_is_told():
    with pytest.raises(NnlabError, match="at_fastest: no column 'eror'; did you mean error"):
        at_fastest(TRIALS, "rate", "eror", 10)
