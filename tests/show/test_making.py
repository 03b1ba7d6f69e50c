"""Series by level, exact curves, and panels that are made from the table of a run."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab import show
from nnlab.analysis import NotApplicable
from nnlab.errors import NnlabError

CURVE = pd.DataFrame(
    {"width": [5, 10, 5, 10], "noise": [0.15, 0.15, 0.0, 0.0], "mean": [4.0, 3.0, 2.0, 1.0]}
)


def test_series_by_makes_one_series_a_level_in_rising_order():
    series = show.series_by(CURVE, "noise", x="width", label="{:.0%} noise", first_color=2)
    assert [s.label for s in series] == ["0% noise", "15% noise"]
    assert [s.color for s in series] == [2, 3]
    assert series[1].data["mean"].tolist() == [4.0, 3.0]


def test_labels_by_level_are_the_order_and_the_colours_of_the_series():
    labels = {0.3: "much", 0.15: "some", 0.0: "none"}
    series = show.series_by(CURVE, "noise", label=labels)
    assert [(s.label, s.color) for s in series] == [("some", 1), ("none", 2)]
    assert series[1].data["mean"].tolist() == [2.0, 1.0]
    (alone,) = show.series_by(CURVE[CURVE.noise == 0], "noise", label=labels, first_color=4)
    assert (alone.label, alone.color) == ("none", 6)
    with pytest.raises(NnlabError, match=r"no label for noise 0\.15"):
        show.series_by(CURVE, "noise", label={0.0: "none"})


def test_equal_places_stand_side_by_side_around_where_they_were():
    places = pd.Series([4.0, 0.0, 4.0, 8.0, 4.0, 8.0], index=list("abcdef"))
    moved = show.side_by_side(places, 0.5)
    assert moved.to_dict() == {"a": 3.5, "b": 0.0, "c": 4.0, "d": 7.75, "e": 4.5, "f": 8.25}
    apart = show.side_by_side(pd.Series([1.0, 0.1, 1.0]), 4.0, log=True)
    assert apart.tolist() == [0.5, 0.1, 2.0]


def test_a_table_of_columns_feeds_a_series():
    assert show.Series(show.table(x=[1, 2], y=[3, 4]), "s").data["y"].tolist() == [3, 4]


def test_an_exact_curve_is_dashed_theory():
    series = show.exact("risk", [1, 2], [3.0, 4.0], color=2)
    assert (series.kind, series.color, series.x, series.y_column) == ("theory", 2, "x", "y")
    assert series.data["y"].tolist() == [3.0, 4.0]


def panel(table):
    return show.Panel([show.Series(table, "s")], "x", "y", title="one")


def two(table):
    yield panel(table)
    yield panel(table)


def absent(table):
    raise NotApplicable("this run has\n no depth")


def test_panels_are_made_from_the_table_and_those_left_out_are_told():
    data = show.table(x=[1, 2], y=[3, 4])
    figure = show.Figure("f", [panel, two, absent, panel(data), absent], "What it shows.")
    made = show.made(figure, data, (NotApplicable,))
    assert made is not None
    assert [p.series[0].data["y"].tolist() for p in made.panels] == [[3, 4]] * 4
    assert made.caption == "What it shows. Left out: this run has no depth."
    assert show.made(figure, data, (NotApplicable,)).caption == made.caption  # nothing was changed
    assert show.made(show.Figure("f", [panel]), data).caption == ""


def test_series_are_made_likewise_and_a_panel_without_any_is_left_out():
    data = show.table(x=[1, 2], y=[3, 4])

    def several(table):
        return [show.Series(table, "a"), show.Series(table, "b")]

    panels = [show.Panel([several, absent, show.Series(data, "c")], "x", "y", title="kept")]
    panels += [show.Panel([absent], "x", "y", title="empty")]
    made = show.made(show.Figure("f", panels), data, (NotApplicable,))
    assert made is not None and [p.title for p in made.panels] == ["kept"]
    assert [series.label for series in made.panels[0].series] == ["a", "b", "c"]
    assert made.caption == "Left out: this run has no depth."


def test_a_figure_whose_panels_are_all_left_out_is_none_and_other_errors_are_raised():
    data = show.table(x=[1, 2], y=[3, 4])
    assert show.made(show.Figure("f", [absent]), data, (NotApplicable,)) is None
    with pytest.raises(NotApplicable):
        show.made(show.Figure("f", [absent]), data)


@pytest.mark.parametrize(
    ("panels", "words"),
    [
        ([lambda table: 3], ["'f'", "Panel", "not 3"]),
        ([show.Panel([lambda table: "line"], "x", "y")], ["'f'", "Series", "'line'"]),
        ([show.Panel([None], "x", "y")], ["'f'", "Series", "None"]),
    ],
)
def test_what_makes_no_panel_or_series_is_told(panels, words):
    with pytest.raises(NnlabError) as error:
        show.made(show.Figure("f", panels), show.table(x=[1], y=[2]))
    assert all(word in str(error.value) for word in words)
