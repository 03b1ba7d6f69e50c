from __future__ import annotations

import hashlib

import numpy as np
import pytest

from nnlab.data.fingerprint import fingerprint_of

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_layout_byte_order_and_order_of_names_do_not_matter():
    y = np.array([1, 2], np.int32)
    expected = fingerprint_of({"x": X, "y": y})
    assert fingerprint_of({"y": y, "x": X}) == expected
    assert fingerprint_of({"x": np.asfortranarray(X), "y": y}) == expected
    assert fingerprint_of({"x": X.astype(">f4"), "y": y.astype(">i4")}) == expected
    assert fingerprint_of({"x": np.repeat(X, 2, axis=1)[:, ::2], "y": y}) == expected


@pytest.mark.parametrize(
    "other",
    [
        {"z": X},
        {"x": X.astype(np.float64)},
        {"x": X.view(np.int32)},
        {"x": X.reshape(3, 2)},
        {"x": X + np.float32(1e-6)},
        {"x": X, "y": np.empty(0, np.int32)},
        {"x": X[:1], "y": X[1:]},
        {},
    ],
)
def test_names_types_shapes_and_contents_all_matter(other):
    assert fingerprint_of(other) != fingerprint_of({"x": X})


def test_the_bytes_hashed_are_the_documented_ones():
    header = b'["x", "<f4", [2, 3]]'
    plain = len(header).to_bytes(8, "little") + header + (24).to_bytes(8, "little") + X.tobytes()
    assert fingerprint_of({"x": X}) == hashlib.sha256(plain).hexdigest()


def test_python_objects_have_no_fingerprint():
    with pytest.raises(TypeError, match="'x'"):
        fingerprint_of({"x": np.array([None])})
