from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from nnlab.data.cache import cached

ARRAYS = {"x": np.linspace(0, 1, 7, dtype=np.float32), "y": np.arange(7, dtype=np.int32)}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path))
    return tmp_path / "data"


class Maker:
    """Makes ARRAYS and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.calls += 1
        return dict(ARRAYS)


def check(arrays):
    assert sorted(arrays) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_arrays_are_made_once_for_each_setting(folder):
    make = Maker()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(cached("toy", {"n": 7, "seed": 1}, make))
        check(cached("toy", {"seed": 1, "n": 7}, make))
        assert make.calls == 1
        cached("toy", {"n": 7, "seed": 2}, make)
        cached("other", {"n": 7, "seed": 1}, make)
    assert make.calls == 3
    assert len(list(folder.iterdir())) == 3, "one file an entry, and no temporary file left"


def test_any_damage_is_found_told_and_repaired(folder, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a thousand of them take seconds
    make = Maker()
    cached("toy", {}, make)
    (file,) = folder.iterdir()
    sound = file.read_bytes()
    # Every byte of the arrays and of the archive's structure, in turn, and every length.
    damaged = [sound[:i] + bytes([sound[i] ^ 0x55]) + sound[i + 1 :] for i in range(len(sound))]
    damaged += [sound[:length] for length in range(0, len(sound), 25)]
    for content in damaged:
        file.write_bytes(content)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            check(cached("toy", {}, make))
        told = [w for w in caught if "made again" in str(w.message)]
        # A flip in a date or a flag of the archive leaves the arrays sound: nothing to tell.
        assert len(told) == (file.read_bytes() != content)
    assert make.calls > 0.7 * len(damaged)
    file.write_bytes(sound)
    calls = make.calls
    cached("toy", {}, make)
    assert make.calls == calls


def test_other_arrays_under_the_old_checksum_are_not_believed(folder):
    make = Maker()
    cached("toy", {}, make)
    (file,) = folder.iterdir()
    with np.load(file) as stored:
        forged = {name: stored[name] for name in stored.files}
    np.savez(file, **(forged | {"y": forged["y"] + 1}))
    with pytest.warns(UserWarning, match="wrong checksum"):
        check(cached("toy", {}, make))


def test_python_objects_are_never_unpickled(folder):
    make = Maker()
    cached("toy", {}, make)
    (file,) = folder.iterdir()
    np.savez(file, x=np.array([print], dtype=object), sha256=np.array("0"))
    with pytest.warns(UserWarning, match="cannot be read"):
        check(cached("toy", {}, make))


def test_a_failed_write_leaves_nothing_and_loses_nothing(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match="No space left.*NNLAB_CACHE"):
        check(cached("toy", {}, Maker()))
    assert list(folder.iterdir()) == []


def test_an_interrupted_write_leaves_the_old_file(folder, monkeypatch):
    cached("toy", {}, Maker())
    (file,) = folder.iterdir()
    file.write_bytes(b"damaged")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.warns(UserWarning, match="made again"), pytest.raises(KeyboardInterrupt):
        cached("toy", {}, Maker())
    assert file.read_bytes() == b"damaged", "the old file, not a part of the new one"


def test_where_the_folder_cannot_be_written_data_come_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="not cached|cannot be read"):
        check(cached("toy", {}, Maker()))
