"""Sizes that may be traced: `n` live entries inside a static `capacity`.

A layer of width 8 inside capacity 32 is the layer of width 8: the other 24 entries are
exactly zero, and so are their weights and gradients. `Features` carries an activation
together with its size, so that a padded one can never be taken for a plain one.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, struct

from nnlab.errors import NnlabError

__all__ = ["Features", "Size", "pack", "size_of", "traced_sizes", "unpack"]


@jax.tree_util.register_pytree_node_class
@dataclasses.dataclass(frozen=True, eq=False)
class Size:
    """A number of features or examples: `n` of `capacity` entries are live, the first ones.

    n: a Python int or an int32 scalar, traced or not, in 1..capacity.
    capacity: a Python int: the length of the padded axis.
    name: the factor it comes from, for error messages.

    An int `n` counts as a Python int wherever one is wanted; a traced one is refused there
    with an `NnlabError`. `+ - * //` with an int give a Size again.
    """

    n: Any
    capacity: int
    name: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.n, np.integer):
            object.__setattr__(self, "n", int(self.n))
        if self.capacity < 1:
            raise NnlabError(f"{self._label()}: {self.capacity} is no size: it is 1 or more")
        if isinstance(self.n, int) and not 1 <= self.n <= self.capacity:
            raise NnlabError(
                f"{self._label()}: size {self.n} does not lie in 1..{self.capacity} (its capacity)"
            )

    def tree_flatten(self) -> tuple[tuple[Any], tuple[int, str]]:
        return (self.n,), (self.capacity, self.name)

    @classmethod
    def tree_unflatten(cls, static: tuple[int, str], children: tuple[Any]) -> Size:
        size = object.__new__(cls)  # unchecked: JAX also puts axes and placeholders here
        for name, value in zip(("n", "capacity", "name"), (*children, *static), strict=True):
            object.__setattr__(size, name, value)
        return size

    @property
    def is_exact(self) -> bool:
        """Whether nothing is padded, known before tracing: n is an int equal to capacity."""
        return isinstance(self.n, int) and self.n == self.capacity

    @property
    def mask(self) -> jax.Array:
        """bool[capacity]: True for the n live entries."""
        return jnp.arange(self.capacity, dtype=jnp.int32) < jnp.asarray(self.n).astype(jnp.int32)

    def keep(self, values: jax.Array) -> jax.Array:
        """values [..., capacity] with every entry beyond n set to zero, as is its gradient."""
        return values if self.is_exact else jnp.where(self.mask, values, jnp.zeros_like(values))

    def count(self, dtype: Any) -> jax.Array:
        """n as a scalar of a floating dtype, as a divisor.

        Hidden from constant folding, so that an int and a traced n run the same instructions:
        the compiler folds with exact rounding, an accelerator may divide with less.
        """
        return jax.lax.optimization_barrier(jnp.asarray(self.n).astype(dtype))

    def __mul__(self, other: Any) -> Size:
        return self._combine(operator.mul, other)

    def __add__(self, other: Any) -> Size:
        return self._combine(operator.add, other)

    def __sub__(self, other: Any) -> Size:
        return self._combine(operator.sub, other)

    def __floordiv__(self, other: Any) -> Size:
        return self._combine(operator.floordiv, other)

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, tuple | list):  # (width,) * depth
            return other * self.__index__()
        return self._combine(operator.mul, other)

    __radd__ = __add__

    def __truediv__(self, other: Any) -> NoReturn:
        raise NnlabError(f"{self._label()}: a size is a whole number: write // instead of /")

    def __index__(self) -> int:
        if isinstance(self.n, int):
            return self.n
        raise NnlabError(
            f"{self._label()} is traced but used as a Python integer: declare it Static, "
            "or hand it as it is to nn.Dense and the other layers"
        )

    __int__ = __index__

    def __jax_array__(self) -> NoReturn:
        raise TypeError(f"{self._label()} is a Size, not an array: write .n for its value")

    def __lt__(self, other: Any) -> bool:
        return self._compare(operator.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._compare(operator.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._compare(operator.ge, other)

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, Size) and (self.n is other.n or self.capacity != other.capacity):
            return self.capacity == other.capacity
        return isinstance(other, Size | int) and self._compare(operator.eq, other)

    def __hash__(self) -> int:
        return hash(self.n if isinstance(self.n, int) else id(self.n))

    def _combine(self, operation: Callable[[Any, Any], Any], other: Any) -> Size:
        if isinstance(other, bool | Size) or not isinstance(other, int | np.integer):
            raise NnlabError(
                f"{self._label()}: arithmetic with a size takes a Python int, not {other!r}"
            )
        other = int(other)
        return Size(operation(self.n, other), operation(self.capacity, other), self.name)

    def _compare(self, operation: Callable[[int, int], bool], other: Any) -> bool:
        return operation(self.__index__(), operator.index(other))

    def _label(self) -> str:
        return f"`{self.name}`" if self.name else "a size"


def size_of(x: int | Size) -> Size:
    """The Size of a width: an int becomes an exact one; a Size stays itself."""
    if isinstance(x, Size):
        return x
    if isinstance(x, bool) or not isinstance(x, int | np.integer):
        raise NnlabError(f"a size is a whole number or a Size, not {x!r}: declare the factor Sized")
    return Size(int(x), int(x))


@struct.dataclass
class Features:
    """An activation whose last axis is padded: values [..., size.capacity], zero beyond size.n.

    Layers take and return it. JAX and NumPy functions refuse it, since most of them would
    fill or count the padding: `nn.activate(function, h)` applies one entry by entry.
    Sums, differences and products with Features of the same size, with numbers and with
    arrays [..., 1] or [..., capacity] give Features again.
    """

    values: jax.Array
    size: Size

    def __jax_array__(self) -> NoReturn:
        raise TypeError(
            "Features (a padded activation) is not an array: use nn.activate(function, h), "
            "or h.values [..., capacity] together with h.size"
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self.__jax_array__()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"Features (a padded activation) has no {name!r}: "
            f"use h.values [..., capacity] together with h.size"
        )

    def __add__(self, other: Any) -> Features:
        return self._combine(operator.add, other)

    def __sub__(self, other: Any) -> Features:
        return self._combine(operator.sub, other)

    def __mul__(self, other: Any) -> Features:
        return self._combine(operator.mul, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Features:
        return Features(-self.values, self.size)

    def _combine(self, operation: Callable[[Any, Any], Any], other: Any) -> Features:
        if isinstance(other, Features):
            if other.size.capacity != self.size.capacity:
                raise NnlabError(
                    f"features of capacity {self.size.capacity} and {other.size.capacity} "
                    "do not fit together: make both of the same Size"
                )
            other = other.values
        return Features(self.size.keep(operation(self.values, other)), self.size)


def unpack(x: jax.Array | Features) -> tuple[jax.Array, Size]:
    """The values [..., capacity] and the Size of an activation, plain or padded."""
    return (x.values, x.size) if isinstance(x, Features) else (x, size_of(x.shape[-1]))


def pack(values: jax.Array, size: Size) -> jax.Array | Features:
    """values [..., capacity] with the padding zeroed; plain exactly when nothing is padded."""
    return values if size.is_exact else Features(size.keep(values), size)


def traced_sizes(module: linen.Module) -> bool:
    """Whether a padded Size stands anywhere in the attributes of a module or its submodules."""

    def padded(value: Any) -> bool:
        if isinstance(value, Size):
            return not value.is_exact
        if isinstance(value, linen.Module):
            names = (name for name in value.__dataclass_fields__ if name not in ("parent", "name"))
            return any(padded(getattr(value, name, None)) for name in names)
        if isinstance(value, dict):
            return any(map(padded, value.values()))
        return isinstance(value, tuple | list) and any(map(padded, value))

    return padded(module)
