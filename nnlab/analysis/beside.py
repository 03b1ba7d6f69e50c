"""Known numbers beside ours: each with our interval, the difference, and whether it is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pandas as pd

from ..errors import NnlabError
from .estimate import Estimate
from .verdicts import NotApplicable

__all__ = ["beside"]

_COLUMNS = ("target", "kind", "known", "ours", "low", "high", "n", "difference", "tolerance")


class Known(Protocol):
    """What `beside` reads of a target."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def source(self) -> str: ...
    @property
    def estimand(self) -> Callable[[pd.DataFrame], Estimate] | float: ...
    @property
    def tolerance(self) -> float | None: ...
    @property
    def kind(self) -> str: ...


def beside(targets: Sequence[Known], table: pd.DataFrame) -> pd.DataFrame:
    """One row per target: target, kind, known, ours, low, high, n, difference, tolerance, within,
    source, note.

    `difference` is ours minus the known number, `low` and `high` the 95% interval of ours.
    `within` is "yes" or "no" where there is a tolerance, else empty. Where this run lacks the
    quantity `ours` is NaN and `note` says why. A number that needs no run has n = 0. Never raises
    for what an estimand does.
    """
    rows = [_row(target, table) for target in targets]
    return pd.DataFrame(rows, columns=[*_COLUMNS, "within", "source", "note"])


def _row(target: Known, table: pd.DataFrame) -> dict[str, Any]:
    ours, note = _ours(target, table)
    value = math.nan if ours is None else float(ours.value)
    difference, within = value - target.value, ""
    if target.tolerance is not None and not math.isnan(difference):
        within = "yes" if abs(difference) <= target.tolerance else "no"
    return {
        "target": target.name,
        "kind": target.kind,
        "known": float(target.value),
        "ours": value,
        "low": math.nan if ours is None else float(ours.low),
        "high": math.nan if ours is None else float(ours.high),
        "n": 0 if ours is None else ours.n,
        "difference": difference,
        "tolerance": math.nan if target.tolerance is None else float(target.tolerance),
        "within": within,
        "source": target.source,
        "note": note,
    }


def _ours(target: Known, table: pd.DataFrame) -> tuple[Estimate | None, str]:
    ours = target.estimand
    if not callable(ours):
        return Estimate(ours, ours, ours, 0, "formula"), ""
    try:
        estimate = ours(table)
    except NotApplicable as said:
        return None, f"not in this run: {' '.join(str(said).split())}"
    except NnlabError as error:
        return None, f"lacks its setting: {' '.join(str(error).split())}"
    except Exception as error:
        return None, f"failed: {type(error).__name__}: {' '.join(str(error).split())}"
    if not isinstance(estimate, Estimate) or not estimate.is_scalar:
        return None, "failed: the estimand must return an Estimate of one number"
    return estimate, estimate.note
