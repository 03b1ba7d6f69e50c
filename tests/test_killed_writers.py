"""A kill at each point of each writer: no reader ever sees a part of a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nnlab import data
from nnlab.files import DAY, leftovers, write_atomically
from nnlab.records import Store

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "kill_points.py"
POINTS = ("before_the_file", "half_written", "before_fsync", "before_rename", "after_rename")
# How many files each writer writes at least.
WRITERS = {
    "record": 2, "draw": 4, "conclude": 4, "export": 1, "cache": 1, "download": 1, "template": 1
}  # fmt: skip


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Folders of all kills, by writer."""
    root = tmp_path_factory.mktemp("killed")
    subprocess.run([sys.executable, SCRIPT, root], check=True, timeout=240)
    return root


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".nnlab-")
    }


def kills(root: Path, writer: str) -> list[Path]:
    return sorted(p for p in (root / writer).iterdir() if p.name not in ("old", "new"))


@pytest.mark.parametrize(("writer", "files"), WRITERS.items())
def test_every_file_is_the_old_one_or_the_new_one(killed, writer, files):
    old, new = contents(killed / writer / "old"), contents(killed / writer / "new")
    assert old != new
    cases = kills(killed, writer)
    points = Counter(case.name.rpartition("-")[0] for case in cases)
    # fsync also passes for the folder; a stream may be written in pieces.
    assert set(points) == set(POINTS) and points["after_rename"] == points["before_rename"]
    assert min(points.values()) >= files
    for case in cases:
        found = contents(case)
        # What export reads is made by the test, not by the writer.
        found = {name: c for name, c in found.items() if not name.startswith("results")}
        for name, content in found.items():
            assert content in (old.get(name), new.get(name)), (case, name)
            if name.endswith(".json"):
                json.loads(content)
        assert {n for n in old if not n.startswith("results")} <= set(found)


@pytest.mark.parametrize("writer", WRITERS)
def test_the_next_writer_sweeps_what_a_kill_left_when_it_is_old(killed, writer):
    left = 0
    for case in kills(killed, writer):
        files = [p for p in case.rglob(".nnlab-*")]
        assert len(files) <= 1
        left += len(files)
        for path in files:
            assert leftovers(path.parent) == []  # it may be at work
            old = time.time() - 2 * DAY
            os.utime(path, (old, old))
            assert leftovers(path.parent) == [path]
            write_atomically(path.parent / "next", b"")
            assert not path.exists()
            (path.parent / "next").unlink()
    assert left >= 2 * WRITERS[writer]


def test_a_killed_record_holds_the_old_trials_and_perhaps_the_new(killed):
    for case in kills(killed, "record"):
        store = Store(case / "small" / "records")
        done = store.finished(["a", "b"])
        assert set(store.read()[0]["trial"]) == done and store.survey()[1] == []
        # It is there from the rename of its second file on.
        late = case.name in ("after_rename-2", "before_fsync-4")
        assert done == ({"a", "b"} if late else {"a"}), case.name
        assert len(store.read()[0]) == 50 * len(done)


def test_a_killed_cache_gives_right_arrays_without_a_word(killed, monkeypatch):
    for case in kills(killed, "cache"):
        monkeypatch.setenv("NNLAB_CACHE", str(case / "cache"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            made = data.cached("toy", {"new": True}, lambda: {"x": np.ones(500)})
        assert np.array_equal(made["x"], np.ones(500))
