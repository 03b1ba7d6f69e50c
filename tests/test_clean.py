"""`nnlab clean` shows, asks, and removes no more than it said; damage is told by every reader."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import nnlab
from nnlab.cli import main
from nnlab.errors import NnlabError
from nnlab.files import DAY
from nnlab.records import Store, trial_keys
from nnlab.study import Inputs, load_study, make_request

PLAIN = '''"""A study that trains nothing."""
from nnlab import Preset, Sized, Study, Traced

def trial(key, p, data):
    return None

STUDY = Study(
    trial=trial,
    factors={"width": Sized(2, 8), "rate": Traced(0.1)},
    presets={"quick": Preset(seeds=2, steps=10), "long": Preset(seeds=3, steps=20)},
    version=1,
)
'''


@pytest.fixture
def lab(anywhere, monkeypatch) -> Path:
    """A folder with the study `plain`."""
    monkeypatch.setenv("COLUMNS", "200")
    (anywhere / "studies").mkdir()
    write_study()
    return anywhere


def write_study(*changes: tuple[str, str], name: str = "plain") -> None:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    Path(f"studies/{name}.py").write_text(text)


def record(name: str = "plain", preset: str = "quick", seeds: int | None = None, **overrides):
    """What a run would record, all in one file; returns the keys."""
    request = make_request(load_study(name), preset, seeds, overrides)
    keys = trial_keys(request, Inputs(request.study))
    store = Store(Path("results") / name / "records")
    missing = {place: key for place, key in keys.items() if key not in store.finished([key])}
    rows = [
        {"trial": key, "seed": seed, "step": step, **cell.settings, "loss": 0.5}
        for (seed, cell), key in missing.items()
        for step in cell.record
    ]
    store.write(pd.DataFrame(rows), {}, {"time": "2026-01-01"})
    return list(keys.values())


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, out, err


def answer(monkeypatch, text: str) -> None:
    """Somebody sits at a terminal and types this."""
    import io

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(text))


def files() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in Path("results").rglob("*") if p.is_file()}


def held(name: str = "plain") -> set[str]:
    return {t for c in Store(Path("results") / name / "records").chunks() for t in c.trials}


def test_what_is_wanted_stays(lab, capsys):
    assert call(capsys, "clean") == (0, "nothing to remove\n", "")
    record()
    code, out, _ = call(capsys, "clean", "plain", "--yes")
    assert code == 0 and out == "plain: 4 trials recorded, 0 unwanted\nnothing to remove\n"
    assert len(held()) == 4


def test_stale_results_are_shown_asked_about_and_removed(lab, capsys, monkeypatch):
    record()
    write_study(("version=1", "version=2"))
    new = record()
    before = files()
    answer(monkeypatch, "n\n")
    code, out, _ = call(capsys, "clean")
    assert code == 0 and files() == before
    assert "plain: 8 trials recorded, 4 unwanted" in out
    assert "  4, " in out and "0 days old at most: version 1, now 2" in out
    assert "remove 4 trials in 1 file of records (" in out and "nothing is removed" in out
    answer(monkeypatch, "")  # the terminal is closed
    code, out, _ = call(capsys, "clean")
    assert code == 0 and "nothing is removed" in out and files() == before
    answer(monkeypatch, "y\n")
    code, out, _ = call(capsys, "clean")
    assert code == 0 and "removed 4 trials" in out
    assert held() == set(new) and set(files()) < set(before)
    assert all(before[name] == content for name, content in files().items())


def test_without_a_terminal_nothing_is_removed_unless_told(lab, capsys):
    record()
    write_study(("version=1", "version=2"))
    before = files()
    code, _, err = call(capsys, "clean", "plain")
    assert code == 2 and err.startswith("error: not asked, so nothing is removed: to remove 4")
    assert err.count("\n") == 1 and "--yes" in err and files() == before
    code, out, _ = call(capsys, "clean", "plain", "--yes")
    assert code == 0 and "removed 4 trials" in out and files() == {}


def test_trials_beyond_the_presets_are_kept_unless_all_is_asked_for(lab, capsys):
    record()
    record(seeds=5)
    record(width=[16])
    code, out, _ = call(capsys, "clean", "--yes")
    assert code == 0 and "nothing to remove" in out and len(held()) == 12
    assert "8, " in out and "beyond the presets (kept, unless --all)" in out
    code, out, _ = call(capsys, "clean", "--yes", "--all")
    assert code == 0 and "removed 8 trials" in out and len(held()) == 4
    assert "unless" not in out


def test_a_file_with_wanted_trials_stays(lab, capsys):
    record()
    write_study(("Sized(2, 8)", "Sized(2)"), ("Traced(0.1)", "Traced(0.1, 0.2)"))
    code, out, _ = call(capsys, "clean", "--yes", "--all")
    assert code == 0 and "nothing to remove" in out and len(held()) == 4
    assert "2 stay, in one file with trials that are wanted" in out


def test_one_study_only_and_another_folder(lab, capsys):
    write_study(name="other")
    for name in ("plain", "other"):
        record(name)
        write_study(("version=1", "version=2"), name=name)
    Path("results").rename("elsewhere")
    assert call(capsys, "clean", "--yes")[1] == "nothing to remove\n"
    code, out, _ = call(capsys, "clean", "plain", "--out", "elsewhere", "--yes")
    assert code == 0 and "other" not in out
    assert list(Path("elsewhere/plain/records").iterdir()) == []
    assert len(list(Path("elsewhere/other/records").iterdir())) == 2


def test_what_a_study_that_cannot_be_read_has_is_left(lab, capsys):
    for name in ("gone", "broken", "plain"):
        write_study(name=name)
        record(name)
    Path("studies/gone.py").unlink()
    Path("studies/broken.py").write_text("1 / 0\nSTUDY = 1\n")
    write_study(("version=1", "version=2"))
    code, out, _ = call(capsys, "clean", "--yes")
    assert code == 0 and len(held("gone")) == len(held("broken")) == 4 and held() == set()
    assert "gone: nothing of it is called stale: unknown study 'gone'" in out
    assert "broken: nothing of it is called stale" in out and "ZeroDivisionError" in out
    for name in ("gone", "broken"):
        code, _, err = call(capsys, "clean", name, "--yes")
        assert code == 2 and err.count("\n") == 1


def test_left_over_files_go_when_they_are_old(lab, capsys):
    keys = record()
    folder = Path("results/plain")
    left = [
        folder / "quick" / f".nnlab-{'0' * 16}.tmp",
        folder / "records" / "ab.parquet",
        folder / "records" / "damaged" / "x.parquet",
        folder / "records" / "checkpoints" / "c1" / "state",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 500)
    before = files()
    assert "nothing to remove" in call(capsys, "clean", "--yes")[1] and files() == before
    old = time.time() - 8 * DAY
    for path in [*folder.rglob("*")]:
        os.utime(path, (old, old))
    code, out, _ = call(capsys, "clean", "--yes")
    assert code == 0 and "remove" in out and "4 left-over files" in out
    assert "left over: 1 file, temporary files" in out
    assert held() == set(keys) and not any(path.exists() for path in left)
    assert set(files()) == set(before) - {str(path) for path in left}


def test_damaged_files_are_not_removed(lab, capsys):
    record()
    write_study(("version=1", "version=2"))
    (file,) = Path("results/plain/records").glob("*.parquet")
    file.write_bytes(b"x")
    before = files()
    code, out, _ = call(capsys, "clean", "--yes")
    assert code == 0 and files() == before
    assert "left alone" in out and "nnlab run plain --repair" in out


def test_a_folder_that_may_not_be_changed_is_told(lab, capsys, monkeypatch):
    record()
    write_study(("version=1", "version=2"))

    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    code, _, err = call(capsys, "clean", "--yes")
    assert code == 2 and err.startswith("error: cannot remove ") and err.count("\n") == 1


@pytest.mark.parametrize("command", ["figures", "export", "load", "status", "status all"])
@pytest.mark.parametrize("harm", ["rows", "manifest", "deleted"])
def test_every_reader_names_the_trials_lost_with_a_damaged_file(lab, capsys, command, harm):
    record(width=[8])
    record()
    (chunk,) = [c for c in Store(Path("results/plain/records")).chunks() if "8" in width_of(c)]
    path = chunk.manifest if harm == "manifest" else chunk.path
    path.write_bytes(path.read_bytes()[:-3])
    if harm == "deleted":
        path.unlink()
    if command == "load":
        with pytest.raises(NnlabError) as error:
            nnlab.load("plain", "quick")
        err = f"error: {error.value}\n"
    else:
        arguments = {
            "figures": ["figures", "plain", "--preset", "quick"],
            "export": ["export", "plain", "table.csv", "--preset", "quick"],
            "status": ["status", "plain"],
            "status all": ["status"],
        }[command]
        code, out, err = call(capsys, *arguments)
        assert code == 2
        if command == "status":
            assert "quick: 2 of 4 trials recorded\nlong: 0 of 6" in out
        if command == "status all":
            assert "plain: 2 trials recorded" in out
    assert err.startswith("error: ") and err.count("\n") == 1 and "--repair" in err
    if command == "status all":
        assert "damaged records of plain" in err
    elif harm == "manifest":
        missing = "8 of 10" if command == "status" else "2 of 4"
        assert f"what it held is not known: {missing} trials are in no sound record" in err
    else:
        assert "lost are 2 trials (seeds 0-1; width=8)" in err


def width_of(chunk) -> str:
    return ",".join(map(str, set(pd.read_parquet(chunk.path)["width"])))
