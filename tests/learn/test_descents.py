from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, theory


def run(trial, steps):
    return trial.measure(jax.lax.fori_loop(0, steps, trial.step, trial.init()))


def downhill(slope=1.0, rate=0.25, name="sgd"):
    goals = {"half": lambda x: x["at"] >= 0.5, "start": lambda x: x["at"] >= 0.0}
    start = {"at": jnp.zeros(())}
    return learn.descent(learn.optimizer(name, rate), lambda x: -slope * x["at"], start, goals)


def test_it_counts_the_steps_to_each_goal():
    for steps, expected in ((0, np.inf), (1, np.inf), (2, 2.0), (7, 2.0)):
        measured = run(downhill(), steps)
        assert measured["steps_to_half"] == expected
        assert measured["steps_to_start"] == 0
        np.testing.assert_allclose(measured["value"], -0.25 * steps)


def test_a_goal_that_is_left_again_keeps_its_first_step():
    trial = learn.descent(
        learn.optimizer("momentum", 0.1),
        lambda x: jnp.sum(jnp.square(x)) / 2,
        jnp.ones(1),
        {"below": lambda x: x[0] < 0},
    )
    first = [int(run(trial, n)["steps_to_below"]) for n in (10, 11, 60)]
    assert np.isfinite(first).all() and len(set(first)) == 1


def test_lanes_of_traced_slopes_are_the_lanes_alone():
    slopes = jnp.array([0.01, 0.1, 1.0])

    def steps(slope):
        return run(downhill(slope, 0.1, "momentum"), 900)["steps_to_half"]

    lanes = jax.jit(jax.vmap(steps))(slopes)
    np.testing.assert_array_equal(lanes, [jax.jit(steps)(slope) for slope in slopes])
    assert lanes[0] > 4 * lanes[1]


@pytest.mark.parametrize(
    "name, method, measured",
    [
        ("sgd", theory.gradient_descent, 576),
        ("momentum", theory.heavy_ball, 81),
        ("nesterov", theory.nesterov, 132),
    ],
)
def test_quadratics_take_the_steps_that_another_program_took(name, method, measured):
    rate, momentum, _ = method(100)
    options = {} if name == "sgd" else {"momentum": momentum}
    optimizer = learn.optimizer(name, rate, **options)
    taken = run(learn.descent_in_ravine(optimizer, 100.0, within=("1e-2", "1e-6")), 600)
    assert taken["steps_to_1e-2"] < taken["steps_to_1e-6"]
    # Optax's Nesterov stands where its gradient is taken: up to a step away.
    assert abs(int(taken["steps_to_1e-6"]) - measured) <= (name == "nesterov")


def test_momentum_crosses_a_plateau_at_its_terminal_velocity():
    for name, expected in (("sgd", 1000), ("momentum", 109)):
        trial = learn.descent_across_plateau(learn.optimizer(name, 0.1), 0.01)
        assert abs(int(run(trial, 1100)["steps_to_cross"]) - expected) <= 1
