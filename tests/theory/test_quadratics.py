from __future__ import annotations

import numpy as np
import pytest

from nnlab import theory
from nnlab.errors import NnlabError

METHODS = {
    "gradient_descent": theory.gradient_descent,
    "heavy_ball": theory.heavy_ball,
    "nesterov": theory.nesterov,
}


def slowest(name, condition):
    """The largest modulus of an eigenvalue of one step, over curvatures from 1/k to 1."""
    rate, momentum, _ = METHODS[name](condition)
    moduli = []
    for curvature in np.linspace(1 / condition, 1, 2001):
        kept = 1 - rate * curvature
        ahead = kept if name == "nesterov" else 1.0
        trace = kept + momentum * ahead
        moduli.append(abs(np.roots([1, -trace, momentum * ahead])).max())
    return max(moduli)


@pytest.mark.parametrize("condition", [1.5, 10, 100, 1000])
@pytest.mark.parametrize("name", METHODS)
def test_the_factor_is_the_spectral_radius_of_a_step(name, condition):
    # A double root is only known to the square root of the rounding.
    assert slowest(name, condition) == pytest.approx(METHODS[name](condition).factor, abs=1e-6)


@pytest.mark.parametrize("name", ["gradient_descent", "heavy_ball"])
def test_no_other_rate_or_momentum_does_better(name, monkeypatch):
    rate, momentum, factor = METHODS[name](30)
    for other in (0.97 * rate, 1.02 * rate):
        monkeypatch.setitem(METHODS, name, lambda k, r=other: theory.Tuned(r, momentum, 0))
        assert slowest(name, 30) > factor + 1e-4


def test_steps_for_six_decades_at_condition_100():
    steps = [float(theory.steps_to_shrink(method, 100)) for method in METHODS.values()]
    assert np.round(steps).tolist() == [691, 69, 131]
    assert theory.steps_to_shrink(theory.heavy_ball, np.array([4.0, 9.0])).shape == (2,)


def test_a_condition_of_one_takes_one_step():
    for method in METHODS.values():
        assert method(1).factor == 0
        assert theory.steps_to_shrink(method, 1) == 0


def test_senseless_numbers_are_refused():
    with pytest.raises(NnlabError, match="condition number"):
        theory.heavy_ball(0.5)
    with pytest.raises(NnlabError, match="condition number"):
        theory.nesterov(float("nan"))
    with pytest.raises(NnlabError, match="above 1"):
        theory.steps_to_shrink(theory.nesterov, 10, by=0.5)
