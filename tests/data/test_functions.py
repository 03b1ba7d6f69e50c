from __future__ import annotations

import numpy as np
import pytest

from nnlab.data import function_1d, functions_1d
from nnlab.errors import NnlabError


@pytest.mark.parametrize(
    ("name", "places", "values"),
    [
        ("sin", [0, 0.25, 0.5, 0.75], [0, 1, 0, -1]),
        ("exp_sin", [0, 0.25, 0.75], [1, np.e, 1 / np.e]),
        ("abs", [-1, 0, 0.5], [1, 0, 0.5]),
        ("step", [-0.1, 0, 0.1], [0, 1, 1]),
        ("ramp", [-1, 0, 0.5], [0, 0, 0.5]),
    ],
)
def test_named_functions_are_their_formulas(name, places, values):
    np.testing.assert_allclose(functions_1d[name].function(np.array(places)), values, atol=1e-12)


@pytest.mark.parametrize("name", functions_1d)
def test_without_noise_every_part_lies_on_the_function(name):
    made = function_1d(name, 50, validation_examples=20, seed=2)
    named = functions_1d[name]
    for split, n in ((made.train, 50), (made.validation, 20), (made.test, 1000)):
        assert split.x.shape == split.y.shape == (n, 1)
        x = split.x[:, 0].astype(np.float64)
        assert named.low <= x.min() <= x.max() <= named.high
        np.testing.assert_allclose(split.y[:, 0], named.function(x), atol=2e-6)
    assert made.classes is None
    assert named.formula in made.about


def test_the_test_part_is_a_noise_free_grid_with_both_ends():
    made = function_1d("abs", 10, noise=3.0, low=-2, high=4, test_examples=7)
    np.testing.assert_allclose(made.test.x[:, 0], [-2, -1, 0, 1, 2, 3, 4])
    np.testing.assert_allclose(made.test.y[:, 0], [2, 1, 0, 1, 2, 3, 4])


def test_noise_has_the_stated_standard_deviation_and_moves_no_place():
    clean, noisy = (function_1d("sin", 4000, noise=s, seed=1) for s in (0.0, 0.3))
    np.testing.assert_array_equal(clean.train.x, noisy.train.x)
    deviations = noisy.train.y - clean.train.y
    assert abs(deviations.std() - 0.3) < 4 * 0.3 / np.sqrt(2 * 4000)
    assert abs(deviations.mean()) < 4 * 0.3 / np.sqrt(4000)
    assert abs(np.corrcoef(deviations[:, 0], clean.train.x[:, 0])[0, 1]) < 4 / np.sqrt(4000)


def test_validation_is_drawn_apart_from_training():
    made = function_1d("sin", 30, noise=1.0, validation_examples=30)
    assert not np.isin(made.validation.x, made.train.x).any()
    noise = [s.y - np.sin(2 * np.pi * s.x) for s in (made.train, made.validation)]
    assert np.abs(noise[0] - noise[1]).min() > 1e-4
    np.testing.assert_array_equal(made.train.y, function_1d("sin", 30, noise=1.0).train.y)


def test_stratified_places_one_example_in_each_piece():
    for seed in range(30):
        x = function_1d("exp_sin", 15, stratified=True, seed=seed).train.x[:, 0]
        assert np.floor(x * 15).astype(int).tolist() == list(range(15))
    offsets = [
        function_1d("exp_sin", 15, stratified=True, seed=s).train.x[:, 0] * 15 % 1
        for s in range(100)
    ]
    assert abs(np.mean(offsets) - 0.5) < 4 * np.sqrt(1 / 12 / 1500)
    plain = function_1d("exp_sin", 15).train.x[:, 0]
    assert sorted(np.floor(plain * 15).astype(int).tolist()) != list(range(15))


def test_a_callable_is_taken_on_the_unit_interval():
    made = function_1d(np.square, 20, test_examples=3)
    np.testing.assert_allclose(made.test.y[:, 0], [0, 0.25, 1])
    assert made.name == "square"


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        ("sine", {}, "did you mean 'sin'"),
        ("qqq", {}, "choose from sin, exp_sin"),
        ("sin", {"low": 1.0}, "is empty"),
        ("sin", {"noise": -0.1}, r"noise is -0\.1"),
        ("sin", {"examples": 0}, "examples is 0"),
        ("sin", {"test_examples": 1}, "test_examples is 1"),
        ("sin", {"high": float("inf")}, "high is inf"),
        (np.mean, {}, "one number for each x"),
    ],
)
def test_bad_requests_are_told(function, options, message):
    with pytest.raises(NnlabError, match=message):
        function_1d(function, **({"examples": 10} | options))


def test_a_function_with_a_pole_is_told_where():
    def inverse(x):
        with np.errstate(divide="ignore"):
            return 1 / x

    with pytest.raises(NnlabError, match=r"function_1d\(inverse\): .* not finite at x = 0"):
        function_1d(inverse, 10)
