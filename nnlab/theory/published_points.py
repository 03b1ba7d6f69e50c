"""Points of published figures, as the source shows them, to draw under ours."""

# Not called published: the package's function of that name would be hidden by the module.

from __future__ import annotations

import difflib
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["PublishedPoints", "published", "published_sets"]


class PublishedPoints(NamedTuple):
    """Where published points come from, how they were taken, and what their columns mean."""

    source: str
    taken: str
    columns: dict[str, str]


published_sets: dict[str, PublishedPoints] = {
    "udl_fig_8_10": PublishedPoints(
        source="Prince, Understanding Deep Learning (MIT Press 2023), Fig. 8.10",
        taken="digitised from the figure, about 0.5 points either way; one seed; 10,000 MNIST-1D "
        "examples, two hidden layers, Adam 0.005, full batch, 4000 steps",
        columns={
            "label_noise": "share of training labels drawn anew: panel a has 0, panel b 0.15",
            "width": "hidden units a layer, read off the axis: not a whole number",
            "train_error": "classification error, 0..100; empty where only the other was read off",
            "test_error": "classification error, 0..100; likewise",
        },
    ),
    "mnist1d_double_descent": PublishedPoints(
        source="MNIST-1D repository, github.com/greydanus/mnist1d, "
        "notebooks/deep-double-descent.ipynb (after its fix of the shallow copy of the labels)",
        taken="printed by the notebook, final epoch; one seed; 4000 examples, 12,000 to test, two "
        "hidden layers, SGD 0.01 with momentum 0.9, batch 100, 500 epochs",
        columns={
            "label_noise": "share of training labels drawn anew",
            "width": "units in each of the two hidden layers",
            "train_loss": "cross-entropy in nats, on the labels trained on",
            "train_error": "classification error, 0..100, on the labels trained on",
            "test_loss": "cross-entropy in nats",
            "test_error": "classification error, 0..100",
        },
    ),
    "mnist1d_benchmark": PublishedPoints(
        source="MNIST-1D repository, github.com/greydanus/mnist1d, "
        "notebooks/mnist1d-classification.ipynb",
        taken="printed by the notebook every 1000 steps; one seed; the frozen set of 4000 and 1000 "
        "examples, Adam 0.01, batch 100 in the stored order, PyTorch's default initialisation",
        columns={
            "positions": "'in_order', or 'notebook': in the one random order of the notebook",
            "network": "'logistic', 'mlp', 'cnn' or 'gru'",
            "step": "updates, counting from 0",
            "train_error": "classification error, 0..100; 100 less the accuracy printed",
            "test_error": "classification error, 0..100; likewise",
        },
    ),
}


def published(name: str) -> DataFrame:
    """The published points `name` (a key of `published_sets`, which tells source and columns).

    Rows are in the source's order; the frame is the caller's own. Raises NnlabError for an unknown
    name.
    """
    import pandas as pd

    if name not in published_sets:
        near = difflib.get_close_matches(str(name), published_sets, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(published_sets)}"
        raise NnlabError(f"published: there are no points {name!r}; {hint}")
    file = resources.files("nnlab.theory") / "published" / f"{name}.csv"
    with file.open("r", encoding="utf-8") as stream:
        return pd.read_csv(stream)
