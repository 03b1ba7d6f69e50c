"""What all tests share: a cache and a working folder of their own, warm compiled programs."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

# Set before any test imports nnlab. The compiled programs are kept from run to run.
os.environ.setdefault(
    "NNLAB_CACHE", str(Path(tempfile.gettempdir()) / f"nnlab-tests-{os.getuid()}")
)
os.environ.setdefault("JAX_NUM_CPU_DEVICES", "2")
os.environ.setdefault("NNLAB_CALIBRATE", "0")

# A shell starts what it puts into the background deaf to Ctrl-C, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
