"""Linear regions along a line: where the pieces of a ReLU network end is solved for, not sampled.

Along a line every unit is linear in the place t until some unit crosses zero. So the count walks
from one crossing to the next: with the units that are on now, values and slopes of all are known,
and so is the first crossing ahead; there one unit is switched, and the walk goes on. Nothing has
to be fine enough: a piece is found however short it is, down to the resolution of the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError
from nnlab.nn.activations import activations
from nnlab.nn.mlp import MLP

from .measures import layers_of
from .supervision import Snapshot

__all__ = ["linear_pieces", "linear_regions", "relu_layers"]

Layer = tuple[Any, Any]


def linear_regions(starts: Any, ends: Any) -> Callable[[Snapshot], dict[str, jax.Array]]:
    """A measure: `linear_regions`, the mean number of linear pieces along lines of inputs.

    starts, ends: the lines' ends [lines, features]. For an `nn.MLP` with ReLU, sized or not;
    `NnlabError` for any other network.
    """
    starts, ends = jnp.asarray(starts), jnp.asarray(ends)

    def measure(snapshot: Snapshot) -> dict[str, jax.Array]:
        layers = relu_layers(snapshot.net, snapshot.params)
        counts = jax.vmap(lambda start, end: linear_pieces(layers, start, end))(starts, ends)
        return {"linear_regions": jnp.mean(counts)}

    return measure


def linear_pieces(
    layers: Sequence[Layer],
    start: Any,
    end: Any,
    shortest: float = 1e-6,
    most: int = 1_000_000,
) -> jax.Array:
    """How many linear pieces a ReLU network has between two inputs, a float32 scalar.

    A piece ends where the slope of some output changes: a unit whose signal reaches no output ends
    none. Rows and columns of zeros (padding) count for nothing.

    Args:
      layers: (kernel [in, out], bias [out]) of each layer; the last is linear, the others ReLU.
      start, end: inputs [features].
      shortest: pieces up to this long are passed over, in halves of the line. Where many units
        cross zero at one place (no biases), rounding leaves slivers of this kind.
      most: crossings after which it gives up: the count is then NaN.
    """
    start, end = (jnp.asarray(x, jnp.float32) for x in (start, end))
    middle, half = (start + end) / 2, (end - start) / 2
    # The place t runs from -1 to 1: floating-point numbers are finest in the middle of the line.
    begin = jnp.float32(-1)
    masks = _masks_at(layers, begin, middle, half)
    nothing = jnp.full((layers[-1][0].shape[1],), jnp.nan, jnp.float32)
    state = (begin, masks, nothing, jnp.int32(0), jnp.int32(0))

    def going_on(state: Any) -> jax.Array:
        place, _, _, _, crossings = state
        return (place < 1) & (crossings < most)

    def cross(state: Any) -> Any:
        place, masks, last, pieces, crossings = state
        units, slope = _along(layers, masks, place, middle, half)
        nearest, switched = _first_crossing(units, masks, place)
        is_piece = (jnp.minimum(nearest, 1) - place > shortest) & jnp.any(slope != last)
        last = jnp.where(is_piece, slope, last)
        return nearest, switched, last, pieces + is_piece.astype(jnp.int32), crossings + 1

    place, _, _, pieces, _ = jax.lax.while_loop(going_on, cross, state)
    return jnp.where(place < 1, jnp.nan, pieces.astype(jnp.float32))


def _masks_at(layers: Sequence[Layer], place: Any, middle: Any, half: Any) -> list[jax.Array]:
    """Which units are on just after a place: those above zero, or at zero and rising."""
    masks = []
    value, slope = middle + place * half, half
    for kernel, bias in layers[:-1]:
        value, slope = value @ kernel + bias, slope @ kernel
        on = (value > 0) | ((value == 0) & (slope > 0))
        value, slope = jnp.where(on, value, 0.0), jnp.where(on, slope, 0.0)
        masks.append(on)
    return masks


def _along(
    layers: Sequence[Layer], masks: Sequence[jax.Array], place: Any, middle: Any, half: Any
) -> tuple[list[tuple[jax.Array, jax.Array]], jax.Array]:
    """Value and slope of every hidden unit before its ReLU, and the slopes of the outputs."""
    units = []
    value, slope = middle + place * half, half
    for (kernel, bias), on in zip(layers, masks, strict=False):
        value, slope = value @ kernel + bias, slope @ kernel
        units.append((value, slope))
        value, slope = jnp.where(on, value, 0.0), jnp.where(on, slope, 0.0)
    return units, slope @ layers[-1][0]


def _first_crossing(
    units: Sequence[tuple[jax.Array, jax.Array]], masks: Sequence[jax.Array], place: Any
) -> tuple[jax.Array, list[jax.Array]]:
    """Where the next unit crosses zero (inf if none does), and the masks beyond.

    Of units that cross at one place the one in the earliest layer goes first, since the slopes of
    later layers depend on it.
    """
    places = []
    for (value, slope), on in zip(units, masks, strict=True):
        towards = (on & (slope < 0)) | (~on & (slope > 0))
        ahead = place - value / jnp.where(towards, slope, 1.0)
        places.append(jnp.where(towards, jnp.maximum(ahead, place), jnp.inf))
    every = jnp.concatenate(places)
    first = jnp.argmin(every)
    switched, offset = [], 0
    for on in masks:
        own = jnp.arange(offset, offset + on.shape[0]) == first
        switched.append(on ^ own)
        offset += on.shape[0]
    return every[first], switched


def relu_layers(net: Any, params: Any) -> list[Layer]:
    """(kernel, bias) of each layer of an `nn.MLP` with ReLU, as `linear_pieces` takes them.

    Raises `NnlabError` for any other network.
    """
    is_relu = isinstance(net, MLP) and net.activation in ("relu", activations["relu"])
    if not isinstance(net, MLP) or not is_relu or net.layer_norm:
        raise NnlabError(
            "linear_regions: counts the pieces of an nn.MLP with ReLU and without layer "
            f"normalisation, not of this {type(net).__name__}"
        )
    none = jnp.float32(0)
    return [
        (layer["kernel"], layer.get("bias", jnp.broadcast_to(none, layer["kernel"].shape[1:])))
        for layer in layers_of(params)
    ]
