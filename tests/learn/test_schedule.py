from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn
from nnlab.errors import NnlabError

STEPS = jnp.arange(121)


@pytest.mark.parametrize("name", learn.schedules)
def test_every_schedule_stays_within_0_and_1_and_takes_traced_numbers(name):
    factors = jax.jit(jax.vmap(learn.schedules[name], (0, None)))(STEPS, 120)
    assert factors.shape == (121,)
    assert (np.asarray(factors) >= 0).all()
    assert (np.asarray(factors) <= 1 + 1e-6).all()
    assert np.isclose(factors.max(), 1.0, atol=1e-6)


# Where each schedule stands at chosen steps of 100, from its formula.
POINTS = [
    ("constant", {}, {0: 1, 100: 1}),
    ("step", {}, {49: 1, 50: 0.1, 74: 0.1, 75: 0.01}),
    ("exponential", {}, {0: 1, 50: 0.1, 100: 0.01}),
    ("power", {"exponent": 2.0}, {0: 1, 10: 1 / 4, 40: 1 / 25}),
    ("cosine", {"final": 0.1}, {0: 1, 50: 0.55, 100: 0.1}),
    ("one_cycle", {"start": 0.1}, {0: 0.1, 15: 0.55, 30: 1, 100: 4e-6}),
    ("cyclical", {"cycles": 2.0, "low": 0.2}, {0: 0.2, 25: 1, 50: 0.2, 75: 1}),
    ("warmup", {"fraction": 0.1}, {0: 0.1, 4: 0.5, 9: 1, 60: 1}),
    ("warmup", {"fraction": 0.2, "then": learn.cosine}, {9: 0.5, 20: 1, 60: 0.5, 100: 0}),
]


@pytest.mark.parametrize("name, options, points", POINTS)
def test_schedules_pass_through_their_formulas(name, options, points):
    for step, expected in points.items():
        factor = learn.schedules[name](step, 100, **options)
        np.testing.assert_allclose(factor, expected, atol=1e-6, err_msg=f"{name} at {step}")


def test_a_scheduled_rate_drives_an_optimizer_without_a_program_for_each_value():
    @jax.jit
    def walk(rate, total):
        descent = learn.optimizer("sgd", learn.scheduled("cosine", rate, total))
        state = descent.init(jnp.zeros(()))

        def step(_, carry):
            position, state = carry
            update, state = descent.update(jnp.ones(()), state, position)
            return position + update, state

        return jax.lax.fori_loop(0, total, step, (jnp.zeros(()), state))[0]

    for rate, total in ((0.1, 10), (0.2, 10), (0.1, 20)):
        expected = -rate * sum(0.5 * (1 + np.cos(np.pi * i / total)) for i in range(total))
        np.testing.assert_allclose(walk(rate, total), expected, rtol=1e-5)
    assert walk._cache_size() == 1


def test_an_unknown_schedule_is_refused():
    with pytest.raises(NnlabError, match="cosine"):
        learn.scheduled("cosin", 0.1, 100)


def test_a_choice_among_schedules_is_the_schedule_itself_in_every_lane():
    names = list(learn.schedules)

    def rates(choice):
        rate = learn.scheduled_among(names, choice, 0.5, 120)
        return jax.vmap(rate)(STEPS)

    lanes = jax.jit(jax.vmap(rates))(jnp.arange(len(names), dtype=jnp.float32))
    for lane, name in zip(lanes, names, strict=True):
        alone = jax.vmap(learn.scheduled(name, 0.5, 120))(STEPS)
        np.testing.assert_allclose(lane, alone, atol=1e-6)


def test_an_unknown_schedule_among_others_is_refused():
    with pytest.raises(NnlabError, match="cosine"):
        learn.scheduled_among(["constant", "cosin"], 1, 0.1, 100)
