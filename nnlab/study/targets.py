"""Targets: numbers known beforehand, published or exact, to be printed beside ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Estimate

__all__ = ["Target"]

_KINDS = ("published", "exact", "measured")


@dataclass(frozen=True)
class Target:
    """One known number and how the run gives the same quantity.

    `name` says what it is, with its unit and setting; `value` is the known number and `source`
    where it stands. `estimand` maps the tidy table to an `analysis.Estimate`, as a claim's does;
    it raises `analysis.NotApplicable` where this run has no such setting. Of what follows from a
    formula of ours, and needs no run, it is the number itself. `tolerance` is how far ours may lie
    from it, in its unit, by the source's own precision; None states no tolerance.
    `kind`: "published" in print, "exact" theory, or "measured" with another implementation.

    A target is no claim: it is printed beside ours (`nnlab targets`), never judged.
    """

    name: str
    value: float
    source: str
    estimand: Callable[[DataFrame], Estimate] | float
    tolerance: float | None = None
    kind: str = "published"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise NnlabError(f"a target's name must say what it is, not {self.name!r}")
        where = f"target {self.name!r}"
        if not _is_number(self.value):
            raise NnlabError(f"{where}: its value must be a finite number, not {self.value!r}")
        if not isinstance(self.source, str) or not self.source.strip():
            raise NnlabError(f"{where}: name its source, not {self.source!r}")
        if not callable(self.estimand) and not _is_number(self.estimand):
            raise NnlabError(f"{where}: estimand must be a function of the table, or a number")
        if self.tolerance is not None and not (_is_number(self.tolerance) and self.tolerance >= 0):
            raise NnlabError(f"{where}: tolerance must be 0 or more, not {self.tolerance!r}")
        if self.kind not in _KINDS:
            raise NnlabError(f"{where}: kind must be one of {', '.join(_KINDS)}, not {self.kind!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
