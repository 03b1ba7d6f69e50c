from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from nnlab import learn
from nnlab.errors import NnlabError


def test_along_names_survive_vmap_and_jit():
    def measure(scale):
        return {"norm": learn.along(scale * jnp.arange(3.0), "layer")}

    out = jax.jit(jax.vmap(measure))(jnp.array([1.0, 2.0]))["norm"]
    assert isinstance(out, learn.Along)
    assert out.axes == ("layer",)
    assert out.values.shape == (2, 3)


@pytest.mark.parametrize("axes", [(), ("layer", "unit")])
def test_along_wants_one_name_for_each_axis(axes):
    with pytest.raises(NnlabError, match="one name for each axis"):
        learn.along(jnp.arange(3.0), *axes)
