"""Reading folders of results: what is there, what is missing, what is broken."""

from __future__ import annotations

import math

import pytest

from nnlab import report
from nnlab.errors import NnlabError
from nnlab.report.reading import card_sections


def test_everything_of_a_folder_is_read(lab):
    results = report.read_results(lab / "doubtful" / "standard")
    assert (results.name, results.label, results.topic) == (
        "doubtful",
        "standard",
        "generalisation",
    )
    assert results.title == "Beware of doubt"
    peaks, ends = results.judgements
    assert (peaks.claim, peaks.verdict, peaks.n, peaks.region) == ("peaks", "refuted", 8, "> 0")
    assert (peaks.estimate, peaks.low, peaks.high, peaks.effect) == (1.5, 0.5, 2.5, 0.8)
    assert ends.note == "about 20 seeds would decide"
    (picture,) = results.pictures
    assert picture.png.startswith(b"\x89PNG") and picture.csv.startswith("panel")
    assert len(picture.caption) == 3 and len(results.summary) == 2


def test_only_verdicts_have_to_be_there(lab):
    folder = lab / "calm" / "standard"
    for name in ("study.json", "provenance.json", "summary.csv", "calm_figure.txt"):
        (folder / name).unlink()
    results = report.read_results(folder)
    assert results.title == "calm" and results.summary.empty
    assert [p.name for p in results.pictures] == ["calm_figure"]
    report.write_report([results], lab / "pages")
    (folder / "verdicts.csv").unlink()
    with pytest.raises(NnlabError, match=r"no verdicts\.csv"):
        report.read_results(folder)


def test_figures_that_the_study_no_longer_draws_are_left_out(lab):
    folder = lab / "calm" / "standard"
    (folder / "old.png").write_bytes((folder / "calm_figure.png").read_bytes())
    assert [p.name for p in report.read_results(folder).pictures] == ["calm_figure"]


def test_verdicts_without_an_estimate_and_with_further_columns(lab):
    path = lab / "calm" / "standard" / "verdicts.csv"
    path.write_text("claim,verdict,estimate,n,shape\na,failed,,,round\nb,not tested,nan,0,\n")
    failed, untested = report.read_results(path.parent).judgements
    assert math.isnan(failed.estimate) and failed.n == 0 and failed.level == 0.95
    assert failed.more == {"shape": "round"} and untested.more == {}


def test_studies_are_found_by_name_and_a_missing_one_is_named(lab):
    assert [r.name for r in report.find_results(lab, [], "standard")] == [
        "calm",
        "doubtful",
        "evil",
    ]
    assert [r.name for r in report.find_results(lab, ["evil", "calm"], "standard")] == [
        "calm",
        "evil",
    ]
    with pytest.raises(NnlabError, match=r"no verdicts of clam .*nnlab run clam"):
        report.find_results(lab, ["clam"], "standard")
    with pytest.raises(NnlabError, match="no results of preset paper"):
        report.find_results(lab, [], "paper")


@pytest.mark.parametrize(
    ("name", "content"),
    [("study.json", "{"), ("verdicts.csv", "a,b\n1,2,3\n"), ("verdicts.csv", "a\n1\n")],
)
def test_a_broken_file_is_told_in_one_line(lab, name, content):
    (lab / "calm" / "standard" / name).write_text(content)
    with pytest.raises(NnlabError, match=name) as raised:
        report.read_results(lab / "calm" / "standard")
    assert "\n" not in str(raised.value)


def test_a_card_falls_into_its_sections():
    card = "Title: with a colon.\n\nQuestion: how?\n  and why: so\nExpected result: this\nthat.\n"
    assert card_sections(card) == {"Question": "How? and why: so", "Expected result": "This that."}
