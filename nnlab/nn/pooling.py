"""Pooling over positions, and flattening positions and channels into features."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError

from .layers import floating
from .size import Features, pack, unpack
from .windows import Padding, Windows, examples_first, examples_last, tap_views, windows

__all__ = ["flatten", "max_pool", "mean_pool"]

Activation = jax.Array | Features


def max_pool(
    h: Activation,
    window: Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: Padding = "VALID",
) -> Activation:
    """The largest entry of each window, channel by channel: [..., positions, channels].

    window: (k,) or (k, k); strides: by default the window, so that windows do not overlap.
    padding: as in `Conv`; it never wins, and the gradient goes to the first of equal entries.
    """
    values, channels = unpack(h)
    over = _pool_windows("max_pool", values, window, strides, padding)
    return pack(_pooled(_larger, values, over, -jnp.inf), channels)


def mean_pool(
    h: Activation,
    window: Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: Padding = "VALID",
) -> Activation:
    """The mean of each window, channel by channel; padding counts as zeros. See `max_pool`."""
    values, channels = unpack(h)
    over = _pool_windows("mean_pool", values, window, strides, padding)
    total = _pooled(jnp.add, values, over, 0.0)
    return pack(total / jnp.asarray(math.prod(over.shape), total.dtype), channels)


def flatten(h: Activation, keep: int = 1) -> Activation:
    """All axes but the first `keep` (the examples) as features: [B, ..., channels] -> [B, n].

    Channels vary slowest (feature = channel * positions + position, PyTorch's order), so that
    n live channels become the first n * positions features: padded channels stay behind, and
    the layer that follows counts and draws as if they were not there.
    """
    values, channels = unpack(h)
    if values.ndim <= keep:
        raise NnlabError(f"flatten(keep={keep}): shape {values.shape} leaves nothing to flatten")
    positions = math.prod(values.shape[keep:-1])
    columns = jnp.moveaxis(values, -1, keep)
    flat = columns.reshape(*values.shape[:keep], positions * channels.capacity)
    return pack(flat, channels * positions)


def _pooled(
    join: Callable[..., jax.Array], values: jax.Array, over: Windows, fill: float
) -> jax.Array:
    """The taps of each window joined two by two, with examples last as in a convolution."""
    axes = len(over.shape)
    turned = examples_last(values.astype(floating(values)), axes)
    joined = functools.reduce(join, tap_views(turned, over, fill))
    return examples_first(joined, values.shape[: -axes - 1])


def _larger(a: jax.Array, b: jax.Array) -> jax.Array:
    # A selection rather than jnp.maximum, which halves the gradient of equal entries.
    return jnp.where((b > a) | jnp.isnan(b), b, a)


def _pool_windows(
    layer: str,
    values: jax.Array,
    window: Sequence[int],
    strides: int | Sequence[int] | None,
    padding: Padding,
) -> Windows:
    strides = window if strides is None else strides
    over = windows(layer, values.shape, window, strides, 1, padding)
    if any(max(pad) >= k for pad, k in zip(over.pads, over.shape, strict=True)):
        raise NnlabError(f"{layer}: padding {over.pads} leaves a window without any input")
    return over
