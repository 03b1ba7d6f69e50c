"""Verdicts: right on clear cases, rarely wrong at the edge, and never an exception."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import Estimate, Region, Verdict, by_seed, judge, mean, seeds_to_decide
from nnlab.errors import NnlabError


@dataclass(frozen=True)
class AClaim:
    estimand: Callable
    region: Region
    name: str = "wider_is_better"
    statement: str = "Wider networks err less."


def table(n: int = 10) -> pd.DataFrame:
    return pd.DataFrame({"seed": range(n), "step": 0, "error": np.linspace(1, 2, n)})


def fixed(low: float, high: float, n: int = 10) -> Estimate:
    return Estimate((low + high) / 2, low, high, n, "BCa")


def verdict_on(estimate: object, region: Region, n: int = 10) -> Verdict:
    return judge(AClaim(lambda t: estimate, region), table(n))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 2, "supported"), (-2, -0.1, "refuted"), (-1, 2, "inconclusive"), (0, 0, "refuted")],
)
def test_the_interval_against_the_region(low, high, verdict):
    result = verdict_on(fixed(low, high), Region.above(0))
    assert result.verdict == verdict
    assert (result.name, result.statement) == ("wider_is_better", "Wider networks err less.")
    assert result.estimate is not None and result.region == Region.above(0)


def test_an_estimand_of_the_table():
    claim = AClaim(lambda t: mean(by_seed(t, "error")), Region.above(1.0))
    result = judge(claim, table())
    assert result.verdict == "supported" and result.note == ""
    assert str(result).startswith("wider_is_better: supported 1.5 [1.")


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10, 30])
def test_at_the_edge_of_the_region_few_claims_are_supported(n):
    """A true value on the edge: 2.5% of the claims may be supported, and as many refuted."""
    values = np.random.default_rng(n).normal(size=(n, 4000))
    estimate = mean(values, resamples=4000)
    region = Region.above(0)
    ends = list(zip(estimate.value, estimate.low, estimate.high, strict=True))
    verdicts = [
        verdict_on(Estimate(v, low, high, n, "BCa"), region, n).verdict for v, low, high in ends
    ]
    # Three standard errors of 4000 studies are 0.7 points.
    assert 0.015 < np.mean([v == "supported" for v in verdicts]) < 0.035
    assert 0.015 < np.mean([v == "refuted" for v in verdicts]) < 0.035


@pytest.mark.parametrize(
    ("estimand", "says"),
    [
        (lambda t: by_seed(t, "eror"), "by_seed: no column 'eror' in the table; did you mean"),
        (lambda t: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda t: t["x\ny"], "KeyError"),
        (lambda t: 3.0, "returned a float, not an Estimate"),
        (lambda t: mean(np.zeros((5, 2))), "returned 2 values"),
    ],
)
def test_a_broken_claim_fails_in_one_line(estimand, says):
    result = judge(AClaim(estimand, Region.above(0)), table())
    assert result.verdict == "failed" and result.estimate is None
    assert says in result.note and "\n" not in result.note
    assert "failed" in str(result)


def test_undefined_estimates_are_inconclusive():
    result = verdict_on(Estimate(math.nan, -math.inf, math.inf, 10, "BCa"), Region.above(0))
    assert result.verdict == "inconclusive" and "NaN" in result.note


def test_notes_on_few_and_missing_seeds():
    assert "only 4 seeds" in verdict_on(fixed(1, 2, n=4), Region.above(0), n=4).note
    assert verdict_on(fixed(1, 2, n=5), Region.above(0), n=5).note == ""
    assert "uses 8 of the 10 seeds" in verdict_on(fixed(1, 2, n=8), Region.above(0)).note
    one = judge(AClaim(lambda t: mean(by_seed(t, "error")), Region.above(0)), table(1))
    assert one.verdict == "inconclusive" and "one seed has no interval" in one.note
    assert "only 1 seed:" in one.note


def test_inconclusive_claims_say_how_many_seeds_would_do():
    note = verdict_on(fixed(-1, 2), Region.above(0)).note
    assert "seeds would probably decide it" in note
    assert "more seeds would probably not" in verdict_on(fixed(-1, 1), Region.above(0)).note


def test_seeds_to_decide():
    # Half-width 1.5, 0.5 from the end: ((1.96 + 0.84) / t_9 * 1.5 / 0.5)^2 * 10 and a little.
    assert seeds_to_decide(fixed(-1, 2), Region.above(0)) == pytest.approx(138, abs=3)
    assert seeds_to_decide(fixed(-2, 1), Region.above(0)) == seeds_to_decide(
        fixed(-1, 2), Region.above(0)
    )
    # Nearest end of two; and one that has nearly enough needs only a few.
    assert seeds_to_decide(fixed(-1, 2), Region.between(0, 100)) == pytest.approx(138, abs=3)
    assert 10 < (seeds_to_decide(fixed(-0.01, 2), Region.above(0)) or 0) < 30
    # Lopsided: only the side that faces the end counts.
    lopsided = Estimate(0.5, -0.1, 9.0, 10, "BCa")
    assert 10 < (seeds_to_decide(lopsided, Region.above(0)) or 0) < 40


@pytest.mark.parametrize(
    ("estimate", "region"),
    [
        (fixed(-1, 1), Region.above(0)),
        (fixed(-1, 1.000001), Region.above(0)),
        (Estimate(1.0, -math.inf, math.inf, 1, "single seed"), Region.above(0)),
        (Estimate(math.nan, -math.inf, math.inf, 9, "BCa"), Region.above(0)),
        (Estimate(1.0, 1.0, 1.0, 9, "percentile"), Region.above(0)),
        (fixed(-1, 2), Region()),
    ],
)
def test_no_number_of_seeds_decides(estimate, region):
    assert seeds_to_decide(estimate, region) is None


@pytest.mark.slow
def test_that_many_seeds_decide_as_often_as_promised():
    true, deviation, n = 0.5, 1.5, 6
    half = 2.5706 * deviation / math.sqrt(n)
    needed = seeds_to_decide(fixed(true - half, true + half, n), Region.above(0))
    assert needed is not None
    values = np.random.default_rng(0).normal(true, deviation, size=(needed, 2000))
    estimate = mean(values, resamples=2000)
    assert np.mean(estimate.low > 0) == pytest.approx(0.8, abs=0.04)


def test_keyboard_interrupts_are_not_swallowed():
    def interrupted(t):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(AClaim(interrupted, Region.above(0)), table())


def test_errors_of_the_lab_are_told_without_their_kind():
    def explained(t):
        raise NnlabError("take\nother widths")

    assert judge(AClaim(explained, Region.above(0)), table()).note == "take other widths"
