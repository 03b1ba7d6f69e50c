from __future__ import annotations

import numpy as np
import pytest

from nnlab.data.arguments import real, seed_of, whole
from nnlab.errors import NnlabError


def test_whole_numbers_of_numpy_and_python_pass_as_python_integers():
    for value in (3, np.int32(3), np.uint8(3)):
        number = whole("iris", "examples", value, 1)
        assert number == 3
        assert type(number) is int


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None, True, np.bool_(True), float("nan")])
def test_what_is_not_a_whole_number_is_refused_in_one_line(value):
    with pytest.raises(NnlabError, match=r"iris: examples is .* at least 1") as caught:
        whole("iris", "examples", value, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True, -0.1])
def test_what_is_not_a_real_number_in_range_is_refused(value):
    with pytest.raises(NnlabError, match="noise"):
        real("sine", "noise", value, 0.0)
    assert real("sine", "low", -5) == -5.0


def test_seeds_end_where_the_generators_range_ends():
    assert seed_of("iris", 2**32 - 1) == 2**32 - 1
    with pytest.raises(NnlabError, match="seed"):
        seed_of("iris", 2**32)
