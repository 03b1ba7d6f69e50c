"""One lane: a study's trial with its settings put in, as one pure function of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnlab.data import Dataset, Split
from nnlab.errors import NnlabError
from nnlab.learn import Trial
from nnlab.nn import Size, study_key
from nnlab.study import Cell, Settings, Study

__all__ = ["Lane", "cell_arrays", "make_trial"]

for _type, _arrays, _names in (
    (Split, ["x", "y"], []),
    (Dataset, ["train", "validation", "test"], ["name", "classes", "fingerprint", "about"]),
):
    jax.tree_util.register_dataclass(_type, data_fields=_arrays, meta_fields=_names)


@dataclass(frozen=True)
class Lane:
    """What is the same for all lanes of a program: the study, static values and capacities."""

    study: Study
    static: tuple[tuple[str, Any], ...]
    capacities: tuple[tuple[str, int], ...]
    exact: frozenset[str]


def cell_arrays(study: Study, cells: list[Cell]) -> dict[str, np.ndarray]:
    """Traced numbers and sizes of these cells, an array [cells] for each such factor."""
    arrays = {}
    for name, factor in study.factors.items():
        if factor.kind != "static":
            dtype = np.int32 if factor.kind == "sized" else jnp.result_type(float)
            arrays[name] = np.array([cell.settings[name] for cell in cells], dtype)
    return arrays


def make_trial(
    lane: Lane, seed: jax.Array, values: Mapping[str, jax.Array], steps: jax.Array, data: Any
) -> Trial:
    """The study's trial for one seed (uint32) and one setting (scalars by factor name)."""
    capacities = dict(lane.capacities)
    sizes = {
        name: Size(capacity if name in lane.exact else values[name], capacity, name)
        for name, capacity in capacities.items()
    }
    traced = {name: value for name, value in values.items() if name not in capacities}
    p = Settings({**dict(lane.static), **traced, **sizes, "steps": steps})
    trial = lane.study.trial(study_key(lane.study.name, seed), p, data)
    if not isinstance(trial, Trial):
        raise NnlabError(
            f"study {lane.study.name}: trial() must return a learn.Trial(init, step, measure), "
            f"not {type(trial).__name__}"
        )
    return trial
