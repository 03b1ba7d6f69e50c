"""Read: one folder of results, as plain data for a page."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Judgement", "Picture", "Results", "find_results", "read_results"]


@dataclass(frozen=True)
class Judgement:
    """One row of verdicts.csv; what it has beyond these columns stands in `more`.

    `level` is that of the interval, `effect` in standard deviations over seeds, `together` "yes"
    or "no" where all claims of the study were tested together.
    """

    claim: str
    verdict: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    level: float = 0.95
    n: int = 0
    region: str = ""
    effect: float = math.nan
    together: str = ""
    method: str = ""
    statement: str = ""
    source: str = ""
    why: str = ""
    note: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def interval_name(self) -> str:
        """`95% interval`, or another level."""
        return f"{100 * self.level:.3g}% interval"


@dataclass(frozen=True)
class Picture:
    """A figure as it was written: its PNG, its caption's paragraphs, and the CSV of what it shows.

    The first paragraph says what is to be seen, the last one where it comes from.
    """

    name: str
    png: bytes
    caption: tuple[str, ...]
    csv: str = ""


@dataclass(frozen=True, eq=False)
class Results:
    """What `nnlab run` has left of one study in one folder, `RESULTS/STUDY/LABEL`."""

    name: str
    label: str
    judgements: tuple[Judgement, ...]
    summary: DataFrame
    pictures: tuple[Picture, ...]
    study: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def title(self) -> str:
        """The study's own title; its name where none is stored."""
        return str(self.study.get("title") or self.name).removesuffix(".")

    @property
    def topic(self) -> str:
        return str(self.study.get("topic") or "")

    @property
    def card(self) -> dict[str, str]:
        """The sections of the lab card by their names: Question, Claims, Reference, ..."""
        return card_sections(str(self.study.get("card") or ""))


def find_results(out: Path, names: Sequence[str], preset: str) -> list[Results]:
    """The results of these studies (of all, without names) at this preset, by name.

    Raises `NnlabError` where a study has none, or there are none at all.
    """
    there = {path.parents[1].name: path.parent for path in out.glob(f"*/{preset}/verdicts.csv")}
    for name in names:
        if name not in there:
            raise NnlabError(
                f"{out} has no verdicts of {name} ({preset}); "
                f"run it first: nnlab run {name} --preset {preset}"
            )
    if not there:
        raise NnlabError(
            f"{out} has no results of preset {preset}; run a study first: nnlab list shows them"
        )
    chosen = sorted(names or there)
    return [read_results(there[name]) for name in dict.fromkeys(chosen)]


def read_results(folder: Path) -> Results:
    """Everything in one folder of results.

    Only verdicts.csv has to be there: without study.json the title is the study's name and the
    method stays untold. Raises `NnlabError` where a file is not what nnlab writes.
    """
    verdicts = _table(folder / "verdicts.csv")
    if verdicts is None:
        raise NnlabError(f"{folder} has no verdicts.csv; nnlab run and nnlab figures write it")
    for column in ("claim", "verdict"):
        if len(verdicts) and column not in verdicts.columns:
            raise NnlabError(f"{folder / 'verdicts.csv'} has no column {column!r}; draw it again")
    summary = _table(folder / "summary.csv")
    study = _mapping(folder / "study.json")
    return Results(
        name=folder.parent.name,
        label=folder.name,
        judgements=tuple(_judgement(row) for row in verdicts.to_dict("records")),
        summary=verdicts.iloc[:0, :0] if summary is None else summary,
        pictures=tuple(_pictures(folder, study.get("figures"))),
        study=study,
        provenance=_mapping(folder / "provenance.json"),
    )


def card_sections(card: str) -> dict[str, str]:
    """`Question: how ...` and its following lines, by `Question`; the title is left out."""
    sections: dict[str, str] = {}
    name = ""
    for line in card.splitlines()[1:]:
        head, colon, rest = line.partition(":")
        if colon and head[:1].isupper() and len(head.split()) <= 2 and not line.startswith(" "):
            name, line = head, rest
        if name:
            sections[name] = f"{sections.get(name, '')} {line.strip()}".strip()
    return {name: text[:1].upper() + text[1:] for name, text in sections.items()}


def _judgement(row: dict[Any, Any]) -> Judgement:
    row = {str(name): value for name, value in row.items()}
    told: dict[str, Any] = {"more": {}}
    for name, value in row.items():
        if name in ("estimate", "low", "high", "effect"):
            told[name] = _number(value)
        elif name == "level":
            level = _number(value)
            told["level"] = level if math.isfinite(level) else 0.95
        elif name == "n":
            number = _number(value)
            told["n"] = int(number) if math.isfinite(number) else 0
        elif name in Judgement.__dataclass_fields__ and name != "more":
            told[name] = value
        elif value.strip():
            told["more"][name] = value
    return Judgement(**told)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _pictures(folder: Path, names: Any) -> list[Picture]:
    """The figures the study drew last, in its order; without a list of them, all that are there."""
    known = [name for name in names if isinstance(name, str)] if isinstance(names, list) else None
    there = {path.stem: path for path in sorted(folder.glob("*.png"))}
    pictures = []
    for name in known if known is not None else there:
        if name in there:
            caption, csv = folder / f"{name}.txt", folder / f"{name}.csv"
            pictures.append(
                Picture(
                    name,
                    there[name].read_bytes(),
                    tuple(_text(caption).strip().split("\n\n")),
                    _text(csv),
                )
            )
    return pictures


def _table(path: Path) -> DataFrame | None:
    """A CSV file as text, cell by cell; None where there is no such file."""
    import pandas as pd

    if not path.is_file():
        return None
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (ValueError, OSError) as error:
        raise NnlabError(f"cannot read {path}: {' '.join(str(error).split())}") from error


def _mapping(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        told = json.loads(_text(path))
    except ValueError as error:
        raise NnlabError(f"cannot read {path}: {error}; draw it again: nnlab figures") from error
    return told if isinstance(told, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, ValueError) as error:
        raise NnlabError(f"cannot read {path}: {error}") from error
