"""Targets: a malformed one is told in one line."""

from __future__ import annotations

import math
import re

import pytest

from nnlab.errors import NnlabError
from nnlab.study import Target


def target(name="an error", **parts):
    sound = {"value": 2.0, "source": "A. Book", "estimand": lambda table: table}
    return Target(name=name, **(sound | parts))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"name": " "}, "a target's name must say what it is"),
        ({"name": 3}, "a target's name must say what it is"),
        ({"value": math.nan}, "'an error': its value must be a finite number, not nan"),
        ({"value": "2"}, "its value must be a finite number"),
        ({"value": True}, "its value must be a finite number"),
        ({"source": ""}, "name its source"),
        ({"estimand": "2"}, "estimand must be a function of the table, or a number"),
        ({"estimand": math.inf}, "estimand must be a function of the table, or a number"),
        ({"tolerance": -1}, "tolerance must be 0 or more"),
        ({"tolerance": "2"}, "tolerance must be 0 or more"),
        ({"kind": "P"}, "kind must be one of published, exact, measured"),
    ],
)
def test_a_malformed_target_is_told_in_one_line(parts, told):
    with pytest.raises(NnlabError, match=re.escape(told)) as error:
        target(**parts)
    assert "\n" not in str(error.value)


def test_a_study_takes_targets_of_different_names(small):
    study = small(targets=[target("a"), target("b", tolerance=0, kind="exact")])
    assert [t.name for t in study.targets] == ["a", "b"] and study.targets[0].kind == "published"
    with pytest.raises(NnlabError, match="target 'a' stands twice in the study"):
        small(targets=[target("a"), target("a")])
    with pytest.raises(NnlabError, match="targets must be a list of Target"):
        small(targets=[2.0])
