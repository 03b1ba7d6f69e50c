"""What changed from one run to another, in lines to read."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnlab.differences.sides import Side, factors_of, summarised

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Differences", "compare"]

_ORIGIN = ("versions", "python", "system", "commit", "devices")
_SHOWN = 10


@dataclass(frozen=True)
class Differences:
    """Lines by section; a section that is empty found no difference."""

    settings: list[str] = field(default_factory=list)
    origin: list[str] = field(default_factory=list)
    estimates: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    changed_verdicts: int = 0


@dataclass(frozen=True)
class _Change:
    """One estimate on both sides: values and intervals."""

    what: str
    a: tuple[float, float, float]
    b: tuple[float, float, float]

    @property
    def size(self) -> float:
        if math.isnan(self.a[0]) and math.isnan(self.b[0]):
            return 0.0
        gap = abs(self.b[0] - self.a[0])
        return 0.0 if self.a[0] == self.b[0] else math.inf if math.isnan(gap) else gap

    @property
    def beyond(self) -> bool:
        """Whether the intervals do not even touch; false where either is undefined."""
        return self.a[2] < self.b[1] or self.b[2] < self.a[1]

    def __str__(self) -> str:
        flag = "  BEYOND THE INTERVALS" if self.beyond else ""
        return f"{self.what}: {_told(self.a)} -> {_told(self.b)}{flag}"


def compare(a: Side, b: Side) -> Differences:
    """Everything that differs from side a to side b.

    An estimate is flagged where the two intervals do not touch. That is a coarse net: runs of the
    same seeds share their draws, and can differ by far less than that for a reason. Claims that
    only one side has are told, but are no change of a verdict.
    """
    tidy = [side.trials for side in (a, b) if side.trials is not None]
    if tidy:
        factors = factors_of(*tidy)
        a, b = summarised(a, factors), summarised(b, factors)
    settings, origin = _facts(a, b)
    verdicts, changed = _verdicts(a, b)
    return Differences(settings, origin, [*_claims(a, b), *_summaries(a, b)], verdicts, changed)


def _facts(a: Side, b: Side) -> tuple[list[str], list[str]]:
    lines: tuple[list[str], list[str]] = [], []
    silent = [side.name for side in (a, b) if not side.facts]
    if silent:
        told = [] if len(silent) == 2 else [f"{silent[0]} does not say what it was run with"]
        return told, list(told)
    for name in dict.fromkeys([*a.facts, *b.facts]):
        before, after = (side.facts.get(name, "(not said)") for side in (a, b))
        if before != after:
            part = name.partition(".")[0] in _ORIGIN
            lines[part].append(f"{name}: {before} -> {after}")
    return lines


def _verdicts(a: Side, b: Side) -> tuple[list[str], int]:
    if a.verdicts is None or b.verdicts is None:
        return [], 0
    before, after = (
        dict(zip(s["claim"], s["verdict"], strict=True)) for s in (a.verdicts, b.verdicts)
    )
    lines, changed = [], 0
    for claim in dict.fromkeys([*before, *after]):
        if claim not in after or claim not in before:
            side = a.name if claim in before else b.name
            lines.append(f"{claim}: only in {side} ({(before | after)[claim]})")
        elif before[claim] != after[claim]:
            lines.append(f"{claim}: {before[claim]} -> {after[claim]}")
            changed += 1
    return lines, changed


def _claims(a: Side, b: Side) -> list[str]:
    """The estimates behind the verdicts that both sides have, where they differ."""
    if a.verdicts is None or b.verdicts is None:
        return []
    one, two = (s.set_index("claim") for s in (a.verdicts, b.verdicts))
    changes = [
        _Change(
            f"claim {claim}",
            *(_numbers(t.loc[claim], "estimate", "low", "high") for t in (one, two)),
        )
        for claim in one.index
        if claim in two.index
    ]
    return [str(change) for change in changes if change.size > 0]


def _summaries(a: Side, b: Side) -> list[str]:
    """A line for each measure, and one for each setting where it moved beyond the intervals."""
    if a.summary is None or b.summary is None:
        return []
    keys = _keys(a.summary, b.summary)
    one, two = _by_setting(a.summary, keys), _by_setting(b.summary, keys)
    if len(one) < len(a.summary) or len(two) < len(b.summary):
        return ["the summaries vary different factors: their settings cannot be matched"]
    shared = [key for key in one if key in two]
    lines = []
    missing = len(one) + len(two) - 2 * len(shared)
    if missing:
        lines.append(f"{missing} settings stand on one side only; {len(shared)} are compared")
    for name in (c for c in a.summary if f"{c}_low" in a.summary and f"{c}_low" in b.summary):
        ends = (name, f"{name}_low", f"{name}_high")
        changes = [
            _Change(_setting(name, keys, key), *(_numbers(t[key], *ends) for t in (one, two)))
            for key in shared
        ]
        lines += _measure(str(name), changes)
    return lines


def _measure(name: str, changes: Sequence[_Change]) -> list[str]:
    moved = [change for change in changes if change.size > 0]
    if not moved:
        return []
    beyond = sorted((c for c in moved if c.beyond), key=lambda c: -c.size)
    most = max(moved, key=lambda change: change.size)
    lines = [
        f"{name}: differs in {len(moved)} of {len(changes)} settings, by at most {most.size:.3g} "
        f"({most.what}); {len(beyond) or 'none'} beyond the intervals"
    ]
    lines += [f"  {change}" for change in beyond[:_SHOWN]]
    return lines + ([f"  ... and {len(beyond) - _SHOWN} more"] if len(beyond) > _SHOWN else [])


def _keys(a: DataFrame, b: DataFrame) -> list[str]:
    """The factors that vary on both sides: the columns before `n`."""
    sides = [list(map(str, table.columns)) for table in (a, b)]
    varying = [names[: names.index("n")] if "n" in names else [] for names in sides]
    return [name for name in varying[0] if name in varying[1]]


def _by_setting(table: DataFrame, keys: list[str]) -> dict[Hashable, Any]:
    rows = [row for _, row in table.iterrows()]
    return {tuple(row[key] for key in keys): row for row in rows}


def _setting(measure: object, keys: list[str], levels: Any) -> str:
    return ", ".join(f"{k}={v}" for k, v in zip(keys, levels, strict=True)) or str(measure)


def _numbers(row: Any, *names: str) -> tuple[float, float, float]:
    value, low, high = (float(row[name]) for name in names)
    return value, low, high


def _told(estimate: tuple[float, float, float]) -> str:
    return "{:.4g} [{:.4g}, {:.4g}]".format(*estimate)
