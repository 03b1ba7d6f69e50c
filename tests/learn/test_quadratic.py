"""Descents on a quadratic settle where theory says."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from nnlab import learn, nn, theory

STEPS = 3000


def settled(rate, batch, curvature=1.0, descents=200):
    key = nn.study_key("quadratic", 2)

    @jax.jit
    def run(batch, rate):
        trial = learn.descent_on_quadratic(
            key, rate, batch, STEPS, curvature=curvature, descents=descents
        )
        return trial.measure(jax.lax.fori_loop(0, STEPS, trial.step, trial.init()))["settled"]

    return float(run(batch, jnp.float32(rate)))


@pytest.mark.parametrize("rate, size, curvature", [(0.3, 4, 1.0), (1.8, 1, 1.0), (0.2, 4, 2.5)])
def test_the_variance_is_stationary(rate, size, curvature):
    found = settled(rate, nn.Size(jnp.int32(size), 4), curvature)
    expected = theory.stationary_variance(rate, curvature, 1.0, size)
    assert found == pytest.approx(expected, rel=0.03)


def test_a_padded_minibatch_descends_as_the_minibatch_alone():
    few = [settled(0.5, nn.Size(jnp.int32(2), capacity), descents=5) for capacity in (2, 8)]
    assert few[0] == pytest.approx(few[1], rel=1e-4)
