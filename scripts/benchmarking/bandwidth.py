"""The rate at which a large array is read and written: what memory gives when nothing else is
asked of it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .clock import first_step, train_for

__all__ = ["Trainer"]


class Trainer:
    """Adds one to every number of an array far larger than any cache; `model_steps` are bytes."""

    def __init__(self, platform: str) -> None:
        self._bytes = 2**27 if platform == "cpu" else 2**31
        self._array = jnp.zeros(self._bytes // 4, jnp.float32)
        self._add = jax.jit(lambda a: a + 1, donate_argnums=0)

    def prepare(self, **sizes: Any) -> dict[str, float]:
        """Compile; there is one size."""
        return first_step(self._pass, self._settle)

    def run(self, seconds: float) -> dict[str, float]:
        """Read and write it for so long."""
        passes, took = train_for(seconds, self._pass, self._settle, every=5)
        return {"model_steps": passes * 2.0 * self._bytes, "seconds": took}

    def _pass(self) -> None:
        self._array = self._add(self._array)

    def _settle(self) -> None:
        self._array.block_until_ready()
