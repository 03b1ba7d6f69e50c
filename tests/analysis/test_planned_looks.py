"""Looking again as seeds are added errs no more often than looking once."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.analysis import Estimate, Looks, Region, Verdict, mean, planned_looks, undecided
from nnlab.errors import NnlabError


@pytest.mark.parametrize(
    ("first", "most", "seeds"),
    [
        (5, 40, (5, 10, 20, 40)),
        (5, None, (5, 10, 20, 40)),
        (8, None, (8, 16, 32, 64)),
        (2, 20, (5, 10, 20)),
        (5, 12, (5, 12)),
        (5, 15, (5, 10, 15)),
        (5, 5, (5,)),
        (5, 6, (5, 6)),
        (10, 100, (10, 20, 40, 100)),
    ],
)
def test_looks_double_and_end_at_the_most(first, most, seeds):
    looks = planned_looks(first, most)
    assert looks.seeds == seeds
    assert looks.level == pytest.approx(1 - 0.05 / len(seeds))


def test_the_looks_say_what_they_cost():
    assert "3 looks, at 5, 10, 20 seeds, each with intervals at 98.3%" in str(Looks((5, 10, 20)))
    assert Looks((5, 10, 20)).reason == "for 3 looks"
    assert Looks((8,)).reason == "" and Looks((8,)).level == 0.95


@pytest.mark.parametrize("most", [4, 0, -1, 7.5, True])
def test_too_few_seeds_are_refused(most):
    with pytest.raises(NnlabError, match=r"max_seeds=.* is too few: the first look is at 5"):
        planned_looks(5, most)


def test_claims_that_seeds_cannot_decide_do_not_keep_it_going():
    verdicts = [
        Verdict(word, "", word, None, Region.above(0))
        for word in ("supported", "refuted", "failed", "not tested", "inconclusive")
    ]
    assert undecided(verdicts) == ["inconclusive"]


def stopped(looks: tuple[int, ...], level: float, studies: int, truth: float = 0.0) -> np.ndarray:
    """How studies end that add seeds until the claim "above 0" is decided: 1, 0 or -1."""
    draws = np.random.default_rng(0).normal(truth, 1, size=(looks[-1], studies))
    ends = np.zeros(studies)
    for n in looks:
        estimate: Estimate = mean(draws[:n], level=level, resamples=4000)
        open_ = ends == 0
        ends[open_ & (estimate.low > 0)] = 1
        ends[open_ & (estimate.high < 0)] = -1
    return ends


@pytest.mark.parametrize("studies", [1500, pytest.param(6000, marks=pytest.mark.slow)])
def test_optional_stopping_rarely_supports_what_lies_on_the_edge(studies):
    looks = planned_looks(5, 40)
    corrected = stopped(looks.seeds, looks.level, studies)
    careless = stopped(looks.seeds, 0.95, studies)
    # 2.5% on each side is allowed; three standard errors of 1500 studies are 1.2 points.
    assert np.mean(corrected == 1) < 0.037 and np.mean(corrected == -1) < 0.037
    assert np.mean(corrected != 0) < 0.055
    # Without the correction one in six studies ends with a verdict.
    assert np.mean(careless != 0) > 0.13


def test_a_true_effect_is_found():
    looks = planned_looks(5, 40)
    assert np.mean(stopped(looks.seeds, looks.level, 500, truth=0.7) == 1) > 0.95
