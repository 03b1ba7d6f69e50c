from __future__ import annotations

import numpy as np

from nnlab.data.randomness import generator


def test_a_stream_is_a_function_of_seed_and_name():
    def draw(seed, name):
        return generator(seed, name).uniform(size=4).tolist()

    assert draw(1, "noise") == draw(1, "noise")
    streams = [(s, n) for s in (0, 1, 2, 2**32, 2**33) for n in ("", "noise", "x", "noise.x")]
    assert len({tuple(draw(*stream)) for stream in streams}) == len(streams)


def test_streams_keep_their_numbers_for_ever():
    """Frozen: a change here silently changes every data set that is drawn."""
    assert generator(7, "x").integers(1000, size=4).tolist() == [937, 959, 323, 469]


def test_streams_are_uncorrelated():
    first, second = (generator(0, name).standard_normal(20_000) for name in ("x", "noise"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(20_000)
