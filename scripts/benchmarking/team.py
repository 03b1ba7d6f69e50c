"""The processes of one contender, which wait without working until they are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .contenders import Contender

__all__ = ["Failed", "Team", "cores", "places"]

SCRIPTS = Path(__file__).parents[1]


class Failed(Exception):
    """A contender could not do what it was asked."""


def cores() -> list[int]:
    """The CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def places(contender: Contender, platform: str, free: list[int]) -> list[str]:
    """Where the processes of a contender run: one on each core, or one on all."""
    alone = contender.shared or platform != "cpu"
    return ["all"] if alone else [str(core) for core in free]


class Team:
    """The processes of one contender. What is asked is asked of all at once."""

    def __init__(self, contender: Contender, platform: str, cache: Path) -> None:
        self.contender = contender
        where = places(contender, platform, cores())
        self._processes = [_start(contender, core, platform, cache) for core in where]

    def __len__(self) -> int:
        return len(self._processes)

    def ask(self, do: str, **arguments: Any) -> list[dict[str, Any]]:
        """The answers of all processes. Raises `Failed` if one of them fails."""
        question = json.dumps({"do": do, **arguments}) + "\n"
        try:
            for process in self._processes:
                process.stdin.write(question)  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            lines = [p.stdout.readline() for p in self._processes]  # type: ignore[union-attr]
        except BrokenPipeError as error:
            raise Failed("a process of it has ended") from error
        answers = [json.loads(line) if line else {"error": "its process ended"} for line in lines]
        errors = [answer["error"] for answer in answers if "error" in answer]
        if errors:
            raise Failed(errors[0])
        return answers

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.stdin.close()  # type: ignore[union-attr]
        for process in self._processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(contender: Contender, core: str, platform: str, cache: Path) -> subprocess.Popen[str]:
    paths = [str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        # Compiled programs of earlier runs would hide what compiling costs.
        "NNLAB_CACHE": str(cache),
        # Several processes share one GPU; by default the first takes three quarters of it.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    if platform == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
        if not contender.shared:
            environment |= {"OMP_NUM_THREADS": "1", "JAX_NUM_CPU_DEVICES": "1"}
    command = [sys.executable, "-m", "benchmarking.worker", contender.module, core, platform]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
