"""Presets: the scales at which a study runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.errors import NnlabError

__all__ = ["Preset", "recorded_steps"]

Record = int | Sequence[int] | str


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
        seeds: int,
        steps: int | Callable[[Any], int] = 0,
        record: int | Sequence[int] = 1,
        linked: dict[tuple[str, ...], Sequence[tuple[Any, ...]]] | None = None,
        **factors: Any,
    ) -> None:
        if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
            raise NnlabError(f"a preset's seeds must be a whole number from 1, not {seeds!r}")
        if not callable(steps) and (not isinstance(steps, int) or steps < 0):
            raise NnlabError(f"a preset's steps must be a whole number from 0, not {steps!r}")
        object.__setattr__(self, "seeds", seeds)
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "record", record if isinstance(record, int) else tuple(record))
        rows = {tuple(names): tuple(map(tuple, cells)) for names, cells in (linked or {}).items()}
        object.__setattr__(self, "linked", rows)
        object.__setattr__(self, "factors", {n: _as_tuple(v) for n, v in factors.items()})


def recorded_steps(steps: int, record: int | tuple[int, ...]) -> tuple[int, ...]:
    """The steps at which a trial of `steps` updates is measured, in order.

    A number asks for that many, evenly spaced up to the last; a tuple names them, and those
    beyond the last step are left out. The last step is always measured.
    """
    if isinstance(record, int):
        count = max(1, min(record, steps)) if steps else 1
        return tuple(sorted({round(steps * (i + 1) / count) for i in range(count)}))
    return tuple(sorted({step for step in record if 0 <= step < steps} | {steps}))


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple | range) else (value,)
