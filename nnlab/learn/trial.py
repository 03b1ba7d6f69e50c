"""One trial as plain, pure functions: what a study writes, and what the engine runs.

A trial never sees seeds, lanes or devices. The engine calls the functions inside
`vmap(vmap(...))`: the outer map is over seeds, the inner one over the settings of a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from flax import struct

from nnlab.errors import NnlabError

__all__ = ["Along", "Trial", "along", "measured"]


class Trial(NamedTuple):
    """What one training run consists of; a trial that only measures is run for zero steps.

    Attributes:
      init: `() -> state`, the state before step 0 (any pytree of arrays).
      step: `(i, state) -> state`, one update; `i` is an int32 scalar that counts from 0.
      measure: `(state) -> dict`, what is recorded: scalars, or arrays wrapped by `along`.
    """

    init: Callable[[], Any]
    step: Callable[[Any, Any], Any]
    measure: Callable[[Any], dict[str, Any]]


@struct.dataclass
class Along:
    """A measured array whose axes have names; `axes` is static, `values` the only leaf."""

    values: jax.Array
    axes: tuple[str, ...] = struct.field(pytree_node=False)


def along(values: jax.Array, *axes: str) -> Along:
    """Names the axes of a measured array, so that it is recorded as rows: `along(norms, "layer")`.

    Raises:
      NnlabError: if there is not exactly one name for each axis.
    """
    if len(axes) != values.ndim:
        raise NnlabError(
            f"along: {len(axes)} axis names {axes} for a measure of shape {values.shape};"
            " give one name for each axis"
        )
    return Along(values=values, axes=axes)


def measured(function: Callable[..., dict[str, Any]], *arguments: Any) -> Trial:
    """A trial that trains nothing, `learn.measured(risk_of_fit, key, p)`.

    It records what `function(*arguments)` returns: a dict of measures, as `Trial.measure` does.
    """
    return Trial(lambda: (), lambda i, state: state, lambda state: function(*arguments))
