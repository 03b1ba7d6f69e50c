from __future__ import annotations

import pytest

from nnlab.errors import NnlabError
from nnlab.nn.choose import choose


def test_names_functions_and_the_nearest_name():
    assert choose({"abs": abs}, "activation", "abs") is abs
    assert choose({"abs": abs}, "activation", max) is max
    with pytest.raises(NnlabError, match=r"unknown activation 'absx': did you mean 'abs'\?"):
        choose({"abs": abs}, "activation", "absx")
    with pytest.raises(NnlabError, match="there are abs, max"):
        choose({"max": max, "abs": abs}, "activation", "relu")
    with pytest.raises(NnlabError, match="unknown activation 3"):
        choose({"max": max}, "activation", 3)  # type: ignore[arg-type]
