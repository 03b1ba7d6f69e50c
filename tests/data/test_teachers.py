from __future__ import annotations

import numpy as np
import pytest

from nnlab.data import linear_teacher, relu_teacher, relu_teacher_layers, teacher_weights
from nnlab.errors import NnlabError


def test_without_noise_least_squares_finds_the_teacher():
    made = linear_teacher(60, 20, 8, norm=2.0, seed=3)
    found, *_ = np.linalg.lstsq(made.train.x, made.train.y, rcond=None)
    weights = teacher_weights(8, norm=2.0, seed=3)
    np.testing.assert_allclose(found[:, 0], weights, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(weights), 2.0)
    np.testing.assert_allclose(made.test.x @ weights[:, None], made.test.y, atol=1e-5)


def test_inputs_are_standard_normal_and_noise_has_its_standard_deviation():
    made = linear_teacher(4000, 4000, 5, noise=0.5, seed=1, validation_examples=4000)
    weights = teacher_weights(5, seed=1)[:, None]
    for split in (made.train, made.validation, made.test):
        np.testing.assert_allclose(np.cov(split.x.T), np.eye(5), atol=0.1)
        assert abs((split.y - split.x @ weights).std() - 0.5) < 4 * 0.5 / np.sqrt(8000)
    correlation = np.corrcoef(made.test.x.ravel(), made.train.x.ravel())[0, 1]
    assert abs(correlation) < 4 / np.sqrt(20_000), "the parts are drawn apart"


def test_weights_have_no_preferred_direction():
    weights = np.stack([teacher_weights(3, seed=s) for s in range(2000)])
    np.testing.assert_allclose(weights.T @ weights / 2000, np.eye(3) / 3, atol=0.03)


def test_weights_and_inputs_are_drawn_apart():
    cosines = []
    for seed in range(200):
        example = linear_teacher(1, 0, 50, seed=seed).train.x[0]
        cosines.append(example @ teacher_weights(50, seed=seed) / np.linalg.norm(example))
    assert abs(np.mean(cosines)) < 4 / np.sqrt(50 * 200)
    assert np.max(np.abs(cosines)) < 0.7


def test_changing_one_thing_changes_nothing_else():
    base = linear_teacher(30, 10, 4, noise=0.1)
    np.testing.assert_array_equal(base.train.x, linear_teacher(30, 99, 4, noise=0.9).train.x)
    np.testing.assert_array_equal(base.test.y, linear_teacher(50, 10, 4, noise=0.1).test.y)
    assert base.fingerprint != linear_teacher(30, 10, 4, noise=0.1, seed=1).fingerprint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 1), "examples is 0"),
        ((1, -1, 1), "test_examples is -1"),
        ((1, 1, 0), "features is 0"),
        ((1, 1, 1, -0.1), r"noise is -0\.1"),
        ((1, 1, 1, 0.1, -1.0), r"norm is -1\.0"),
        ((1, 1, 1, 0.1, 1.0, 0.5), r"seed is 0\.5"),
    ],
)
def test_bad_requests_are_told(arguments, message):
    with pytest.raises(NnlabError, match=f"linear_teacher: {message}"):
        linear_teacher(*arguments)


def test_a_relu_teacher_labels_by_its_own_layers():
    made = relu_teacher(200, 100, features=6, hidden=(5, 7), classes=3, seed=2)
    h = made.test.x.astype(float)
    *inner, (last, bias) = relu_teacher_layers(6, (5, 7), 3, seed=2)
    for kernel, shift in inner:
        h = np.maximum(h @ kernel + shift, 0)
    np.testing.assert_array_equal((h @ last + bias).argmax(1), made.test.y)
    assert [kernel.shape for kernel, _ in inner] == [(6, 5), (5, 7)]
    assert made.classes == 3 and len(made.validation) == 0


def test_units_and_outputs_of_a_relu_teacher_are_centred_at_any_depth():
    x = np.random.default_rng(0).standard_normal((4000, 40))
    for kernel, shift in relu_teacher_layers(40, (16,) * 8, 10):
        signal = x @ kernel + shift
        np.testing.assert_allclose(signal.mean(0), 0, atol=0.1)
        np.testing.assert_allclose(signal.std(0), 1, atol=0.1)
        x = np.maximum(signal, 0)


def test_no_class_of_a_relu_teacher_has_nearly_all_examples():
    for seed in range(5):
        y = relu_teacher(4000, 0, hidden=(16,) * 4, seed=seed).train.y
        assert np.bincount(y, minlength=10).max() < 0.35 * len(y)


def test_parts_of_a_relu_teacher_are_streams_of_their_own():
    base = relu_teacher(30, 10, 4, (3, 3), 4, validation_examples=5)
    np.testing.assert_array_equal(base.train.x, relu_teacher(30, 99, 4, (3, 3), 4).train.x)
    np.testing.assert_array_equal(base.test.x, relu_teacher(50, 10, 4, (8,), 2).test.x)
    longer = relu_teacher(50, 10, 4, (3, 3), 4)
    np.testing.assert_array_equal(base.train.y, longer.train.y[:30])
    assert not np.isin(base.test.x, base.train.x).any()
    others = [relu_teacher(30, 10, 4, (3, 3), 4, seed=1), relu_teacher(30, 10, 4, (3,), 4)]
    assert len({made.fingerprint for made in (base, longer, *others)}) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1), "examples is 0"),
        ((1, 1, 0), "features is 0"),
        ((1, 1, 2, (3, 0)), "hidden is 0"),
        ((1, 1, 2, (3,), 1), "classes is 1"),
        ((1, 1, 2, (3,), 4, -1), "seed is -1"),
    ],
)
def test_bad_relu_teachers_are_told(arguments, message):
    with pytest.raises(NnlabError, match=f"relu_teacher: {message}"):
        relu_teacher(*arguments)
