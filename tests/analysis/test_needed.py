"""How many examples are needed: found between levels, and cut off where nothing was tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import NotApplicable, amount_to_reach, restricted_ratio, steps_to_reach
from nnlab.errors import NnlabError

EXAMPLES = (100, 200, 400, 800)
NEVER = float("inf")


def table(curves: dict[str, list[list[float]]]) -> pd.DataFrame:
    """Errors at each number of examples, one list for each seed."""
    return pd.DataFrame(
        {
            "trial": f"{net}-{seed}-{n}",
            "seed": seed,
            "step": 1000,
            "net": net,
            "examples": n,
            "error": error,
        }
        for net, seeds in curves.items()
        for seed, errors in enumerate(seeds)
        for n, error in zip(EXAMPLES, errors, strict=True)
    )


TRIALS = table(
    {
        "shallow": [[60, 50, 30, 10], [60, 50, 40, 30], [50, 40, 20, 10]],
        "deep": [[50, 40, 10, 5], [40, 20, 10, 5], [15, 10, 5, 2]],
    }
)


def test_between_two_levels_the_logarithm_is_interpolated():
    need = amount_to_reach(TRIALS, "error", 20, "examples", "net")
    assert need.at(net="shallow").values == pytest.approx([400 * 2**0.5, NEVER, 400])
    assert need.at(net="deep").values == pytest.approx([200 * 2 ** (2 / 3), 200, 100])
    assert (need.horizon, need.least) == (800, 100) == (need.at(net="deep").horizon, 100)
    assert list(need.levels) == ["deep", "shallow"]
    rising = TRIALS.assign(error=-TRIALS.error)
    same = amount_to_reach(rising, "error", -20, "examples", "net", at_least=True)
    np.testing.assert_allclose(same.values, need.values)


def test_a_power_law_gives_its_own_inverse():
    """error = 1000 / n: nearly straight in the logarithm between levels, exact at them."""
    curve = table({"a": [[1000 / n for n in EXAMPLES]] * 2})
    for target, needed in ((5, 200), (2.5, 400), (3.3, 1000 / 3.3)):
        found = amount_to_reach(curve, "error", target, "examples").values
        np.testing.assert_allclose(found, needed, rtol=0.07)


def test_a_ratio_counts_what_is_cut_off_and_says_so():
    need = amount_to_reach(TRIALS, "error", 20, "examples", "net")
    found = restricted_ratio(need.at(net="shallow"), need.at(net="deep"))
    each = [400 * 2**0.5 / (200 * 2 ** (2 / 3)), 800 / 200, 400 / 100]
    assert found.value == pytest.approx(np.prod(each) ** (1 / 3))
    assert "1 of 6 trials do not reach the target by 800" in found.note
    assert "1 of 6 reach it with the least tried, 100" in found.note
    other = restricted_ratio(need.at(net="deep"), need.at(net="shallow"))
    assert other.value == pytest.approx(1 / found.value)


def test_where_nothing_arrives_there_is_no_ratio():
    need = amount_to_reach(TRIALS, "error", 1, "examples", "net")
    with pytest.raises(NotApplicable, match="no trial reaches the target by 800"):
        restricted_ratio(need.at(net="shallow"), need.at(net="deep"))


def test_ratios_of_steps():
    steps = [(1, 50), (10, 30), (100, 10)]
    rows = [
        {"trial": f"{net}{seed}", "seed": seed, "net": net, "step": step, "error": error - 25 * k}
        for k, net in enumerate("ab")
        for seed in range(3)
        for step, error in steps
    ]
    times = steps_to_reach(pd.DataFrame(rows), "error", 10, across="net")
    found = restricted_ratio(times.at(net="a"), times.at(net="b"))
    assert found.value == pytest.approx(10) and found.note == ""


def test_what_is_not_finite_has_not_arrived():
    curve = table({"a": [[np.nan, 50, np.nan, 10], [np.nan, np.nan, np.inf, 10]]})
    assert list(amount_to_reach(curve, "error", 20, "examples").values) == [800, 800]
    curve = table({"a": [[60, 50, 40, np.nan], [60, 10, np.nan, np.nan]]})
    assert amount_to_reach(curve, "error", 20, "examples").values == pytest.approx(
        [NEVER, 100 * 2**0.8]
    )


def test_of_steps_zero_is_left_out():
    rows = [("a", 0, step, error) for step, error in ((0, 5.0), (10, 40.0), (40, 10.0))]
    curve = pd.DataFrame(rows, columns=["trial", "seed", "step", "error"])
    assert amount_to_reach(curve, "error", 25, "step").values == pytest.approx([20])
    assert amount_to_reach(curve, "error", 50, "step").values == pytest.approx([10])


def test_one_level_cannot_be_interpolated():
    one: Any = TRIALS[TRIALS.examples == 100]
    with pytest.raises(NnlabError, match="two levels of 'examples' or more, all above 0; have 100"):
        amount_to_reach(one, "error", 20, "examples", "net")
