from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn
from nnlab.errors import NnlabError

X = jnp.linspace(0.0, 1.0, 101)


def test_heights_at_the_knots_are_interpolated():
    heights = np.array([0.3, -1.0, 2.0, 0.5, 0.0])
    values = learn.hat_functions(X, 4) @ jnp.asarray(heights, jnp.float32)
    np.testing.assert_allclose(values, np.interp(X, np.linspace(0, 1, 5), heights), atol=1e-6)
    stretched = learn.hat_functions(3 * X - 1, 4, low=-1.0, high=2.0)
    np.testing.assert_allclose(stretched, learn.hat_functions(X, 4), atol=2e-6)


def test_padded_pieces_are_the_pieces():
    padded = learn.hat_functions(X, nn.Size(jnp.int32(4), 9))
    assert padded.shape == (101, 10)
    np.testing.assert_array_equal(padded[:, :5], learn.hat_functions(X, 4))
    assert not np.any(padded[:, 5:])


def test_what_does_not_fit_is_refused():
    with pytest.raises(NnlabError, match=r"give x \[n\]"):
        learn.hat_functions(X[:, None], 4)
    with pytest.raises(NnlabError, match="low < high"):
        learn.hat_functions(X, 4, low=1.0, high=1.0)
