"""The description of a request: complete, plain JSON, and made without JAX."""

from __future__ import annotations

import json

import numpy as np

from nnlab import Preset, Sized, Static, Study, Traced, data
from nnlab.study import Inputs, describe, make_request

MADE = []


def dataset(p):
    MADE.append(p.task)
    if p.task == "arrays":
        return {"x": np.arange(3.0)}
    return {"set": data.iris(), "more": (np.arange(2),)}


STUDY = Study(
    name="small",
    card="A title.\n\nQuestion: why?",
    topic="optimisation",
    trial=lambda key, p, d: None,
    data=dataset,
    factors={
        "width": Sized(2, 4, about="units"),
        "rate": Traced(0.1),
        "task": Static("iris", "arrays"),
    },
    presets={"quick": Preset(seeds=3, steps=lambda p: 10 * p.width, record=2)},
)


def test_a_request_is_described_in_plain_json():
    told = describe(make_request(STUDY, "quick", overrides={"width": [2, 4]}))
    assert json.loads(json.dumps(told)) == told
    assert (told["title"], told["topic"], told["label"]) == (
        "A title.",
        "optimisation",
        "quick+width=2,4",
    )
    assert (told["seeds"], told["settings"], told["trials"]) == (3, 4, 12)
    assert told["steps"] == [20, 40] and told["recorded"] == [2]
    width, rate, _ = told["factors"]
    assert width == {"name": "width", "kind": "sized", "about": "units", "values": [2, 4]}
    assert rate["values"] == [0.1]
    iris, arrays = told["data"]
    assert iris["name"] == "iris" and iris["train"] > 0 and iris["classes"] == 3
    assert iris["fingerprint"] == data.iris().fingerprint
    assert set(arrays) == {"name", "fingerprint"} and len(arrays["fingerprint"]) == 64


def test_data_that_are_made_already_are_not_made_again():
    request = make_request(STUDY, "quick")
    inputs = Inputs(STUDY)
    first = describe(request, inputs)
    made = len(MADE)
    assert describe(request, inputs) == first and len(MADE) == made


def test_a_study_without_data_or_card_is_described_too():
    bare = Study(name="bare", trial=STUDY.trial, presets={"quick": Preset(seeds=1)})
    told = describe(make_request(bare, "quick"))
    assert told["title"] == "bare" and told["data"] == [] and told["factors"] == []
