"""Canaries: small sums with known answers. A backend that gets them wrong must not be used."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from importlib import metadata
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnlab.errors import NnlabError
from nnlab.files import user_cache, write_atomically

__all__ = ["CANARIES", "check_backend", "failures"]


def _broadcast_sum() -> Any:
    """Sum of a broadcast column: jaxlib 0.10.2 on CPU returns changing values (jax#39103)."""
    ones = jnp.ones((1024, 1))
    total = jax.jit(lambda a: jnp.sum(jnp.broadcast_to(a[None], (2, 1024, 1024))))
    return lambda: total(ones), 2.0 * 1024 * 1024


def _mapped_product_sum() -> Any:
    """Sum of a vmapped matrix-vector product (jax#39257): every term is 1."""
    matrices, vectors = jnp.ones((64, 128, 128)) / 128, jnp.ones((64, 128))
    total = jax.jit(lambda m, v: jnp.sum(jax.vmap(lambda a, b: a @ b)(m, v)))
    return lambda: total(matrices, vectors), 64.0 * 128


def _mapped_equals_loop() -> Any:
    """A vmapped layer against one at a time (jax#36958), with its gradient (NaN in jax#40633)."""
    generator = np.random.default_rng(0)
    x = jnp.asarray(generator.standard_normal((32, 40)), jnp.float32)
    weights = jnp.asarray(generator.standard_normal((6, 40, 24)), jnp.float32)

    def loss(w: Any) -> Any:
        return jnp.sum(jnp.tanh(x @ w))

    one, many = jax.jit(jax.grad(loss)), jax.jit(jax.vmap(jax.grad(loss)))
    looped = jnp.stack([one(w) for w in weights])
    return lambda: 1.0 + jnp.max(jnp.abs(many(weights) - looped)) // 1e-3, 1.0


CANARIES: dict[str, Callable[[], Any]] = {
    "sum of a broadcast": _broadcast_sum,
    "sum of vmapped products": _mapped_product_sum,
    "vmap against a loop": _mapped_equals_loop,
}


def failures(calls: int = 300) -> list[str]:
    """Canaries that gave a wrong answer in any of `calls` calls, with what they gave."""
    wrong = []
    for name, make in CANARIES.items():
        compute, right = make()
        answers = {float(answer) for answer in [compute() for _ in range(calls)]}
        if answers != {right}:
            worst = next(answer for answer in answers if answer != right)
            wrong.append(f"{name}: {worst:g} instead of {right:g}, {len(answers)} answers")
    return wrong


def check_backend() -> None:
    """Run the canaries once per jaxlib version and device kind.

    Raises `NnlabError` if one is wrong. Only a pass is remembered, in the user's cache.
    """
    device = jax.local_devices()[0]
    kind = f"jaxlib {metadata.version('jaxlib')} on {device.platform}: {device.device_kind}"
    path = user_cache() / "canaries.json"
    try:
        passed = set(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        passed = set()
    if kind in passed:
        return
    wrong = failures()
    if wrong:
        raise NnlabError(
            f"{kind} computes wrong results ({wrong[0]}); install another jaxlib, "
            "such as pip install 'jax!=0.10.2' 'jaxlib!=0.10.2'"
        )
    with contextlib.suppress(NnlabError):  # a cache that cannot be written: checked every time
        write_atomically(path, json.dumps(sorted({*passed, kind})).encode())
