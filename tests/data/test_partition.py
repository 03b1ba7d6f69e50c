from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnlab.data.partition import partition
from nnlab.errors import NnlabError


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    shares=st.tuples(st.floats(0, 0.45), st.floats(0, 0.45)),
    seed=st.integers(0, 2**32 - 1),
    stratified=st.booleans(),
)
def test_every_example_is_in_one_part_and_classes_keep_their_share(
    counts, shares, seed, stratified
):
    labels = np.repeat(np.arange(len(counts)), counts)
    n = len(labels)
    assume(round(n * shares[0]) + round(n * shares[1]) < n)
    parts = partition(n, *shares, seed, labels if stratified else None)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert len(parts.validation) == round(n * shares[0])
    assert len(parts.test) == round(n * shares[1])
    if stratified:
        # A cut of the stratified order is within 1 + (classes * share of the class) of exact.
        for cut in (parts.test, np.concatenate([parts.test, parts.validation])):
            for label, count in enumerate(counts):
                exact = len(cut) * count / n
                assert abs((labels[cut] == label).sum() - exact) <= 1 + len(counts) * count / n


def test_equal_classes_are_split_equally_where_that_is_possible():
    labels = np.tile(np.arange(3), 50)
    for seed in range(20):
        parts = partition(150, 0.1, 0.2, seed, labels)
        assert [np.bincount(labels[p]).tolist() for p in parts] == [[35] * 3, [5] * 3, [10] * 3]
        assert np.bincount(labels[parts.train[:30]]).tolist() == [10] * 3


def test_the_seed_decides_and_validation_does_not_move_the_test_part():
    one, again, other = (partition(100, 10, 20, seed) for seed in (3, 3, 4))
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.test, other.test)
    np.testing.assert_array_equal(one.test, partition(100, 40, 20, 3).test)


@pytest.mark.parametrize("labels", [None, np.repeat([0, 1], [30, 10])])
def test_each_example_is_tested_equally_often(labels):
    tested = np.zeros(40)
    for seed in range(800):
        tested[partition(40, 0, 10, seed, labels).test] += 1
    # Binomial with mean 200 and s.d. 12.2 an example: 40 examples stay within 4.5 s.d.
    assert np.abs(tested - 200).max() < 55
    assert np.std(tested) > 4


def test_one_and_counts_and_shares_mean_different_things():
    assert len(partition(10, 0, 1).test) == 1
    assert len(partition(10, 0, 0.5).test) == 5
    with pytest.raises(NnlabError, match=r"test is 1\.0; give a share below 1"):
        partition(10, 0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 5, 5), "take 10 of 10 examples"),
        ((10, 0, 11), "take 11 of 10"),
        ((10, 0, -1), "test is -1"),
        ((10, -0.5, 0), r"validation is -0\.5"),
        ((0, 0, 0), "examples is 0"),
        ((10, 0, 5, -1), "seed is -1"),
        ((10, 0, 5, 0, np.zeros(9)), "one label for each example"),
    ],
)
def test_impossible_sizes_are_told(arguments, message):
    with pytest.raises(NnlabError, match=message):
        partition(*arguments)
