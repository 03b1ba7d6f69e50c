"""Counting: the work in a traced program, read off its jaxpr."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from nnlab.engine.machines import Work

__all__ = ["factorizations", "held_bytes", "work_of"]

# On a CPU these call LAPACK.
_FACTORIZATIONS = frozenset(
    (
        "cholesky",
        "eig",
        "eigh",
        "geqp3",
        "geqrf",
        "hessenberg",
        "householder_product",
        "lu",
        "ormqr",
        "qr",
        "schur",
        "svd",
        "symmetric_product",
        "triangular_solve",
        "tridiagonal",
        "tridiagonal_solve",
    )
)
# Operations an entry and row, in those of a large product: they run far from its rate.
_FACTORIZING = {"svd": 40.0, "eigh": 30.0, "eig": 60.0, "schur": 60.0}
# Nothing is computed, or not at run time.
_FREE = frozenset(
    (
        "broadcast_in_dim",
        "copy",
        "copy_p",
        "iota",
        "optimization_barrier",
        "random_seed",
        "random_unwrap",
        "random_wrap",
        "reshape",
        "slice",
        "squeeze",
        "stop_gradient",
    )
)
# A compiler does not fuse these with what comes before.
_KERNELS = frozenset(
    (
        "argmax",
        "argmin",
        "concatenate",
        "cumlogsumexp",
        "cummax",
        "cummin",
        "cumprod",
        "cumsum",
        "fft",
        "gather",
        "random_bits",
        "reduce_window_max",
        "reduce_window_sum",
        "scatter",
        "scatter-add",
        "scatter_add",
        "select_and_scatter_add",
        "sort",
        "threefry2x32",
        "top_k",
    )
)
_HELD = frozenset(("concatenate", "conv_general_dilated", "dot_general", "gather"))
# What a trial calls a branch that is taken once in so many steps, by `jax.named_scope`.
_SELDOM = re.compile(r"\bevery_(\d+)")
# Roughly so many simple operations an entry.
_DEAR = {
    **dict.fromkeys(("random_bits", "threefry2x32"), 60.0),
    **dict.fromkeys(("cos", "erf", "exp", "exp2", "expm1", "log", "log1p", "logistic"), 8.0),
    **dict.fromkeys(("pow", "sin", "tan", "tanh", "atan2", "cbrt"), 8.0),
    **dict.fromkeys(("div", "integer_pow", "rem", "rsqrt", "sqrt"), 3.0),
    **dict.fromkeys(("erf_inv", "lgamma", "digamma", "gather", "sort"), 15.0),
}


def work_of(jaxpr: Any) -> Work:
    """The work of a jaxpr. Loops count their trips where these are known, one otherwise; of
    branches the dearest counts, in a scope named `every_N` the N-th part of it."""
    total = Work()
    for eqn in jaxpr.eqns:
        total = total.plus(_equation(eqn))
    return total


def factorizations(jaxpr: Any) -> list[Any]:
    """The equations, those of loops, branches and calls included, that factorise matrices."""
    found = []
    for eqn in jaxpr.eqns:
        found += [eqn] if eqn.primitive.name in _FACTORIZATIONS else []
        for inner in _inner(eqn):
            found += factorizations(inner)
    return found


def held_bytes(jaxpr: Any) -> float:
    """Bytes of what products, convolutions and gathered or joined arrays put out: about what a
    step holds besides the state, since elementwise results are fused away."""
    total = 0.0
    for eqn in jaxpr.eqns:
        inner = list(_inner(eqn))
        if inner:
            total += max(map(held_bytes, inner))
        elif eqn.primitive.name in _HELD:
            total += sum(_entries(v) * v.aval.dtype.itemsize for v in eqn.outvars)
    return total


def _equation(eqn: Any) -> Work:
    name, params = eqn.primitive.name, eqn.params
    out = float(sum(_entries(v) for v in eqn.outvars))
    if name == "dot_general":
        (contract, _), (batch, _) = params["dimension_numbers"]
        shape = eqn.invars[0].aval.shape
        terms, many = (math.prod(shape[axis] for axis in axes) for axes in (contract, batch))
        return Work(1.0, float(many), 2.0 * out * terms)
    if name == "conv_general_dilated":
        kernel = eqn.invars[1].aval.shape
        terms = math.prod(kernel) / kernel[params["dimension_numbers"].rhs_spec[0]]
        return Work(1.0, float(params["batch_group_count"]), 2.0 * out * terms)
    if name in _FACTORIZATIONS:
        shape = eqn.invars[0].aval.shape
        each = _FACTORIZING.get(name, 5.0) * math.prod(shape) * min(shape[-2:])
        return Work(1.0, math.prod(shape[:-2]), each)
    if name == "cond":
        dearest = max(map(work_of, _inner(eqn)), key=lambda work: work.operations)
        seldom = _SELDOM.search(str(eqn.source_info.name_stack))
        return Work().plus(dearest, 1 / int(seldom[1])) if seldom else dearest
    if name in ("scan", "while"):
        trips = float(params.get("length", 1))
        inner = Work(kernels=1.0)
        for jaxpr in _inner(eqn):
            inner = inner.plus(work_of(jaxpr))
        return Work().plus(inner, trips)
    inner = list(_inner(eqn))
    if inner:
        total = Work()
        for jaxpr in inner:
            total = total.plus(work_of(jaxpr))
        return total
    if name in _FREE:
        return Work()
    if name.startswith("reduce_"):
        return Work(1.0, 0.0, 0.0, float(sum(_entries(v) for v in eqn.invars)))
    return Work(float(name in _KERNELS), 0.0, 0.0, _DEAR.get(name, 1.0) * out)


def _inner(eqn: Any) -> Iterator[Any]:
    """The jaxprs inside an equation."""
    for value in eqn.params.values():
        for each in value if isinstance(value, tuple | list) else (value,):
            jaxpr = getattr(each, "jaxpr", each)
            if hasattr(jaxpr, "eqns"):
                yield jaxpr


def _entries(variable: Any) -> int:
    return math.prod(getattr(variable.aval, "shape", ()))
