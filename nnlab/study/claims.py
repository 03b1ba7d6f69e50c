"""Claims: sentences of a textbook turned into an estimand and a region, fixed before the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Estimate, Region

__all__ = ["Claim"]


@dataclass(frozen=True)
class Claim:
    """One claim to put to the test.

    `estimand` maps the tidy table of the run to an `analysis.Estimate` (a value with its 95%
    interval over seeds). The claim is supported if the whole interval lies in `region`, refuted
    if it lies wholly outside, else inconclusive. `statement` is the claim in plain words,
    `source` where it stands, `why` the reason for the region.
    """

    name: str
    statement: str
    estimand: Callable[[DataFrame], Estimate]
    region: Region
    source: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise NnlabError(f"a claim's name must be a Python identifier, not {self.name!r}")
        if not callable(self.estimand):
            raise NnlabError(f"claim {self.name}: estimand must be a function of the table")
        if not isinstance(self.statement, str):
            raise NnlabError(f"claim {self.name}: statement must be text, not {self.statement!r}")
        # Duck-typed, since judging is a room behind this one; an interval has ends but no `holds`.
        region = None if isinstance(self.region, type) else self.region
        if not all(callable(getattr(region, name, None)) for name in ("holds", "misses")):
            raise NnlabError(
                f"claim {self.name}: region must be a region such as analysis.Region.above(0), "
                f"not {self.region!r}"
            )
