"""Kept weights by name: the final parameters of a trial that ran with `--keep-weights`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnlab import records
from nnlab.errors import NnlabError
from nnlab.lab import request_of, store_of
from nnlab.study import Cell, Inputs, Request, Study

__all__ = ["weights"]


def weights(
    study: str | Study,
    preset: str | None = None,
    *,
    seed: int = 0,
    seeds: int | None = None,
    factors: Mapping[str, Sequence[Any]] | None = None,
    out: str | Path = "results",
    **settings: Any,
) -> dict[str, Any]:
    """The final parameters of one trial as nested dicts of NumPy arrays; needs no device.

    `preset`, `seeds` and `factors` choose a run as in `nnlab.run`; `seed` and `settings`, a value
    for each factor that varies in it, a trial of that run. Arrays have the shapes of the network
    as it is, without padding; the names are those of its layers (a trial whose state has no
    `params` gives its whole state). Raises `NnlabError` for a trial that is not in the run, and
    for one whose weights were not kept: `nnlab run --keep-weights` does that.
    """
    request = request_of(study, preset, seeds, factors)
    cell = _cell(request, settings)
    if seed not in request.seeds:
        raise NnlabError(f"seed {seed} is not in the run: it has seeds 0 to {request.seeds[-1]}")
    store = store_of(request.study, Path(out))
    key = records.trial_keys(request, Inputs(request.study))[seed, cell]
    kept = records.WeightStore(store.folder / "weights").read(key)
    if kept is not None:
        return kept
    again = f"nnlab run {request.study.name} --preset {request.preset} --keep-weights"
    if store.finished([key]):
        raise NnlabError(
            f"the trial is recorded in {out}, but its weights were not kept; keep them in another "
            f"folder: {again} --out FOLDER"
        )
    raise NnlabError(f"this trial has not been run in {out}; run it: {again}")


def _cell(request: Request, settings: Mapping[str, Any]) -> Cell:
    study = request.study
    wanted = {name: study.factor(name).check(name, value) for name, value in settings.items()}
    cells = [cell for cell in request.cells if wanted.items() <= cell.settings.items()]
    if len(cells) == 1:
        return cells[0]
    open_ = {
        name: list(dict.fromkeys(cell.settings[name] for cell in cells or request.cells))
        for name in study.factors
    }
    told = "; ".join(
        f"{name} is one of {', '.join(map(str, values))}"
        for name, values in open_.items()
        if (name not in wanted if cells else name in wanted) and (len(values) > 1 or not cells)
    )
    what = "say which trial" if cells else "no trial has these settings"
    raise NnlabError(f"{what}: {told}")
