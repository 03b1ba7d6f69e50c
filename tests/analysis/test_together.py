"""Many claims tested together: Holm's procedure by intervals, and what the reader is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nnlab.analysis import Estimate, Region, by_seed, judge_all, mean, together_note
from nnlab.analysis.levels import current_level

TABLE = pd.DataFrame({"seed": range(10), "step": 0})


@dataclass(frozen=True)
class AClaim:
    name: str
    estimand: Any
    region: Region = field(default_factory=lambda: Region.above(0))
    statement: str = "It is so."


def with_p(p: float, name: str = "") -> AClaim:
    """A claim that is supported at level 1 - a exactly where p < a: a normal estimate."""
    centre = stats.norm.isf(p / 2)

    def estimand(table):
        level = current_level()
        half = stats.norm.ppf((1 + level) / 2)
        return Estimate(centre, centre - half, centre + half, 10, "normal", None, level)

    return AClaim(name or f"p{p}", estimand)


def holm(ps: list[float]) -> list[bool]:
    """The textbook's way: p-values in order, until the first is too large."""
    passed = [False] * len(ps)
    for rank, i in enumerate(np.argsort(ps)):
        if ps[i] >= 0.05 / (len(ps) - rank):
            break
        passed[i] = True
    return passed


@pytest.mark.parametrize("seed", range(30))
def test_it_is_holms_procedure(seed):
    rng = np.random.default_rng(seed)
    ps = list(rng.choice([0.001, 0.006, 0.009, 0.012, 0.016, 0.02, 0.04, 0.2], size=5))
    verdicts = judge_all([with_p(p, f"c{i}") for i, p in enumerate(ps)], TABLE)
    assert [bool(v.together) for v in verdicts] == holm(ps)
    assert [v.verdict == "supported" for v in verdicts] == [p < 0.05 for p in ps]
    assert all((v.together is None) == (v.verdict != "supported") for v in verdicts)


def together(*ps: float) -> list[bool | None]:
    return [verdict.together for verdict in judge_all([with_p(p) for p in ps], TABLE)]


def test_holm_supports_what_bonferroni_does_not():
    assert together(0.001, 0.04) == [True, True]
    assert together(0.03, 0.04) == [False, False]


def test_the_note_says_how_many_and_what_falls():
    verdicts = judge_all([with_p(0.001), with_p(0.03), with_p(0.5)], TABLE)
    note = together_note(verdicts)
    assert "3 claims are tested together" in note and "7.5% (3 x 2.5%)" in note
    assert "Holm" in note and "leaves p0.03 undecided" in note
    assert "all 2 supported" in together_note(judge_all([with_p(0.001), with_p(0.002)], TABLE))
    assert "Holm" not in together_note(judge_all([with_p(0.5), with_p(0.6)], TABLE))


def test_one_claim_alone_needs_no_note():
    def fails(table):
        return 1 / 0

    verdicts = judge_all([with_p(0.04), AClaim("broken", fails)], TABLE)
    assert verdicts[0].together is None and together_note(verdicts) == ""
    assert judge_all([], TABLE) == [] and together_note([]) == ""


@pytest.mark.slow
def test_few_studies_support_any_false_claim_together():
    """Five claims on the edge of their regions: 12% of studies support one, 2.5% with Holm."""
    rng = np.random.default_rng(0)
    claims = [
        AClaim(f"c{i}", lambda t, i=i: mean(by_seed(t, f"m{i}"), resamples=2000)) for i in range(5)
    ]
    alone, together, studies = 0, 0, 800
    for _ in range(studies):
        draws = {f"m{i}": rng.normal(size=10) for i in range(5)}
        verdicts = judge_all(claims, TABLE.assign(**draws))
        alone += any(v.verdict == "supported" for v in verdicts)
        together += any(v.together for v in verdicts)
    assert alone / studies > 0.08
    assert together / studies < 0.045
