"""Random numbers that belong to an identity: (study, seed, named stream, row, column).

A draw never depends on a shape, a batch position or the order of other draws, so that
another width, seed or consumer changes no number but its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import threefry_2x32

from nnlab.errors import NnlabError

__all__ = ["FactoredKey", "entry_normal", "entry_uniform", "stream", "study_key"]


def study_key(study_name: str, seed: Any) -> jax.Array:
    """The root key of one seed of a study; seed is an int in 0..2^32-1 or a (traced) uint32."""
    if isinstance(seed, int) and not 0 <= seed < 2**32:
        raise NnlabError(f"seed {seed}: a seed lies in 0..{2**32 - 1}")
    return stream(jax.random.key(jnp.asarray(seed, jnp.uint32), impl="threefry2x32"), study_name)


class FactoredKey:
    """The root key of a trial some of whose streams are drawn anew, while the others stay.

    `redrawn` gives by name of a stream a (traced) number: above 0 the stream is one that no
    trial of any seed draws otherwise, else it is the stream of `key` itself, bit for bit. Only
    named streams can be told apart, so that `stream` is all it can be used for. `asked` collects
    the names that were.
    """

    def __init__(self, key: jax.Array, redrawn: Mapping[str, Any], asked: set[str]) -> None:
        self._key, self._redrawn, self._asked = key, redrawn, asked

    def stream(self, name: str) -> jax.Array:
        """The key of a named stream, drawn anew or not."""
        self._asked.add(name)
        own = stream(self._key, name)
        if name not in self._redrawn:
            return own
        # The first name is of this purpose alone: changing it changes what is recorded.
        anew = stream(stream(self._key, "drawn anew"), name)
        words = jnp.where(
            jnp.asarray(self._redrawn[name]) > 0,
            jax.random.key_data(anew),
            jax.random.key_data(own),
        )
        return jax.random.wrap_key_data(words, impl="threefry2x32")


def stream(key: jax.Array | FactoredKey, name: str) -> jax.Array:
    """The key of a named stream: independent of every other name, whatever else is drawn."""
    if isinstance(key, FactoredKey):
        return key.stream(name)
    digest = hashlib.sha256(name.encode()).digest()
    return jax.random.fold_in(key, np.uint32(int.from_bytes(digest[:4], "big")))


def entry_uniform(key: jax.Array, rows: int, columns: int, dtype: Any = jnp.float32) -> jax.Array:
    """Uniform draws in (0, 1), [rows, columns], each a function of (key, row, column) alone.

    `entry_uniform(key, 32, 32)[:8, :8]` is bitwise `entry_uniform(key, 8, 8)`. Drawn as
    float32, of resolution 2^-23, and then cast: float64 sees the same numbers.
    """
    # An odd number of 24 bits is exact in float32, symmetric about 1/2 and never 0 or 1.
    odd = (_entry_bits(key, rows, columns) >> 8) | jnp.uint32(1)
    return (odd.astype(jnp.float32) * jnp.float32(2.0**-24)).astype(dtype)


def entry_normal(key: jax.Array, rows: int, columns: int, dtype: Any = jnp.float32) -> jax.Array:
    """Standard normal draws [rows, columns] from `entry_uniform` by the inverse distribution.

    Bounded by 5.3 standard deviations, the price of 24 bits a draw.
    """
    centred = entry_uniform(key, rows, columns) * jnp.float32(2) - jnp.float32(1)  # exact
    normal = jax.lax.erf_inv(centred) * jnp.float32(np.sqrt(2.0))
    # Without the barrier the compiler may merge sqrt(2) with the caller's scale: other bits.
    return jax.lax.optimization_barrier(normal).astype(dtype)


def _entry_bits(key: jax.Array, rows: int, columns: int) -> jax.Array:
    """32 random bits per entry, uint32[rows, columns]: word `row % 2` of hash (row // 2, column).

    Counter-based (Salmon et al. 2011, threefry), both words used: half the work, and far
    cheaper to compile than folding the indices into keys.
    """
    pairs = (rows + 1) // 2
    row = jnp.broadcast_to(jnp.arange(pairs, dtype=jnp.uint32)[:, None], (pairs, columns))
    column = jnp.broadcast_to(jnp.arange(columns, dtype=jnp.uint32), (pairs, columns))
    words = threefry_2x32(_words(key), jnp.stack([row, column]))
    return jnp.moveaxis(words, 0, 1).reshape(2 * pairs, columns)[:rows]


def _words(key: jax.Array) -> jax.Array:
    """The two 32-bit words of a threefry key, typed or raw."""
    words = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    if words.shape != (2,):
        raise NnlabError(
            f"a threefry2x32 key has 2 words, got shape {words.shape}: use nn.study_key"
        )
    return words
