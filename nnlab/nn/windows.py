"""Windows that slide over positions: their geometry, and what each tap of them sees."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from nnlab.errors import NnlabError

__all__ = ["Padding", "Windows", "examples_first", "examples_last", "tap_views", "windows"]

Padding = str | int | Sequence[tuple[int, int]]


class Windows(NamedTuple):
    """Windows over the position axes, the ones before the last axis (channels).

    Attributes:
      shape: taps along each axis.
      strides, dilation: positions between windows, and between the taps of one.
      pads: positions added before and after each axis.
      out: windows along each axis.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    out: tuple[int, ...]


def windows(
    layer: str,
    input_shape: tuple[int, ...],
    shape: Sequence[int],
    strides: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    padding: Padding = "VALID",
) -> Windows:
    """The windows of a layer over an input [..., positions, channels], one or two position axes.

    padding: "SAME" (ceil(length / stride) windows), "VALID" (none), a number of positions on
    both sides of every axis, or a pair (before, after) for each axis.
    Raises NnlabError, naming the layer, for numbers that fit neither each other nor the input.
    """
    if isinstance(shape, int) or len(shape) not in (1, 2):
        raise NnlabError(f"{layer}: window {shape!r}: write (k,) for one axis, (k, k) for two")
    axes = len(shape)
    if len(input_shape) <= axes:
        raise NnlabError(
            f"{layer}: an input of shape {input_shape} has no {axes} position axes before its "
            "channels: add the channel axis, as in x[..., None]"
        )
    lengths = input_shape[-1 - axes : -1]
    strides, dilation = _per_axis(layer, strides, axes), _per_axis(layer, dilation, axes)
    if min(*shape, *strides, *dilation) < 1:
        raise NnlabError(f"{layer}: window, strides and dilation are 1 or more")
    reach = tuple((k - 1) * d + 1 for k, d in zip(shape, dilation, strict=True))
    pads = _pads(layer, padding, lengths, reach, strides)
    room = [n + sum(pad) - r for n, pad, r in zip(lengths, pads, reach, strict=True)]
    if min(room) < 0:
        raise NnlabError(
            f"{layer}: a window that spans {reach} does not fit into {lengths} positions "
            f"padded by {pads}"
        )
    out = tuple(free // s + 1 for free, s in zip(room, strides, strict=True))
    return Windows(tuple(shape), strides, dilation, pads, out)


def examples_last(values: jax.Array, axes: int) -> jax.Array:
    """[..., positions, channels] as [channels, positions, examples].

    What is copied then lies in long runs: a convolution takes a third less time on a CPU.
    """
    inner = values.shape[-axes - 1 :]
    return jnp.transpose(values.reshape(-1, *inner), _swapped(axes))


def examples_first(values: jax.Array, leading: Sequence[int]) -> jax.Array:
    """[channels, positions, examples] as [*leading, positions, channels].

    Between two layers only what acts on single numbers may stand (an activation): XLA then moves
    the transposes together and cancels them, one layer's against the next one's.
    """
    turned = jnp.transpose(values, _swapped(values.ndim - 2))
    return turned.reshape(*leading, *turned.shape[1:])


def _swapped(axes: int) -> tuple[int, ...]:
    return (axes + 1, *range(1, axes + 1), 0)


def tap_views(values: jax.Array, over: Windows, fill: Any = 0.0) -> list[jax.Array]:
    """What each tap sees of values [channels, positions, examples], the taps in row-major order.

    Arrays [channels, *out, examples]; positions in the padding read `fill`.
    """
    pads = [(0, 0, 0), *((*pad, 0) for pad in over.pads), (0, 0, 0)]
    padded = lax.pad(values, jnp.asarray(fill, values.dtype), pads)
    channels, examples = padded.shape[0], padded.shape[-1]
    views = []
    for tap in itertools.product(*map(range, over.shape)):
        first = [t * d for t, d in zip(tap, over.dilation, strict=True)]
        stop = [f + s * (n - 1) + 1 for f, s, n in zip(first, over.strides, over.out, strict=True)]
        bounds = (0, *first, 0), (channels, *stop, examples)
        views.append(lax.slice(padded, *bounds, (1, *over.strides, 1)))
    return views


def _per_axis(layer: str, value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    values = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(values) != axes:
        raise NnlabError(f"{layer}: {value!r} gives {len(values)} numbers for {axes} axes")
    return values


def _pads(
    layer: str,
    padding: Padding,
    lengths: tuple[int, ...],
    reach: tuple[int, ...],
    strides: tuple[int, ...],
) -> tuple[tuple[int, int], ...]:
    if isinstance(padding, str):
        if padding not in ("SAME", "VALID"):
            raise NnlabError(f'{layer}: padding {padding!r}: "SAME", "VALID", a number or pairs')
        pads = lax.padtype_to_pads(lengths, reach, strides, padding)
    elif isinstance(padding, int):
        pads = [(padding, padding)] * len(lengths)
    else:
        pads = [(pad, pad) if isinstance(pad, int) else tuple(pad) for pad in padding]
    if len(pads) != len(lengths) or any(len(pad) != 2 or min(pad) < 0 for pad in pads):
        raise NnlabError(
            f"{layer}: padding {padding!r} gives no pair of 0 or more for each of "
            f"{len(lengths)} axes"
        )
    return tuple((int(before), int(after)) for before, after in pads)
