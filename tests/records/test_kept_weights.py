"""Kept weights on disk: plain arrays, none trusted where a byte differs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.records import WeightStore

DRAWS = np.random.default_rng(0)
WEIGHTS = {
    "a": {("layer_0", "kernel"): DRAWS.normal(size=(3, 2)), ("layer_0", "bias"): np.zeros(2)},
    "b": {("layer_0", "kernel"): np.ones((3, 0), np.float32), ("count",): np.array(7)},
}


@pytest.fixture
def store(tmp_path) -> WeightStore:
    store = WeightStore(tmp_path / "weights")
    store.write(WEIGHTS)
    return store


def test_what_is_written_is_read_as_nested_dicts(store):
    tree = store.read("a")
    assert list(tree) == ["layer_0"] and list(tree["layer_0"]) == ["kernel", "bias"]
    np.testing.assert_array_equal(tree["layer_0"]["kernel"], WEIGHTS["a"]["layer_0", "kernel"])
    other = store.read("b")
    assert other["layer_0"]["kernel"].shape == (3, 0) and other["count"] == 7
    assert store.read("c") is None and store.holding(["a", "c"]) == {"a"}


def test_the_same_weights_are_the_same_file(store):
    store.write(WEIGHTS)
    assert len(list(store.folder.glob("*.npz"))) == 1


def test_a_flipped_byte_is_noticed(store):
    draws = np.random.default_rng(1)
    for path in sorted(store.folder.iterdir()):
        content = path.read_bytes()
        for _ in range(20):
            flipped = bytearray(content)
            flipped[draws.integers(len(content))] ^= 1 << draws.integers(8)
            path.write_bytes(flipped)
            with pytest.raises(NnlabError, match="damaged weights"):
                store.read("a")
        path.write_bytes(content)
    assert store.read("a")


def test_nothing_pickled_is_read(store, tmp_path):
    """Even where the checksums have been made to agree."""
    from nnlab.files import checksum
    from nnlab.records import seal, unseal

    (arrays,), (manifest,) = store.folder.glob("*.npz"), store.folder.glob("*.json")
    np.savez(arrays, **{str(n): np.array([print], dtype=object) for n in range(4)})
    fields = unseal(manifest.read_bytes())
    fields.pop("manifest")
    manifest.write_bytes(seal({**fields, "sha256": checksum(arrays.read_bytes())}))
    with pytest.raises(ValueError, match="allow_pickle"):
        store.read("a")


def test_the_manifest_is_plain_json(store):
    (manifest,) = store.folder.glob("*.json")
    assert json.loads(manifest.read_bytes())["trials"]["b"] == [
        [["layer_0", "kernel"], 2],
        [["count"], 3],
    ]
