"""One side of a comparison: what a folder of results, or a table, says of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab import analysis
from nnlab.errors import NnlabError
from nnlab.records import read_parquet

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Side", "read_side"]

# Words and times that say nothing of what was computed.
_NOT_COMPARED = frozenset({"time", "title", "card", "topic", "label", "figures", "about"})
_TABLES = (".csv", ".parquet")


@dataclass(frozen=True)
class Side:
    """What is known of one run; tables that it does not have are None.

    `facts` are settings and origin by dotted name; `trials` is a tidy table whose factors only
    show beside another one.
    """

    name: str
    facts: dict[str, str] = field(default_factory=dict)
    summary: DataFrame | None = None
    verdicts: DataFrame | None = None
    trials: DataFrame | None = None


def read_side(path: Path) -> Side:
    """Read a folder of results (results/STUDY/PRESET) or a table (.csv or .parquet).

    A table may be the tidy one of `nnlab export`, a summary.csv or a verdicts.csv. Raises
    `NnlabError` for what is neither.
    """
    if path.is_dir():
        return _folder(path)
    if path.suffix not in _TABLES or not path.is_file():
        raise NnlabError(f"no results in {path}: give results/STUDY/PRESET or a .csv or .parquet")
    table = _table(path)
    columns = set(map(str, table.columns))
    if {"claim", "verdict"} <= columns:
        return Side(str(path), verdicts=table)
    if {"trial", "seed", "step"} <= columns:
        return Side(str(path), trials=table)
    if "n" in columns:
        return Side(str(path), summary=table)
    raise NnlabError(f"{path} is no table of trials, summary or verdicts of nnlab")


def factors_of(*tables: DataFrame) -> list[str]:
    """The columns that are settings in all these tidy tables: each of their values has all seeds.

    A tidy table does not say which columns are measures; but no two seeds measure alike in every
    trial, unless a measure is the same everywhere, and then nothing is lost.
    """
    shared = [c for c in tables[0].columns if all(c in table for table in tables[1:])]
    own = {"trial", "seed", "step", "diverged_at"}
    return [c for c in shared if c not in own and all(_is_factor(t, c) for t in tables)]


def summarised(side: Side, factors: list[str]) -> Side:
    """The side with the summary of its trials in place of them."""
    if side.trials is None:
        return side
    return Side(side.name, side.facts, analysis.summary(side.trials, factors), side.verdicts)


def _is_factor(table: DataFrame, column: str) -> bool:
    seeds = len(set(table["seed"]))
    if seeds < 2:
        raise NnlabError(
            "a table of one seed does not tell settings from measures; compare folders"
        )
    counts: Any = table.groupby(column, dropna=False)["seed"].nunique()
    return bool((counts == seeds).all())


def _folder(path: Path) -> Side:
    tables = {name: path / f"{name}.csv" for name in ("summary", "verdicts")}
    found = {name: _table(file) for name, file in tables.items() if file.is_file()}
    if not found:
        inside = sorted(file.parent.name for file in path.glob("*/verdicts.csv"))
        hint = f"; did you mean {path / inside[0]}?" if inside else ""
        raise NnlabError(f"no summary.csv or verdicts.csv in {path}{hint}")
    facts: dict[str, str] = {}
    for name in ("study.json", "provenance.json"):
        if (path / name).is_file():
            facts |= dict(_facts(_json(path / name), ""))
    return Side(str(path), facts, **found)


def _facts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Dotted names and values of nested JSON; parts of a list that have a name go by it."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in _NOT_COMPARED:
                yield from _facts(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
        for place, part in enumerate(value):
            rest = {key: v for key, v in part.items() if key != "name"}
            yield from _facts(rest, f"{name}.{part.get('name', place)}")
    else:
        listed = isinstance(value, list)
        yield name, ", ".join(map(str, value)) if listed else str(value)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NnlabError(f"{path} cannot be read: {' '.join(str(error).split())}") from None


def _table(path: Path) -> DataFrame:
    import pandas as pd

    try:
        # Text such as "None" or "NA" is a setting here, not a missing value.
        if path.suffix == ".csv":
            return pd.read_csv(path, keep_default_na=False, na_values=["", "nan", "NaN"])
        return read_parquet(path.read_bytes())
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=["claim", "verdict"])  # a study without claims
    except (OSError, ValueError) as error:
        raise NnlabError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
