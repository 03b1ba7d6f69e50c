from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnlab.errors import NnlabError
from nnlab.study import Preset, Sized, Static, Traced


@pytest.mark.parametrize("make", [Traced, Sized, Static])
@pytest.mark.parametrize("values", [[1, 2], (1, 2), range(2), np.arange(2), {1, 2}])
def test_a_list_in_place_of_values_is_told(make, values):
    with pytest.raises(NnlabError, match=f"one by one, as in {make.__name__}"):
        make(values)


def test_values_are_kept_once_each_in_order():
    assert Sized(16, 8, 16).values == (16, 8)
    assert Static(1, True).values == (1, True)  # equal in Python, not here
    assert [type(value) for value in Static(1, 1.0).values] == [int, float]


def test_numbers_of_numpy_become_pythons_own():
    assert Sized(*np.array([8, 16])).values == (8, 16)
    assert type(Sized(8).check("width", np.int64(3))) is int
    assert type(Traced(0.1).check("rate", np.float32(0.5))) is float
    assert type(Static(1.5).check("power", np.float64(2.0))) is float
    assert type(Static("relu").check("activation", np.str_("tanh"))) is str
    preset = Preset(seeds=np.int64(2), steps=np.int64(7), width=np.array([8, 16]))
    assert preset.factors == {"width": (8, 16)} and type(preset.factors["width"][0]) is int
    assert type(preset.seeds) is int and type(preset.steps) is int


@given(st.floats(allow_nan=False))
@example(-0.0)
def test_a_traced_value_is_the_same_float_and_never_minus_zero(value):
    taken = Traced(0.1).check("rate", value)
    assert taken == value and repr(taken) != "-0.0"
    assert Traced(0.1).parse("rate", repr(value)) == taken


@given(st.integers(1, 2**31 - 1))
def test_a_size_survives_being_typed(value):
    assert Sized(1).parse("width", str(value)) == value


def test_bounds_belong_to_the_range():
    rate = Traced(0.5, low=0, high=1)
    assert rate.check("rate", 0) == 0 and rate.check("rate", 1) == 1
    for value in (-1e-9, 1 + 1e-9):
        with pytest.raises(NnlabError, match="out of range: from 0 to 1"):
            rate.check("rate", value)


@pytest.mark.parametrize(
    ("factor", "text", "value"),
    [
        (Static("sgd"), "adam", "adam"),
        (Static(True), "False", False),
        (Static(2), "3", 3),
        (Static(1, 0.5), "3", 3.0),
        (Traced(1), "1e-3", 1e-3),
        (Traced(1), "inf", float("inf")),
    ],
)
def test_text_is_read_in_the_type_of_the_factor(factor, text, value):
    read = factor.parse("name", text)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("factor", "text", "told"),
    [
        (Static(True), "yes", "takes true or false, not 'yes'"),
        (Static(2), "2.5", "takes whole numbers, not '2.5'"),
        (Static(2.5), "nan", "takes numbers, not nan"),
        (Static("sgd", choices=("sgd", "adam")), "lion", "choose from sgd, adam"),
        (Static("sgd"), "\udcff", "takes text"),
        (Traced(1), "fast", "takes numbers, not 'fast'"),
        (Traced(1), "nan", "takes numbers, not nan"),
        (Sized(1), "1e3", "takes whole numbers, not '1e3'"),
        (Sized(1), "0", "at least 1"),
        (Sized(1), "9" * 5000, "takes whole numbers"),
    ],
)
def test_text_that_does_not_fit_is_told(factor, text, told):
    with pytest.raises(NnlabError, match=told):
        factor.parse("name", text)


def test_one_choice_may_stand_alone():
    assert Static("relu", choices="relu").choices == ("relu",)
