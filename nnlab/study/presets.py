"""Presets: the scales at which a study runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.errors import NnlabError
from nnlab.study.factors import plain, plain_tuple

__all__ = ["MOST_SEEDS", "MOST_STEPS", "Preset", "is_count", "recorded_steps"]

# Beyond anybody's needs: a number mistyped is told before it fills the memory. Steps are int32.
MOST_SEEDS = 1_000_000
MOST_STEPS = 2**31 - 1
_MOST_RECORDED = 100_000


@dataclass(frozen=True, init=False)
class Preset:
    """One scale of a study: seeds, steps, what is recorded, and values of its factors.

    `steps` is the number of updates, or a function of a trial's settings. `record` is how many
    measurements are taken, evenly spaced and ending at the last step, or the steps themselves.
    `linked` varies several factors together: `{("depth", "width"): [(1, 298), (2, 100)]}`.
    Further keywords name factors: `Preset(seeds=5, steps=100, width=(8, 16), depth=2)`.
    """

    seeds: int
    steps: int | Callable[[Any], int] = 0
    record: int | tuple[int, ...] = 1
    linked: dict[tuple[str, ...], tuple[tuple[Any, ...], ...]] = field(default_factory=dict)
    factors: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def __init__(
        self,
        /,
        seeds: int,
        steps: int | Callable[[Any], int] = 0,
        record: int | Sequence[int] = 1,
        linked: Mapping[Any, Sequence[tuple[Any, ...]]] | None = None,
        **factors: Any,
    ) -> None:
        seeds, steps = plain(seeds), plain(steps)
        if not is_count(seeds, 1, MOST_SEEDS):
            raise NnlabError(
                f"a preset's seeds must be a whole number from 1 to {MOST_SEEDS}, not {seeds!r:.40}"
            )
        if not callable(steps) and not is_count(steps, 0, MOST_STEPS):
            raise NnlabError(
                f"a preset's steps must be a whole number from 0 to {MOST_STEPS}, not {steps!r:.40}"
            )
        object.__setattr__(self, "seeds", seeds)
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "record", _record(record))
        object.__setattr__(self, "linked", _linked({} if linked is None else linked))
        object.__setattr__(self, "factors", {n: plain_tuple(v) for n, v in factors.items()})


def recorded_steps(steps: int, record: int | tuple[int, ...]) -> tuple[int, ...]:
    """The steps at which a trial of `steps` updates is measured, in order.

    A number asks for that many, evenly spaced up to the last; a tuple names them, and those
    beyond the last step are left out. The last step is always measured.
    """
    if isinstance(record, int):
        count = max(1, min(record, steps)) if steps else 1
        return tuple(sorted({round(steps * (i + 1) / count) for i in range(count)}))
    return tuple(sorted({step for step in record if 0 <= step < steps} | {steps}))


def _record(record: Any) -> int | tuple[int, ...]:
    record = plain(record)
    if is_count(record, 1, _MOST_RECORDED):
        return record
    steps = () if isinstance(record, int) else plain_tuple(record)
    if not steps or not all(is_count(step, 0, MOST_STEPS) for step in steps):
        raise NnlabError(
            f"a preset's record must be a whole number from 1 to {_MOST_RECORDED} or a list of "
            f"steps, not {record!r:.40}"
        )
    return steps


def _linked(linked: Any) -> dict[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    example = "linked must be such as {('depth', 'width'): [(1, 298), (2, 100)]}"
    if not isinstance(linked, Mapping):
        raise NnlabError(f"{example}, not {linked!r}")
    for names, rows in linked.items():
        if not isinstance(names, tuple) or not isinstance(rows, list | tuple) or not rows:
            raise NnlabError(f"{example}, not {names!r}: {rows!r}")
        for row in rows:
            if not isinstance(row, list | tuple) or len(row) != len(names):
                raise NnlabError(f"linked {', '.join(names)}: {row!r} has not one value for each")
    return {names: tuple(map(plain_tuple, rows)) for names, rows in linked.items()}


def is_count(value: Any, least: int, most: int) -> bool:
    """Whether it is a whole number, no truth value, from `least` to `most`."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
