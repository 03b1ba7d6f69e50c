"""Two runs side by side: what changed is told, what did not is not, and verdicts decide."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from nnlab.differences import compare, read_side
from nnlab.errors import NnlabError

VERDICTS = pd.DataFrame(
    {
        "claim": ["rises", "falls"],
        "verdict": ["supported", "inconclusive"],
        "estimate": [2.0, 0.1],
        "low": [1.0, -1.0],
        "high": [3.0, 1.2],
        "n": 8,
    }
)
SUMMARY = pd.DataFrame(
    {
        "width": [2, 8],
        "optimizer": ["adam", "None"],
        "n": 8,
        "diverged": 0,
        "test_error": [50.0, 40.0],
        "test_error_low": [49.0, 39.0],
        "test_error_high": [51.0, 41.0],
    }
)
ORIGIN = {
    "time": "2026-01-01",
    "versions": {"jax": "0.10.1", "numpy": "2.4.6"},
    "commit": "abc",
    "devices": ["cpu: cpu"],
    "preset": "standard",
}
STUDY = {
    "study": "small",
    "card": "Words.",
    "factors": [{"name": "width", "kind": "sized", "values": [2, 8]}],
}


def folder(path: Path, **changes) -> Path:
    path.mkdir()
    changes.get("verdicts", VERDICTS).to_csv(path / "verdicts.csv", index=False)
    changes.get("summary", SUMMARY).to_csv(path / "summary.csv", index=False)
    (path / "provenance.json").write_text(json.dumps(changes.get("origin", ORIGIN)))
    (path / "study.json").write_text(json.dumps(changes.get("study", STUDY)))
    return path


@pytest.fixture
def differences(tmp_path):
    """What `compare` finds between the usual folder and one with these changes."""

    def between(**changes):
        a, b = folder(tmp_path / "a"), folder(tmp_path / "b", **changes)
        return compare(read_side(a), read_side(b))

    return between


def test_equal_runs_do_not_differ_whenever_they_ran(differences):
    found = differences(origin=ORIGIN | {"time": "2027-01-01"}, study=STUDY | {"card": "Others."})
    assert (found.settings, found.origin, found.estimates, found.verdicts) == ([], [], [], [])
    assert found.changed_verdicts == 0


def test_settings_and_origin_are_told_apart(differences):
    factors = [{"name": "width", "kind": "sized", "values": [2, 8, 16]}]
    origin = ORIGIN | {"versions": {"jax": "0.11.2"}, "devices": ["gpu: H200"], "preset": "paper"}
    found = differences(origin=origin, study=STUDY | {"factors": factors})
    assert found.settings == [
        "factors.width.values: 2, 8 -> 2, 8, 16",
        "preset: standard -> paper",
    ]
    assert found.origin == [
        "versions.jax: 0.10.1 -> 0.11.2",
        "versions.numpy: 2.4.6 -> (not said)",
        "devices: cpu: cpu -> gpu: H200",
    ]


def test_a_changed_verdict_counts_and_a_new_claim_does_not(differences):
    other = VERDICTS.assign(claim=["rises", "new"], verdict=["refuted", "supported"])
    found = differences(verdicts=other)
    assert found.changed_verdicts == 1
    assert found.verdicts[0] == "rises: supported -> refuted"
    assert found.verdicts[1].startswith("falls: only in ") and len(found.verdicts) == 3


def test_what_moves_beyond_the_intervals_is_flagged(differences):
    moved = SUMMARY.assign(
        test_error=[50.4, 30.0], test_error_low=[49.4, 29.0], test_error_high=[51.4, 31.0]
    )
    claims = VERDICTS.assign(estimate=[2.5, 5.0], low=[1.5, 4.0], high=[3.5, 6.0])
    lines = differences(summary=moved, verdicts=claims).estimates
    assert lines[0] == "claim rises: 2 [1, 3] -> 2.5 [1.5, 3.5]"
    assert lines[1].endswith("BEYOND THE INTERVALS") and lines[1].startswith("claim falls")
    assert lines[2] == (
        "test_error: differs in 2 of 2 settings, by at most 10 (width=8, optimizer=None); "
        "1 beyond the intervals"
    )
    assert "width=8, optimizer=None: 40 [39, 41] -> 30 [29, 31]  BEYOND" in lines[3]
    assert len(lines) == 4


def test_settings_on_one_side_only_are_counted(differences):
    found = differences(summary=SUMMARY.assign(width=[2, 9]))
    assert found.estimates == ["2 settings stand on one side only; 1 are compared"]
    other = differences_of_factors(SUMMARY, SUMMARY.drop(columns="width").assign(optimizer="adam"))
    assert other == ["the summaries vary different factors: their settings cannot be matched"]


def differences_of_factors(a: pd.DataFrame, b: pd.DataFrame) -> list[str]:
    from nnlab.differences import Side

    return compare(Side("a", summary=a), Side("b", summary=b)).estimates


def trials(shift: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": f"{width}-{seed}",
            "seed": seed,
            "step": 9,
            "width": width,
            "optimizer": "adam",
            "error": 10.0 * width + seed + shift,
            "reached": 1.0,
        }
        for width in (2, 8)
        for seed in range(6)
    )


def test_tables_of_trials_are_summarised(tmp_path):
    a, b = tmp_path / "a.parquet", tmp_path / "b.csv"
    trials(0).to_parquet(a)
    trials(100).to_csv(b, index=False)
    lines = compare(read_side(a), read_side(b)).estimates
    assert lines[0].startswith("error: differs in 2 of 2 settings, by at most 100")
    assert "2 beyond" in lines[0] and not any("reached" in line for line in lines)
    trials(0).to_csv(b, index=False)
    assert compare(read_side(a), read_side(b)).estimates == []


def test_a_table_says_nothing_of_how_it_was_run(tmp_path):
    path = tmp_path / "verdicts.csv"
    VERDICTS.assign(verdict="refuted").to_csv(path, index=False)
    found = compare(read_side(folder(tmp_path / "a")), read_side(path))
    assert found.changed_verdicts == 2 and found.settings == found.origin
    assert found.settings[0].endswith("does not say what it was run with")


def test_a_study_without_claims(tmp_path):
    a, b = folder(tmp_path / "a"), folder(tmp_path / "b")
    for side in (a, b):
        (side / "verdicts.csv").write_text("\n")
    assert compare(read_side(a), read_side(b)).verdicts == []


def test_diverged_trials_are_no_number_and_no_crash(differences):
    broken = SUMMARY.assign(test_error=[float("nan"), 40.0])
    broken[["test_error_low", "test_error_high"]] = float("nan")
    assert differences(summary=broken).estimates[0].startswith("test_error: differs in 1 of 2")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: p / "nowhere", "no results in"),
        (lambda p: p, "no summary.csv or verdicts.csv in"),
        (lambda p: write(p / "t.csv", "x,y\n1,2\n"), "no table of trials, summary or verdicts"),
        (lambda p: write(p / "t.parquet", "x"), "cannot be read"),
        (lambda p: write(p / "t.txt", "x"), "no results in"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, make, told):
    with pytest.raises(NnlabError, match=told):
        read_side(make(tmp_path))


def test_the_folder_above_names_the_one_that_is_meant(tmp_path):
    folder(tmp_path / "standard")
    with pytest.raises(NnlabError, match=r"did you mean .*standard\?"):
        read_side(tmp_path)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
