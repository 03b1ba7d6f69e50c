"""Looking more than once: when to stop adding seeds, and what the looking costs.

Who adds seeds until a 95% interval leaves zero finds an effect that is not there far more often
than the level says: the interval gets a new chance to be wrong at every look. Here all looks are
planned before the first, and the error that is allowed is shared out evenly among them: with K
looks each interval has the level 1 - 0.05 / K. Whatever the looks have in common, the chance that
any of them is wrong is then at most the sum, the 5% of a single look (2.5% on the side of the
region that a false "supported" needs). This is Bonferroni's inequality; boundaries that use how
consecutive looks hang together (Pocock 1977; O'Brien and Fleming 1979) are a little less strict,
but assume normal increments, which medians, places and peaks do not have.

In simulation with looks at 5, 10, 20 and 40 seeds and the truth on the edge of the region, 2.0% of
studies of normal data end in "supported", against 8.0% with 95% intervals at each look; of data of
skewness 1 it is 1.1% or 4.7%, by the side on which the region lies.

Source: Jennison and Turnbull, Group Sequential Methods (1999), chapters 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import NnlabError
from .levels import USUAL
from .verdicts import FEW_SEEDS, Verdict

__all__ = ["Looks", "planned_looks", "undecided"]

_USUAL_LOOKS = 4


@dataclass(frozen=True)
class Looks:
    """Looks planned in advance: the numbers of seeds at which all claims are judged."""

    seeds: tuple[int, ...]

    @property
    def level(self) -> float:
        """The level of the interval at each look."""
        return 1 - (1 - USUAL) / len(self.seeds) if len(self.seeds) > 1 else USUAL

    @property
    def reason(self) -> str:
        """Why this level, to stand after it."""
        return f"for {len(self.seeds)} looks" if len(self.seeds) > 1 else ""

    def __str__(self) -> str:
        seeds = ", ".join(map(str, self.seeds))
        if len(self.seeds) == 1:
            return f"one look, at {seeds} seeds, with intervals at 95%"
        return (
            f"{len(self.seeds)} looks, at {seeds} seeds, each with intervals at "
            f"{100 * self.level:.3g}%: together they err no more often than one look at 95%"
        )


def planned_looks(first: int, most: int | None = None) -> Looks:
    """Looks at `first` seeds (at least 5), then at twice as many each time, the last at `most`.

    Without `most` there are four looks, the last at eight times the first. A last doubling that
    would come close to `most` is left out: a look costs level.

    Raises:
      NnlabError: `most` is less than the seeds of the first look.
    """
    seeds = [max(first, FEW_SEEDS)]
    if most is None:
        most = seeds[0] * 2 ** (_USUAL_LOOKS - 1)
    if isinstance(most, bool) or not isinstance(most, int) or most < seeds[0]:
        raise NnlabError(
            f"max_seeds={most!r} is too few: the first look is at {seeds[0]} seeds, "
            "the preset's number but at least 5"
        )
    while 2 * seeds[-1] <= most:
        seeds.append(2 * seeds[-1])
    if len(seeds) > 1 and seeds[-1] < most < 1.5 * seeds[-1]:
        seeds.pop()
    return Looks(tuple(dict.fromkeys([*seeds, most])))


def undecided(verdicts: Iterable[Verdict]) -> list[str]:
    """The claims that more seeds may decide; those that failed or do not apply are not among."""
    return [verdict.name for verdict in verdicts if verdict.verdict == "inconclusive"]
