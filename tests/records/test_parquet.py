"""Tables as Parquet: what is read is what was written, without threads that outlive the reading."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nnlab.records import parquet_bytes, read_parquet

TABLE = pd.DataFrame(
    {
        "name": ["a", "None", ""],
        "count": [1, 2, 3],
        "loss": [0.5, np.nan, np.inf],
        "profile": [np.arange(2.0), np.zeros(2), np.ones(2)],
    }
)


def test_reads_what_was_written():
    read = read_parquet(parquet_bytes(TABLE))
    pd.testing.assert_frame_equal(read.drop(columns="profile"), TABLE.drop(columns="profile"))
    assert np.array_equal(np.stack(read.profile), np.stack(TABLE.profile))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table"])
def test_what_is_no_table(content):
    with pytest.raises((ValueError, OSError)):
        read_parquet(content)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_no_workers_are_started(tmp_path):
    """Arrow's pools hold a thread per core, which abort a process in one of twenty exits."""
    (tmp_path / "t.parquet").write_bytes(parquet_bytes(pd.concat([TABLE] * 100)))
    code = (
        "import os, sys, pathlib\n"
        "import pandas, pyarrow.parquet\n"
        "from nnlab.records import read_parquet\n"
        "content = pathlib.Path('t.parquet').read_bytes()\n"
        "threads = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = threads()\n"
        "read_parquet(content)\n"
        "print(threads() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0"]
