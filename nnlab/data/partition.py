"""How examples are divided into training, validation and test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnlab.data.arguments import real, seed_of, whole
from nnlab.data.randomness import generator
from nnlab.errors import NnlabError

__all__ = ["Partition", "partition"]


class Partition(NamedTuple):
    """Positions (int64, disjoint, together all examples) of the three parts."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def partition(
    examples: int,
    validation: int | float = 0,
    test: int | float = 0.25,
    seed: int = 0,
    labels: np.ndarray | None = None,
    where: str = "partition",
) -> Partition:
    """Divide `examples` positions at random, in proportion to the classes where `labels` are given.

    `validation` and `test` are counts if integers, shares in [0, 1) if floats (rounded to the
    nearest count); training gets the rest, at least one example. With labels, each part, and each
    leading piece of the training part, holds every class in proportion to within a few examples.
    The test part depends on neither the size of the validation part nor a global generator.
    Raises NnlabError for sizes that leave nothing to train on.
    """
    examples = whole(where, "examples", examples, 1)
    if labels is not None and np.shape(labels) != (examples,):
        raise NnlabError(
            f"{where}: {examples} examples but labels of shape {np.shape(labels)}; "
            "give one label for each example"
        )
    test_count = _count(where, "test", test, examples)
    held_out = test_count + _count(where, "validation", validation, examples)
    if held_out >= examples:
        raise NnlabError(
            f"{where}: test and validation take {held_out} of {examples} examples; "
            "leave at least one for training"
        )
    order = _order(examples, labels, seed_of(where, seed))
    return Partition(
        train=order[held_out:], validation=order[test_count:held_out], test=order[:test_count]
    )


def _count(where: str, name: str, part: int | float, examples: int) -> int:
    if not isinstance(part, float | np.floating):
        return whole(where, name, part, 0)
    share = real(where, name, part, 0.0)
    if share >= 1.0:
        raise NnlabError(f"{where}: {name} is {part!r}; give a share below 1, or a whole number")
    return round(examples * share)


def _order(examples: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """A random order of the examples; with labels, one whose leading pieces are stratified.

    Each class of size m puts one example, at a random place, into each of m equal stretches of
    (0, 1): any stretch then holds every class in proportion to within one example at each end.
    """
    random = generator(seed, "partition")
    shuffled = random.permutation(examples)
    if labels is None:
        return shuffled
    places = np.empty(examples)
    shuffled_labels = np.asarray(labels)[shuffled]
    for label in np.unique(shuffled_labels):
        members = shuffled[shuffled_labels == label]
        size = len(members)
        places[members] = (np.arange(size) + random.uniform(size=size)) / size
    return np.argsort(places, kind="stable")
