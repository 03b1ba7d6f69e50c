from __future__ import annotations

import copy

import pytest

from nnlab.errors import NnlabError
from nnlab.study import Settings


def test_values_are_read_like_attributes_and_reading_is_remembered():
    p = Settings({"width": 8, "rate": 0.1, "depth": 2})
    assert p.read == frozenset()
    assert p.width == 8 and p["rate"] == 0.1
    assert p.read == {"width", "rate"}
    assert list(p) == ["width", "rate", "depth"] and len(p) == 3
    assert p.read == {"width", "rate"}  # names are no values
    assert dict(p) == {"width": 8, "rate": 0.1, "depth": 2}
    assert p.read == {"width", "rate", "depth"}


def test_a_name_that_is_not_there_is_told_with_the_nearest():
    p = Settings({"width": 8}, hint="static factors only")
    with pytest.raises(NnlabError, match=r"'widht' here \(static factors only\); did you mean"):
        _ = p.widht
    with pytest.raises(KeyError):
        p["widht"]
    assert p.get("dropout", 0.0) == 0.0
    with pytest.raises(NnlabError, match="there are none"):
        _ = Settings({}).width


def test_settings_can_be_copied_and_shown():
    p = copy.deepcopy(Settings({"width": 8}))
    assert p.width == 8 and repr(p) == "Settings(width=8)"
