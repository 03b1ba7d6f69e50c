from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nnlab.data import fingerprint_of, from_arrays, from_splits
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)) * [1.0, 10.0, 0.1] + [5.0, 0.0, -2.0]
LABELS = np.arange(40) % 4
TARGETS = RANDOM.normal(size=40) * 7 + 30


def test_every_part_has_the_promised_types_and_shapes():
    labelled = from_arrays("toy", X, LABELS, test=10, validation=4)
    regression = from_arrays("toy", X, TARGETS, test=10, validation=4)
    for part, n in (("train", 26), ("validation", 4), ("test", 10)):
        split = getattr(labelled, part)
        assert (split.x.dtype, split.x.shape, len(split)) == (np.float32, (n, 3), n)
        assert (split.y.dtype, split.y.shape) == (np.int32, (n,))
        target = getattr(regression, part).y
        assert (target.dtype, target.shape) == (np.float32, (n, 1))
    assert (labelled.classes, regression.classes) == (4, None)


def test_classes_are_split_in_proportion_whatever_the_type_of_the_labels():
    for labels in (LABELS, LABELS.astype(np.uint8)):
        made = from_arrays("toy", X, labels, test=12, validation=4)
        splits = (made.train, made.validation, made.test)
        assert [np.bincount(s.y).tolist() for s in splits] == [[6] * 4, [1] * 4, [3] * 4]
    assert from_arrays("toy", X, LABELS > 1).classes == 2


def test_examples_keep_their_labels():
    made = from_arrays("toy", np.stack([LABELS, LABELS**2], 1), LABELS, test=10, validation=5)
    for split in (made.train, made.validation, made.test):
        np.testing.assert_array_equal(split.x[:, 0], split.y)
        np.testing.assert_array_equal(split.x[:, 1], split.y**2)


def test_a_part_that_is_not_there_is_empty_and_fits_the_others():
    made = from_splits("toy", train=(X, LABELS))
    assert (made.test.x.shape, made.validation.x.shape) == ((0, 3), (0, 3))
    assert made.test.y.dtype == made.train.y.dtype


def test_arrays_are_copies_that_cannot_be_changed():
    x, labels, targets = X.astype(np.float32), LABELS.astype(np.int32), TARGETS.astype(np.float32)
    made = from_splits("toy", train=(x, labels))
    regression = from_splits("toy", train=(x, targets))
    for own, taken in ((x, made.train.x), (labels, made.train.y), (targets, regression.train.y)):
        assert not np.shares_memory(own, taken)
        assert own.flags.writeable
        assert not taken.flags.writeable
    assert not made.test.x.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        made.train.x[0, 0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "other"


def test_the_fingerprint_is_that_of_all_arrays_and_not_of_words():
    made = from_arrays("toy", X, LABELS, validation=5, about="a")
    arrays = {
        f"{part}.{field}": getattr(getattr(made, part), field)
        for part in ("train", "validation", "test")
        for field in ("x", "y")
    }
    assert made.fingerprint == fingerprint_of(arrays)
    assert made.fingerprint == from_arrays("other", X, LABELS, validation=5).fingerprint
    assert made.fingerprint != from_arrays("toy", X, LABELS, validation=5, seed=1).fingerprint
    changed = LABELS.copy()
    changed[:2] = [1, 0]
    assert made.fingerprint != from_arrays("toy", X, changed, validation=5).fingerprint


def test_standardising_uses_the_training_part_alone():
    plain = from_arrays("toy", X, TARGETS, test=10)
    made = from_arrays("toy", X, TARGETS, test=10, standardise=True)
    np.testing.assert_allclose(made.train.x.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(made.train.x.std(0), 1, atol=1e-6)
    np.testing.assert_allclose([made.train.y.mean(), made.train.y.std()], [0, 1], atol=1e-6)
    mean, spread = plain.train.x.mean(0), plain.train.x.std(0)
    np.testing.assert_allclose(made.test.x, (plain.test.x - mean) / spread, atol=1e-4)
    assert np.abs(made.test.x.mean(0)).max() > 0.01


def test_a_feature_that_is_constant_in_training_is_only_centred():
    x = np.column_stack([X[:, 0], np.full(40, 0.1)])
    made = from_arrays("toy", x, LABELS, standardise=True)
    assert np.abs(made.train.x[:, 1]).max() < 1e-6
    assert np.abs(made.test.x[:, 1]).max() < 1e-6


def test_labels_are_not_standardised():
    made = from_arrays("toy", X, LABELS, standardise=True)
    assert set(made.train.y.tolist()) == {0, 1, 2, 3}


def test_images_keep_their_shape():
    made = from_arrays("toy", RANDOM.normal(size=(20, 4, 4, 1)), LABELS[:20], standardise=True)
    assert made.train.x.shape == (15, 4, 4, 1)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (X, LABELS[:-1], {}, "same n|give x"),
        (X[:, 0], LABELS, {}, r"x has shape \(40,\)"),
        (np.where(X > 6, np.nan, X), LABELS, {}, "not finite"),
        (np.where(X > 6, 1e300, X), LABELS, {}, "not finite"),
        (X, np.where(LABELS == 3, np.nan, TARGETS), {"test": 0}, "values of y are not finite"),
        (X, LABELS - 1, {}, "label is -1"),
        (X, LABELS, {"classes": 3}, "label 3, but only 3 classes"),
        (X, TARGETS, {"classes": 4}, "labels as integers"),
        (X, np.array(["a", "b"] * 20), {}, "give numbers"),
        (X, np.array(["a", "b"] * 20), {"standardise": True}, "give numbers"),
        (X.astype(object), LABELS, {}, "give numbers"),
        (X, np.stack([LABELS, LABELS], 1), {}, "one whole number an example"),
    ],
)
def test_bad_arrays_are_told_in_one_line(x, y, options, message):
    with pytest.raises(NnlabError, match=message) as caught:
        from_arrays("toy", x, y, **options)
    assert str(caught.value).startswith("toy")
    assert "\n" not in str(caught.value)


def test_parts_that_do_not_fit_each_other_are_told():
    with pytest.raises(NnlabError, match=r"toy \(test\).*make them alike"):
        from_splits("toy", train=(X, LABELS), test=(X[:, :2], LABELS))
    with pytest.raises(NnlabError, match="make them alike"):
        from_splits("toy", train=(X, LABELS), test=(X, TARGETS))
    with pytest.raises(NnlabError, match="no example"):
        from_splits("toy", train=(X[:0], LABELS[:0]))
