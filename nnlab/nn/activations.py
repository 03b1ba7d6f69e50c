"""The activations that a study may name. All work entry by entry."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

__all__ = ["activations"]


def identity(x: jax.Array) -> jax.Array:
    """x itself: a linear network."""
    return x


def step(x: jax.Array) -> jax.Array:
    """1 for x >= 0, else 0 (the perceptron's threshold); its derivative is zero everywhere."""
    return jnp.where(x >= 0, jnp.ones_like(x), jnp.zeros_like(x))


activations: dict[str, Callable[[jax.Array], jax.Array]] = {
    "identity": identity,
    "linear": identity,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "tanh": jnp.tanh,
    "hard_tanh": jax.nn.hard_tanh,
    "sigmoid": jax.nn.sigmoid,
    "logistic": jax.nn.sigmoid,
    "sin": jnp.sin,
    "step": step,
}
