"""Until decided, factored seeds, differences and LaTeX from the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import nnlab
from nnlab.cli import main

TINY = '''"""A tiny study."""
from nnlab import Claim, Preset, Sized, Study, Traced, analysis, learn, nn

def trial(key, p, d):
    noise = nn.entry_normal(nn.stream(key, "noise"), 1, 1)[0, 0]
    start = nn.entry_normal(nn.stream(key, "start"), 1, 1)[0, 0]
    value = p.shift + noise + 0.5 * start
    return learn.Trial(lambda: (), lambda i, s: s, lambda _: {"value": value})

def value(table, shift):
    return analysis.mean(analysis.by_seed(table, "value", shift=shift))

STUDY = Study(
    trial=trial,
    factors={"shift": Traced(0.0, 5.0)},
    presets={"quick": Preset(seeds=5), "long": Preset(seeds=12)},
    claims=[
        Claim("large", "It is large.", lambda t: value(t, 5.0), analysis.Region.above(0)),
        Claim("edge", "It is 100% above -0.6.", lambda t: value(t, 0.0),
              analysis.Region.above(-0.6)),
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


def test_until_decided_adds_seeds_and_runs_none_twice(lab, capsys):
    run = ("run", "tiny", "--preset", "quick", "--until-decided", "--max-seeds", "20")
    code, out, err = call(capsys, *run)
    assert code == 0
    assert "3 looks, at 5, 10, 20 seeds, each with intervals at 98.3%" in err
    assert "look 1 of 3, 5 seeds: undecided edge" in err
    assert "10 trials to run (10 recorded already)" in err
    assert "interval at 98.3% for 3 looks" in out and "2 claims are tested together" in out
    folder = lab / "results" / "tiny" / "quick+until-decided=20"
    verdicts = pd.read_csv(folder / "verdicts.csv").set_index("claim")
    assert verdicts.loc["large", "verdict"] == "supported"
    assert verdicts.loc["large", "level"] == pytest.approx(1 - 0.05 / 3)
    assert verdicts.loc["large", "effect"] > 2 and verdicts.loc["large", "together"] == "yes"
    _, _, err = call(capsys, *run)
    assert "10 trials to run" not in err
    table = nnlab.run("tiny", "quick", until_decided=True, max_seeds=20, progress=False)
    assert set(table.seed) == set(range(int(verdicts.n.max())))


def test_factored_seeds_end_in_shares(lab, capsys):
    run = ("run", "tiny", "--preset", "long", "--factor-seeds", "all")
    code, out, _ = call(capsys, *run)
    assert code == 0 and "interactions" in out and "sources.csv" in out
    shares = pd.read_csv(lab / "results" / "tiny" / "long+factor-seeds" / "sources.csv")
    assert list(shares.columns[:4]) == ["shift", "measure", "source", "share"]
    assert list(shares.source[:3]) == ["noise", "start", "interactions"]
    assert shares.groupby("shift").share.sum().tolist() == pytest.approx([1, 1])
    table = nnlab.run("tiny", "long", factor_seeds=["noise"], progress=False)
    assert {"redrawn_noise", "redrawn_others"} <= set(table.columns)
    assert "redrawn_noise" not in nnlab.run("tiny", "long", progress=False)


def test_diff_says_what_changed_and_fails_on_a_verdict(lab, capsys):
    call(capsys, "run", "tiny", "--preset", "quick")
    call(capsys, "run", "tiny", "--preset", "quick", "--seeds", "60")
    folders = ["results/tiny/quick", "results/tiny/quick+seeds=60"]
    code, out, _ = call(capsys, "diff", folders[0], folders[0])
    assert code == 0 and out.count("no difference") == 4
    code, out, _ = call(capsys, "diff", *folders)
    assert code == 1
    assert "seeds: 5 -> 60" in out and "edge: inconclusive -> supported" in out
    assert "value: differs in 2 of 2 settings" in out
    code, out, err = call(capsys, "diff", folders[0], "nowhere")
    assert code == 2 and out == "" and err.count("\n") == 1


def test_tables_for_papers(lab, capsys):
    call(capsys, "run", "tiny", "--preset", "quick")
    code, out, _ = call(capsys, "export", "tiny", "claims.tex", "--preset", "quick")
    assert code == 0 and "2 rows" in out
    text = Path("claims.tex").read_text()
    assert r"\toprule" in text and r"It is 100\% above -0.6." in text and "$> -0.6$" in text
    call(capsys, "export", "tiny", "means.tex", "--preset", "quick", "--table", "summary")
    assert r"shift & n & value \\" in Path("means.tex").read_text()
    call(capsys, "export", "tiny", "claims.csv", "--preset", "quick", "--table", "verdicts")
    assert list(pd.read_csv("claims.csv").claim) == ["large", "edge"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "tiny", "--until-decided", "--max-seeds", "3"], "max_seeds=3 is too few"),
        (["run", "tiny", "--preset", "quick", "--factor-seeds", "x"], "no stream 'x'"),
        (["run", "tiny", "--factor-seeds", "all", "--until-decided"], "judges no claims"),
        (["export", "tiny", "t.tex", "--table", "trials"], "no table for a paper"),
        (["export", "tiny", "t.tex", "--table", "claims"], "unknown table 'claims'"),
        (["run", "tiny", "--max-seeds", "9"], "--max-seeds needs --until-decided"),
    ],
    ids=lambda value: " ".join(value) if value else "",
)
def test_bad_input_gets_one_clear_line(lab, capsys, arguments, told):
    code, _, err = call(capsys, *arguments)
    assert code == 2 and told in err.splitlines()[-1]
    assert err.count("\n") == 1
