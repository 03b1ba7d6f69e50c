"""Random draws that belong to (seed, named stream), never to an order of calls."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["generator"]


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of the stream `name` under `seed`: the same for the same pair, for ever.

    Streams of different names are independent, so a new consumer of randomness with a name of its
    own changes no number that was drawn before.
    """
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    # Six fixed words: SeedSequence pads short entropy with zeros, so lengths must not vary.
    return np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32, *words])
