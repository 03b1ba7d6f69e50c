"""The room opens without JAX or drawing, and offers what its stub promises."""

from __future__ import annotations

import subprocess
import sys

from nnlab import analysis


def test_needs_neither_jax_nor_matplotlib():
    code = (
        "import sys; from nnlab import analysis; before = set(sys.modules)\n"
        "[getattr(analysis, name) for name in analysis.__all__]\n"
        "print(sorted({'jax', 'matplotlib', 'seaborn'} & set(sys.modules)), 'pandas' in before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[] False"


def test_every_public_name_is_there_and_documented():
    for name in analysis.__all__:
        public = getattr(analysis, name)
        assert public.__doc__ and not public.__doc__.startswith(f"{name}("), name
