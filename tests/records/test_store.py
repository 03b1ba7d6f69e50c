"""What is recorded comes back as it was, and stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.errors import NnlabError
from nnlab.records import Store, origin, provenance

AXES = {"norms": ["layer"]}


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "small" / "records")


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def test_rows_come_back_as_they_were(store, rows_of):
    rows = rows_of("a", "b")
    chunk = store.write(rows, AXES, {"device": "cpu"})
    back, axes = store.read()
    pd.testing.assert_frame_equal(back, rows)
    assert axes == AXES
    assert back["loss"].dtype == np.float32 and back["norms"][0].dtype == np.float32
    assert store.chunks() == [chunk] and chunk.provenance == {"device": "cpu"}
    assert chunk.trials == ("a", "b") and chunk.path.exists() and chunk.manifest.exists()


def test_arrays_of_two_axes_and_of_uneven_lengths_come_back(store):
    rows = pd.DataFrame(
        {
            "trial": ["a", "b"],
            "step": [1, 1],
            "jacobian": list(np.arange(12.0).reshape(2, 2, 3)),
            "norms": [np.arange(2.0), np.arange(3.0)],
            "none": [np.zeros(0), np.zeros(0)],
        }
    )
    store.write(rows, {"jacobian": ["layer", "unit"], "norms": ["layer"], "none": ["layer"]}, {})
    back, _ = store.read()
    for name in ("jacobian", "norms", "none"):
        for ours, theirs in zip(back[name], rows[name], strict=True):
            assert np.array_equal(np.array(ours.tolist() if not len(ours) else list(ours)), theirs)


def test_odd_numbers_come_back(store):
    odd = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    rows = pd.DataFrame({"trial": list("abcde"), "step": 1, "loss": odd})
    store.write(rows, {}, {})
    assert store.read()[0]["loss"].to_numpy().tobytes() == odd.tobytes()


def test_an_empty_store_has_nothing(store):
    assert store.chunks() == [] and store.finished({"a"}) == set() and store.repair() == []
    rows, axes = store.read()
    assert rows.empty and axes == {}


def test_finished_and_read_choose_by_key(store, rows_of):
    store.write(rows_of("a", "b"), AXES, {})
    store.write(rows_of("c"), {}, {})
    assert store.finished(["a", "c", "x"]) == {"a", "c"}
    assert store.finished([]) == set()
    rows, axes = store.read(iter(["b", "c"]))
    assert set(rows["trial"]) == {"b", "c"} and len(rows) == 4 and axes == AXES
    assert store.read(["c"])[1] == {} and store.read([])[0].empty
    assert set(store.read()[0]["trial"]) == {"a", "b", "c"}


def test_a_trial_that_two_chunks_hold_is_read_once(store, rows_of):
    store.write(rows_of("a", "b"), AXES, {})
    store.write(rows_of("b", "c"), AXES, {})
    store.write(rows_of("b"), AXES, {})
    rows, _ = store.read()
    assert sorted(rows["trial"]) == ["a", "a", "b", "b", "c", "c"]
    # And its rows are those of one chunk, not of both.
    chunks = [rows_of("a", "b"), rows_of("b", "c"), rows_of("b")]
    losses = [chunk.loc[chunk["trial"] == "b", "loss"].tolist() for chunk in chunks]
    assert rows.loc[rows["trial"] == "b", "loss"].tolist() in losses


def test_nothing_is_overwritten(store, rows_of):
    """Two runs at once that end with the same trials, and not quite the same numbers."""
    ours = store.write(rows_of("a"), AXES, {})
    before = {path: path.read_bytes() for path in store.folder.iterdir()}
    other = rows_of("a").assign(loss=np.float32(0.25))
    theirs = store.write(other, AXES, {})
    assert ours.path != theirs.path
    assert all(path.read_bytes() == content for path, content in before.items())
    assert len(store.chunks()) == 2 and len(store.read()[0]) == 2


def test_a_chunk_without_its_manifest_does_not_exist_yet(store, rows_of):
    chunk = store.write(rows_of("a"), AXES, {})
    chunk.manifest.unlink()
    assert store.finished(["a"]) == set() and store.read()[0].empty and store.repair() == []
    assert store.write(rows_of("a"), AXES, {}).path == chunk.path
    assert store.finished(["a"]) == {"a"}


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stop_while_recording_loses_that_chunk_only(store, rows_of, monkeypatch, failing, error):
    store.write(rows_of("a"), AXES, {})
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) > failing:
            raise error
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(NnlabError if isinstance(error, OSError) else KeyboardInterrupt):
            store.write(rows_of("b"), AXES, {})
    assert not [name for name in names(store) if name.startswith(".")]
    assert store.finished(["a", "b"]) == {"a"} and set(store.read()[0]["trial"]) == {"a"}
    store.write(rows_of("b"), AXES, {})
    assert store.finished(["a", "b"]) == {"a", "b"}


def test_a_temporary_file_left_by_a_kill_is_not_read(store, rows_of):
    store.write(rows_of("a"), AXES, {})
    for name in (".nnlab-0123.tmp", "x.parquet"):
        (store.folder / name).write_bytes(b"{half")
    assert store.finished(["a"]) == {"a"} and store.repair() == [] and len(store.read()[0]) == 2


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path, rows_of):
    (tmp_path / "taken").write_text("a file")
    store = Store(tmp_path / "taken" / "records")
    assert store.finished(["a"]) == set()
    with pytest.raises(NnlabError, match=r"cannot write .*taken") as error:
        store.write(rows_of("a"), AXES, {})
    assert "\n" not in str(error.value)


def test_a_full_disk_is_told_and_leaves_what_was_recorded(tmp_path):
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "import numpy as np, pandas as pd\n"
        "from nnlab.errors import NnlabError\n"
        "from nnlab.records import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "def rows(key, n):\n"
        "    noise = np.random.default_rng(0).normal(size=n)\n"
        "    return pd.DataFrame({'trial': key, 'step': range(n), 'loss': noise})\n"
        "store.write(rows('a', 5), {}, {})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    store.write(rows('b', 10_000), {}, {})\n"
        "except NnlabError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("cannot write ") and done.stdout.count("\n") == 1
    store = Store(tmp_path)
    assert store.finished(["a", "b"]) == {"a"} and len(names(store)) == 2


def test_the_manifest_is_json_that_people_can_read(store, rows_of):
    chunk = store.write(rows_of("a"), AXES, {"seconds": np.float32(0.5), "time": "now"})
    fields = json.loads(chunk.manifest.read_text(encoding="ascii"))
    assert fields["trials"] == ["a"] and fields["axes"] == AXES and fields["format"] == 1
    assert fields["sha256"] == chunk.sha256 and fields["provenance"]["time"] == "now"
    assert store.chunks()[0].provenance["seconds"] == "0.5"


def test_provenance_is_plain_and_names_the_run(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/nnlab", "run", "a study", "--seeds", "3"])
    origin = provenance(device="cpu")
    assert json.loads(json.dumps(origin)) == origin
    assert origin["command"] == "nnlab run 'a study' --seeds 3"
    assert origin["device"] == "cpu" and origin["time"].endswith("+00:00")
    assert {"numpy", "pandas", "jax"} <= set(origin["versions"])
    assert origin["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_commit_is_that_of_the_checkout_one_stands_in(tmp_path, monkeypatch):
    monkeypatch.setattr(origin, "_commit", origin._commit.__wrapped__)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert provenance()["commit"] == ""

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    Path("file").write_text("1")
    for arguments in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "one"]):
        git(*arguments)
    head = git("rev-parse", "HEAD")
    assert provenance()["commit"] == head[:12]
    Path("file").write_text("2")
    assert provenance()["commit"] == head[:12] + "+"
    monkeypatch.setenv("PATH", str(tmp_path))  # no git at all
    assert provenance()["commit"] == ""
