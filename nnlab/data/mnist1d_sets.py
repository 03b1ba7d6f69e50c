"""MNIST-1D (Greydanus and Kobak 2020, arXiv:2011.14439) from its reference generator."""

# The module is not called mnist1d: that is the name of the package with the generator.

from __future__ import annotations

import contextlib
import importlib.metadata
import random
from collections.abc import Iterator

import numpy as np

from nnlab.data.arguments import seed_of, whole
from nnlab.data.cache import cached
from nnlab.data.dataset import Dataset, from_splits
from nnlab.data.randomness import generator
from nnlab.errors import NnlabError

__all__ = ["mnist1d", "mnist1d_label_draw"]

_CLASSES = 10
_NOTEBOOK_NOISE = 0.15


def mnist1d(
    examples: int = 4000,
    test_examples: int = 1000,
    validation_examples: int = 0,
    seed: int = 42,
    shuffle_positions: bool = False,
) -> Dataset:
    """MNIST-1D: ten classes of one-dimensional signals of 40 positions; x [n, 40], y [n].

    The reference generator of package `mnist1d` makes `examples + test_examples` signals at once
    and standardises them together; the first `examples` are for training, the last
    `validation_examples` of those for validation instead, so that neither the signals nor the test
    part change with it. The default is the frozen benchmark set (equal in float32); the
    repository's double-descent notebook uses `mnist1d(4000, 12000)`. `shuffle_positions` puts the
    40 positions of all signals into one random order.
    16,000 signals take about two seconds, once: they are cached (`nnlab.data.cached`).
    Raises NnlabError where the total is no multiple of 10: every class gets as many signals.
    """
    examples = whole("mnist1d", "examples", examples, 1)
    test_examples = whole("mnist1d", "test_examples", test_examples, 0)
    held_out = whole("mnist1d", "validation_examples", validation_examples, 0)
    seed = seed_of("mnist1d", seed)
    total = examples + test_examples
    if total % _CLASSES:
        raise NnlabError(
            f"mnist1d: {examples} + {test_examples} = {total} examples cannot be shared by "
            f"{_CLASSES} classes; make the total a multiple of {_CLASSES}, such as "
            f"{total + -total % _CLASSES}"
        )
    if held_out >= examples:
        raise NnlabError(
            f"mnist1d: validation_examples is {held_out}; it is taken from the {examples} training "
            "examples and must leave at least one"
        )
    settings = {
        "num_samples": total,
        "seed": seed,
        "shuffle_seq": bool(shuffle_positions),
        "generator": importlib.metadata.version("mnist1d"),
    }
    arrays = cached("mnist1d", settings, lambda: _generate(total, seed, bool(shuffle_positions)))
    x, y = arrays["x"], arrays["y"]
    trained = examples - held_out
    return from_splits(
        "mnist1d",
        train=(x[:trained], y[:trained]),
        validation=(x[trained:examples], y[trained:examples]),
        test=(x[examples:], y[examples:]),
        classes=_CLASSES,
        about=f"MNIST-1D (Greydanus and Kobak 2020), {total} signals of 40 positions, seed {seed}"
        + (", positions shuffled" if shuffle_positions else ""),
    )


def mnist1d_label_draw(
    examples: int = 4000, test_examples: int = 1000, seed: int = 42
) -> dict[str, np.ndarray]:
    """The one draw of noisy labels of the MNIST-1D repository's double-descent notebook.

    `chance` [examples], float32 in [0, 1), and `labels` [examples], int32: for 15% label noise take
    `labels` where `chance < 0.15`, else the true ones; other shares of noise give nested sets. The
    notebook goes on with the global generator where making the signals left it, so the draw belongs
    to these sizes and this seed; the labels beyond its 15% are drawn by ours.
    Source: github.com/greydanus/mnist1d, notebooks/deep-double-descent.ipynb.
    """
    examples = whole("mnist1d_label_draw", "examples", examples, 1)
    total = examples + whole("mnist1d_label_draw", "test_examples", test_examples, 0)
    seed = seed_of("mnist1d_label_draw", seed)
    settings = {
        "num_samples": total,
        "seed": seed,
        "examples": examples,
        "generator": importlib.metadata.version("mnist1d"),
    }
    return cached("mnist1d_label_draw", settings, lambda: _draw_labels(examples, total, seed))


def _draw_labels(examples: int, total: int, seed: int) -> dict[str, np.ndarray]:
    chance = np.empty(examples, np.float32)
    labels = generator(seed, "mnist1d label draw").integers(0, _CLASSES, examples, dtype=np.int32)
    with _global_generators_untouched():
        _make(total, seed, False)
        for place in range(examples):
            drawn = np.random.random_sample()  # noqa: NPY002
            chance[place] = drawn
            if drawn < _NOTEBOOK_NOISE:
                labels[place] = np.random.randint(0, _CLASSES)  # noqa: NPY002
    return {"chance": chance, "labels": labels}


def _generate(total: int, seed: int, shuffle_positions: bool) -> dict[str, np.ndarray]:
    """All signals in the generator's order: x float32 [total, 40], y int32 [total]."""
    with _global_generators_untouched():
        made = _make(total, seed, shuffle_positions)
    # Joined, to be cut by counts: the generator's own cut truncates total * train_split, which
    # rounding can put one short.
    return {
        "x": np.concatenate([made["x"], made["x_test"]]).astype(np.float32),
        "y": np.concatenate([made["y"], made["y_test"]]).astype(np.int32),
    }


def _make(total: int, seed: int, shuffle_positions: bool) -> dict[str, np.ndarray]:
    """What the reference generator returns; it seeds the global generators and draws from them."""
    # Imported here: the package takes a second to import (it draws in pyplot and requests).
    from mnist1d.data import get_dataset_args, make_dataset
    from mnist1d.utils import ObjectView

    wanted = {"num_samples": total, "seed": seed, "shuffle_seq": shuffle_positions}
    return make_dataset(ObjectView({**vars(get_dataset_args()), **wanted}))


@contextlib.contextmanager
def _global_generators_untouched() -> Iterator[None]:
    """The reference generator seeds and draws from the global generators: put them back."""
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
