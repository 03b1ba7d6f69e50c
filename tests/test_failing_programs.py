"""A run of which some programs fail, as its user meets it: the rest is done and told from all."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from test_command_line import TINY, call

import nnlab
from nnlab.engine import task
from nnlab.errors import Incomplete

DEEPER = ("run", "tiny", "--preset", "quick", "--set", "depth=1,2")
FOLDER = Path("results/tiny/quick+depth=1,2")


@pytest.fixture
def lab(anywhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study that can be run, but not of two layers; `two_layers_fail` is undone
    by `monkeypatch.undo()`."""
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "tiny.py").write_text(TINY)
    load = task.load_blocks

    def loaded(study, program, blocks):
        if dict(program.static)["depth"] == 2:
            raise RuntimeError("two layers\nare too many")
        return load(study, program, blocks)

    monkeypatch.setattr(task, "load_blocks", loaded)
    return anywhere


def test_what_exists_is_judged_and_drawn_and_the_exit_code_is_1(lab, capsys):
    code, out, err = call(capsys, *DEEPER)
    assert code == 1
    assert "failed: width ≤ 8, depth 2: RuntimeError: two layers are too many" in err
    last = err.splitlines()[-1]
    assert last == (
        "error: width ≤ 8, depth 2: RuntimeError: two layers are too many; 8 of 16 trials missing "
        "(seeds 0-1; width=2, 8; label_noise=0.0, 0.2; depth=2); the same command runs these"
    )
    assert "note: 8 of 16 trials missing (seeds 0-1" in out
    assert "8 of 16 trials missing)" in out.split("wider_fits:")[1].splitlines()[0]
    verdicts = pd.read_csv(FOLDER / "verdicts.csv")
    assert verdicts.note.str.contains("8 of 16 trials missing").all()
    caption = (FOLDER / "errors.txt").read_text()
    assert caption.startswith("Errors. 8 of 16 trials missing (seeds 0-1;")
    assert json.loads((FOLDER / "provenance.json").read_text())["trials"] == 8


@pytest.mark.slow
def test_the_next_run_does_the_rest_and_says_nothing_of_it(lab, capsys, monkeypatch):
    call(capsys, *DEEPER)
    monkeypatch.undo()
    monkeypatch.chdir(lab)
    code, out, err = call(capsys, *DEEPER)
    assert code == 0 and "8 trials to run (8 recorded already)" in err
    assert "missing" not in out + (FOLDER / "verdicts.csv").read_text()


def test_fail_fast_draws_nothing(lab, capsys):
    code, out, err = call(capsys, *DEEPER, "--fail-fast")
    assert code == 1 and out == "" and not FOLDER.exists()
    assert "8 of 16 trials missing" in err.splitlines()[-1]


def test_where_nothing_is_recorded_there_is_nothing_to_draw(lab, capsys):
    code, out, err = call(capsys, "run", "tiny", "--preset", "quick", "--set", "depth=2")
    assert code == 1 and out == ""
    assert err.splitlines()[-1].endswith("two layers are too many; nothing is recorded")


def test_python_gets_the_table_with_the_error(lab):
    with pytest.raises(Incomplete) as caught:
        nnlab.run("tiny", "quick", factors={"depth": [1, 2]}, progress=False)
    error = caught.value
    assert set(error.table.depth) == {1} and error.table.trial.nunique() == 8
    assert error.missing.startswith("8 of 16 trials missing") and len(error.failures) == 1
    assert error.conclusion.verdicts[0].note.endswith("8 of 16 trials missing")
    assert isinstance(error, nnlab.NnlabError)


def test_a_bad_study_still_gets_one_line_and_exit_code_2(lab, capsys):
    bad = TINY.replace("labels = learn", "labels = 1 / 0; labels = learn")
    (lab / "studies" / "tiny.py").write_text(bad)
    code, out, err = call(capsys, *DEEPER)
    assert code == 2 and out == "" and err.count("\n") == 1
    assert "its trial fails: ZeroDivisionError" in err


def test_estimate_and_outcome_stand_side_by_side(lab, capsys):
    code, _, err = call(capsys, "run", "tiny", "--preset", "quick")
    assert code == 0
    (line,) = [line for line in err.splitlines() if line.startswith("took ")]
    assert "estimated" in line and "waiting for compiles" in line
    code, out, _ = call(capsys, "plan", "tiny", "--preset", "long", "--no-compile-cache")
    assert code == 0
    for word in ("padding", "idle lanes", "useful work", "state", "1 compile", "in all"):
        assert word in out
