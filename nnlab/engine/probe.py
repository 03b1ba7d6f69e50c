"""Probe: what a trial costs, read off its traced program without running anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from nnlab.engine.contract import check_measures, check_state, explained
from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.engine.planner import Cost
from nnlab.errors import NnlabError
from nnlab.study import Cell, Inputs, Study

__all__ = ["cost_model", "operations"]


def cost_model(study: Study, inputs: Inputs) -> Callable[[Cell, Mapping[str, int]], Cost]:
    """A function (cell, capacities) -> `Cost`, which traces each distinct program once."""
    known: dict[Any, Cost] = {}

    def cost_of(cell: Cell, capacities: Mapping[str, int]) -> Cost:
        static = tuple((n, v) for n, v in cell.values if study.factors[n].kind == "static")
        key = (static, cell.steps, cell.record, tuple(capacities.items()))
        if key not in known:
            # Without padding only what never has any: padding costs a little more.
            exact = {n for n in capacities if getattr(study.factors[n], "exact", False)}
            lane = Lane(study, static, tuple(capacities.items()), frozenset(exact))
            known[key] = _cost(lane, cell, inputs.of(cell).tree)
        return known[key]

    return cost_of


def _cost(lane: Lane, cell: Cell, data: Any) -> Cost:
    study = lane.study
    values = {name: array[0] for name, array in cell_arrays(study, [cell]).items()}
    data = jax.tree.map(_shape, data)
    given = (np.uint32(0), values, np.int32(cell.steps), data)

    def init(*args: Any) -> Any:
        return make_trial(lane, *args).init()

    def step(state: Any, i: Any, *args: Any) -> Any:
        return make_trial(lane, *args).step(i, state)

    def measure(state: Any, *args: Any) -> Any:
        return make_trial(lane, *args).measure(state)

    try:
        started, state = jax.make_jaxpr(init, return_shape=True)(*given)
        stepped, after = jax.make_jaxpr(step, return_shape=True)(state, np.int32(0), *given)
        check_state(study, state, after)
        measured, measures = jax.make_jaxpr(measure, return_shape=True)(state, *given)
        check_measures(study, measures)
    except NnlabError:
        raise
    except Exception as error:
        raise explained(lane, cell, data, error) from error
    work = operations(started.jaxpr) + cell.steps * operations(stepped.jaxpr)
    work += len(cell.record) * operations(measured.jaxpr)
    bytes_ = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
    return Cost(work, float(bytes_), cell.steps + len(cell.record))


def operations(jaxpr: Any) -> float:
    """Floating-point operations of a jaxpr: products counted exactly, the rest one an entry.

    Loops count their trips where these are known, one otherwise; of branches the dearest.
    """
    return sum(_equation(eqn) for eqn in jaxpr.eqns)


def _equation(eqn: Any) -> float:
    out = sum(math.prod(v.aval.shape) for v in eqn.outvars if hasattr(v.aval, "shape"))
    name, params = eqn.primitive.name, eqn.params
    if name == "dot_general":
        (contract, _), _ = params["dimension_numbers"]
        shape = eqn.invars[0].aval.shape
        return 2.0 * out * math.prod(shape[axis] for axis in contract)
    if name == "conv_general_dilated":
        kernel = eqn.invars[1].aval.shape
        return 2.0 * out * math.prod(kernel) / kernel[params["dimension_numbers"].rhs_spec[0]]
    if name == "cond":
        return max(operations(branch.jaxpr) for branch in params["branches"])
    if name == "scan":
        return params["length"] * operations(params["jaxpr"].jaxpr)
    if name in ("eigh", "svd", "qr", "cholesky", "triangular_solve", "lu"):
        shape = eqn.invars[0].aval.shape
        return 10.0 * math.prod(shape) * min(shape[-2:])
    inner = [params[n] for n in ("jaxpr", "call_jaxpr", "body_jaxpr", "fun_jaxpr") if n in params]
    if inner:
        return sum(operations(getattr(j, "jaxpr", j)) for j in inner)
    return float(out)


def _shape(leaf: Any) -> jax.ShapeDtypeStruct:
    """Shape and type of an array, or of a plain number, as it will be on a device."""
    dtype = jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype)
    return jax.ShapeDtypeStruct(np.shape(leaf), dtype)
