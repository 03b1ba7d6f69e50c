"""Reads off an optimizer's program whether it treats every entry by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["is_elementwise"]

# The shape of a matrix that no optimizer has for its scalars: an equation whose arrays all have
# it, or are scalars, and whose operation is in the list below, works entry by entry.
_PROBE = (3, 5)

_ENTRYWISE = frozenset(
    (
        "abs", "add", "and", "broadcast_in_dim", "cbrt", "clamp", "convert_element_type",
        "copy", "copy_p", "cos", "div", "eq", "erf", "exp", "exp2", "expm1", "ge", "gt",
        "integer_pow", "is_finite", "le", "log", "log1p", "logistic", "lt", "max", "min",
        "mul", "ne", "neg", "not", "or", "pow", "rem", "round", "rsqrt", "select_n", "sign",
        "sin", "sqrt", "square", "sub", "tanh", "xor",
    )
)  # fmt: skip


def is_elementwise(transformation: Any) -> bool:
    """Whether the update of each entry depends on that entry alone, and on scalars.

    Conservative: False means that the program holds something beyond entrywise arithmetic, such
    as a norm over the matrix, a matrix product or noise. That zero stays zero is not examined.

    Args:
      transformation: an `optax.GradientTransformation`.
    """
    weights = {"weights": jnp.zeros(_PROBE)}
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
        state = transformation.init(weights)
        program = jax.make_jaxpr(transformation.update)(weights, state, weights)
    return _entrywise(program.jaxpr)


def _entrywise(program) -> bool:
    return all(_entrywise_equation(equation) for equation in program.eqns)


def _entrywise_equation(equation) -> bool:
    shapes = {
        getattr(variable.aval, "shape", ()) for variable in (*equation.invars, *equation.outvars)
    }
    if shapes <= {()}:
        return True
    inner = list(_inner_programs(equation.params.values()))
    if inner:
        return all(map(_entrywise, inner))
    return shapes <= {(), _PROBE} and equation.primitive.name in _ENTRYWISE


def _inner_programs(parameters: Iterable[Any]) -> Iterator[Any]:
    """The programs that a call, a branch or a loop holds among its parameters."""
    for parameter in parameters:
        if isinstance(parameter, tuple | list):
            yield from _inner_programs(parameter)
        elif hasattr(parameter, "eqns"):
            yield getattr(parameter, "jaxpr", parameter)
