"""Stopping and going on, as the user of the command line meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nnlab
from nnlab.cli import main
from nnlab.engine import segments
from nnlab.errors import NnlabError
from nnlab.files import checksum

LONG = '''"""A study whose run can be stopped."""
from nnlab import Preset, Sized, Study, Traced, data, learn, nn

def dataset(p):
    return data.iris()

def trial(key, p, d):
    net = nn.MLP(hidden=(p.width,), out=d.classes)
    optimizer = learn.optimizer("momentum", p.learning_rate)
    return learn.supervised(key, net, optimizer, d.train.x, d.train.y, batch=20)

STUDY = Study(
    data=dataset, trial=trial,
    factors={"width": Sized(4, 8), "learning_rate": Traced(0.05, 0.2)},
    presets={"quick": Preset(seeds=2, steps=40), "long": Preset(seeds=2, steps=10**8)},
)
'''


@pytest.fixture
def lab(anywhere: Path) -> Path:
    """A folder with one study in ./studies."""
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "stoppable.py").write_text(LONG)
    return anywhere


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, out, err


@pytest.fixture
def signal_after(monkeypatch):
    """`signal_after(number, segments)`: it comes in that segment, each of which has 8 steps."""
    monkeypatch.setattr(segments.Pace, "__init__", lambda pace: setattr(pace, "steps", 8))

    def arrange(number: int, count: int) -> None:
        left = [count]

        def took(*_):
            left[0] -= 1
            if left[0] == 0:
                signal.raise_signal(number)

        monkeypatch.setattr(segments.Pace, "took", took)

    return arrange


def recorded(lab: Path) -> dict[str, str]:
    folder = lab / "results" / "stoppable" / "records"
    return {path.name: checksum(path.read_bytes()) for path in folder.glob("*.parquet")}


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_the_first_signal_saves_and_says_how_to_go_on(lab, capsys, signal_after, number, code):
    run = ["run", "stoppable", "--preset", "quick", "--set", "width=4,8"]
    signal_after(number, 3)
    got, out, err = call(capsys, *run)
    assert got == code and out == ""
    last = err.strip().splitlines()[-1]
    assert last.startswith("stopped: what runs is saved at step 24 of 40, all that is finished")
    assert last.endswith("to go on: nnlab run stoppable --preset quick --set width=4,8")
    assert list((lab / "results").glob("*/records/checkpoints/*/*.json"))
    signal_after(number, -1)
    assert call(capsys, "resume")[0] == 0
    resumed = recorded(lab)
    assert not list((lab / "results").glob("*/records/*/")), "nothing but records is left"
    assert call(capsys, *run, "--out", "other")[0] == 0
    (lab / "results").rename(lab / "first")
    (lab / "other").rename(lab / "results")
    assert recorded(lab) == resumed != {}
    for name in ("summary.csv", "verdicts.csv"):
        files = [next(lab.glob(f"{top}/stoppable/quick*/{name}")) for top in ("first", "results")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_from_python_it_surfaces_as_a_keyboard_interrupt(lab, signal_after):
    signal_after(signal.SIGINT, 2)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match="saved at step 16 of 40"):
        nnlab.run("stoppable", "quick", progress=False)
    assert signal.getsignal(signal.SIGINT) is before
    signal_after(signal.SIGINT, -1)
    assert len(nnlab.run("stoppable", "quick", progress=False)) == 8


@pytest.mark.slow
def test_a_process_hears_the_first_and_dies_of_the_second(lab):
    """The preset `long` would take hours; so would what a second Ctrl-C does not wait for."""
    slow = (
        "import sys, time\nfrom nnlab.cli import main\nfrom nnlab.engine import segments\n"
        "def took(pace, steps, seconds):\n"
        "    print('segment', flush=True)\n    time.sleep(0.5 if len(sys.argv) < 2 else 100)\n"
        "segments.Pace.took = took\n"
        "main(['run', 'stoppable', '--preset', 'long'])\n"
    )
    codes = []
    for arguments in ([], ["asleep"]):
        child = subprocess.Popen(
            [sys.executable, "-c", slow, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(nnlab.__file__).parents[1])},
        )
        assert child.stdout is not None and child.stdout.readline() == "segment\n"
        child.send_signal(signal.SIGINT)
        if arguments:
            time.sleep(0.5)
            assert child.poll() is None
            child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
        codes.append(child.returncode)
        if not arguments:
            assert "to go on: nnlab run stoppable --preset long" in err
    assert codes == [130, -signal.SIGINT]


def test_nothing_unfinished_is_said(lab, capsys):
    assert call(capsys, "resume") == (0, "nothing is unfinished in results\n", "")
    assert call(capsys, "run", "stoppable", "--preset", "quick")[0] == 0
    assert call(capsys, "resume")[1] == "nothing is unfinished in results\n"


def test_what_cannot_be_resumed_gets_a_line_each_and_the_rest_runs(lab, capsys, signal_after):
    studies, marks = lab / "studies", lab / "results"
    signal_after(signal.SIGINT, 1)
    for name in ("gone", "moved", "stoppable"):
        (studies / f"{name}.py").write_text(LONG)
        assert call(capsys, "run", name, "--preset", "quick")[0] == 130
        signal_after(signal.SIGINT, 1)
    signal_after(signal.SIGINT, -1)
    (studies / "gone.py").unlink()
    (mark,) = marks.glob("moved/records/unfinished/quick.json")
    mark.write_bytes(mark.read_bytes().replace(b"quick", b"quack"))
    code, out, err = call(capsys, "resume")
    assert code == 2
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2
    assert "gone.py is gone" in errors[0] and "is damaged" in errors[1]
    assert "results/stoppable/quick/summary.csv" in out
    assert not list(marks.glob("stoppable/records/unfinished"))


def test_a_request_that_is_wrong_leaves_nothing_to_resume(lab, capsys):
    (lab / "studies" / "wrong.py").write_text(LONG.replace("p.width,", "int(p.learning_rate),"))
    assert call(capsys, "run", "wrong", "--preset", "quick")[0] in (1, 2)
    assert "nothing is unfinished" in call(capsys, "resume")[1]


def test_weights_are_kept_and_loaded_by_name(lab, capsys):
    run = ["run", "stoppable", "--preset", "quick"]
    assert call(capsys, *run)[0] == 0
    with pytest.raises(NnlabError, match="--keep-weights --out FOLDER"):
        nnlab.weights("stoppable", "quick", width=4, learning_rate=0.2)
    code, _, err = call(capsys, *run, "--keep-weights")
    assert code == 0 and "note: 8 trials were recorded without their weights" in err
    assert call(capsys, *run, "--keep-weights", "--out", "kept")[0] == 0
    first = nnlab.weights("stoppable", "quick", width=4, learning_rate=0.2, out="kept")
    assert first["layer_0"]["kernel"].shape == (4, 4) and set(first) == {"layer_0", "layer_1"}
    second = nnlab.weights("stoppable", "quick", seed=1, width=8, learning_rate=0.2, out="kept")
    assert second["layer_0"]["kernel"].shape == (4, 8)
    assert np.abs(second["layer_0"]["kernel"][:, :4] - first["layer_0"]["kernel"]).max() > 0
    for settings, told in (
        ({"width": 4}, "say which trial: learning_rate is one of 0.05, 0.2"),
        ({"width": 5, "learning_rate": 0.2}, "no trial has these settings: width is one of 4, 8"),
        ({"width": 4, "learning_rate": 0.2, "seed": 2}, "seed 2 is not in the run"),
        ({"breadth": 4}, "unknown factor 'breadth'"),
    ):
        with pytest.raises(NnlabError, match=told):
            nnlab.weights("stoppable", "quick", out="kept", **settings)
    with pytest.raises(NnlabError, match="has not been run in elsewhere"):
        nnlab.weights("stoppable", "quick", width=4, learning_rate=0.2, out="elsewhere")
