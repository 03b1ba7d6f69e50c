"""A plain JAX loop: one network after another, a Python loop over one jitted step a width."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .clock import first_step, peak_memory, train_for
from .examples import RATES, batches, examples
from .networks import MOMENTUM, PADDING, STRIDE, TAPS, layers

__all__ = ["Trainer"]


class Trainer:
    """Trains one network of the width that was prepared last."""

    def __init__(self, platform: str) -> None:
        jax.config.update("jax_default_matmul_precision", "highest")
        self._data = jax.device_put(examples())
        self._state: Any = None

    def prepare(
        self, width: int, networks: int, seconds: float, kind: str = "mlp"
    ) -> dict[str, float]:
        """A new network, and its first step."""
        optimizer = optax.sgd(RATES[-1], momentum=MOMENTUM)
        weights = _weights(width, kind)
        self._state = jax.device_put((weights, optimizer.init(weights)))
        self._step = jax.jit(_step_of(optimizer, _NETWORKS[kind]), donate_argnums=0)
        self._batches = batches(0)
        return first_step(self._advance, self._settle)

    def run(self, seconds: float) -> dict[str, float]:
        """Train on for so long."""
        steps, took = train_for(seconds, self._advance, self._settle, every=20)
        stats = jax.local_devices()[0].memory_stats() or {}
        memory = float(stats.get("peak_bytes_in_use", peak_memory()))
        return {"model_steps": steps, "seconds": took, "peak_memory": memory}

    def _advance(self) -> None:
        self._state = self._step(self._state, next(self._batches), *self._data)

    def _settle(self) -> None:
        jax.block_until_ready(self._state)


def _weights(width: int, kind: str) -> list[tuple[np.ndarray, np.ndarray]]:
    draw, weights = np.random.default_rng(0), []
    for layer, taps in zip(layers(width, kind), (*TAPS, 1), strict=False):
        bound = 1 / math.sqrt(layer.fan_in)
        shape = (layer.fan_in, layer.fan_out)
        if kind == "cnn" and layer.rows > 1:
            shape = (taps, layer.fan_in // taps, layer.fan_out)
        kernel = draw.uniform(-bound, bound, shape).astype(np.float32)
        weights.append((kernel, draw.uniform(-bound, bound, layer.fan_out).astype(np.float32)))
    return weights


def _perceptron(weights: Any, x: jax.Array) -> jax.Array:
    for kernel, bias in weights[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    return x @ weights[-1][0] + weights[-1][1]


def _convolutional(weights: Any, x: jax.Array) -> jax.Array:
    x = x[..., None]
    for kernel, bias in weights[:-1]:
        axes = ("NWC", "WIO", "NWC")
        pads = [(PADDING, PADDING)]
        x = jax.lax.conv_general_dilated(x, kernel, (STRIDE,), pads, dimension_numbers=axes)
        x = jax.nn.relu(x + bias)
    return x.reshape(len(x), -1) @ weights[-1][0] + weights[-1][1]


_NETWORKS = {"mlp": _perceptron, "cnn": _convolutional}


def _step_of(optimizer: optax.GradientTransformation, network: Any) -> Any:
    def loss(weights: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        outputs = network(weights, x)
        return optax.softmax_cross_entropy_with_integer_labels(outputs, y).mean()

    def step(state: Any, index: jax.Array, x: jax.Array, y: jax.Array) -> Any:
        weights, moments = state
        gradient = jax.grad(loss)(weights, jnp.take(x, index, 0), jnp.take(y, index))
        updates, moments = optimizer.update(gradient, moments)
        return optax.apply_updates(weights, updates), moments

    return step
