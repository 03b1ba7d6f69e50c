from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from nnlab import learn
from nnlab.errors import NnlabError

OUTPUTS = jnp.array([[2.0, -1.0, 0.5], [0.0, 3.0, 2.5], [-1.0, -2.0, -0.5]])
LABELS = jnp.array([0, 2, 1])
SCORES = jnp.array([[2.0], [-0.25], [0.5]])


def test_cross_entropy_is_minus_the_log_softmax():
    expected = -scipy.special.log_softmax(np.asarray(OUTPUTS), axis=1)[np.arange(3), LABELS]
    np.testing.assert_allclose(learn.cross_entropy(OUTPUTS, LABELS), expected, rtol=1e-6)


def test_cross_entropy_of_one_output_is_that_of_a_sigmoid():
    expected = -np.log(scipy.special.expit(np.asarray(SCORES)[:, 0] * [1, -1, -1]))
    for labels in ([1, 0, 0], [1, -1, -1]):
        np.testing.assert_allclose(
            learn.cross_entropy(SCORES, jnp.array(labels)), expected, rtol=1e-6
        )


def test_cross_entropy_is_finite_for_huge_outputs():
    value, gradient = jax.value_and_grad(lambda o: learn.cross_entropy(o, LABELS).sum())(
        OUTPUTS * 1e30
    )
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_squared_sums_over_outputs_and_is_not_halved():
    one_hot = np.eye(3)[np.asarray(LABELS)]
    expected = ((np.asarray(OUTPUTS) - one_hot) ** 2).sum(1)
    np.testing.assert_allclose(learn.squared(OUTPUTS, LABELS), expected, rtol=1e-6)
    np.testing.assert_allclose(learn.squared(OUTPUTS, jnp.float32(one_hot)), expected, rtol=1e-6)


def test_squared_of_one_output():
    floats = jnp.array([1.0, 0.0, 0.5])
    np.testing.assert_allclose(learn.squared(SCORES, floats), [1.0, 0.0625, 0.0])
    np.testing.assert_allclose(learn.squared(SCORES, floats[:, None]), [1.0, 0.0625, 0.0])
    np.testing.assert_allclose(learn.squared(SCORES, jnp.array([1, 0, 0])), [1.0, 0.5625, 2.25])


def test_hinge_is_the_lack_of_margin_over_the_best_other_class():
    np.testing.assert_allclose(learn.hinge(OUTPUTS, LABELS), [0.0, 1.5, 2.5])
    np.testing.assert_allclose(learn.hinge(SCORES, jnp.array([1, -1, -1])), [0.0, 0.75, 1.5])


def test_zero_one_counts_wrong_predictions_and_outputs_that_are_not_finite():
    np.testing.assert_array_equal(learn.zero_one(OUTPUTS, LABELS), [0.0, 1.0, 1.0])
    np.testing.assert_array_equal(learn.zero_one(SCORES, jnp.array([1, 1, -1])), [0.0, 1.0, 1.0])
    broken = OUTPUTS.at[0, 1].set(jnp.nan)
    np.testing.assert_array_equal(learn.zero_one(broken, LABELS), [1.0, 1.0, 1.0])


@pytest.mark.parametrize("name", learn.losses)
def test_every_loss_keeps_the_precision_of_the_outputs(name):
    assert learn.losses[name](OUTPUTS, LABELS).dtype == jnp.float32
    with jax.enable_x64(True):
        outputs = jnp.asarray(np.asarray(OUTPUTS), jnp.float64)
        assert learn.losses[name](outputs, LABELS).dtype == jnp.float64


@pytest.mark.parametrize("name", learn.losses)
def test_targets_that_do_not_fit_are_refused(name):
    with pytest.raises(NnlabError, match=f"loss {name}"):
        learn.losses[name](OUTPUTS, jnp.zeros((3, 2)))
    with pytest.raises(NnlabError, match=f"loss {name}"):
        learn.losses[name](OUTPUTS, LABELS[:, None])
    if name != "squared":
        with pytest.raises(NnlabError, match="integer class labels"):
            learn.losses[name](OUTPUTS, jnp.zeros(3))


@pytest.mark.parametrize("name", ["cross_entropy", "squared", "hinge"])
def test_a_step_down_the_gradient_lowers_the_loss(name):
    def total(outputs):
        return learn.losses[name](outputs, LABELS).sum()

    assert total(OUTPUTS - 0.01 * jax.grad(total)(OUTPUTS)) < total(OUTPUTS)
