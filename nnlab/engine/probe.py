"""Probe: what a trial costs, read off its traced program without running anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from nnlab.engine.contract import check_factorizations, check_measures, check_state, explained
from nnlab.engine.counting import factorizations, held_bytes, work_of
from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.engine.machines import Cost, Work
from nnlab.errors import NnlabError
from nnlab.study import Cell, Inputs, Study

__all__ = ["cost_model"]


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
    values = {name: array[0] for name, array in cell_arrays(lane.study, [cell]).items()}
    given = (np.uint32(0), values, np.int32(cell.steps), jax.tree.map(_shape, data))
    state, phases = _traced(lane, cell, given)
    times = {"init": 1, "step": cell.steps, "measure": len(cell.record)}
    own, shared = Work(), Work()
    for name, phase in phases.items():
        alone, together = _parts(phase)
        own, shared = own.plus(alone, times[name]), shared.plus(together, times[name])
    calls = {name: factorizations(phase.traced.jaxpr) for name, phase in phases.items()}
    check_factorizations(lane.study, [eqn for found in calls.values() for eqn in found])
    return Cost(
        work=own.plus(shared).operations,
        state_bytes=float(sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))),
        rounds=cell.steps + len(cell.record),
        own=own,
        shared=shared,
        serial=frozenset(name for name, found in calls.items() if found),
        step_bytes=held_bytes(phases["step"].traced.jaxpr),
    )


class _Phase(NamedTuple):
    """A traced part of a trial, its arguments, and which of these each setting has of its own."""

    traced: Any
    arguments: tuple[Any, ...]
    own: tuple[bool, ...]


def _traced(lane: Lane, cell: Cell, given: tuple[Any, ...]) -> tuple[Any, dict[str, _Phase]]:
    """The shapes of the state, and the trial's init, step and measure.

    `given` are seed, values, steps and data.
    """
    own, i = (False, True, False, False), np.int32(0)

    def init(*args: Any) -> Any:
        return make_trial(lane, *args).init()

    def step(state: Any, i: Any, *args: Any) -> Any:
        return make_trial(lane, *args).step(i, state)

    def measure(state: Any, *args: Any) -> Any:
        return make_trial(lane, *args).measure(state)

    try:
        started, state = jax.make_jaxpr(init, return_shape=True)(*given)
        stepped, after = jax.make_jaxpr(step, return_shape=True)(state, i, *given)
        check_state(lane.study, state, after)
        measured, measures = jax.make_jaxpr(measure, return_shape=True)(state, *given)
        check_measures(lane.study, measures)
    except NnlabError:
        raise
    except Exception as error:
        raise explained(lane, cell, given[-1], error) from error
    return state, {
        "init": _Phase(started, given, own),
        "step": _Phase(stepped, (state, i, *given), (True, False, *own)),
        "measure": _Phase(measured, (state, *given), (True, *own)),
    }


def _parts(phase: _Phase) -> tuple[Work, Work]:
    """What each setting does for itself, and what the settings of a seed do once for all."""
    one, two = (work_of(jaxpr) for jaxpr in (phase.traced.jaxpr, _for_two(phase)))
    own = Work(*(max(0.0, b - a) for a, b in zip(one, two, strict=True)))
    return own, Work(*(max(0.0, a - b) for a, b in zip(one, own, strict=True)))


def _for_two(phase: _Phase) -> Any:
    """The jaxpr over two settings of one seed."""
    shapes, axes = [], []
    for argument, own in zip(phase.arguments, phase.own, strict=True):
        for leaf in map(_shape, jax.tree.leaves(argument)):
            shapes.append(jax.ShapeDtypeStruct((2,) * own + leaf.shape, leaf.dtype))
            axes.append(0 if own else None)
    both = jax.vmap(jaxpr_as_fun(phase.traced), tuple(axes), axis_size=2)
    return jax.make_jaxpr(both)(*shapes).jaxpr


def _shape(leaf: Any) -> jax.ShapeDtypeStruct:
    """Shape and type of an array, or of a plain number, as it will be on a device."""
    if isinstance(leaf, jax.ShapeDtypeStruct):
        return leaf
    dtype = jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype)
    return jax.ShapeDtypeStruct(np.shape(leaf), dtype)
