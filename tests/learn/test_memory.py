from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn
from nnlab.errors import NnlabError

NUMBERS = {
    "sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2, "adamw": 2,
    "lion": 1,
}  # fmt: skip
PARAMS = {"kernel": jnp.zeros((3, 5)), "bias": jnp.zeros(5)}


@pytest.mark.parametrize("name", NUMBERS)
def test_each_optimizer_holds_its_numbers_for_each_parameter(name):
    state = learn.optimizer(name, 0.1).init(PARAMS)
    assert learn.state_bytes_per_parameter(state, PARAMS) == 4 * NUMBERS[name]
    # A schedule adds a count of steps, one number however large the network.
    scheduled = learn.optimizer(name, lambda step: 0.1).init(PARAMS)
    assert learn.state_bytes_per_parameter(scheduled, PARAMS) == 4 * NUMBERS[name]


def test_types_and_whole_matrices_count_as_they_are():
    half = jax.tree.map(lambda a: a.astype(jnp.bfloat16), PARAMS)
    state = jax.eval_shape(learn.optimizer("adam", 0.1).init, half)
    assert learn.state_bytes_per_parameter(state, half) == 4
    large = {"kernel": jnp.zeros((256, 128))}
    factored = jax.eval_shape(learn.optimizer("adafactor", 0.1).init, large)
    assert learn.state_bytes_per_parameter(factored, large) < 0.1


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(NnlabError, match="no parameters"):
        learn.state_bytes_per_parameter((), {})
    with pytest.raises(NnlabError, match="rank 0"):
        learn.state_bytes_per_parameter((), {"scale": jnp.zeros(())})


X = jnp.asarray(np.random.default_rng(0).normal(size=(20, 3)), jnp.float32)
Y = jnp.asarray(np.arange(20) % 2, jnp.int32)


def measured(name, steps, **options):
    trial = learn.supervised(
        nn.study_key("memory", 1),
        nn.MLP((4,), 2),
        learn.optimizer(name, 0.0, **options),
        X,
        Y,
        batch=None,
        measures=[learn.optimizer_memory, learn.effective_rate],
    )
    return trial.measure(jax.lax.fori_loop(0, steps, trial.step, trial.init()))


def test_supervised_training_measures_memory():
    assert measured("adam", 0)["state_bytes_per_parameter"] == 8
    assert measured("sgd", 0)["state_bytes_per_parameter"] == 0


def test_of_constant_gradients_adagrads_rate_falls_as_the_root_and_rmsprops_stays():
    one, four = (
        measured("adagrad", n, initial_accumulator_value=0.0)["effective_rate"] for n in (1, 4)
    )
    np.testing.assert_allclose(four, one / 2, rtol=1e-5)
    late, later = (measured("rmsprop", n)["effective_rate"] for n in (200, 400))
    np.testing.assert_allclose([late, later], one, rtol=1e-5)


def test_without_a_second_moment_there_is_no_effective_rate():
    assert np.isnan(measured("momentum", 1)["effective_rate"])
    assert np.isinf(measured("adam", 0)["effective_rate"])
