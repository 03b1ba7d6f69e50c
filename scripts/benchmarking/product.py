"""A large float32 matrix product: the rate that the machine reaches when nothing is in the way."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from .clock import first_step, train_for

__all__ = ["Trainer"]


class Trainer:
    """Multiplies a square matrix with itself; `model_steps` are floating-point operations."""

    def __init__(self, platform: str) -> None:
        jax.config.update("jax_default_matmul_precision", "highest")
        self._size = 2048 if platform == "cpu" else 8192
        draw = np.random.default_rng(0)
        square = (self._size, self._size)
        self._matrix = jax.device_put(draw.standard_normal(square, np.float32))
        self._square = jax.jit(lambda a: a @ a)
        self._latest = self._matrix

    def prepare(self, **sizes: Any) -> dict[str, float]:
        """Compile; there is one size."""
        return first_step(self._multiply, self._settle)

    def run(self, seconds: float) -> dict[str, float]:
        """Multiply for so long."""
        products, took = train_for(seconds, self._multiply, self._settle, every=1)
        return {"model_steps": products * 2.0 * self._size**3, "seconds": took}

    def _multiply(self) -> None:
        self._latest = self._square(self._matrix)

    def _settle(self) -> None:
        self._latest.block_until_ready()
