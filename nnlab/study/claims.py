"""Claims: sentences of a textbook turned into an estimand and a region, fixed before the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Estimate, Region

__all__ = ["Claim", "Claims"]

_Estimand = TypeVar("_Estimand", bound="Callable[[DataFrame], Estimate]")


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


class Claims(list[Claim]):
    """The claims of a study, in order. A function of the table joins them by decoration:

        claims = Claims()

        @claims(Region.above(0), source="your textbook", why="No difference is 0.")
        def wider_fits_noise(table):
            \"""With noisy labels the widest network has the lower training error.\"""
            ...

    Its name is the claim's, the first paragraph of its docstring the statement. It stays the
    function that it was. Claims of a kind are added as in any list: `claims += [Claim(...), ...]`.
    """

    def __call__(
        self, region: Region, source: str = "", why: str = ""
    ) -> Callable[[_Estimand], _Estimand]:
        """A decorator that adds a claim. Raises `NnlabError` for a function without a docstring."""

        def add(estimand: _Estimand) -> _Estimand:
            name = getattr(estimand, "__name__", "")
            statement = " ".join((estimand.__doc__ or "").strip().partition("\n\n")[0].split())
            if not statement:
                raise NnlabError(f"claim {name}: its statement is the docstring: write one")
            self.append(Claim(name, statement, estimand, region, source, why))
            return estimand

        return add
