from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.errors import NnlabError
from nnlab.study import Preset, Sized, Static, Study, Traced, make_request, parse_overrides

STUDY = Study(
    trial=lambda key, p, data: None,
    name="small",
    factors={
        "width": Sized(8, 16),
        "rate": Traced(0.1, 0.2, low=0),
        "optimizer": Static("sgd", "adam"),
        "depth": Static(1),
    },
    presets={
        "quick": Preset(seeds=2, steps=10),
        "deep": Preset(
            seeds=3,
            steps=lambda p: 100 // p.depth,
            record=2,
            rate=0.5,
            linked={("depth", "width"): [(1, 298), (2, 100), (2, 300), (1, 298)]},
        ),
    },
)


def settings(request, *names):
    return [tuple(cell.settings[name] for name in names) for cell in request.cells]


def test_cells_come_in_the_order_of_a_nested_loop():
    request = make_request(STUDY, "quick")
    grid = list(itertools.product((8, 16), (0.1, 0.2), ("sgd", "adam"), (1,)))
    assert settings(request, "width", "rate", "optimizer", "depth") == grid
    assert all(list(cell.settings) == list(STUDY.factors) for cell in request.cells)
    assert request.seeds == (0, 1) and request.trials == 16
    assert request.label == "quick"
    assert all(cell.steps == 10 and cell.record == (10,) for cell in request.cells)


def test_linked_factors_vary_together_and_outermost():
    request = make_request(STUDY, "deep")
    assert settings(request, "depth", "width", "rate", "optimizer") == [
        (depth, width, 0.5, optimizer)
        for depth, width in [(1, 298), (2, 100), (2, 300)]
        for optimizer in ("sgd", "adam")
    ]
    assert request.trials == 3 * 6  # the row that stands twice is one
    assert [(cell.steps, cell.record) for cell in request.cells[::2]] == [
        (100, (50, 100)),
        (50, (25, 50)),
        (50, (25, 50)),
    ]


def test_overrides_choose_among_linked_combinations():
    request = make_request(STUDY, "deep", overrides={"depth": [2], "optimizer": ["sgd"]})
    assert settings(request, "depth", "width") == [(2, 100), (2, 300)]
    with pytest.raises(NnlabError, match=r"links depth, width: none has width=99, only 100, 298"):
        make_request(STUDY, "deep", overrides={"width": [100, 99]})
    with pytest.raises(NnlabError, match="no combination of depth, width in 'deep'"):
        make_request(STUDY, "deep", overrides={"width": [298], "depth": [2]})


def test_overrides_replace_the_presets_values():
    request = make_request(STUDY, "quick", overrides={"rate": [1, 1.0, 2], "width": [4]})
    assert settings(request, "width", "rate") == [(4, 1.0), (4, 1.0), (4, 2.0), (4, 2.0)]
    assert all(type(rate) is float for _, rate in settings(request, "width", "rate"))
    assert request.label == "quick+width=4+rate=1.0,2.0"


def test_one_value_need_not_be_a_list_and_arrays_will_do():
    request = make_request(STUDY, "quick", overrides={"optimizer": "adam", "width": 4})
    assert set(settings(request, "optimizer", "width")) == {("adam", 4)}
    request = make_request(STUDY, "quick", overrides={"width": np.array([2, 4])})
    assert {type(width) for (width,) in settings(request, "width")} == {int}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"preset": "quik"}, "unknown preset 'quik'; did you mean 'quick'"),
        ({"overrides": {"widht": [1]}}, "unknown factor 'widht'; did you mean 'width'"),
        ({"overrides": {"width": []}}, "width needs at least one value"),
        ({"overrides": {"width": [8, "a"]}}, "width takes whole numbers, not 'a'"),
        ({"overrides": {"rate": [-1]}}, "rate=-1 is out of range"),
        ({"seeds": 0}, "seeds=0 is out of range"),
        ({"seeds": True}, "seeds=True is out of range"),
        ({"seeds": 2.5}, "seeds=2.5 is out of range"),
        ({"seeds": "3"}, "seeds='3' is out of range"),
    ],
)
def test_a_request_that_does_not_fit_is_told_in_one_line(changes, told):
    with pytest.raises(NnlabError, match=told) as error:
        make_request(STUDY, **({"preset": "quick"} | changes))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (lambda p: p.widht, "'quick': steps: there is no factor 'widht' here; did you mean"),
        (lambda p: 1 // 0, "'quick': steps fails: ZeroDivisionError"),
        (
            lambda p: 10 * p.rate,
            "'quick': steps must be a whole number from 0 to 2147483647, not 1.0",
        ),
        (lambda p: -1, "'quick': steps must be a whole number from 0 to 2147483647, not -1"),
        (lambda p: True, "'quick': steps must be a whole number"),
    ],
)
def test_steps_that_are_a_function_are_checked(small, steps, told):
    study = small(presets={"quick": Preset(seeds=1, steps=steps)})
    with pytest.raises(NnlabError, match=told):
        make_request(study, "quick")


def test_more_seeds_begin_with_the_same():
    assert make_request(STUDY, "quick", seeds=4).seeds == (0, 1, 2, 3)
    assert make_request(STUDY, "quick", seeds=4).label == "quick+seeds=4"
    assert make_request(STUDY, "quick", seeds=2).label == "quick"


def test_texts_from_the_command_line():
    texts = ["width=4, 8", " optimizer = adam ", "rate=1e-3"]
    assert parse_overrides(STUDY, texts) == {
        "width": (4, 8),
        "optimizer": ("adam",),
        "rate": (0.001,),
    }
    assert parse_overrides(STUDY, []) == {}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["width"], "--set takes factor=value,value ..., not 'width'"),
        (["width="], "--set takes factor=value"),
        (["=3"], "unknown factor ''"),
        (["widht=3"], "unknown factor 'widht'; did you mean 'width'"),
        (["width=3,"], "a value is missing"),
        (["optimizer=sgd,,adam"], "a value is missing"),
        (["width=a"], "width takes whole numbers, not 'a'"),
        (["width=3", "width=4"], "--set width is given twice"),
    ],
)
def test_texts_that_do_not_fit_are_told_in_one_line(texts, told):
    with pytest.raises(NnlabError, match=told) as error:
        parse_overrides(STUDY, texts)
    assert "\n" not in str(error.value)


NASTY = st.one_of(
    st.text(),
    st.text(alphabet="./\\~+,=a-", max_size=5),
    st.sampled_from(["..", "/", "../..", "/etc/passwd", "C:\\x", "a" * 300, "con", "", "\x00"]),
)


@given(NASTY)
def test_no_value_leads_a_label_out_of_the_results_folder(value):
    label = make_request(STUDY, "quick", overrides={"optimizer": [value]}).label
    folder = Path("/results/small")
    assert Path(os.path.normpath(folder / label)).parent == folder
    assert label.startswith("quick+") and len(label.encode()) <= 60
    assert label.isascii() and label.isprintable() and not set(label) & set('/\\:*?"<>| ')


@given(st.lists(NASTY, min_size=1, max_size=3), st.lists(NASTY, min_size=1, max_size=3))
def test_different_values_have_different_labels(ours, theirs):
    labels = [
        make_request(STUDY, "quick", overrides={"optimizer": values}).label
        for values in (ours, theirs)
    ]
    assert (labels[0] == labels[1]) == (list(dict.fromkeys(ours)) == list(dict.fromkeys(theirs)))


def test_labels_tell_separators_in_values_from_their_own():
    def label(**overrides):
        return make_request(STUDY, "quick", overrides=overrides).label

    assert label(optimizer=["a,b"]) != label(optimizer=["a", "b"])
    assert label(optimizer=["a+depth=2"]) != label(optimizer=["a"], depth=[2])
    assert label(depth=[2], width=[4]) == label(width=[4], depth=[2]) == "quick+width=4+depth=2"
    assert label(rate=[1e-5, 1e20]) == "quick+rate=1e-05,1e+20"
