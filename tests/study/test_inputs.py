from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.study import Inputs, Preset, Static, Study, make_request


@dataclass
class Set:
    fingerprint: str
    about: str = ""


@dataclass
class Halves:
    left: object
    right: object


class Pair(NamedTuple):
    x: object
    y: object


def fingerprint(small, tree):
    study = small(data=lambda p: tree)
    return Inputs(study).of(make_request(study, "quick").cells[0]).fingerprint


def test_data_is_made_once_for_all_that_read_the_same(small):
    made = []

    def data(p):
        made.append(p.optimizer)
        return np.arange(3)

    study = small(data=data)
    inputs = Inputs(study)
    shared = {cell: inputs.of(cell) for cell in make_request(study, "quick").cells}
    assert made == ["sgd", "adam"]
    assert len({id(each) for each in shared.values()}) == 2
    made.clear()
    study = small(data=lambda p: made.append(1) or np.arange(3))
    inputs = Inputs(study)
    assert len({id(inputs.of(cell)) for cell in make_request(study, "quick").cells}) == 1
    assert made == [1]


def test_data_that_reads_under_a_condition_is_made_for_each_path(small):
    def data(p):
        return np.array([p.size if p.kind == "big" else 0])

    factors = {"kind": Static("small", "big"), "size": Static(1, 2)}
    study = small(data=data, factors=factors)
    inputs = Inputs(study)
    values = [int(inputs.of(cell).tree[0]) for cell in make_request(study, "quick").cells]
    assert values == [0, 0, 1, 2]


def test_only_static_factors_can_be_read(small):
    study = small(data=lambda p: p.width)
    with pytest.raises(NnlabError, match=r"no factor 'width' here \(data\(p\) may read static"):
        Inputs(study).of(make_request(study, "quick").cells[0])


def test_a_study_without_data_has_none(small):
    study = small()
    shared = Inputs(study).of(make_request(study, "quick").cells[0])
    assert shared.tree is None and shared.fingerprint == ""


def test_the_fingerprint_of_a_data_set_is_its_own(small):
    assert fingerprint(small, Set("abc")) == "abc"
    one, other = ({"a": Set("abc", about)} for about in ("old words", "new words"))
    assert fingerprint(small, one) == fingerprint(small, other)
    assert fingerprint(small, one) != fingerprint(small, {"a": Set("abd", "old words")})


def test_every_difference_in_the_data_is_in_the_fingerprint(small):
    x = np.arange(6.0)
    trees = [
        x,
        x.astype(np.float32),
        x.reshape(2, 3),
        x.reshape(3, 2),
        np.nextafter(x, 9),
        -0.0 * x,
        0.0 * x,
        (x, x),
        {"x": x},
        {"y": x},
        Pair(x, x),
        3,
        3.0,
    ]
    prints = [fingerprint(small, tree) for tree in trees]
    assert len(set(prints)) == len(trees)
    assert fingerprint(small, Halves(x, 1)) == fingerprint(small, {"left": x, "right": 1})
    assert fingerprint(small, Pair(x, None)) == fingerprint(small, {"x": x})
    assert fingerprint(small, {"a": 1, "b": x}) == fingerprint(small, {"b": x, "a": 1})
    assert fingerprint(small, np.asfortranarray(x.reshape(2, 3))) == prints[2]


def test_data_that_is_not_numbers_is_told(small):
    with pytest.raises(NnlabError, match=r"data\.f\[1\] must be numbers .* not function"):
        fingerprint(small, {"f": [1, lambda: 0]})


def test_data_that_raises_is_told_in_one_line():
    def data(p):
        return 1 / 0

    study = Study(name="s", trial=lambda key, p, d: None, data=data, presets={"q": Preset(seeds=1)})
    with pytest.raises(NnlabError, match="study s: its data fails: ZeroDivisionError") as told:
        Inputs(study).of(make_request(study, "q").cells[0])
    assert "\n" not in str(told.value)
