"""Colours and markers."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab import show
from nnlab.errors import NnlabError
from nnlab.show.looks import looks_of
from nnlab.show.theme import INK, PALETTE

DATA = pd.DataFrame({"x": [1], "y": [1]})


def _looks(*panels):
    return looks_of(show.Figure("f", [show.Panel(series, "x", "y") for series in panels]))


def test_a_label_looks_the_same_in_every_panel():
    train, test = show.Series(DATA, "train"), show.Series(DATA, "test")
    (a, b), (c,) = _looks([test, train], [train])
    assert b == c
    assert a.color != b.color and a.marker != b.marker


def test_free_places_leave_out_the_chosen_ones():
    ((a, b),) = _looks([show.Series(DATA, "a"), show.Series(DATA, "b", color=0)])
    assert (a.color, b.color) == (PALETTE[1], PALETTE[0])


def test_published_points_wear_the_colour_of_their_counterpart():
    series = [
        show.Series(DATA, "theory", kind="theory"),
        show.Series(DATA, "ours", color="crimson"),
        show.Series(DATA, "ours too"),
        show.Series(DATA, "their one", kind="published"),
        show.Series(DATA, "their two", kind="published"),
        show.Series(DATA, "alone", kind="published", color=5),
    ]
    ((theory, ours, ours_too, one, two, alone),) = _looks(series)
    assert (theory.color, theory.linestyle) == (INK, "--")
    assert (one.color, one.marker) == ("crimson", ours.marker)
    assert (two.color, two.marker) == (ours_too.color, ours_too.marker)
    assert alone.color == PALETTE[5]
    assert one.linestyle == ""


def test_two_theories_have_two_dashes():
    ((a, b),) = _looks([show.Series(DATA, label, kind="theory") for label in "ab"])
    assert a.color == b.color == INK and a.linestyle != b.linestyle


def test_an_unknown_colour_is_told():
    with pytest.raises(NnlabError, match="'blurple'"):
        _looks([show.Series(DATA, "a", color="blurple")])
