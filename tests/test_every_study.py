"""`nnlab run --all`: every study runs, whatever becomes of the others, and each gets a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_command_line import TINY, call

from nnlab.study import discovery

QUICK = ("run", "--all", "--preset", "quick")


@pytest.fixture
def lab(anywhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sound studies and, between them, one whose trial fails."""
    folder = anywhere / "studies"
    folder.mkdir()
    monkeypatch.setattr(discovery, "study_folders", lambda: [folder])
    for name in ("first", "third"):
        (folder / f"{name}.py").write_text(TINY)
    (folder / "second.py").write_text(TINY.replace("labels = learn", "labels = 1 / 0; labels = l"))
    return folder


def summary(out: str, *names: str) -> list[str]:
    return [line for line in out.splitlines() if line.partition(" ")[0] in names]


def test_a_bad_study_stops_no_other_and_is_told_of_in_the_end(lab, capsys):
    code, out, err = call(capsys, *QUICK)
    assert code == 2 and err.count("error: ") == 1
    first, second, third = summary(out, "first", "second", "third")
    assert first.endswith("1 inconclusive") or first.endswith("1 supported"), first
    assert "error: " in second and "ZeroDivisionError" in second
    assert third.split()[-2:] == first.split()[-2:]
    for name in ("first", "third"):
        assert (lab.parent / "results" / name / "quick" / "verdicts.csv").exists()
    assert not (lab.parent / "results" / "second" / "quick").exists()


def test_fail_fast_runs_nothing_after_a_failure(lab, capsys):
    code, out, _ = call(capsys, *QUICK, "--fail-fast")
    assert code == 2 and len(summary(out, "first", "second")) == 2
    assert not summary(out, "third") and not (lab.parent / "results" / "third").exists()


def test_what_a_study_lacks_is_told_before_anything_runs(lab, capsys):
    (lab / "second.py").write_text(TINY.replace('"quick"', '"small"'))
    code, out, err = call(capsys, *QUICK, "--fail-fast")
    assert code == 2 and err.startswith("error: second: unknown preset 'quick'")
    assert "== " not in err and len(summary(out, "second")) == 1


def test_where_all_is_well_the_exit_code_is_0(lab, capsys):
    (lab / "second.py").unlink()
    code, out, _ = call(capsys, *QUICK, "--seeds", "1")
    assert code == 0 and len(summary(out, "first", "third")) == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--all", "first"], "leave the name and --set out"),
        (["--all", "--set", "width=2"], "leave the name and --set out"),
        (["--all", "--preset", "quik"], "unknown preset 'quik'; did you mean 'quick'?"),
        (["--all", "--device", "abacus"], "unknown device 'abacus'"),
        ([], "name a study (nnlab list shows them), or --all"),
    ],
)
def test_what_does_not_go_together_is_told(lab, capsys, more, told):
    code, out, err = call(capsys, "run", *more)
    assert code == 2 and out == "" and err.count("\n") == 1 and told in err


def test_without_studies_that_is_said(lab, capsys):
    for path in lab.glob("*.py"):
        path.unlink()
    code, _, err = call(capsys, *QUICK)
    assert code == 2 and "nnlab new NAME" in err
