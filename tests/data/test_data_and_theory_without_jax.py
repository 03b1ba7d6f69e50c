"""Data and theory must work where JAX cannot be imported: figures redraw on any laptop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nnlab.errors

ROOT = Path(nnlab.errors.__file__).parents[1]

USE_EVERYTHING = """
import sys

FORBIDDEN = {"jax", "jaxlib", "flax", "optax", "orbax"}


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            raise ImportError(f"{name} is not to be imported")


sys.meta_path.insert(0, Refuse())
try:
    import jax
except ImportError:
    pass
else:
    sys.exit("the refusal does not refuse")

from nnlab import data, theory

# What is slow to import may load only when it is used, NumPy with a name, the rest with a call.
if "numpy" in sys.modules:
    sys.exit("numpy was imported with the rooms")
for room in (data, theory):
    for name in room.__all__:
        getattr(room, name)
eager = {"pandas", "scipy", "sklearn", "mnist1d", "matplotlib"} & set(sys.modules)
if eager:
    sys.exit(f"imported before use: {eager}")
data.mnist1d(30, 10)
for name in ("digits", "breast_cancer", "wine", "iris", "diabetes"):
    getattr(data, name)()
data.function_1d("sin", 10)
data.linear_teacher(10, 10, 3)
theory.belkin_risk(10, 40, 100)
for name in theory.published_sets:
    theory.published(name)
loaded = FORBIDDEN & set(sys.modules)
print("loaded:", sorted(loaded))
"""


def test_everything_works_and_nothing_heavy_is_imported(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", USE_EVERYTHING],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NNLAB_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "loaded: []\n"
