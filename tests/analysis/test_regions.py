"""Regions, their ends and their words."""

from __future__ import annotations

import math

import pytest

from nnlab.analysis import Region
from nnlab.errors import NnlabError


@pytest.mark.parametrize(
    ("region", "low", "high", "holds", "misses"),
    [
        (Region.above(0), 0.1, 9, True, False),
        (Region.above(0), 0, 9, False, False),
        (Region.above(0), -1, 1, False, False),
        (Region.above(0), -1, 0, False, True),
        (Region.above(0), 0, 0, False, True),
        (Region.above(0), 1, math.inf, True, False),
        (Region.above(0), -math.inf, math.inf, False, False),
        (Region.below(2), -math.inf, 1.9, True, False),
        (Region.below(2), 1, 2, False, False),
        (Region.below(2), 2, 3, False, True),
        (Region.between(-1, 1), -1, 1, True, False),
        (Region.between(-1, 1), -1, 1.1, False, False),
        (Region.between(-1, 1), 1, 2, False, False),
        (Region.between(-1, 1), 1.1, 2, False, True),
        (Region.between(-1, 1), -3, -2, False, True),
        (Region(0, math.inf), 0, 0, True, False),
        (Region(0, 1, closed=False), 0, 0.5, False, False),
    ],
)
def test_intervals_inside_and_outside(region, low, high, holds, misses):
    assert (region.holds(low, high), region.misses(low, high)) == (holds, misses)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region.above(0), "> 0"),
        (Region.below(2.5), "< 2.5"),
        (Region.between(-1, 1), "in [-1, 1]"),
        (Region(0, math.inf), "≥ 0"),
        (Region(-math.inf, 3), "≤ 3"),
        (Region(0, 1, closed=False), "in (0, 1)"),
        (Region(), "any number"),
    ],
)
def test_words(region, words):
    assert str(region) == words


@pytest.mark.parametrize("ends", [(2, 1), (math.nan, 1), (0, math.nan)])
def test_empty_regions_are_refused(ends):
    with pytest.raises(NnlabError, match="nothing lies between"):
        Region(*ends)
    assert Region.between(1, 1).holds(1, 1)
    with pytest.raises(NnlabError):
        Region(1, 1, closed=False)
