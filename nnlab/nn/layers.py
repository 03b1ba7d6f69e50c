"""Layers that understand `Size`: a padded layer computes what the layer alone computes.

Each takes a plain array [..., features] or `Features`, and returns `Features` exactly when
its own size is padded. Parameters have the dtype of the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen

from nnlab.errors import NnlabError

from .activations import activations
from .choose import choose
from .initialisers import Initialiser, initialisers
from .keys import entry_uniform
from .size import Features, Size, pack, size_of, unpack

__all__ = ["Dense", "Dropout", "LayerNorm", "activate", "floating"]

Activation = str | Callable[[jax.Array], jax.Array]


def activate(function: Activation, h: jax.Array | Features) -> jax.Array | Features:
    """Apply an elementwise function (or its name in `activations`), keeping the padding zero.

    Raises NnlabError if the function is not elementwise (softmax: it would see the padding).
    """
    chosen: Callable[[jax.Array], jax.Array] = choose(activations, "activation", function)
    if not isinstance(h, Features):
        return chosen(h)
    _check_elementwise(chosen, h.values.dtype)
    # Twice masked: a derivative that is infinite at the padding's zeros (sqrt) would survive
    # the outer mask as inf * 0.
    inner = jnp.where(h.size.mask, h.values, jnp.ones_like(h.values))
    return Features(h.size.keep(chosen(inner)), h.size)


class Dense(linen.Module):
    """A linear layer: [..., fan_in] -> [..., features], x W + b.

    features: the width, an int or a Size.
    kernel_init, bias_init: names in `initialisers`, or functions of that signature.
    gain: a factor on the initial weights (not the biases), traced or not.
    """

    features: int | Size
    kernel_init: str | Initialiser = "he_normal"
    bias_init: str | Initialiser = "zero"
    gain: Any = 1.0
    use_bias: bool = True

    @linen.compact
    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        values, fan_in = unpack(x)
        fan_out, dtype = size_of(self.features), floating(values)
        kernel_init = choose(initialisers, "initialiser", self.kernel_init)
        bias_init = choose(initialisers, "initialiser", self.bias_init)

        def kernel(key: jax.Array) -> jax.Array:
            return kernel_init(key, fan_in, fan_out, self.gain, dtype)

        def bias(key: jax.Array) -> jax.Array:
            return bias_init(key, fan_in, fan_out, 1.0, dtype, (size_of(1), fan_out))[0]

        y = values.astype(dtype) @ self.param("kernel", kernel)
        if self.use_bias:
            y = y + self.param("bias", bias)
        return pack(y, fan_out)


class LayerNorm(linen.Module):
    """Normalise each example to mean 0 and variance 1 over its n features, then scale and shift.

    Ba, Kiros, Hinton 2016. epsilon is added to the variance, so that n = 1 gives the shift.
    """

    epsilon: float = 1e-5

    @linen.compact
    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        values, size = unpack(x)
        dtype = floating(values)
        values, n = values.astype(dtype), size.count(dtype)

        def ones(key: jax.Array) -> jax.Array:
            return size.keep(jnp.ones(size.capacity, dtype))

        scale = self.param("scale", ones)
        shift = self.param("bias", linen.initializers.zeros, (size.capacity,), dtype)
        centred = size.keep(values - jnp.sum(values, -1, keepdims=True) / n)
        variance = jnp.sum(centred * centred, -1, keepdims=True) / n
        normal = centred * jax.lax.rsqrt(variance + jnp.asarray(self.epsilon, dtype))
        return pack(normal * scale + shift, size)


class Dropout(linen.Module):
    """Set each entry to zero with probability rate, and scale the others by 1/(1-rate).

    Srivastava et al. 2014. rate lies in 0..1 and may be traced. The draw of an entry depends
    on the "dropout" rng, its example and its column alone, whatever the capacity.
    deterministic: True switches it off; by default it is on exactly when a "dropout" rng
    is given, as in training and not in evaluation.
    """

    rate: Any
    deterministic: bool | None = None

    @linen.compact
    def __call__(
        self, x: jax.Array | Features, deterministic: bool | None = None
    ) -> jax.Array | Features:
        if isinstance(self.rate, int | float) and not 0 <= self.rate <= 1:
            raise NnlabError(f"dropout rate {self.rate}: a rate lies in 0..1")
        for off in (deterministic, self.deterministic, not self.has_rng("dropout")):
            if off is not None:
                break
        if off:
            return x
        values, size = unpack(x)
        one = jnp.ones((), values.dtype)
        rate = jnp.asarray(self.rate, values.dtype)
        rows = math.prod(values.shape[:-1])
        uniform = entry_uniform(self.make_rng("dropout"), rows, size.capacity, values.dtype)
        kept = uniform.reshape(values.shape) >= rate
        scale = one / jnp.where(rate < one, one - rate, one)
        return pack(jnp.where(kept, values * scale, jnp.zeros_like(values)), size)


def _check_elementwise(function: Callable[..., Any], dtype: Any) -> None:
    """Refuse a function that needs more than one entry, by trying it on a scalar."""
    name = getattr(function, "__name__", repr(function))
    try:
        result = jax.eval_shape(function, jax.ShapeDtypeStruct((), dtype))
    except Exception as error:
        raise NnlabError(
            f"activate({name}): a padded activation takes functions of single entries, "
            f"and this one fails on one: {str(error).splitlines()[0]}"
        ) from error
    if getattr(result, "shape", None) != ():
        raise NnlabError(f"activate({name}): the function does not keep the shape of its input")


def floating(values: jax.Array) -> Any:
    """The dtype to compute in: the input's own, or the default float for integers."""
    return values.dtype if jnp.issubdtype(values.dtype, jnp.floating) else jnp.result_type(float)
