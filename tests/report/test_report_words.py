"""Sentences and small drawings made from what is stored."""

from __future__ import annotations

import math

import pytest

from nnlab import report
from nnlab.report.diagram import WIDTH, diagram_of, region_ends
from nnlab.report.method import caveats_of, method_of
from nnlab.report.wording import and_list, interval, number, value_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.914624, "4.91"),
        (-0.16379, "−0.164"),
        (12345.6, "12,346"),
        (200.0, "200"),
        (1e-9, "1.00e−09"),
        (0.0, "0"),
        (math.nan, "undefined"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_lists_intervals_and_values():
    assert and_list(["a"]) == "a" and and_list("abc") == "a, b and c" and and_list([]) == ""
    assert interval(1, 2.5) == "[1, 2.50]" and interval(math.nan, 1) == ""
    assert [value_of(v) for v in (0.01, 4000, True, "sgd", -1e-5)] == [
        "0.01",
        "4000",
        "True",
        "sgd",
        "−1e−05",
    ]


def test_the_method_says_design_factors_training_and_data(lab):
    results = report.read_results(lab / "calm" / "standard")
    words = " ".join(method_of(results.study, results.provenance))
    for part in (
        "16 networks were trained: 2 settings with 8 seeds each (preset standard)",
        "Varied: width (units) over 2 and 8 (padded and masked exactly",
        "Held fixed: optimizer sgd; rate 0.1.",
        "trained for 100 updates by sgd and measured at the end",
        "Data: iris, flowers. 100 training and 50 test examples of 4 numbers in 3 classes.",
        "Fingerprint abababababababab.",
    ):
        assert part in words
    untrained = method_of({**results.study, "steps": [0]}, {})
    assert "Nothing is trained" in " ".join(untrained) and "networks" not in untrained[0]
    for unknown in ({}, {"title": "of another version"}):
        assert "not stored" in method_of(unknown, {"seeds": 3})[0]
    looked = " ".join(method_of(results.study, {"looks": [5, 10]}))
    assert "5 and 10 seeds" in looked and "looks" not in words


def test_caveats_name_what_weakens_a_result(lab):
    notes = [("ends", "about 20 seeds")]
    told = caveats_of({"seeds": 4, "together": "m claims"}, {"trials": 14, "asked": 16}, 3, notes)
    text = " ".join(told)
    for part in ("Only 4 seeds", "2 of 16 trials are missing", "3 trials diverged", "M claims."):
        assert part in text
    assert told[-1] == "ends: about 20 seeds."
    assert caveats_of({"seeds": 5}, {"trials": 16, "asked": 16}, 0, []) == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("> 0", (0, math.inf)),
        ("≤ -1.5", (-math.inf, -1.5)),
        ("in [-1, 1e-05]", (-1, 1e-5)),
        ("in (0, 2)", (0, 2)),
        ("any number", None),
        ("> <script>", None),
        ("> 1.2.3", None),
    ],
)
def test_regions_are_read_back(text, ends):
    assert region_ends(text) == ends


@pytest.mark.parametrize(
    "judged",
    [
        {"estimate": 1.0, "low": 0.5, "high": 2.0, "region": "> 0"},
        {"estimate": 0.0, "low": 0.0, "high": 0.0, "region": "> 0"},
        {"estimate": 1.0, "low": -math.inf, "high": math.inf, "region": "in [0, 1]"},
        {"estimate": 1e300, "low": 0.5, "high": 1e301, "region": "< 2"},
    ],
)
def test_a_diagram_keeps_the_order_of_numbers_and_stays_inside(judged):
    diagram = diagram_of(report.Judgement("c", "supported", **judged))
    assert diagram is not None
    low, high = diagram.interval
    assert 0 <= low <= diagram.estimate <= high <= WIDTH
    assert 0 <= diagram.region[0] < diagram.region[1] <= WIDTH
    inside = diagram.region[0] <= diagram.estimate <= diagram.region[1]
    low, high = region_ends(judged["region"])
    assert inside == (low <= judged["estimate"] <= high)


def test_no_diagram_without_a_number():
    assert diagram_of(report.Judgement("c", "failed", region="> 0")) is None
