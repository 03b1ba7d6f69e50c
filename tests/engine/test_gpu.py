"""On a GPU: the numbers of the CPU within a tolerance, and the same bits twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="there is no GPU here"),
]

RUN = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from nnlab import engine
engine.configure({device!r})
from small_studies import irises, request_of, table_of

request = request_of(irises(seeds=16, steps=60))
table_of(request, Path({out!r} + "/records")).to_parquet({out!r} + "/table.parquet")
"""


def table_on(device: str, out: Path) -> pd.DataFrame:
    out.mkdir()
    code = RUN.format(folder=str(Path(__file__).parent), device=device, out=str(out))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pd.read_parquet(out / "table.parquet")


def test_the_same_numbers_as_on_a_cpu(tmp_path):
    ours = table_on("gpu", tmp_path / "gpu")
    theirs = table_on("cpu", tmp_path / "cpu")
    order = ["width", "learning_rate", "seed", "step"]
    ours, theirs = (t.sort_values(order).reset_index(drop=True) for t in (ours, theirs))
    assert len(ours) == len(theirs)
    for name in ("train_loss", "test_loss"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-5)


def test_the_same_bits_twice(tmp_path):
    first = table_on("gpu", tmp_path / "first")
    second = table_on("gpu", tmp_path / "second")
    pd.testing.assert_frame_equal(first, second, check_exact=True)
