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


def test_what_is_only_measured_is_recorded_with_its_arguments():
    def risk(scale, shift):
        return {"risk": scale * 2.0 + shift}

    trial = learn.measured(risk, jnp.float32(3.0), 1.0)
    state = trial.init()
    assert trial.step(jnp.int32(0), state) == state
    assert jax.jit(trial.measure)(state)["risk"] == 7.0


@pytest.mark.parametrize("axes", [(), ("layer", "unit")])
def test_along_wants_one_name_for_each_axis(axes):
    with pytest.raises(NnlabError, match="one name for each axis"):
        learn.along(jnp.arange(3.0), *axes)
