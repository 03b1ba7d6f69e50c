"""A full disk: what was there stays whole, one clear line, exit code 2, no traceback.

A limit on the size of files (RLIMIT_FSIZE) stands in for the full disk, without root.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nnlab.records import Store, trial_keys
from nnlab.study import Inputs, load_study, make_request

STUDY = '''"""Training that needs no training."""
from nnlab import Preset, Sized, Study, analysis, learn, show

def trial(key, p, d):
    import jax.numpy as jnp
    zero = lambda: jnp.zeros(p.width.capacity)
    return learn.Trial(zero, lambda i, s: s + 1, lambda s: {"loss": s[0]})

def figures(table):
    curve = analysis.curve(table, "width", "loss")
    return [show.Figure("losses", [show.Panel([show.Series(curve, "s", x="width")], "x", "y")],
                        "Losses.")]

STUDY = Study(trial=trial, figures=figures, factors={"width": Sized(2, 4)},
              presets={"quick": Preset(seeds=3, steps=4), "long": Preset(seeds=200, steps=4)})
'''


@pytest.fixture
def lab(anywhere) -> Path:
    """A folder with a study, of which preset quick is recorded and drawn."""
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "tiny.py").write_text(STUDY)
    for preset in ("quick", "long"):
        record(Path("results"), preset)
    return anywhere


def record(out: Path, preset: str) -> None:
    request = make_request(load_study("tiny"), preset)
    keys = trial_keys(request, Inputs(request.study))
    rows = [
        {"trial": key, "seed": seed, "step": 4, **cell.settings, "loss": seed + 0.5}
        for (seed, cell), key in keys.items()
    ]
    Store(out / "tiny" / "records").write(pd.DataFrame(rows), {}, {"time": "now"})


def nnlab(*arguments: str, most: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, in which no file may grow beyond `most` bytes."""

    def fill_the_disk() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(
        [sys.executable, "-m", "nnlab", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        preexec_fn=fill_the_disk,
    )


def files(*folders: Path) -> dict[str, bytes]:
    found = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return {str(path): path.read_bytes() for path in found if "__pycache__" not in path.parts}


def assert_told(done: subprocess.CompletedProcess[str], path: str) -> None:
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: cannot write {path}"), line
    assert "File too large" in line and "Traceback" not in done.stderr


@pytest.mark.slow
def test_figures_and_tables(lab):
    """Each file in turn is the first that does not fit."""
    assert nnlab("figures", "tiny", "--preset", "quick").returncode == 0
    old = files(lab / "results")
    drawn = {name: len(c) for name, c in old.items() if "/quick/" in name}
    smallest, largest = min(drawn.values()), max(drawn.values())
    for most, name in ((smallest // 2, ""), (largest - 1, "losses.")):
        done = nnlab("figures", "tiny", "--preset", "quick", most=most)
        assert_told(done, f"results/tiny/quick/{name}")
        if not name:
            assert done.stderr.count("\n") == 1
        now = files(lab / "results")
        assert now.keys() == old.keys()
        # What did fit is new, and whole: only its time differs.
        changed = {name for name in old if now[name] != old[name]}
        assert all(name.endswith(("provenance.json", ".txt")) for name in changed)


def test_exports(lab):
    for name in ("table.csv", "table.parquet"):
        Path(name).write_bytes(b"old")
        done = nnlab("export", "tiny", name, "--preset", "long", most=2000)
        assert_told(done, name)
        assert Path(name).read_bytes() == b"old" and done.stderr.count("\n") == 1
    assert not list(lab.glob(".nnlab*"))


@pytest.mark.slow
def test_runs(lab, monkeypatch):
    before = files(lab / "results")
    # Warm: what JAX keeps does not fit either, and it says so in lines of its own.
    assert nnlab("run", "tiny", "--preset", "quick", "--out", "warm").returncode == 0
    for most in (100, 2500):
        done = nnlab("run", "tiny", "--preset", "quick", "--out", "elsewhere", most=most)
        assert_told(done, "elsewhere/tiny/records/")
        assert not [p for p in Path("elsewhere").rglob("*.parquet")]
        assert not [p for p in Path("elsewhere").rglob(".nnlab-*")]
    done = nnlab("run", "tiny", "--preset", "long", "--seeds", "400", most=3000)
    assert_told(done, "results/tiny/records/")
    now = files(lab / "results")
    assert {name: now[name] for name in before} == before
    # With room again the same command goes on.
    done = nnlab("run", "tiny", "--preset", "long", "--seeds", "400")
    assert done.returncode == 0 and "400 trials to run (400 recorded already)" in done.stderr


def test_the_data_cache_goes_without(lab):
    code = (
        "import numpy as np, warnings\n"
        "from nnlab import data\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    made = data.cached('toy', {}, lambda: {'x': np.arange(10_000)})\n"
        "assert made['x'].sum() == 49_995_000\n"
        "print(*(str(each.message) for each in told), sep='\\n')\n"
    )
    cache = lab / "cache"
    (cache / "data").mkdir(parents=True)
    (cache / "data" / "old.npz").write_bytes(b"old")

    def fill_the_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"NNLAB_CACHE": str(cache)},
        preexec_fn=fill_the_disk,
        timeout=60,
    )
    assert done.returncode == 0 and done.stdout.count("\n") == 1, done.stderr
    assert "not cached" in done.stdout and "File too large" in done.stdout
    assert files(cache) == {str(cache / "data" / "old.npz"): b"old"}


def test_the_rows_of_a_record_and_its_manifest(tmp_path):
    """Rows that fit and a manifest that does not: then there is no record."""
    rows = pd.DataFrame({"trial": [f"{n:032}" for n in range(2000)], "step": 1, "loss": 0.5})
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False)
    code = (
        "import resource, sys, pandas as pd\n"
        "from pathlib import Path\n"
        "from nnlab.errors import NnlabError\n"
        "from nnlab.records import Store\n"
        "trials = [f'{n:032}' for n in range(2000)]\n"
        "rows = pd.DataFrame({'trial': trials, 'step': 1, 'loss': 0.5})\n"
        "most = int(sys.argv[2])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))\n"
        "try:\n"
        "    Store(Path(sys.argv[1])).write(rows, {}, {})\n"
        "except NnlabError as error:\n"
        "    print(error)\n"
    )
    size = len(buffer.getvalue())
    assert size < 2000 * 36, "the manifest is the larger of the two"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, str(size + 100)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith(f"cannot write {tmp_path}") and ".json: " in done.stdout
    store = Store(tmp_path)
    assert store.chunks() == [] and store.survey() == ([], [])
    assert [p.suffix for p in tmp_path.iterdir()] == [".parquet"]
