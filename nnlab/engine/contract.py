"""Contract: what a study's trial must return, checked before anything is compiled or run."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.errors import NnlabError
from nnlab.learn import Along
from nnlab.study import Cell, Study

__all__ = ["check_factorizations", "check_measures", "check_state", "explained"]

OWN_COLUMNS = ("trial", "seed", "step")


def check_state(study: Study, before: Any, after: Any) -> None:
    """The state that step() returns must be like the one it was given, and made of numbers."""
    if any(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in jax.tree.leaves(before)):
        raise NnlabError(
            f"study {study.name}: the state holds a random key; draw from the trial's own key, "
            "with jax.random.fold_in(nn.stream(key, 'name'), i) at step i"
        )
    told = [jax.tree.map(lambda s: f"{s.dtype}{list(s.shape)}", tree) for tree in (before, after)]
    if jax.tree.structure(before) != jax.tree.structure(after) or told[0] != told[1]:
        raise NnlabError(
            f"study {study.name}: step() must return a state of the same structure, shapes and "
            f"types as it was given; it got {told[0]} and returned {told[1]}"
        )


def check_measures(study: Study, measures: Any) -> None:
    """measure() must return a dict of scalars, or of arrays with named axes, by new names."""
    if not isinstance(measures, dict) or not all(isinstance(name, str) for name in measures):
        raise NnlabError(
            f"study {study.name}: measure() must return a dict of measures, by names that are text"
        )
    for name, value in measures.items():
        if name in study.factors or name in OWN_COLUMNS:
            raise NnlabError(
                f"study {study.name}: measure {name!r} has the name of a factor or of nnlab's own "
                "column; choose another"
            )
        if not isinstance(value, Along) and getattr(value, "shape", None) != ():
            what = f"an array of shape {value.shape}" if hasattr(value, "shape") else "no scalar"
            raise NnlabError(
                f"study {study.name}: measure {name!r} is {what}: return a scalar, or name its "
                "axes with learn.along(values, 'axis')"
            )


def check_factorizations(study: Study, calls: list[Any]) -> None:
    """On a CPU a trial must factorise one matrix at a time.

    jaxlib's kernels share a batch of matrices out to the threads that they themselves run on, and
    wait: with a device on each core they may wait for one another for ever.
    """
    if jax.default_backend() != "cpu":
        return
    for eqn in calls:
        shape = eqn.invars[0].aval.shape
        if math.prod(shape[:-2]) > 1:
            raise NnlabError(
                f"study {study.name}: its trial factorises {math.prod(shape[:-2])} matrices at "
                f"once ({eqn.primitive.name} of {list(shape)}), which can hang on a CPU: take "
                "them in turn with jax.lax.map"
            )


def explained(lane: Lane, cell: Cell, data: Any, error: Exception) -> NnlabError:
    """Name the factors of a wrong kind: those which, as plain values, make the trace work."""
    study = lane.study
    varied = [name for name, factor in study.factors.items() if factor.kind != "static"]
    for names in (*itertools.combinations(varied, 1), *itertools.combinations(varied, 2)):
        if not _works(lane, cell, data, names):
            continue
        told = " and ".join(f"`{name}`" for name in names)
        be, them = ("is", "it") if len(names) == 1 else ("are each", "them")
        return NnlabError(
            f"study {study.name}: {told} {be} used as a Python number or shape: "
            f"declare {them} Static"
        )
    text = " ".join(str(error).split("\n\n")[0].split())[:300]
    return NnlabError(f"study {study.name}: its trial fails: {type(error).__name__}: {text}")


def _whole(value: Any) -> Any:
    # A depth declared Traced has become 4.0; as the Static that it should be, it would be 4.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _works(lane: Lane, cell: Cell, data: Any, plain: tuple[str, ...]) -> bool:
    """Whether the trial can be traced with these factors as plain Python values."""
    static = (*lane.static, *((name, _whole(cell.settings[name])) for name in plain))
    capacities = tuple(pair for pair in lane.capacities if pair[0] not in plain)
    changed = Lane(lane.study, static, capacities, lane.exact)
    values = {n: a[0] for n, a in cell_arrays(lane.study, [cell]).items() if n not in plain}

    def whole(*args: Any) -> Any:
        trial = make_trial(changed, *args)
        return trial.measure(trial.step(jnp.int32(0), trial.init()))

    try:
        jax.eval_shape(whole, np.uint32(0), values, np.int32(cell.steps), data)
    except Exception:
        return False
    return True
