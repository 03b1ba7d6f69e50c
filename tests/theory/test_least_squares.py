from __future__ import annotations

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.theory import belkin_risk

PUBLISHED = {
    1: 1.057,
    10: 1.264,
    20: 1.724,
    30: 3.207,
    35: 6.728,
    45: 6.540,
    50: 3.040,
    60: 1.566,
    80: 0.886,
    100: 0.667,
}


def test_the_published_setting():
    widths = np.array(list(PUBLISHED))
    risk = belkin_risk(widths, n=40, D=100, norm=1.0, noise=0.2)
    np.testing.assert_allclose(risk, list(PUBLISHED.values()), atol=5.1e-4)


def test_infinite_at_the_interpolation_threshold_only():
    risk = belkin_risk(np.arange(101), 40, 100)
    assert np.flatnonzero(np.isinf(risk)).tolist() == [39, 40, 41]
    assert not np.isnan(risk).any()
    assert (risk > 0.2**2).all()


def test_no_feature_leaves_the_whole_signal_and_the_noise():
    assert belkin_risk(0, 40, 100, norm=3.0, noise=0.5) == pytest.approx(9.25)


def test_scalars_give_floats_and_arrays_keep_their_shape():
    assert type(belkin_risk(10, 40, 100)) is float
    assert type(belkin_risk(40, 40, 100)) is float
    assert belkin_risk(np.array([[1, 10], [60, 40]]), 40, 100).shape == (2, 2)


def simulated(random, p, n, D, norm, noise):
    """The risk of one data set: exact over new examples, random over all else."""
    weights = random.standard_normal(D)
    weights *= norm / np.linalg.norm(weights)
    x = random.standard_normal((n, D))
    chosen = random.permutation(D)[:p]
    fitted = np.zeros(D)
    y = x @ weights + noise * random.standard_normal(n)
    fitted[chosen] = np.linalg.pinv(x[:, chosen]) @ y
    return np.sum((fitted - weights) ** 2) + noise**2


@pytest.mark.parametrize("p", [2, 6, 22, 30])
def test_simulation_agrees_on_both_sides_of_the_threshold(p):
    setting = {"n": 12, "D": 30, "norm": 1.5, "noise": 0.7}
    random = np.random.default_rng(p)
    risks = np.array([simulated(random, p, **setting) for _ in range(2000)])
    error = risks.std(ddof=1) / np.sqrt(len(risks))
    exact = belkin_risk(p, **setting)
    assert abs(risks.mean() - exact) < 4 * error
    assert error < 0.03 * exact, "the comparison must be able to fail"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((101, 40, 100), "p is 101; use at most D = 100"),
        ((-1, 40, 100), "p is -1"),
        ((1.5, 40, 100), r"p is 1\.5"),
        ((10, 0, 100), "n is 0"),
        ((10, np.array([40]), 100), "n is an array"),
        ((10, 40, 100, -1.0), r"norm is -1\.0"),
        ((10, 40, 100, 1.0, float("nan")), "noise nan"),
    ],
)
def test_impossible_settings_are_told(arguments, message):
    with pytest.raises(NnlabError, match=message):
        belkin_risk(*arguments)
