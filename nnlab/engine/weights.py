"""Weights: the final parameters of trials, cut from their padded lanes to their true shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.engine.planner import Chunk, Program
from nnlab.engine.rows import lanes_of
from nnlab.errors import NnlabError
from nnlab.study import Cell, Study

__all__ = ["final_weights"]

Paths = dict[tuple[str, ...], Any]


def final_weights(
    study: Study,
    program: Program,
    chunk: Chunk,
    names: Mapping[tuple[int, int], str],
    state: Any,
    data: Any,
) -> dict[str, Paths]:
    """By trial key, the arrays of a trained state by their path in the tree of parameters.

    Parameters are the state's `params`, or the whole state where it has none. `state` has leading
    axes [device, seed, setting]. The true shapes are those of the same trial without padding;
    layers pad at the end, with zeros. Raises `NnlabError` for a state that is padded in any other
    way: nothing but zeros is ever cut away.
    """
    padded = {path: np.asarray(leaf) for path, leaf in _by_path(_params(state)).items()}
    shapes: dict[int, Paths] = {}
    weights = {}
    for place, seed, c in lanes_of(chunk):
        if c not in shapes:
            shapes[c] = _true_shapes(study, program, program.cells[c], data)
            if shapes[c].keys() != padded.keys():
                raise NnlabError(
                    f"study {study.name}: weights cannot be kept: its state has other parts "
                    "where nothing is padded"
                )
        weights[names[seed, c]] = {
            path: _cut(study, path, leaf[place], shapes[c][path].shape)
            for path, leaf in padded.items()
        }
    return weights


def _true_shapes(study: Study, program: Program, cell: Cell, data: Any) -> Paths:
    """Shapes of the parameters of a trial of this cell where every size is its own capacity."""
    sizes = tuple((name, int(cell.settings[name])) for name, _ in program.capacities)
    lane = Lane(study, program.static, sizes, frozenset(name for name, _ in sizes))
    values = {name: array[0] for name, array in cell_arrays(study, [cell]).items()}

    def params(*args: Any) -> Any:
        return _params(make_trial(lane, *args).init())

    return _by_path(jax.eval_shape(params, np.uint32(0), values, jnp.int32(cell.steps), data))


def _params(state: Any) -> Any:
    if isinstance(state, Mapping):
        return state.get("params", state)
    return getattr(state, "params", state)


def _by_path(tree: Any) -> Paths:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {tuple(map(_word, path)) or ("state",): leaf for path, leaf in leaves}


def _word(key: Any) -> str:
    for name in ("key", "name", "idx"):
        if hasattr(key, name):
            return str(getattr(key, name))
    return str(key)


def _cut(study: Study, path: tuple[str, ...], padded: Any, shape: tuple[int, ...]) -> np.ndarray:
    fits = len(shape) == padded.ndim and (np.array(shape) <= padded.shape).all()
    kept = np.array(padded[tuple(slice(n) for n in shape)]) if fits else padded
    if not fits or np.count_nonzero(kept) != np.count_nonzero(padded):
        raise NnlabError(
            f"study {study.name}: the weights {'/'.join(path)} cannot be kept: they are not padded "
            "with zeros at the end; run without --keep-weights"
        )
    return kept
