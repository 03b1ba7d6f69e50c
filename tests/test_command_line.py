"""The command line as its user meets it: output, exit codes, one clear line for bad input."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import nnlab
from nnlab.cli import main

TINY = '''"""A tiny study. With a title."""
from nnlab import Claim, Preset, Sized, Static, Study, Traced, analysis, data, learn, nn, show

def dataset(p):
    return data.iris()

def trial(key, p, d):
    labels = learn.corrupt(nn.stream(key, "label_noise"), d.train.y, p.label_noise, d.classes)
    net = nn.MLP(hidden=(p.width,) * p.depth, out=d.classes)
    optimizer = learn.optimizer("sgd", 0.1)
    return learn.supervised(key, net, optimizer, d.train.x, labels, batch=20,
                            measures=[learn.weight_norm])

def estimand(table):
    error = analysis.by_seed(table, "train_error", across="width", label_noise=0.2)
    return analysis.paired_difference(error.at(width=8), error.at(width=2))

def figures(table):
    curve = analysis.curve(table, "width", "train_error", by="label_noise")
    series = show.series_by(curve, "label_noise", x="width", label="{:.0%} noise")
    return [show.Figure("errors", [show.Panel(series, "width", "error (%)")], "Errors.")]

STUDY = Study(
    data=dataset, trial=trial, figures=figures,
    factors={"width": Sized(2, 8), "label_noise": Traced(0.0, 0.2, low=0, high=1),
             "depth": Static(1)},
    presets={"quick": Preset(seeds=2, steps=20, record=2), "long": Preset(seeds=3, steps=40)},
    claims=[Claim("wider_fits", "Wider fits better.", estimand, analysis.Region.below(0))],
)
'''


@pytest.fixture
def lab(anywhere: Path) -> Path:
    """A folder with one tiny study in ./studies."""
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "tiny.py").write_text(TINY)
    return anywhere


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, out, err


def test_run_ends_with_table_verdicts_and_files(lab, capsys):
    code, out, err = call(capsys, "run", "tiny", "--preset", "quick")
    assert code == 0
    assert "8 trials to run, in" in err
    assert "train_error" in out and "wider_fits:" in out and "n = 2" in out
    folder = lab / "results" / "tiny" / "quick"
    written = {path.name for path in folder.iterdir()}
    assert {"errors.png", "errors.pdf", "errors.csv", "errors.txt"} <= written
    assert {"summary.csv", "verdicts.csv", "provenance.json"} <= written
    assert "nnlab run tiny --preset quick" in (folder / "errors.txt").read_text()
    for name in ("errors.png", "summary.csv", "verdicts.csv"):
        assert str(Path("results/tiny/quick") / name) in out


def test_what_is_recorded_is_not_run_again_and_more_seeds_run_only_the_new(lab, capsys):
    call(capsys, "run", "tiny", "--preset", "quick")
    before = nnlab.load("tiny", "quick")
    _, _, err = call(capsys, "run", "tiny", "--preset", "quick")
    assert "0 trials to run (8 recorded already)" in err
    _, _, err = call(capsys, "run", "tiny", "--preset", "quick", "--seeds", "4")
    assert "8 trials to run (8 recorded already)" in err
    after = nnlab.load("tiny", "quick", seeds=4)
    kept = after[after.seed < 2].reset_index(drop=True)
    order = ["width", "label_noise", "seed", "step"]
    pd.testing.assert_frame_equal(
        kept.sort_values(order, ignore_index=True), before.sort_values(order, ignore_index=True)
    )


def test_the_same_from_python(lab, capsys):
    table = nnlab.run("tiny", preset="quick", progress=False)
    assert list(table.columns[:6]) == ["trial", "seed", "step", "width", "label_noise", "depth"]
    assert len(table) == 2 * 2 * 2 * 2 and set(table.step) == {10, 20}
    assert (lab / "results" / "tiny" / "quick" / "errors.png").exists()
    layers = nnlab.load("tiny", "quick", along="layer")
    assert set(layers.layer) == {0, 1} and layers.weight_norm.gt(0).all()


def test_a_study_file_is_a_program(lab):
    (lab / "own.py").write_text(f"import nnlab\n{TINY}\nnnlab.main(__file__)\n")
    done = subprocess.run(
        [sys.executable, "own.py", "--preset", "quick", "--seeds", "1"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "wider_fits" in done.stdout
    assert (lab / "results" / "own" / "quick+seeds=1" / "errors.png").exists()


def test_set_changes_factors_and_leaves_the_presets_own_figures_alone(lab, capsys):
    code, out, _ = call(capsys, "run", "tiny", "--preset", "quick", "--set", "width=2,4,8")
    assert code == 0 and "quick+width=2,4,8" in out
    assert not (lab / "results" / "tiny" / "quick").exists()


def test_plan_status_figures_export_and_info(lab, capsys):
    code, out, _ = call(capsys, "plan", "tiny", "--preset", "quick")
    assert code == 0 and "8 trials to run, 0 recorded" in out
    code, _, err = call(capsys, "figures", "tiny", "--preset", "quick")
    assert code == 2 and "run it first: nnlab run tiny --preset quick" in err
    call(capsys, "run", "tiny", "--preset", "quick")
    code, out, _ = call(capsys, "status")
    assert code == 0 and "tiny: 8 trials recorded" in out
    code, out, _ = call(capsys, "status", "tiny")
    assert "quick: 8 of 8 trials recorded" in out and "long: 0 of 12" in out
    code, out, _ = call(capsys, "figures", "tiny", "--preset", "quick")
    assert code == 0 and "wider_fits" in out
    for name in ("table.csv", "table.parquet"):
        code, out, _ = call(capsys, "export", "tiny", name, "--preset", "quick")
        assert code == 0 and "16 rows" in out
    exported = pd.read_parquet("table.parquet")
    pd.testing.assert_frame_equal(exported, pd.read_csv("table.csv"), check_dtype=False)
    code, out, _ = call(capsys, "info", "tiny")
    assert code == 0 and "width: sized" in out and "wider_fits" in out


def test_a_new_study_runs_as_it_is(anywhere, capsys):
    code, out, _ = call(capsys, "new", "mine")
    assert code == 0 and "studies/mine.py" in out
    code, out, _ = call(capsys, "run", "mine", "--preset", "quick")
    assert code == 0 and "wider_fits_noise" in out
    assert (anywhere / "results" / "mine" / "quick" / "train_error.png").exists()
    code, _, err = call(capsys, "new", "mine")
    assert code == 2 and "exists already" in err


def test_doctor_finds_this_backend_right(capsys):
    code, out, _ = call(capsys, "doctor")
    assert code == 0 and "jaxlib" in out and "canaries right" in out


def test_a_figure_and_a_claim_that_raise_lose_nothing_else(lab, capsys):
    broken = TINY.replace('x="width", label=', 'x="wdith", label=').replace(
        "error.at(width=8)", "error.at(width=9)"
    )
    (lab / "studies" / "broken.py").write_text(broken)
    code, out, _ = call(capsys, "run", "broken", "--preset", "quick")
    assert code == 0
    assert "failed" in out and "wider_fits" in out and "figures of broken failed" in out
    assert (lab / "results" / "broken" / "quick" / "summary.csv").exists()


BAD = [
    (["run", "tny"], "unknown study 'tny'; did you mean 'tiny'?"),
    (["run", "tiny", "--preset", "quik"], "unknown preset 'quik'; did you mean 'quick'?"),
    (["run", "tiny", "--set", "widht=3"], "unknown factor 'widht'; did you mean 'width'?"),
    (["run", "tiny", "--set", "width=wide"], "width takes whole numbers, not 'wide'"),
    (["run", "tiny", "--set", "width=0"], "width=0 is out of range: at least 1"),
    (["run", "tiny", "--set", "label_noise=-0.1"], "label_noise=-0.1 is out of range"),
    (["run", "tiny", "--set", "label_noise=nan"], "label_noise takes numbers"),
    (["run", "tiny", "--set", "depth=1.5"], "depth takes whole numbers, not '1.5'"),
    (["run", "tiny", "--set", "width"], "--set takes factor=value"),
    (["run", "tiny", "--seeds", "0"], "seeds=0 is out of range"),
    (["run", "tiny", "--seeds", "many"], "--seeds"),
    (["run", "tiny", "--device", "abacus"], "unknown device 'abacus'"),
    (["run", "tiny", "--out", "studies/tiny.py"], "cannot write"),
    (["run", "nowhere.py"], "no study file nowhere.py"),
    (["run", "bad_syntax"], "bad_syntax.py: line 2"),
    (["run", "no_study"], "no_study.py: has no STUDY"),
    (["run", "raises"], "raises.py, line 2: ZeroDivisionError"),
    (["run"], "name a study (nnlab list shows them), or --all"),
    (["run", "tiny", "--sets", "1"], "No such option"),
    (["rnu"], "No such command"),
    (["export", "tiny", "table.xls"], "must end in .csv, .parquet or .tex"),
    (["export", "tiny", "t.csv", "--preset", "quick"], "nothing is recorded"),
    (["new", "../escape"], "must be a plain identifier"),
]


@pytest.mark.parametrize(("arguments", "told"), BAD, ids=lambda v: " ".join(v) if v else "")
def test_bad_input_gets_one_clear_line_and_exit_code_2(lab, capsys, arguments, told):
    (lab / "studies" / "bad_syntax.py").write_text('"""Title."""\ndef (:\n')
    (lab / "studies" / "no_study.py").write_text('"""Title."""\nSTUDIE = 1\n')
    (lab / "studies" / "raises.py").write_text('"""Title."""\n1 / 0\nSTUDY = None\n')
    before = sorted(lab.rglob("*"))
    code, out, err = call(capsys, *arguments)
    assert code == 2 and out == ""
    assert err.startswith("error: ") and err.count("\n") == 1, err
    assert told in err
    assert sorted(lab.rglob("*")) == before


def test_no_command_shows_the_help(capsys):
    code, out, _ = call(capsys)
    assert code == 0 and "doctor" in out


def test_a_broken_study_file_leaves_the_others_in_the_list(lab, capsys):
    (lab / "studies" / "bad_syntax.py").write_text('"""Title."""\ndef (:\n')
    code, out, _ = call(capsys, "list")
    assert code == 0
    assert re.search(r"^tiny +A tiny study. With a title.$", out, flags=re.MULTILINE)
    assert "double_descent_theory" in out
    assert "bad_syntax" in out and "cannot run" in out and "line 2" in out


def test_a_damaged_record_is_refused_and_repaired(lab, capsys):
    call(capsys, "run", "tiny", "--preset", "quick")
    good = nnlab.load("tiny", "quick")
    damaged = min((lab / "results" / "tiny" / "records").glob("*.parquet"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(bytes(content))
    for command in ("run", "figures", "plan"):
        code, _, err = call(capsys, command, "tiny", "--preset", "quick")
        assert code == 2 and err.count("\n") == 1
        assert "damaged record" in err and damaged.name in err and "--repair" in err
    code, _, _ = call(capsys, "run", "tiny", "--preset", "quick", "--repair")
    assert code == 0
    pd.testing.assert_frame_equal(nnlab.load("tiny", "quick"), good)


@pytest.mark.parametrize("arguments", [["--help"], ["list"]])
def test_help_and_list_answer_at_once(anywhere, arguments):
    """Half a second on two idle cores; here only that nothing heavy is imported."""
    code = (
        "import sys\nfrom nnlab.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'jax', 'pandas', 'numpy', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=60)
    assert time.perf_counter() - began < 10
