"""Enough seeds: add them, at looks planned beforehand, until every claim is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnlab import analysis
from nnlab.errors import NnlabError
from nnlab.study import Request, Study, make_request

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Looks

__all__ = ["Decision", "decide"]


@dataclass(frozen=True)
class Decision:
    """Where it ended: the request and the table of the last look taken, and the looks planned."""

    request: Request
    table: DataFrame
    looks: Looks


def decide(
    study: Study,
    preset: str,
    tabulate: Callable[[Request], DataFrame],
    told: Callable[[str], object],
    *,
    seeds: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> Decision:
    """Take the planned looks one after the other, until no claim is inconclusive.

    `tabulate(request)` runs what is missing and returns the table; `told` gets a line at each
    look. The first look is at `seeds`, or the preset's, the last at `most` (see `planned_looks`).
    The claims are judged anew on all seeds at every look, at the level that their number asks
    for; the verdicts that count are those of the last one taken. Raises `NnlabError` for a study
    without claims.
    """
    if not study.claims:
        raise NnlabError(f"study {study.name} makes no claims that seeds could decide")
    first = study.preset(preset).seeds if seeds is None else seeds
    label = make_request(study, preset, seeds, overrides).label
    looks = analysis.planned_looks(first, most)
    told(str(looks))
    for number, count in enumerate(looks.seeds, start=1):
        asked = make_request(study, preset, count, overrides)
        request = replace(asked, label=f"{label}+until-decided={looks.seeds[-1]}")
        table = tabulate(request)
        open_ = analysis.undecided(
            analysis.judge(claim, table, looks.level) for claim in study.claims
        )
        where = f"look {number} of {len(looks.seeds)}, {count} seeds"
        if not open_:
            told(f"{where}: no claim is left undecided")
            break
        told(f"{where}: undecided {', '.join(open_)}")
    return Decision(request, table, looks)
