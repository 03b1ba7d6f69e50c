from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nnlab.study import recorded_steps

STEPS = st.integers(0, 10**6)


@given(STEPS, st.integers(1, 500))
def test_a_number_asks_for_that_many_even_steps_that_end_at_the_last(steps, count):
    recorded = recorded_steps(steps, count)
    assert len(recorded) == max(1, min(count, steps))
    assert recorded[-1] == steps
    assert all(before < after for before, after in itertools.pairwise(recorded))
    assert recorded[0] > 0 or steps == 0
    n = len(recorded)
    assert all(2 * abs(n * step - steps * (i + 1)) <= n for i, step in enumerate(recorded))


@given(STEPS, st.lists(STEPS, min_size=1).map(tuple))
def test_named_steps_are_taken_as_far_as_the_last_which_is_always_there(steps, named):
    recorded = recorded_steps(steps, named)
    assert set(recorded) == {step for step in named if step < steps} | {steps}
    assert recorded == tuple(sorted(recorded))


def test_in_plain_numbers():
    assert recorded_steps(10, 1) == (10,)
    assert recorded_steps(10, 4) == (2, 5, 8, 10)
    assert recorded_steps(3, 100) == (1, 2, 3)
    assert recorded_steps(0, 5) == (0,)
    assert recorded_steps(100, (0, 10, 1000)) == (0, 10, 100)
