"""Description: what a request asks for, as plain JSON, so that it can be told without the study."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from nnlab.study.factors import plain
from nnlab.study.inputs import Inputs
from nnlab.study.request import Request

__all__ = ["describe"]


def describe(request: Request, inputs: Inputs | None = None) -> dict[str, Any]:
    """Title, lab card, topic, factors with the values used, seeds, steps, and the data.

    Everything a page needs to tell the method in words: numbers, text, lists and dicts only.
    Makes the data of the study, unless `inputs` has made them already.
    """
    study, cells = request.study, request.cells
    return {
        "study": study.name,
        "title": study.card.partition("\n")[0].strip() or study.name,
        "card": study.card,
        "topic": study.topic,
        "version": study.version,
        "preset": request.preset,
        "label": request.label,
        "seeds": len(request.seeds),
        "settings": len(cells),
        "trials": request.trials,
        "steps": sorted({cell.steps for cell in cells}),
        "recorded": sorted({len(cell.record) for cell in cells}),
        "factors": [
            {
                "name": name,
                "kind": factor.kind,
                "about": factor.about,
                "values": list(dict.fromkeys(plain(cell.settings[name]) for cell in cells)),
            }
            for name, factor in study.factors.items()
        ],
        "data": _data(request, inputs or Inputs(study)),
    }


def _data(request: Request, inputs: Inputs) -> list[dict[str, Any]]:
    """Each data set once, in the order in which the cells use them."""
    shared = {known.fingerprint: known for known in map(inputs.of, request.cells)}
    told: dict[str, dict[str, Any]] = {}
    for fingerprint, known in shared.items():
        if known.tree is None:
            continue
        for one in _sets(known.tree):
            told.setdefault(one.fingerprint, _set(one))
        if not any(True for _ in _sets(known.tree)):
            told[fingerprint] = {"name": "arrays made by the study", "fingerprint": fingerprint}
    return list(told.values())


def _sets(tree: Any) -> Iterator[Any]:
    """The data sets in a tree: whatever has a fingerprint of its own."""
    if isinstance(getattr(tree, "fingerprint", None), str):
        yield tree
    elif isinstance(tree, Mapping):
        for part in tree.values():
            yield from _sets(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _sets(part)
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for field in dataclasses.fields(tree):
            yield from _sets(getattr(tree, field.name))


def _set(one: Any) -> dict[str, Any]:
    # Told of a data set what it has: a study may bring a class of its own.
    told: dict[str, Any] = {
        "name": str(getattr(one, "name", type(one).__name__)),
        "about": str(getattr(one, "about", "")),
        "fingerprint": one.fingerprint,
        "classes": getattr(one, "classes", None),
    }
    for part in ("train", "validation", "test"):
        x = getattr(getattr(one, part, None), "x", None)
        if x is not None:
            told[part] = len(x)
            told.setdefault("shape", list(x.shape[1:]))
    return told
