"""The verdict on a claim: its 95% interval against the region that was fixed before the run."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import NnlabError
from .effects import effect_size
from .estimate import Estimate
from .levels import USUAL, intervals_at
from .regions import Region
from .selection import distinct

__all__ = ["Judged", "NotApplicable", "Verdict", "judge", "seeds_to_decide"]

FEW_SEEDS = 5
# From 20 seeds on the interval of even an exponential mean covers 94% or more.
_ENOUGH_IF_SKEWED = 20
# Of normal samples fewer than one in twenty look as skewed; of exponential ones about half.
_SKEWED = 1.2
_MOST_SEEDS = 1_000_000


class NotApplicable(Exception):
    """Raised by an estimand whose question does not arise in this run: say why in one line."""


class Judged(Protocol):
    """What `judge` reads of a claim."""

    @property
    def name(self) -> str: ...
    @property
    def statement(self) -> str: ...
    @property
    def estimand(self) -> Callable[[pd.DataFrame], Estimate]: ...
    @property
    def region(self) -> Region: ...


@dataclass(frozen=True)
class Verdict:
    """The outcome of one claim.

    `verdict` is "supported" (the whole interval lies in the region), "refuted" (wholly outside),
    "inconclusive", "not tested" (the estimand raised `NotApplicable`) or "failed" (it raised
    another error): these two have no estimate. `note` is one line of reasons and warnings, or
    empty. `effect` is the standardised effect (see `effect_size`), NaN where there is none.
    `together` says whether a supported claim stays so when all claims of the study are tested
    together (see `judge_all`); None where that was not asked.
    """

    name: str
    statement: str
    verdict: str
    estimate: Estimate | None
    region: Region
    note: str = ""
    effect: float = math.nan
    together: bool | None = None

    def __str__(self) -> str:
        told = f" {self.told}" if self.told else ""
        return f"{self.name}: {self.verdict}{told}" + (f" ({self.note})" if self.note else "")

    @property
    def told(self) -> str:
        """Estimate, region and effect in words; empty where there is no estimate."""
        if self.estimate is None:
            return ""
        effect = "" if math.isnan(self.effect) else f", effect {self.effect:.2g} sd"
        return f"{self.estimate}, wanted {self.region}{effect}"


def judge(claim: Judged, table: pd.DataFrame, level: float = USUAL, reason: str = "") -> Verdict:
    """Make the estimate of a claim from the table and hold it against the claim's region.

    `level` is that of the interval, which the estimand's own calls of `mean`, `peak`, `bootstrap`
    ... then have; `reason` goes into the note beside any level but 95%. Never raises for what the
    estimand does: one broken claim must not lose the others.
    """
    try:
        with intervals_at(level):
            estimate = claim.estimand(table)
        _check(estimate)
    except NotApplicable as said:
        return _without_estimate(claim, "not tested", " ".join(str(said).split()))
    except (Exception, SystemExit) as error:
        return _without_estimate(claim, "failed", _one_line(error))
    short = _short_of(level, estimate)
    verdict = "inconclusive" if short else _hold(estimate, claim.region)
    notes = [*short, *([] if short else _undecided(verdict, estimate, claim.region))]
    if level != USUAL:
        notes.append(f"interval at {100 * level:.3g}% {reason}".rstrip())
    notes += [estimate.note] if estimate.note else []
    notes += _warnings(estimate, table)
    effect = effect_size(estimate, claim.region)
    told = "; ".join(notes)
    return Verdict(claim.name, claim.statement, verdict, estimate, claim.region, told, effect)


def seeds_to_decide(estimate: Estimate, region: Region, power: float = 0.8) -> int | None:
    """How many seeds would decide with probability `power`, if the value is right as it stands.

    The interval shrinks as 1/sqrt(seeds) and scatters around the value; it has to clear the
    nearest end of the region. At least one more than there are; None where no number would do
    (the value lies on the end itself, the interval has no width or is infinite) or more than a
    million would be needed.
    """
    n, value = estimate.n, estimate.value
    ends = [end for end in (region.low, region.high) if math.isfinite(end)]
    if n < 2 or not ends or not math.isfinite(value):
        return None
    nearest = min(ends, key=lambda end: abs(value - end))
    distance = abs(value - nearest)
    # An interval may be lopsided: what counts is the side that faces the end.
    half = value - estimate.low if nearest < value else estimate.high - value
    if distance == 0 or half <= 0 or not math.isfinite(half):
        return None
    tail = (1 + estimate.level) / 2
    deviation = half / stats.t.ppf(tail, n - 1) * math.sqrt(n)
    counts = np.unique(np.geomspace(n + 1, max(_MOST_SEEDS, n + 1), 1000).astype(int))
    needed = (stats.t.ppf(tail, counts - 1) + stats.norm.ppf(power)) * deviation / np.sqrt(counts)
    enough = counts[needed <= distance]
    return int(enough[0]) if len(enough) else None


def _without_estimate(claim: Judged, verdict: str, note: str) -> Verdict:
    return Verdict(claim.name, claim.statement, verdict, None, claim.region, note)


def _hold(estimate: Estimate, region: Region) -> str:
    if math.isnan(estimate.value) or math.isnan(estimate.low) or math.isnan(estimate.high):
        return "inconclusive"
    if region.holds(estimate.low, estimate.high):
        return "supported"
    return "refuted" if region.misses(estimate.low, estimate.high) else "inconclusive"


def _short_of(level: float, estimate: Estimate) -> list[str]:
    """Why an interval cannot be used that the estimand made at a level of its own, if it did."""
    if estimate.level >= level - 1e-9 or not estimate.low < estimate.high:
        return []
    return [
        f"its interval is at {100 * estimate.level:.3g}%, not at the {100 * level:.3g}% asked for: "
        "let the estimand leave the level to the judge"
    ]


def _undecided(verdict: str, estimate: Estimate, region: Region) -> list[str]:
    """Why an inconclusive claim is so, and what would decide it."""
    if verdict != "inconclusive":
        return []
    if math.isnan(estimate.value):
        return ["the estimate is undefined (NaN): a diverged trial, or a curve without the feature"]
    if estimate.n == 1:
        return ["one seed has no interval"]
    seeds = seeds_to_decide(estimate, region)
    if seeds is None:
        return ["more seeds would probably not decide it"]
    return [f"about {_rounded(seeds)} seeds would probably decide it"]


def _warnings(estimate: Estimate, table: pd.DataFrame) -> list[str]:
    notes = []
    if estimate.n < FEW_SEEDS:
        seeds = "1 seed" if estimate.n == 1 else f"{estimate.n} seeds"
        notes.append(f"only {seeds}: do not trust an interval from fewer than {FEW_SEEDS}")
    if _skewed(estimate):
        notes.append(
            f"the seeds are skewed: from {estimate.n} of them an interval covers less than it says "
            "(a 95% one 88 to 93% in simulation)"
        )
    if "seed" in table.columns and estimate.n < (known := distinct(table["seed"])):
        notes.append(f"uses {estimate.n} of the {known} seeds: the others lack a result")
    return notes


def _skewed(estimate: Estimate) -> bool:
    """Whether a few seeds look so skewed that the interval of their mean is too short."""
    few = 2 < estimate.n < _ENOUGH_IF_SKEWED and estimate.method in ("BCa", "Student t")
    if not few or estimate.samples is None or not np.isfinite(estimate.samples).all():
        return False
    if np.ptp(estimate.samples) == 0:
        return False  # seeds that all agree have no skewness
    # The skewness of a mean is that of the seeds, over sqrt(n).
    return bool(abs(stats.skew(estimate.samples)) * math.sqrt(estimate.n) > _SKEWED)


def _check(estimate: object) -> None:
    if not isinstance(estimate, Estimate):
        kind = type(estimate).__name__
        raise NnlabError(f"the estimand returned a {kind}, not an Estimate such as analysis.mean's")
    if not estimate.is_scalar:
        raise NnlabError(
            f"the estimand returned {np.size(estimate.value)} values; a claim is about one number"
        )


def _one_line(error: BaseException) -> str:
    """The reason in one line; for what is no NnlabError, with its kind and place."""
    text = " ".join(str(error).split())
    if isinstance(error, NnlabError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}"


def _rounded(seeds: int) -> int:
    """Two significant digits: more would pretend to know."""
    scale = 10 ** max(0, len(str(seeds)) - 2)
    return -(-seeds // scale) * scale
