from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets

from nnlab import data
from nnlab.errors import NnlabError

SETS = [("digits", 10), ("breast_cancer", 2), ("wine", 3), ("iris", 3), ("diabetes", None)]


@pytest.mark.parametrize(("name", "classes"), SETS)
def test_each_set_is_whole_and_standardised_on_its_training_part(name, classes):
    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    made = getattr(data, name)(test=0.2, validation=0.1, seed=5)
    splits = (made.train, made.validation, made.test)
    assert sum(map(len, splits)) == len(x)
    assert len(made.test) == round(0.2 * len(x))
    assert made.name == name
    assert made.classes == classes
    assert made.about
    assert {s.x.shape[1:] for s in splits} == {x.shape[1:]}
    np.testing.assert_allclose(made.train.x.mean(0), 0, atol=1e-5)
    varying = made.train.x.std(0) > 0.5
    np.testing.assert_allclose(made.train.x.std(0)[varying], 1, atol=1e-4)
    if classes is None:
        assert made.train.y.shape == (len(made.train), 1)
        np.testing.assert_allclose(made.train.y.std(), 1, atol=1e-5)
    else:
        for split in splits:
            share = np.bincount(split.y, minlength=classes) / len(split)
            np.testing.assert_allclose(share, np.bincount(y) / len(y), atol=0.09)


@pytest.mark.parametrize(("name", "classes"), SETS)
def test_without_standardising_rows_are_the_originals(name, classes):
    options = {"scaled": False} if name == "diabetes" else {}
    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True, **options)
    x = x / 16 if name == "digits" else x
    made = getattr(data, name)(standardise=False, validation=10)
    splits = (made.train, made.validation, made.test)
    rows = np.concatenate([np.column_stack([s.x, s.y.reshape(len(s))]) for s in splits])
    original = np.column_stack([x, y]).astype(np.float32)
    np.testing.assert_array_equal(np.array(sorted(rows.tolist())), sorted(original.tolist()))


def test_the_seed_alone_decides_the_split():
    state = str(np.random.get_state())  # noqa: NPY002
    assert data.wine(seed=1).fingerprint == data.wine(seed=1).fingerprint
    assert data.wine(seed=1).fingerprint != data.wine(seed=2).fingerprint
    assert str(np.random.get_state()) == state  # noqa: NPY002


def test_digits_take_an_absolute_number_of_test_examples():
    made = data.digits(test=1297, standardise=False)
    assert len(made.train) == 500
    assert (made.train.x.min(), made.train.x.max()) == (0.0, 1.0)


def test_too_large_a_test_part_is_told():
    with pytest.raises(NnlabError, match="iris: test and validation take 150 of 150"):
        data.iris(test=100, validation=50)
