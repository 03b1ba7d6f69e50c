"""Layers one after another, and a detour around some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen

from nnlab.errors import NnlabError

from .layers import activate
from .size import Features

__all__ = ["Residual", "Sequential"]

Layer = linen.Module | str | Callable[..., Any]


class Sequential(linen.Module):
    """Layers one after another: [...] -> what the last of them returns.

    layers: each a module, the name of an activation, or a function of an array or of Features,
        such as `nn.flatten`. A module's parameters are those of "layers_i", i its place.

        nn.Sequential((nn.Conv(25, (5,), strides=2), "relu", nn.flatten, nn.Dense(10)))
    """

    layers: tuple[Layer, ...]

    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        return _through(self.layers, x)


class Residual(linen.Module):
    """x + layers(x): what the layers, as those of `Sequential`, add to what they are given.

    He et al. 2016, Deep residual learning. Raises NnlabError where the shapes differ.
    """

    layers: tuple[Layer, ...]

    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        added: Any = _through(self.layers, x)
        before, after = (getattr(h, "values", h).shape for h in (x, added))
        if before != after:
            raise NnlabError(
                f"Residual: its layers turn the shape {before} into {after}: they must keep it"
            )
        return x + added


def _through(layers: tuple[Layer, ...], x: Any) -> Any:
    for layer in layers:
        x = activate(layer, x) if isinstance(layer, str) else layer(x)
    return x
