"""Limits and ticks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.show.scales import log_minor_ticks, span, tick_labels, ticks_of


def _labels(low, high, log, most=7, whole=False):
    return tick_labels(ticks_of(low, high, log=log, whole=whole, most=most), log)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (4.3, 350, "5 10 20 50 100 200"),
        (0.9, 110, "1 2 5 10 20 50 100"),
        (0.0008, 0.2, "0.001 0.003 0.01 0.03 0.1"),
        (1e-9, 1e9, "10⁻⁹ 10⁻⁶ 10⁻³ 10⁰ 10³ 10⁶ 10⁹"),
        (2e-9, 2e9, "10⁻⁶ 10⁻³ 10⁰ 10³ 10⁶ 10⁹"),
        (1e6, 6e6, "10⁶ 2×10⁶ 3×10⁶ 4×10⁶ 5×10⁶ 6×10⁶"),
        (41, 47.5, "41 42 43 44 45 46 47"),
    ],
)
def test_logarithmic_ticks_are_plain_round_numbers(low, high, labels):
    assert _labels(low, high, log=True) == labels.split()


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-2.6, 66, "0 10 20 30 40 50 60"),
        (-1.2, 1.2, "−1.0 −0.5 0.0 0.5 1.0"),
        (0, 1e6, "0 2×10⁵ 4×10⁵ 6×10⁵ 8×10⁵ 10⁶"),
        (-2e6, 0, "−2×10⁶ −1.5×10⁶ −10⁶ −5×10⁵ 0"),
    ],
)
def test_linear_ticks_have_equal_decimals(low, high, labels):
    assert _labels(low, high, log=False) == labels.split()


def test_counts_get_whole_ticks():
    assert _labels(0.9, 4.1, log=False, whole=True) == ["1", "2", "3", "4"]


def test_minor_ticks_are_decades_where_there_are_many():
    assert log_minor_ticks(1, 10) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert log_minor_ticks(1, 1e6) == [1, 10, 100, 1e3, 1e4, 1e5, 1e6]


def test_limits_hold_the_finite_values():
    nan, inf = float("nan"), float("inf")
    low, high = span([1, nan, 3, inf, -inf], log=False)
    assert low < 1 and high > 3 and high - low < 2.5
    low, high = span([-5, 0, 10, 100, inf], log=True)
    assert 5 < low < 10 and 100 < high < 200
    assert span([nan], log=False) == (0.0, 1.0)
    assert span([-1], log=True) == (1.0, 10.0)


@given(
    low=st.floats(1e-250, 1e250),
    ratio=st.floats(1.0001, 1e40),
    log=st.booleans(),
    most=st.integers(2, 8),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_ticks_lie_within_the_limits_and_are_few(low, ratio, log, most):
    limits = span([low, low * ratio], log)
    ticks = ticks_of(*limits, log=log, whole=False, most=most)
    hair = 1e-9 * (limits[1] - limits[0])
    assert len(ticks) <= most
    assert all(limits[0] - hair <= tick <= limits[1] + hair for tick in ticks)
    assert all(math.isfinite(tick) for tick in ticks) and ticks == sorted(set(ticks))
    assert len(set(tick_labels(ticks, log))) == len(ticks)
