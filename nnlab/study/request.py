"""Request: which trials are asked for - a preset, with what the user changed in it."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnlab.errors import NnlabError
from nnlab.study.factors import plain, plain_tuple
from nnlab.study.presets import MOST_SEEDS, MOST_STEPS, is_count, recorded_steps
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
    overrides: Mapping[str, Any] | None = None,
) -> Request:
    """Resolve a preset and the user's changes to it into cells and seeds.

    `seeds` is their number. `overrides` gives a value or a list of values of factors by name; of
    linked factors it keeps the combinations that have one of these values. The cells come in the
    order of a nested loop: linked factors outermost, then the others as the study declares them.
    Raises `NnlabError` for an unknown preset or factor and for values that do not fit.
    """
    scale = study.preset(preset)
    changed = _checked(study, overrides or {})
    if seeds is not None and not is_count(seeds, 1, MOST_SEEDS):
        told = f"seeds={seeds!r:.40} is out of range"
        raise NnlabError(f"{told}: a whole number from 1 to {MOST_SEEDS}")
    if seeds == scale.seeds:
        seeds = None
    cells = tuple(_cell(study, preset, values) for values in _grid(study, preset, changed))
    chosen = scale.seeds if seeds is None else seeds
    label = _label(preset, seeds, changed)
    # Equal rows of linked factors are one cell.
    return Request(study, preset, label, tuple(range(chosen)), tuple(dict.fromkeys(cells)))


def parse_overrides(study: Study, texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Turn `factor=a,b,c` from the command line into checked values."""
    overrides: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, separator, values = text.partition("=")
        name = name.strip()
        if not separator or not values.strip():
            raise NnlabError(f"--set takes factor=value,value ..., not {text!r}")
        factor = study.factor(name)
        if name in overrides:
            raise NnlabError(f"--set {name} is given twice; list its values: {name}=a,b")
        stripped = [value.strip() for value in values.split(",")]
        if "" in stripped:
            raise NnlabError(f"--set {text}: a value is missing between or after commas")
        overrides[name] = tuple(factor.parse(name, value) for value in stripped)
    return overrides


def _checked(study: Study, overrides: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Values in their factors' own types, each once, in the order of the study's factors."""
    checked: dict[str, tuple[Any, ...]] = {}
    for name, values in overrides.items():
        factor = study.factor(name)
        checked[name] = tuple(dict.fromkeys(factor.check(name, v) for v in plain_tuple(values)))
        if not checked[name]:
            raise NnlabError(f"{name} needs at least one value")
    return {name: checked[name] for name in study.factors if name in checked}


def _grid(
    study: Study, preset: str, overrides: Mapping[str, tuple[Any, ...]]
) -> list[dict[str, Any]]:
    scale = study.presets[preset]
    linked = {name for names in scale.linked for name in names}
    axes: list[list[dict[str, Any]]] = []
    for names, rows in scale.linked.items():
        axes.append(_combinations(preset, names, rows, overrides))
    for name, factor in study.factors.items():
        if name not in linked:
            values = overrides.get(name, scale.factors.get(name, factor.values))
            checked = dict.fromkeys(factor.check(name, value) for value in values)
            axes.append([{name: value} for value in checked])
    grid = [{k: v for part in parts for k, v in part.items()} for parts in itertools.product(*axes)]
    return [
        {name: study.factors[name].check(name, c[name]) for name in study.factors} for c in grid
    ]


def _combinations(
    preset: str,
    names: tuple[str, ...],
    rows: tuple[tuple[Any, ...], ...],
    overrides: Mapping[str, tuple[Any, ...]],
) -> list[dict[str, Any]]:
    """The rows of linked factors that have the values asked for."""
    axis = [dict(zip(names, row, strict=True)) for row in rows]
    for name in names:
        offered = {row[name] for row in axis}
        for value in overrides.get(name, ()):
            if value not in offered:
                known = ", ".join(map(str, sorted(offered)))
                raise NnlabError(
                    f"{preset!r} links {', '.join(names)}: none has {name}={value}, only {known}"
                )
    axis = [row for row in axis if all(row[n] in overrides.get(n, (row[n],)) for n in names)]
    if not axis:
        raise NnlabError(f"no combination of {', '.join(names)} in {preset!r} has these values")
    return axis


def _cell(study: Study, preset: str, values: dict[str, Any]) -> Cell:
    scale = study.presets[preset]
    try:
        steps = plain(scale.steps(Settings(values)) if callable(scale.steps) else scale.steps)
    except NnlabError as error:
        raise NnlabError(f"preset {preset!r}: steps: {error}") from None
    except (Exception, SystemExit) as error:
        told = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise NnlabError(f"preset {preset!r}: steps fails: {told}") from error
    if not is_count(steps, 0, MOST_STEPS):
        told = f"preset {preset!r}: steps must be a whole number from 0 to {MOST_STEPS}"
        raise NnlabError(f"{told}, not {steps!r:.40}")
    return Cell(tuple(values.items()), steps, recorded_steps(steps, scale.record))


def _label(preset: str, seeds: int | None, overrides: Mapping[str, tuple[Any, ...]]) -> str:
    """A folder name; changed runs never overwrite what another has drawn."""
    changes = dict(overrides) | ({} if seeds is None else {"seeds": (seeds,)})
    parts = [f"{name}={','.join(map(str, values))}" for name, values in changes.items()]
    text = "+".join([preset, *parts])
    safe = re.sub(r"[^A-Za-z0-9=,.+_-]", "_", text)
    # Text that holds our own separators would make two requests look alike.
    words = [preset, *changes, *(str(v) for values in changes.values() for v in values)]
    if len(safe) <= 60 and all(re.fullmatch(r"[A-Za-z0-9._-]+|[0-9.]+e\+[0-9]+", w) for w in words):
        return safe
    identity = json.dumps([preset, changes])
    return f"{safe[:48]}~{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
