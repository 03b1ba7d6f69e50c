"""Kills each writer of nnlab at each of its points; run by test_killed_writers.py as a program.

`python kill_points.py FOLDER`: FOLDER/WRITER/old and FOLDER/WRITER/new hold what the writer leaves
before and after, FOLDER/WRITER/POINT-k what a SIGKILL at the k-th passage of that point leaves.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet  # noqa: F401

from nnlab import analysis, conclusions, data, records, show, study
from nnlab.cli import main as command_line
from nnlab.data import fetching
from nnlab.files import checksum
from nnlab.show import write

POINTS = ("before_the_file", "half_written", "before_fsync", "before_rename", "after_rename")


def rows_of(trial: str, loss: float) -> pd.DataFrame:
    return pd.DataFrame({"trial": trial, "seed": 0, "step": range(50), "width": 2, "loss": loss})


def a_study() -> study.Study:
    return study.Study(
        trial=lambda key, p, data: None,
        name="small",
        factors={"width": study.Sized(2)},
        presets={"quick": study.Preset(seeds=1)},
    )


def record(new: bool) -> None:
    trial = "b" if new else "a"
    records.Store(Path("small/records")).write(rows_of(trial, 0.5), {}, {"time": "now"})


def draw(new: bool) -> None:
    # What is drawn is another test's business, and takes its time.
    write._pictures = lambda figure: {"png": b"png %d" % new * 999, "pdf": b"pdf %d" % new * 999}
    table = show.table(x=np.arange(9.0), y=np.arange(9.0) * (1 + new))
    panel = show.Panel([show.Series(table, "s")], "x", "y")
    show.write_figure(show.Figure("errors", [panel], "Errors."), Path("out"), {"new": new})


def conclude(new: bool) -> None:
    records.provenance = lambda **more: {"versions": {}, "new": new} | more
    request = study.make_request(a_study(), "quick")
    conclusions.conclude(request, rows_of("a", float(new)), Path("small/quick"), "command")


def export(new: bool) -> None:
    Path("studies").mkdir(exist_ok=True)
    Path("studies/tiny.py").write_text(
        "from nnlab.study import Preset, Sized, Study\n"
        "STUDY = Study(trial=lambda key, p, data: None, factors={'width': Sized(2)},\n"
        "              presets={'quick': Preset(seeds=1)})\n"
    )
    loaded = study.load_study("tiny")
    keys = records.trial_keys(study.make_request(loaded, "quick"), study.Inputs(loaded))
    shutil.rmtree("results", ignore_errors=True)
    store = records.Store(Path("results/tiny/records"))
    (trial,) = keys.values()
    arm = store.write.__globals__["write_atomically"]
    store.write.__globals__["write_atomically"] = lambda path, content: (
        path.parent.mkdir(parents=True, exist_ok=True),
        path.write_bytes(content),
    )
    store.write(rows_of(trial, float(new)), {}, {})
    store.write.__globals__["write_atomically"] = arm
    command_line(["export", "tiny", "table.csv", "--preset", "quick"])


def cache(new: bool) -> None:
    data.cached("toy", {"new": new}, lambda: {"x": np.full(500, float(new))})


def download(new: bool) -> None:
    content = (b"new" if new else b"old") * 5000
    fetching._pieces = lambda source, most: iter([content[:4000], content[4000:]])
    remote = fetching.Remote("file", len(content), checksum(content), ("https://a.example",))
    fetching.fetched("toy", remote)


def template(new: bool) -> None:
    study.new_study("after" if new else "before")


WRITERS = {f.__name__: f for f in (record, draw, conclude, export, cache, download, template)}


class Dying:
    """A stream that passes a point with half of the content written."""

    def __init__(self, stream, passing) -> None:
        self._stream, self._passing = stream, passing

    def write(self, content: bytes) -> None:
        self._stream.write(content[: len(content) // 2])
        self._stream.flush()
        self._passing()
        self._stream.write(content[len(content) // 2 :])

    def __enter__(self):
        return self

    def __exit__(self, *about):
        self._stream.close()

    def __getattr__(self, name):
        return getattr(self._stream, name)


def arm(point: str, count: int) -> None:
    """Die of SIGKILL at the `count`-th passage of this point."""
    left = [count]

    def passing(where: str) -> None:
        if where == point:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    really_open, fsync, replace = Path.open, os.fsync, os.replace

    def open_(self, *arguments, **options):
        if not self.name.startswith(".nnlab-"):
            return really_open(self, *arguments, **options)
        passing("before_the_file")
        stream = really_open(self, *arguments, **options)
        return Dying(stream, lambda: passing("half_written"))

    def fsync_(handle):
        passing("before_fsync")
        fsync(handle)

    def replace_(source, target):
        passing("before_rename")
        replace(source, target)
        passing("after_rename")

    Path.open, os.fsync, os.replace = open_, fsync_, replace_


def child(folder: Path, writer: str, new: bool, point: str = "", count: int = 0) -> int:
    """The signal that ended a process in which this writer runs, 0 if none did."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        os.environ["NNLAB_CACHE"] = str(folder / "cache")
        os.chdir(folder)
        sys.stdout = sys.stderr = io.StringIO()
        arm(point, count)
        WRITERS[writer](new)
        os._exit(0)
    except SystemExit as done:
        os._exit(int(done.code or 0))
    except BaseException as error:
        print(writer, point, repr(error), file=sys.__stderr__)
        os._exit(99)


def main() -> None:
    root = Path(sys.argv[1]).resolve()
    for room in (analysis, data, records, show, study):  # once, not in each process
        [getattr(room, name) for name in room.__all__]
    for writer in WRITERS:
        old, new = root / writer / "old", root / writer / "new"
        old.mkdir(parents=True)
        assert child(old, writer, new=False) == 0, writer
        shutil.copytree(old, new)
        assert child(new, writer, new=True) == 0, writer
        for point in POINTS:
            for count in range(1, 100):
                folder = root / writer / f"{point}-{count}"
                shutil.copytree(old, folder)
                ended = child(folder, writer, True, point, count)
                if ended == 0:
                    shutil.rmtree(folder)
                    break
                assert ended == -signal.SIGKILL, (writer, point, ended)


if __name__ == "__main__":
    main()
