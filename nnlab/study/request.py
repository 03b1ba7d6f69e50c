"""Request: which trials are asked for - a preset, with what the user changed in it."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnlab.errors import NnlabError
from nnlab.study.presets import recorded_steps
from nnlab.study.settings import Settings
from nnlab.study.study import Study

__all__ = ["Cell", "Request", "make_request", "parse_overrides"]


@dataclass(frozen=True)
class Cell:
    """One setting of all factors, with its number of steps and the steps that are recorded."""

    values: tuple[tuple[str, Any], ...]
    steps: int
    record: tuple[int, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The factors' values by name."""
        return dict(self.values)


@dataclass(frozen=True)
class Request:
    """All cells for all seeds, and a label that names the folder of what is drawn from them."""

    study: Study
    preset: str
    label: str
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]

    @property
    def trials(self) -> int:
        """Number of trials."""
        return len(self.seeds) * len(self.cells)


def make_request(
    study: Study,
    preset: str = "standard",
    seeds: int | None = None,
    overrides: Mapping[str, Sequence[Any]] | None = None,
) -> Request:
    """Resolve a preset and the user's changes to it into cells and seeds.

    `seeds` is their number. `overrides` gives values of factors by name; of linked factors it
    keeps the combinations that have one of these values. Raises `NnlabError` for an unknown
    preset or factor and for values that do not fit.
    """
    scale = study.preset(preset)
    overrides = {
        name: tuple(study.factor(name).check(name, value) for value in values)
        for name, values in (overrides or {}).items()
    }
    for name, values in overrides.items():
        if not values:
            raise NnlabError(f"{name} needs at least one value")
    if seeds is not None and (isinstance(seeds, bool) or seeds < 1):
        raise NnlabError(f"seeds={seeds} is out of range: at least 1")
    if seeds == scale.seeds:
        seeds = None
    cells = tuple(_cell(study, preset, values) for values in _grid(study, preset, overrides))
    chosen = scale.seeds if seeds is None else seeds
    return Request(study, preset, _label(preset, seeds, overrides), tuple(range(chosen)), cells)


def parse_overrides(study: Study, texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Turn `factor=a,b,c` from the command line into checked values."""
    overrides: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, separator, values = text.partition("=")
        name = name.strip()
        if not separator or not values.strip():
            raise NnlabError(f"--set takes factor=value,value ..., not {text!r}")
        factor = study.factor(name)
        overrides[name] = tuple(factor.parse(name, value.strip()) for value in values.split(","))
    return overrides


def _grid(
    study: Study, preset: str, overrides: Mapping[str, tuple[Any, ...]]
) -> list[dict[str, Any]]:
    scale = study.presets[preset]
    linked = {name for names in scale.linked for name in names}
    axes: list[list[dict[str, Any]]] = []
    for names, rows in scale.linked.items():
        axis = [dict(zip(names, row, strict=True)) for row in rows]
        axis = [row for row in axis if all(row[n] in overrides.get(n, (row[n],)) for n in names)]
        if not axis:
            raise NnlabError(f"no combination of {', '.join(names)} in {preset!r} has these values")
        axes.append(axis)
    for name, factor in study.factors.items():
        if name not in linked:
            values = overrides.get(name, scale.factors.get(name, factor.values))
            checked = dict.fromkeys(factor.check(name, value) for value in values)
            axes.append([{name: value} for value in checked])
    grid = [{k: v for part in parts for k, v in part.items()} for parts in itertools.product(*axes)]
    return [
        {name: study.factors[name].check(name, c[name]) for name in study.factors} for c in grid
    ]


def _cell(study: Study, preset: str, values: dict[str, Any]) -> Cell:
    scale = study.presets[preset]
    steps = scale.steps(Settings(values)) if callable(scale.steps) else scale.steps
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise NnlabError(f"preset {preset!r}: steps must be a whole number from 0, not {steps!r}")
    return Cell(tuple(values.items()), steps, recorded_steps(steps, scale.record))


def _label(preset: str, seeds: int | None, overrides: Mapping[str, tuple[Any, ...]]) -> str:
    """A folder name; changed runs never overwrite what the plain preset has drawn."""
    parts = [f"{name}={','.join(map(str, values))}" for name, values in overrides.items()]
    if seeds is not None:
        parts.append(f"seeds={seeds}")
    text = "+".join([preset, *parts])
    safe = re.sub(r"[^A-Za-z0-9=,.+_-]", "_", text)
    if safe == text and len(safe) <= 60:
        return safe
    return f"{safe[:48]}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"
