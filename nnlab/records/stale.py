"""Stale results: recorded trials that no preset of the study, as it stands now, asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError
from nnlab.files import age
from nnlab.records.keys import trial_key, trial_keys
from nnlab.records.manifest import Chunk, Damaged
from nnlab.records.store import Store
from nnlab.study import Cell, Inputs, Study, make_request

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["BEYOND", "REDRAWN", "Group", "Stale", "find_stale"]

BEYOND = "beyond the presets"

# How the factors begin by which `run --factor-seeds` says what is drawn anew; no preset has them.
REDRAWN = "redrawn_"

_WANTED = ""


@dataclass
class Group:
    """Trials that are there for one reason: how many, their bytes, the age of the oldest (s)."""

    trials: int = 0
    size: float = 0.0
    oldest: float = 0.0


@dataclass
class Stale:
    """What a store holds: wanted trials, groups by reason, chunks with none wanted, damaged ones.

    `stale` chunks hold stale trials only; `beyond` ones hold also, or only, valid trials that
    somebody asked for beyond the presets. `mixed` counts unwanted trials in the files of wanted
    ones: these files stay as they are, since what is recorded is never written again.
    """

    wanted: int = 0
    groups: dict[str, Group] = field(default_factory=dict)
    stale: list[Chunk] = field(default_factory=list)
    beyond: list[Chunk] = field(default_factory=list)
    mixed: int = 0
    damaged: list[Damaged] = field(default_factory=list)


def find_stale(study: Study, store: Store) -> Stale:
    """Sort the recorded trials of a study by whether, and why not, it asks for them now.

    A trial that its own settings, seed and steps give again under the present version and data
    is valid: run with `--seeds`, `--set` or `--factor-seeds`, it is beyond the presets, not stale.
    Raises `NnlabError` where the study's data cannot be made.
    """
    inputs = Inputs(study)
    wanted = {
        key
        for preset in study.presets
        for key in trial_keys(make_request(study, preset), inputs).values()
    }
    sound, damaged = store.survey()
    found = Stale(damaged=damaged)
    reason, seen = _Reasons(study, inputs), set[str]()
    for chunk in sound:
        unwanted = set(chunk.trials) - wanted
        seen |= wanted.intersection(chunk.trials)
        if not unwanted:
            continue
        whys = dict(reason.of(store.rows(chunk), unwanted))
        _count(found.groups, chunk, whys)
        if len(unwanted) < len(chunk.trials):
            found.mixed += len(unwanted)
        else:
            (found.beyond if BEYOND in whys.values() else found.stale).append(chunk)
    found.wanted = len(seen)
    return found


def _count(groups: dict[str, Group], chunk: Chunk, whys: dict[str, str]) -> None:
    size = chunk.path.stat().st_size + chunk.manifest.stat().st_size
    for why in whys.values():
        group = groups.setdefault(why, Group())
        group.trials += 1
        group.size += size / len(chunk.trials)
        group.oldest = max(group.oldest, age(chunk.path))


class _Reasons:
    """Why a recorded trial is in no preset, told from its own rows."""

    def __init__(self, study: Study, inputs: Inputs) -> None:
        self._study, self._inputs = study, inputs
        self._known: dict[Cell, str] = {}

    def of(self, rows: DataFrame, trials: set[str]) -> Iterator[tuple[str, str]]:
        """Each of these trials with its reason."""
        names = [name for name in self._study.factors if name in rows]
        names += [name for name in rows if str(name).startswith(REDRAWN)]
        for trial, part in rows[rows["trial"].isin(list(trials))].groupby("trial", sort=False):
            record = tuple(sorted(int(step) for step in part["step"]))
            settings = {name: part[name].tolist()[0] for name in names}
            yield str(trial), self._why(str(trial), settings, int(part["seed"].tolist()[0]), record)

    def _why(self, trial: str, settings: dict[str, Any], seed: int, record: tuple[int, ...]) -> str:
        study = self._study
        if not study.factors.keys() <= settings.keys():
            return "other factors"
        try:
            values = {name: f.check(name, settings[name]) for name, f in study.factors.items()}
        except NnlabError:
            return "values that the study no longer takes"
        cell = Cell(tuple(values.items()), record[-1], record)
        redrawn = {name: float(v) for name, v in settings.items() if name not in values}
        for version in range(study.version, 0, -1):
            if self._key(cell, seed, version, redrawn) == trial:
                if version < study.version:
                    return f"version {version}, now {study.version}"
                return self._beyond(cell)
        return "other data, factors or version"

    def _key(self, cell: Cell, seed: int, version: int, redrawn: dict[str, float]) -> str:
        return trial_key(
            study=self._study.name,
            version=version,
            settings=cell.settings | redrawn,
            steps=cell.steps,
            record=cell.record,
            seed=seed,
            fingerprint=self._inputs.of(cell).fingerprint,
        )

    def _beyond(self, cell: Cell) -> str:
        """Whether some preset, with these settings asked for, gives this very trial; or why not."""
        if cell not in self._known:
            told = {self._given(preset, cell) for preset in self._study.presets}
            whys = (BEYOND, "steps that no preset has", "settings that no preset links")
            self._known[cell] = next(why for why in whys if why in told)
        return self._known[cell]

    def _given(self, preset: str, cell: Cell) -> str:
        try:
            cells = make_request(self._study, preset, None, cell.settings).cells
        except NnlabError:
            return "settings that no preset links"
        return BEYOND if cell in cells else "steps that no preset has"
