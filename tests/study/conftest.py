"""A small sound study, whose parts a test may exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnlab.study import Preset, Sized, Static, Study, Traced


def trial(key, p, data):
    return None


@pytest.fixture
def small() -> Callable[..., Study]:
    """`small(factors=..., presets=...)`: the study with these parts instead."""

    def make(**parts: Any) -> Study:
        sound = {
            "trial": trial,
            "name": "small",
            "factors": {
                "width": Sized(8, 16),
                "rate": Traced(0.1, low=0),
                "optimizer": Static("sgd", "adam"),
            },
            "presets": {"quick": Preset(seeds=2, steps=10)},
        }
        return Study(**(sound | parts))

    return make
