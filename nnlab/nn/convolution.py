"""Convolution over one or two position axes, with channels as sizes.

Written as a matrix product of patches, never as XLA's own convolution: under vmap over
networks that one becomes a grouped convolution, several times slower on a CPU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen

from .choose import choose
from .initialisers import Initialiser, initialisers
from .layers import floating
from .size import Features, Size, pack, size_of, unpack
from .windows import Padding, Windows, examples_first, examples_last, tap_views, windows

__all__ = ["Conv"]


class Conv(linen.Module):
    """Convolution (unflipped, as everywhere): [..., positions, channels] -> [..., out, features].

    positions are one axis (length) or two (height, width), as kernel_size has one or two
    entries; `strides` and `dilation` are one number or one for each axis.
    padding: "SAME", "VALID", a number for both sides of every axis, or a pair for each axis.
    features: the output channels, an int or a Size; the input may be Features.
    kernel_init, bias_init: names in `initialisers`, or functions of that signature; the fan-in
        is the input channels times the taps.
    gain: a factor on the initial weights (not the biases), traced or not.

    The kernel is [*kernel_size, channels, features], as Flax has it.
    """

    features: int | Size
    kernel_size: tuple[int, ...]
    strides: int | Sequence[int] = 1
    dilation: int | Sequence[int] = 1
    padding: Padding = "SAME"
    kernel_init: str | Initialiser = "he_normal"
    bias_init: str | Initialiser = "zero"
    use_bias: bool = True
    gain: Any = 1.0

    @linen.compact
    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        values, channels = unpack(x)
        over = windows(
            "Conv", values.shape, self.kernel_size, self.strides, self.dilation, self.padding
        )
        features, dtype, taps = size_of(self.features), floating(values), math.prod(over.shape)
        fans = channels * taps, features * taps
        kernel_init = choose(initialisers, "initialiser", self.kernel_init)
        bias_init = choose(initialisers, "initialiser", self.bias_init)

        def kernel(key: jax.Array) -> jax.Array:
            # Rows run over (channel, tap): the row of a weight does not depend on the capacity.
            rows = kernel_init(key, *fans, self.gain, dtype, (fans[0], features))
            split = rows.reshape(channels.capacity, taps, features.capacity)
            return jnp.moveaxis(split, 1, 0).reshape(*over.shape, *split.shape[::2])

        def bias(key: jax.Array) -> jax.Array:
            return bias_init(key, *fans, 1.0, dtype, (size_of(1), features))[0]

        weights = self.param("kernel", kernel)
        offsets = self.param("bias", bias) if self.use_bias else None
        return pack(convolve(values.astype(dtype), weights, over, offsets), features)


def convolve(
    values: jax.Array, kernel: jax.Array, over: Windows, bias: jax.Array | None = None
) -> jax.Array:
    """values [..., positions, channels] by kernel [*taps, channels, features] -> [..., features].

    The patches are gathered one above the other, and the kernel multiplies them in one matrix
    product, with examples last; the bias [features] is added there.
    """
    axes = len(over.shape)
    views = tap_views(examples_last(values, axes), over)
    patches = views[0] if len(views) == 1 else jnp.concatenate(views)
    # As one matrix of columns: with several axes of columns XLA transposes under vmap.
    columns = patches.reshape(patches.shape[0], -1)
    y = kernel.reshape(-1, kernel.shape[-1]).T @ columns
    y = y.reshape(-1, *patches.shape[1:])
    if bias is not None:
        y = y + jnp.expand_dims(bias, range(1, y.ndim))
    return examples_first(y, values.shape[: -axes - 1])
