"""What `supervised` makes of its arguments, and which it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError
from nnlab.nn.choose import choose
from nnlab.nn.size import Size, size_of, traced_sizes

from .batches import orders
from .optimization import is_width_safe

__all__ = ["Examples", "check_batch", "check_optimizer", "cut", "evaluation_sets"]


class Examples(NamedTuple):
    """Stored examples, of which the first n count; n may be traced."""

    x: jax.Array
    y: jax.Array
    n: Any


def cut(what: str, pair: Any, examples: int | Size | None) -> Examples:
    """The first `examples` of stored inputs [N, ...] and targets [N, ...]; all of them if None."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise NnlabError(f"{what}: expected (inputs, targets), got {type(pair).__name__}")
    x, y = map(jnp.asarray, pair)
    stored = x.shape[0] if x.ndim else 0
    if stored == 0 or y.shape[:1] != (stored,):
        raise NnlabError(f"{what}: inputs {x.shape} and targets {y.shape} do not pair up")
    if examples is None:
        return Examples(x, y, stored)
    size = size_of(examples)
    if size.capacity > stored:
        raise NnlabError(f"{what}: up to {size.capacity} examples are asked for, it has {stored}")
    return Examples(x[: size.capacity], y[: size.capacity], size.n)


def evaluation_sets(
    evaluate: Mapping[str, Any], x: Any, examples: int | Size | None
) -> dict[str, Examples]:
    """The named sets; one that is made of the training inputs `x` themselves is cut like them."""
    sets = {}
    for name, given in evaluate.items():
        # Duck-typed, since data is a room apart: a part of a data set has x and y.
        is_part = hasattr(given, "x") and hasattr(given, "y")
        pair = (given.x, given.y) if is_part else given
        is_training = isinstance(pair, tuple | list) and len(pair) > 0 and pair[0] is x
        sets[name] = cut(f"evaluation set '{name}'", pair, examples if is_training else None)
    return sets


def check_optimizer(net, optimizer) -> None:
    """Refuses to train padded layers with an optimizer that would fill the padding."""
    if traced_sizes(net) and not is_width_safe(optimizer):
        raise NnlabError(
            "this optimizer is not width-safe, but the network has traced sizes: use a width-safe"
            " one (see learn.optimizers), or declare the factor `Sized(..., exact=True)`"
        )


def check_batch(who: str, batch: Any, order: str, **counts: Any) -> None:
    """Refuses a minibatch or another count below 1, and unknown orders."""
    batch = {} if batch is None or isinstance(batch, Size) else {"batch": batch}
    for name, value in (batch | counts).items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole and value >= 1):
            raise NnlabError(f"{who}: {name} is {value!r}; give a whole number of at least 1")
    choose(orders, "minibatch order", order)
