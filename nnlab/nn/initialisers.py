"""Initial weights, drawn per entry: those of a padded layer are those of the layer alone.

Every initialiser has the signature

    initialiser(key, fan_in, fan_out, gain=1.0, dtype=float32, shape=None) -> [rows, columns]

with fan_in and fan_out as `Size`, `gain` a factor on every weight (it may be traced) and
`shape` the (rows, columns) to draw, as Sizes, by default (fan_in, fan_out). Another shape
serves a bias (one row) and a convolution, whose fan-in counts taps. Entries beyond the
sizes are exactly zero.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError

from .keys import entry_normal, entry_uniform
from .size import Size

__all__ = ["Initialiser", "bias_initialiser", "initialisers", "normal"]

Initialiser = Callable[..., jax.Array]
Shape = tuple[Size, Size] | None


def _scaled(
    key: jax.Array,
    fan_in: Size,
    fan_out: Size,
    gain: Any = 1.0,
    dtype: Any = jnp.float32,
    shape: Shape = None,
    *,
    variance: float,
    fan: str,
    draw: str,
) -> jax.Array:
    """Draws of mean zero and variance gain^2 * variance / fan, fan being "in" or "average"."""
    rows, columns = shape or (fan_in, fan_out)
    count = fan_in.count(dtype)
    if fan == "average":
        count = (count + fan_out.count(dtype)) * jnp.asarray(0.5, dtype)
    gain = jnp.asarray(gain, dtype)
    if draw == "uniform":
        uniform = entry_uniform(key, rows.capacity, columns.capacity, dtype)
        unit = uniform * jnp.asarray(2, dtype) - jnp.asarray(1, dtype)  # exact, in (-1, 1)
        scale = gain * jnp.sqrt(jnp.asarray(3 * variance, dtype) / count)
    else:
        unit = entry_normal(key, rows.capacity, columns.capacity, dtype)
        scale = gain * jnp.sqrt(jnp.asarray(variance, dtype) / count)
    return _keep(unit * scale, rows, columns)


def _family(
    name: str, variance: float, fan: str, draw: str, formula: str, source: str
) -> Initialiser:
    function = functools.wraps(_scaled)(
        functools.partial(_scaled, variance=variance, fan=fan, draw=draw)
    )
    function.__name__ = name  # type: ignore[attr-defined]
    function.__doc__ = f"{formula}, times gain. {source}"
    return function


def orthogonal(
    key: jax.Array,
    fan_in: Size,
    fan_out: Size,
    gain: Any = 1.0,
    dtype: Any = jnp.float32,
    shape: Shape = None,
) -> jax.Array:
    """gain times a uniformly random matrix with orthonormal rows or columns (the fewer ones).

    Saxe, McClelland, Ganguli 2014. Every entry depends on all others, so that the matrix of a
    padded layer cannot hold that of the layer alone: refuses padded sizes with NnlabError.
    """
    rows, columns = shape or (fan_in, fan_out)
    if not (rows.is_exact and columns.is_exact):
        raise NnlabError(
            "the orthogonal initialiser cannot be padded: "
            "declare the factor `Sized(..., exact=True)`"
        )
    normal = entry_normal(key, rows.capacity, columns.capacity, dtype)
    wide = rows.capacity < columns.capacity
    q, r = jnp.linalg.qr(normal.T if wide else normal)
    # Mezzadri 2007: without the signs of r's diagonal q is not uniformly distributed.
    signs = jnp.where(jnp.diagonal(r) < 0, jnp.asarray(-1, dtype), jnp.asarray(1, dtype))
    return jnp.asarray(gain, dtype) * ((q * signs).T if wide else q * signs)


def constant(
    key: jax.Array,
    fan_in: Size,
    fan_out: Size,
    gain: Any = 1.0,
    dtype: Any = jnp.float32,
    shape: Shape = None,
) -> jax.Array:
    """Every weight equal to gain: all units of a layer stay equal for ever."""
    rows, columns = shape or (fan_in, fan_out)
    values = jnp.broadcast_to(jnp.asarray(gain, dtype), (rows.capacity, columns.capacity))
    return _keep(values, rows, columns)


def zero(
    key: jax.Array,
    fan_in: Size,
    fan_out: Size,
    gain: Any = 1.0,
    dtype: Any = jnp.float32,
    shape: Shape = None,
) -> jax.Array:
    """Every weight zero, whatever the gain."""
    rows, columns = shape or (fan_in, fan_out)
    return jnp.zeros((rows.capacity, columns.capacity), dtype)


def normal(scale: Any) -> Initialiser:
    """N(0, scale^2) times gain, whatever the fan: an initialiser for biases."""

    def drawn(
        key: jax.Array,
        fan_in: Size,
        fan_out: Size,
        gain: Any = 1.0,
        dtype: Any = jnp.float32,
        shape: Shape = None,
    ) -> jax.Array:
        rows, columns = shape or (fan_in, fan_out)
        unit = entry_normal(key, rows.capacity, columns.capacity, dtype)
        spread = jnp.asarray(gain, dtype) * jnp.asarray(scale, dtype)
        return _keep(unit * spread, rows, columns)

    return drawn


def _keep(values: jax.Array, rows: Size, columns: Size) -> jax.Array:
    """values [rows, columns], zero beyond either size."""
    if not rows.is_exact:
        values = jnp.where(rows.mask[:, None], values, jnp.zeros_like(values))
    return columns.keep(values)


_HE = "He et al. 2015, for ReLU."
_GLOROT = "Glorot and Bengio 2010."
_LECUN = "LeCun et al. 1998."
_SCALED = {
    "he_normal": (2.0, "in", "normal", "N(0, 2/fan_in)", _HE),
    "he_uniform": (2.0, "in", "uniform", "U(+-sqrt(6/fan_in))", _HE),
    "glorot_normal": (1.0, "average", "normal", "N(0, 2/(fan_in+fan_out))", _GLOROT),
    "glorot_uniform": (1.0, "average", "uniform", "U(+-sqrt(6/(fan_in+fan_out)))", _GLOROT),
    "lecun_normal": (1.0, "in", "normal", "N(0, 1/fan_in)", _LECUN),
    "lecun_uniform": (1.0, "in", "uniform", "U(+-sqrt(3/fan_in))", _LECUN),
    "pytorch": (1 / 3, "in", "uniform", "U(+-1/sqrt(fan_in))", "PyTorch's nn.Linear."),
}

initialisers: dict[str, Initialiser] = {
    **{name: _family(name, *row) for name, row in _SCALED.items()},
    "orthogonal": orthogonal,
    "constant": constant,
    "zero": zero,
}


def bias_initialiser(weights: str | Initialiser) -> str:
    """The biases that go with an initialiser of weights: drawn for "pytorch", else zero."""
    return "pytorch" if weights == "pytorch" else "zero"
