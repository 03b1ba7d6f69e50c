"""A run killed at random moments loses one segment each time at most, and no bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import stoppable_run
from small_studies import table_of
from stoppable_run import SEGMENT

SCRIPT = Path(stoppable_run.__file__)
CHUNKS = 3


class Killed:
    """A run in child processes, one after another, and the steps each said it had computed."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.computed: list[list[int]] = []
        self.codes: list[int] = []

    def go_on(self, segments: int | None = None, seconds: float = 0.0) -> None:
        """Run, and kill it so long after this number of segments; None lets it run to its end.

        A negative number kills it that long after its start.
        """
        child = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(self.folder), str(self.steps)],
            stdout=subprocess.PIPE,
            env={**os.environ, "JAX_PLATFORMS": "cpu"},
            text=True,
        )
        assert child.stdout is not None
        if segments is None:
            said, _ = child.communicate(timeout=200)
        else:
            lines = [child.stdout.readline() for _ in range(max(segments, 0))]
            time.sleep(seconds)
            child.send_signal(signal.SIGKILL)
            said = "".join(lines) + child.communicate(timeout=60)[0]
        self.codes.append(child.returncode)
        self.computed.append([int(line) for line in said.split("\n")[:-1] if line])

    def is_unharmed(self, whole: Path) -> None:
        """The files of rows are those of the run without a stop; at most a segment a kill was
        computed twice; nothing but records is left."""
        kills = self.codes.count(-signal.SIGKILL)
        assert self.codes == [-signal.SIGKILL] * kills + [0]
        assert rows_in(self.folder) == rows_in(whole)
        needed = CHUNKS * self.steps
        assert needed <= sum(map(sum, self.computed)) <= needed + kills * SEGMENT
        assert not list(self.folder.glob("checkpoints/*")) and not list(self.folder.glob(".*"))


def rows_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.fixture
def whole(on, tmp_path) -> Callable[[int], Path]:
    """The same run without a stop, without a checkpoint, in this process."""

    def run(steps: int) -> Path:
        on(stoppable_run.PLANNED_FOR)
        folder = tmp_path / "whole"
        table_of(stoppable_run.asked(steps), folder)
        assert len(rows_in(folder)) == CHUNKS
        return folder

    return run


@pytest.mark.slow
def test_four_kills_lose_a_segment_each_at_most_and_no_bit(whole, tmp_path):
    steps, moments = 300, np.random.default_rng(0)
    killed = Killed(tmp_path / "killed", steps)
    killed.go_on(-1, moments.uniform(0.5, 2.5))  # while it starts
    for _ in range(3):
        # Together more segments than kills: not taken up, they would be too many.
        killed.go_on(int(moments.integers(2, 5)), moments.uniform(0, 0.1))
    killed.go_on()
    killed.is_unharmed(whole(steps))


@pytest.mark.slow
def test_fifty_kills_lose_a_segment_each_at_most_and_no_bit(whole, tmp_path):
    steps, expected = 2000, whole(2000)
    moments, killed = np.random.default_rng(7), Killed(tmp_path / "killed", steps)
    for number in range(50):
        killed.go_on(int(moments.integers(0 if number % 5 else -1, 4)), moments.uniform(0, 0.15))
    killed.go_on()
    killed.is_unharmed(expected)
