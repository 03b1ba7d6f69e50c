"""All claims of a study together: the more are tested, the likelier one is supported by chance.

A claim whose truth lies on the very edge of its region is found supported in 2.5% of runs (one
end of a 95% interval errs). Of m such claims at least one is in up to m times 2.5%, however they
hang together. Each claim keeps its own verdict, since it was fixed before the run and stands for
itself; who reads them as a set needs to know which would survive as a set. That is what Holm's
step-down procedure says: it keeps the chance of any false "supported" among all claims at the
2.5% of one, whatever their dependence, and never supports fewer than Bonferroni's.

Source: Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6 (1979), 65.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from .levels import USUAL
from .verdicts import Judged, Verdict, judge

__all__ = ["judge_all", "together_note"]


def judge_all(
    claims: Sequence[Judged], table: pd.DataFrame, level: float = USUAL, reason: str = ""
) -> list[Verdict]:
    """The verdict on each claim by itself, and whether it holds with all tested together.

    Holm's procedure by intervals: with m claims tested, those supported by intervals at level
    1 - (1 - level) / m pass; if r of them do, the others are held against m - r in place of m,
    until no more pass.
    """
    verdicts = [judge(claim, table, level, reason) for claim in claims]
    tested = sum(_tested(verdict) for verdict in verdicts)
    if tested < 2:
        return verdicts
    waiting = {i for i, verdict in enumerate(verdicts) if _supported(verdict)}
    passed: set[int] = set()
    while waiting:
        strict = 1 - (1 - level) / (tested - len(passed))
        new = {i for i in waiting if strict <= level or _supported(judge(claims[i], table, strict))}
        if not new:
            break
        passed, waiting = passed | new, waiting - new
    return [
        replace(verdict, together=i in passed) if _supported(verdict) else verdict
        for i, verdict in enumerate(verdicts)
    ]


def together_note(verdicts: Sequence[Verdict], level: float = USUAL) -> str:
    """What a reader of all the claims has to know; empty where fewer than two were tested."""
    tested = sum(_tested(verdict) for verdict in verdicts)
    if tested < 2:
        return ""
    each = 100 * (1 - level) / 2
    supported = [verdict for verdict in verdicts if _supported(verdict)]
    fallen = [verdict.name for verdict in supported if not verdict.together]
    chance = (
        f"{tested} claims are tested together: with every truth on the edge of its region, the "
        f"chance of at least one false 'supported' is up to {min(100.0, tested * each):.3g}% "
        f"({tested} x {each:.3g}%)"
    )
    if not supported:
        return chance
    kept = f"Holm's procedure, which keeps it at {each:.3g}%, leaves"
    if not fallen:
        return f"{chance}; {kept} all {len(supported)} supported claims supported"
    return f"{chance}; {kept} {', '.join(fallen)} undecided"


def _supported(verdict: Verdict) -> bool:
    return verdict.verdict == "supported"


def _tested(verdict: Verdict) -> bool:
    return verdict.estimate is not None
