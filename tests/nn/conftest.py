from __future__ import annotations

import jax
import pytest


@pytest.fixture(autouse=True)
def _strict_promotion():
    """Implicit mixing of dtypes is an error in these tests."""
    with jax.numpy_dtype_promotion("strict"):
        yield


@pytest.fixture(params=["float32", "x64"])
def either_precision(request):
    """The test runs once with 64-bit numbers switched off, once with them on."""
    with jax.enable_x64(request.param == "x64"):
        yield
