"""A run to be killed: `python stoppable_run.py FOLDER STEPS` trains a small study into FOLDER.

It saves after every segment, and says the length of each on standard output as soon as it is
computed, before it is saved. A rest after each makes moments alike on machines of any speed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from small_studies import irises, machine, request_of, table_of

from nnlab import engine
from nnlab.engine import runner, segments
from nnlab.study import Request

SEGMENT = 50
PLANNED_FOR = machine(lanes=2)  # three chunks


def asked(steps: int) -> Request:
    return request_of(irises(steps=steps))


class Told(segments.Pace):
    """Segments of always the same number of steps, each said aloud."""

    def __init__(self) -> None:
        self.steps = SEGMENT

    def took(self, steps: int, seconds: float) -> None:
        print(steps, flush=True)
        time.sleep(0.02)


def main(folder: Path, steps: int) -> None:
    os.environ["NNLAB_CHECKPOINT_SECONDS"] = "0"
    engine.configure("cpu")
    segments.Pace.__init__ = Told.__init__
    segments.Pace.took = Told.took
    runner.machine = lambda: PLANNED_FOR
    runner.check_backend = lambda: None
    table_of(asked(steps), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
