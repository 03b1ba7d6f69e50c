"""Small studies and machines for the engine's tests, and how to run them to a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nnlab import data, engine, learn, nn, records
from nnlab.engine import Machine
from nnlab.study import Inputs, Preset, Request, Sized, Static, Study, Traced, make_request


def trained(key, p, d):
    """A network of one hidden layer, trained on noisy labels of irises."""
    labels = learn.corrupt(nn.stream(key, "label_noise"), d.train.y, p.label_noise, d.classes)
    net = nn.MLP(hidden=(p.width,), out=d.classes)
    optimizer = learn.optimizer(p.optimizer, p.learning_rate)
    evaluate = {"train": (d.train.x, labels), "test": (d.test.x, d.test.y)}
    return learn.supervised(key, net, optimizer, d.train.x, labels, batch=20, evaluate=evaluate)


def irises(trial: Any = trained, *, seeds: int = 3, steps: Any = 12, **changes: Any) -> Study:
    """A study of two widths and two learning rates; `changes` replace its factors."""
    factors = {
        "width": Sized(5, 12),
        "label_noise": Traced(0.1, low=0, high=1),
        "learning_rate": Traced(0.05, 0.2),
        "optimizer": Static("momentum"),
        **changes,
    }
    presets = {"quick": Preset(seeds=seeds, steps=steps, record=2)}
    return Study(
        name="irises", trial=trial, factors=factors, presets=presets, data=lambda p: data.iris()
    )


def request_of(study: Study, seeds: int | None = None, **factors: tuple[Any, ...]) -> Request:
    return make_request(study, "quick", seeds, factors)


def machine(lanes: int = 4, devices: int = 2, compile_seconds: float = 1e6) -> Machine:
    """Two CPU devices; compiles so dear that all sizes share a bucket, unless told otherwise."""
    return Machine("cpu", devices, 1e9, lanes, 1e9, 1e-5, compile_seconds)


def table_of(
    request: Request, folder: Path, reporter: engine.Reporter | None = None
) -> pd.DataFrame:
    """Run the request into a store in `folder`; the tidy table of its trials."""
    inputs, store = Inputs(request.study), records.Store(folder)
    engine.run(request, store, inputs, reporter)
    keys = list(records.trial_keys(request, inputs).values())
    rows, axes = store.read(keys)
    return records.tidy(rows, axes, keys)
