"""The theme, and what the room leaves alone: pyplot, rcParams, JAX."""

from __future__ import annotations

import subprocess
import sys

import matplotlib
import pytest

from nnlab import show
from nnlab.show.theme import MARKERS, PALETTE

WITHOUT_JAX = """
import sys, warnings
warnings.simplefilter("error")

class NoJax:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jax", "jaxlib", "flax", "optax"):
            raise ImportError(name + " may not be imported here")

sys.meta_path.insert(0, NoJax())
from nnlab import show

assert "matplotlib" not in sys.modules and "pandas" not in sys.modules
figure = show.Figure
assert "matplotlib" not in sys.modules  # declaring a figure is cheap
import pandas as pd

data = pd.DataFrame({"x": [1, 2], "mean": [1.0, 2.0], "low": [0.5, 1.5], "high": [1.5, 2.5]})
panel = show.Panel([show.Series(data, "s")], "x", "y")
show.write_figure(figure("f", [panel]), sys.argv[1], {})
assert "matplotlib.pyplot" not in sys.modules
assert "jax" not in sys.modules
"""


def test_the_room_works_without_jax_and_without_pyplot(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAX, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 4


def test_the_style_ends_with_its_block_even_when_it_fails():
    before = dict(matplotlib.rcParams)
    with pytest.raises(RuntimeError), show.paper_style():
        assert matplotlib.rcParams["pdf.fonttype"] == 42
        assert matplotlib.rcParams["text.parse_math"] is False
        raise RuntimeError
    assert dict(matplotlib.rcParams) == before


def test_the_palette_is_of_seaborn_colorblind():
    seaborn = pytest.importorskip("seaborn")
    known = seaborn.color_palette("colorblind").as_hex()
    assert set(PALETTE) <= set(known)
    assert len(set(PALETTE)) == len(PALETTE) == len(set(MARKERS))


def test_the_room_offers_what_it_says():
    assert set(show.__all__) == {
        *("Figure", "HLine", "Panel", "Series", "VLine"),
        *("draw_figure", "exact", "made", "paper_style", "series_by", "side_by_side", "table"),
        "write_figure",
    }
    assert all(callable(getattr(show, name)) for name in show.__all__)
