from __future__ import annotations

import random

import numpy as np
import pytest
from mnist1d.data import get_dataset_args, make_dataset
from mnist1d.utils import ObjectView

from nnlab.data import mnist1d, mnist1d_label_draw
from nnlab.data.mnist1d_sets import _global_generators_untouched
from nnlab.errors import NnlabError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path))


def reference(**settings):
    with _global_generators_untouched():
        return make_dataset(ObjectView({**vars(get_dataset_args()), **settings}))


def check(made, expected):
    for split, suffix in ((made.train, ""), (made.test, "_test")):
        np.testing.assert_array_equal(split.x, expected["x" + suffix].astype(np.float32))
        np.testing.assert_array_equal(split.y, expected["y" + suffix])


@pytest.mark.slow
def test_the_notebooks_set_is_the_reference_generators():
    expected = reference(num_samples=16_000, train_split=0.25)
    check(mnist1d(4000, 12_000), expected)
    check(mnist1d(4000, 12_000), expected)  # now from the cache


def test_the_default_is_the_frozen_benchmark_set():
    """The fingerprint's arrays were compared with the repository's mnist1d_data.pkl: equal."""
    made = mnist1d()
    assert (made.train.x.shape, made.test.x.shape, made.classes) == ((4000, 40), (1000, 40), 10)
    check(made, reference())
    again = mnist1d()
    assert again.fingerprint == made.fingerprint


@pytest.mark.parametrize(("seed", "shuffle"), [(42, False), (3, False), (3, True)])
def test_any_seed_and_size_equal_the_reference(seed, shuffle):
    made = mnist1d(150, 50, seed=seed, shuffle_positions=shuffle)
    check(made, reference(num_samples=200, train_split=0.75, seed=seed, shuffle_seq=shuffle))


def test_shuffling_only_changes_the_order_of_positions():
    plain, shuffled = mnist1d(150, 50), mnist1d(150, 50, shuffle_positions=True)
    order = [int((column == plain.train.x.T).all(1).argmax()) for column in shuffled.train.x.T]
    assert sorted(order) == list(range(40))
    assert order != list(range(40))
    np.testing.assert_array_equal(plain.test.x[:, order], shuffled.test.x)
    np.testing.assert_array_equal(plain.test.y, shuffled.test.y)


def test_validation_comes_from_the_end_of_the_training_part():
    whole, held_out = mnist1d(150, 50), mnist1d(150, 50, validation_examples=30)
    assert [len(s) for s in (held_out.train, held_out.validation, held_out.test)] == [120, 30, 50]
    np.testing.assert_array_equal(held_out.train.x, whole.train.x[:120])
    np.testing.assert_array_equal(held_out.validation.x, whole.train.x[120:])
    np.testing.assert_array_equal(held_out.validation.y, whole.train.y[120:])
    np.testing.assert_array_equal(held_out.test.x, whole.test.x)


def test_counts_are_exact_where_the_generators_own_split_is_one_short():
    assert int(50 * (29 / 50)) == 28, "the trap: the product is just below 29"
    assert len(mnist1d(29, 21).train) == 29


def test_a_second_call_reads_the_cache(monkeypatch):
    first = mnist1d(30, 10)

    def never(*_):
        raise AssertionError("generated again")

    monkeypatch.setattr("nnlab.data.mnist1d_sets._generate", never)
    assert mnist1d(30, 10).fingerprint == first.fingerprint
    assert mnist1d(20, 20).train.x.shape == (20, 40), "the same signals, cut elsewhere"
    for other in ({"seed": 7}, {"shuffle_positions": True}):
        with pytest.raises(AssertionError, match="generated again"):
            mnist1d(30, 10, **other)


def test_global_generators_are_left_as_they_were(monkeypatch):
    def state():
        return random.getstate(), str(np.random.get_state())  # noqa: NPY002

    before = state()
    mnist1d(30, 10)
    assert state() == before

    def broken(*_):
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        raise RuntimeError("generator broke")

    monkeypatch.setattr("mnist1d.data.make_dataset", broken)
    with pytest.raises(RuntimeError, match="generator broke"):
        mnist1d(50, 10)
    assert state() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4000, 1001), r"4000 \+ 1001 = 5001 .* such as 5010"),
        ((0, 10), "examples is 0"),
        ((10, -10), "test_examples is -10"),
        ((10, 10, 10), "validation_examples is 10"),
        ((10, 10, 0, -1), "seed is -1"),
        ((10.0, 10), r"examples is 10\.0"),
    ],
)
def test_impossible_requests_are_told(arguments, message):
    with pytest.raises(NnlabError, match=message):
        mnist1d(*arguments)


def test_the_notebooks_label_draw():
    """By the notebook's own loop, on the global generator where making the signals left it."""
    draw = mnist1d_label_draw(1000, 200)
    state = np.random.get_state()  # noqa: NPY002
    args = get_dataset_args()
    args.num_samples, args.train_split = 1200, 1000 / 1200
    labels = make_dataset(args)["y"][:1000].copy()
    true = labels.copy()
    for place in range(1000):
        if np.random.random_sample() < 0.15:  # noqa: NPY002
            labels[place] = np.random.randint(0, 10)  # noqa: NPY002
    np.random.set_state(state)  # noqa: NPY002
    ours = np.where(draw["chance"] < np.float32(0.15), draw["labels"], true)
    np.testing.assert_array_equal(ours, labels)
    assert 0.1 < (ours != true).mean() < 0.17
    assert set(draw["labels"][draw["chance"] >= 0.15]) == set(range(10))
