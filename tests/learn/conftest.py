from __future__ import annotations

import jax
import pytest


@pytest.fixture(autouse=True)
def _strict_promotion():
    """Implicit mixing of dtypes is an error in these tests."""
    with jax.numpy_dtype_promotion("strict"):
        yield
