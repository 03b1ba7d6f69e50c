"""Work between the sizes that were traced."""

from __future__ import annotations

import pytest

from nnlab.engine import Cost
from nnlab.engine.sizes import work_by_size, works_along
from nnlab.study import Cell


def test_three_sizes_are_asked_for_and_the_rest_follows():
    asked = []

    def work(size: int) -> float:
        asked.append(size)
        return 3e6 * size**2 + 5e7 * size + 11.0

    sizes = [2, 3, 5, 8, 13, 40, 100, 230, 300]
    told = work_by_size(work, sizes)
    assert [told(size) for size in sizes] == pytest.approx(list(map(work, sizes)), rel=1e-6)
    assert sorted(asked[:3]) == [2, 100, 300] and len(asked) == 3 + len(sizes)


def test_few_sizes_are_asked_for_as_they_are():
    steps = {4: 7.0, 9: 7.0, 10: 8.0}
    told = work_by_size(steps.__getitem__, steps)
    assert [told(size) for size in steps] == [7.0, 7.0, 8.0]


def test_it_never_leaves_the_range_of_what_was_asked():
    told = work_by_size(lambda size: 1.0 if size < 300 else 1e6, [1, 2, 3, 150, 300])
    assert all(1.0 <= told(size) <= 1e6 for size in (2, 3, 150))


def test_along_each_size_the_others_are_at_their_largest():
    cells = [Cell((("width", w), ("examples", n)), 5, (5,)) for w, n in ((2, 50), (8, 10))]
    asked = []

    def cost_of(cell: Cell, capacities) -> Cost:
        asked.append(dict(capacities))
        return Cost(float(capacities["width"] * capacities["examples"]), 1.0)

    work = works_along(cells, ["width", "examples"], cost_of)
    assert asked == []  # nothing is traced before it is needed
    assert work["width"](2) == 100.0 and work["examples"](10) == 80.0
    assert asked == [{"width": 2, "examples": 50}, {"width": 8, "examples": 10}]
