"""`nnlab targets`: known numbers beside ours, from the records or from what was kept of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from nnlab.cli import main

TINY = '''"""A tiny study."""
from nnlab import Preset, Study, Target, Traced, analysis, learn, nn

def trial(key, p, d):
    noise = nn.entry_normal(nn.stream(key, "noise"), 1, 1)[0, 0]
    return learn.Trial(lambda: (), lambda i, s: s, lambda _: {"value": p.shift + noise})

def at(shift):
    return lambda table: analysis.mean(analysis.by_seed(table, "value", shift=shift))

STUDY = Study(
    trial=trial,
    factors={"shift": Traced(0.0, 5.0)},
    presets={"quick": Preset(seeds=5), "standard": Preset(seeds=12)},
    targets=[
        Target("value at [5]", 5.0, "arithmetic", at(5.0), tolerance=3, kind="exact"),
        Target("value at 0", 40.0, "A. Book", at(0.0), tolerance=3),
        Target("value at 9", 9.0, "arithmetic", at(9.0)),
    ],
)
'''


@pytest.fixture
def lab(anywhere: Path) -> Path:
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "tiny.py").write_text(TINY)
    return anywhere


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, out, err


def test_known_numbers_stand_beside_ours(lab, capsys):
    code, _, _ = call(capsys, "run", "tiny")
    kept = lab / "results" / "tiny" / "standard" / "targets.csv"
    frame = pd.read_csv(kept)
    assert code == 0 and list(frame["within"].fillna("")) == ["yes", "no", ""]
    code, out, _ = call(capsys, "targets", "tiny")
    lines = out.splitlines()
    assert code == 0 and lines[0].strip() == "tiny (standard)"
    five, none = (next(line for line in lines if at in line) for at in ("value at [5]", "at 0"))
    assert "exact" in five and "yes (±3)" in five and " to " in five
    assert "published" in none and "no (±3)" in none
    assert "1 more: lacks its setting (value at 9)" in out
    # On a fresh clone only the gallery is there.
    shutil.rmtree(lab / "results" / "tiny" / "records")
    assert call(capsys, "targets", "tiny")[1] == out


def test_records_that_are_short_say_so(lab, capsys):
    call(capsys, "run", "tiny", "--preset", "quick")
    code, out, _ = call(capsys, "targets", "tiny")
    assert code == 0 and "tiny (standard; 10 of 24 trials recorded)" in out


def test_all_studies_with_targets_are_shown_or_told_of(lab, capsys):
    code, out, _ = call(capsys, "targets")
    assert code == 0 and "tiny: nothing is recorded of tiny" in out
    assert "double_descent_theory: nothing is recorded" in out


def test_bad_input_gets_one_clear_line(lab, capsys):
    (lab / "studies" / "bare.py").write_text(TINY.partition("    targets=[")[0] + ")\n")
    for arguments, told in (
        (("tiny",), "nothing is recorded of tiny"),
        (("bare",), "bare declares no targets"),
        (("tinny",), "did you mean 'tiny'"),
        (("tiny", "--preset", "quik"), "did you mean 'quick'"),
    ):
        code, _, err = call(capsys, "targets", *arguments)
        assert code == 2 and told in err and err.count("\n") == 1
