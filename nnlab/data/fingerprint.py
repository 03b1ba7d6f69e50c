"""A fingerprint of arrays: equal exactly when names, types, shapes and contents are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np

__all__ = ["fingerprint_of"]


def fingerprint_of(arrays: Mapping[str, np.ndarray]) -> str:
    """The sha256 (64 hex digits) over every array's name, dtype, shape and bytes.

    The order of the names, the memory layout and the byte order of the machine do not matter.
    Raises TypeError for arrays of Python objects, whose bytes are only addresses.
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        if array.dtype.hasobject:
            raise TypeError(f"array {name!r} holds Python objects, which have no fingerprint")
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        header = json.dumps([name, plain.dtype.str, list(array.shape)]).encode()
        # The lengths keep header and contents of neighbouring arrays apart.
        digest.update(len(header).to_bytes(8, "little"))
        digest.update(header)
        digest.update(plain.nbytes.to_bytes(8, "little"))
        digest.update(plain.tobytes())
    return digest.hexdigest()
