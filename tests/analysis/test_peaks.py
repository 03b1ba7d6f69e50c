"""Landmarks on curves whose landmarks are known, among them the published double descents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlab.analysis import (
    first_at_most,
    first_index_at_most,
    lowest,
    peak_height,
    peak_index,
    peak_position,
    peak_prominence,
    peaks,
    second_descent,
)

PUBLISHED = Path(__file__).parents[2] / "nnlab" / "theory" / "published"
LANDMARKS = (peak_index, peak_height, peak_prominence, second_descent)
HUMP = np.array([9.0, 4.0, 6.0, 8.0, 7.0, 3.0, 2.5])
# A wiggle in the first descent and one after the peak: neither is the peak.
WIGGLY = np.array([9.0, 5.0, 5.2, 4.0, 6.0, 5.9, 8.0, 5.0, 5.3, 2.0])
FALLING = np.array([9.0, 7.0, 7.0, 5.0, 1.0])
ENDS_HIGH = np.array([5.0, 4.0, 6.0, 8.0])


@pytest.mark.parametrize(
    ("curve", "index", "height", "prominence", "descent"),
    [
        (HUMP, 3, 8.0, 4.0, 1.5),
        (WIGGLY, 6, 8.0, 4.0, 2.0),
        (FALLING, np.nan, np.nan, 0.0, np.nan),
        (FALLING[::-1], np.nan, np.nan, 0.0, np.nan),
        (ENDS_HIGH, np.nan, np.nan, 0.0, np.nan),
        (np.array([2.0, 2.0, 2.0]), np.nan, np.nan, 0.0, np.nan),
        (np.array([3.0]), np.nan, np.nan, 0.0, np.nan),
        # The second descent may stay above the first minimum.
        (np.array([5.0, 1.0, 9.0, 4.0]), 2, 9.0, 8.0, -3.0),
        (np.array([3.0, 1.0, np.inf, 0.5]), 2, np.inf, np.inf, 0.5),
        (np.array([3.0, 1.0, np.nan, 0.5]), np.nan, np.nan, np.nan, np.nan),
    ],
)
def test_landmarks(curve, index, height, prominence, descent):
    found = [landmark(curve) for landmark in LANDMARKS]
    assert np.array_equal(found, [index, height, prominence, descent], equal_nan=True)


def test_any_number_of_leading_axes():
    curves = np.stack([[HUMP, -HUMP], [HUMP + 1, np.sort(HUMP)], [HUMP * 2, HUMP[::-1]]])
    for landmark in (*LANDMARKS, lambda c: first_at_most(c, np.arange(7), 3.0)):
        one_by_one = [[landmark(curve) for curve in pair] for pair in curves]
        assert np.array_equal(landmark(curves), one_by_one, equal_nan=True)


def test_prince_fig_8_10():
    points = pd.read_csv(PUBLISHED / "udl_fig_8_10.csv")
    noisy = points[points.label_noise == 0.15].dropna(subset="test_error")
    test, widths = noisy.test_error.to_numpy(), noisy.width.to_numpy()
    assert peak_position(test, widths) == pytest.approx(70, abs=2)
    assert peak_height(test) == pytest.approx(49.7, abs=0.5)
    assert peak_prominence(test) == pytest.approx(49.7 - 41.5, abs=2.5)
    assert second_descent(test) == pytest.approx(41.5 - 35.4, abs=2.5)


def test_the_notebooks_double_descent():
    points = pd.read_csv(PUBLISHED / "mnist1d_double_descent.csv")
    noisy = points[points.label_noise == 0.15]
    test = noisy.test_error.to_numpy()
    assert peak_position(test, noisy.width) == 47
    assert peak_height(test) == 54.05
    assert peak_prominence(test) == pytest.approx(54.05 - 47.24)
    assert second_descent(test) == pytest.approx(47.24 - 45.47)
    train = noisy.train_error.to_numpy()
    assert first_at_most(train, noisy.width) == 61
    assert peak_index(test) - first_index_at_most(train) == -1
    clean = points[points.label_noise == 0.0]
    assert peak_position(clean.test_loss.to_numpy(), clean.width) == 47


def test_reaching_a_threshold():
    x = [10, 20, 30, 40]
    curve = np.array([3.0, 1.0, 0.0, 0.5])
    assert first_at_most(curve, x) == 30 and first_index_at_most(curve) == 2
    assert first_at_most(curve, x, threshold=1.0) == 20
    assert first_at_most(curve + 1, x) == np.inf == first_index_at_most(curve + 1)
    assert np.isnan(first_at_most(np.array([3.0, np.nan, 0.0, 0.0]), x))


@given(arrays(float, st.integers(1, 9), elements=st.integers(-5, 5).map(float)))
def test_the_peak_by_its_definition(curve):
    standing = [
        min(curve[j] - curve[:j].min(), curve[j] - curve[j + 1 :].min())
        for j in range(1, len(curve) - 1)
    ]
    if not standing or max(standing) <= 0:
        assert np.isnan(peak_index(curve)) and peak_prominence(curve) == 0
        return
    j = 1 + int(np.argmax(standing))
    assert peak_index(curve) == j and peak_height(curve) == curve[j]
    assert peak_prominence(curve) == curve[j] - curve[:j].min() >= max(standing)
    assert second_descent(curve) == curve[:j].min() - curve[j + 1 :].min()


@given(arrays(float, (3, 7), elements=st.integers(-5, 5).map(float)))
def test_contrasts_read_the_landmarks_of_their_own_curve(curves):
    weights = peaks.peak_contrasts(curves)
    for name, landmark in [
        ("height", peak_height),
        ("prominence", peak_prominence),
        ("second_descent", second_descent),
    ]:
        read = (weights[name] * curves).sum(axis=-1)
        assert np.array_equal(read, landmark(curves), equal_nan=True)
    assert np.array_equal((lowest(curves) * curves).sum(axis=-1), curves.min(axis=-1))
