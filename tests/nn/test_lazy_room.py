"""`from nnlab import nn` must be cheap: JAX loads at the first use of a name."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from nnlab import nn
assert "jax" not in sys.modules and "flax" not in sys.modules, "the room loads JAX"
names = [name for name in nn.__all__]
for name in names:
    assert getattr(nn, name) is not None, name
assert "jax" in sys.modules and "MLP" in names
"""


def test_the_room_loads_lazily_and_holds_its_names():
    subprocess.run([sys.executable, "-c", CODE], check=True)
