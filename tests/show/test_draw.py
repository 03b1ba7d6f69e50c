"""What the picture shows: nothing cut, nothing overlapping, odd data told apart."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection
from words import check_words, texts

from nnlab import show
from nnlab.show.notes import emptiest

pytestmark = pytest.mark.filterwarnings("error")
NAN, INF = np.nan, np.inf
KINDS = ("line", "points", "theory", "published")


def _panel(*series, **options):
    options = {"x_label": "x", "y_label": "y"} | options
    return show.Figure("f", [show.Panel(series, **options)])


def _series(mean, label="s", **options):
    mean = np.asarray(mean, dtype=float)
    data = {"x": np.arange(1, len(mean) + 1), "mean": mean, "low": mean - 0.5, "high": mean + 0.5}
    return show.Series(pd.DataFrame(data), label, **options)


def test_no_words_are_cut_off_or_overlap(any_figure):
    canvas = show.draw_figure(any_figure)
    check_words(canvas)


def test_widths_are_those_of_a_paper(double_descent, theory):
    assert show.draw_figure(theory).get_figwidth() == 3.4
    assert show.draw_figure(double_descent).get_figwidth() == 7.0


def test_panels_keep_their_height_under_many_words(theory):
    plain = show.draw_figure(_panel(_series([1, 2])))
    wordy = show.draw_figure(_panel(_series([1, 2], "W" * 300), title="many words " * 20))
    heights = [c.axes[0].get_window_extent().height for c in (plain, wordy)]
    assert heights[1] > 0.9 * heights[0]


def test_width_ticks_are_plain_numbers(double_descent):
    axes = show.draw_figure(double_descent).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["5", "10", "20", "50", "100", "200"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("high", [3, 800, 1e5, 1e12])
def test_labels_of_ticks_stand_apart(log, high):
    data = pd.DataFrame({"x": [high / 8, high], "y": [high / 8, high]})
    panels = [show.Panel([show.Series(data, "s")], "x", "y", log_x=log, log_y=log)] * 3
    canvas = show.draw_figure(show.Figure("f", panels))
    canvas.draw_without_rendering()
    for axes in canvas.axes:
        for axis, side in ((axes.xaxis, "width"), (axes.yaxis, "height")):
            boxes = [t.get_window_extent() for t in axis.get_ticklabels()]
            middles = [box.x0 + box.width / 2 if side == "width" else box.y0 for box in boxes]
            assert len(boxes) >= 2
            for a, b, here, there in zip(boxes, boxes[1:], middles, middles[1:], strict=False):
                room = (there - here) - (getattr(a, side) + getattr(b, side)) / 2
                assert room > 0.4 * 7 * canvas.dpi / 72


def test_shared_limits_only_for_the_same_label(double_descent):
    limits = [axes.get_ylim() for axes in show.draw_figure(double_descent).axes]
    assert limits[0] == limits[1]


def test_an_infinite_risk_leaves_the_panel_upwards(theory):
    axes = show.draw_figure(theory).axes[0]
    (line,) = [line for line in axes.lines if len(line.get_xdata()) == 100]
    drawn = dict(zip(line.get_xdata(), line.get_ydata(), strict=True))
    top = axes.get_ylim()[1]
    assert all(np.isfinite(drawn[p]) and drawn[p] > top for p in (39.0, 40.0, 41.0))
    assert drawn[38.0] < top


def test_the_band_is_the_interval_and_stops_at_gaps():
    axes = show.draw_figure(_panel(_series([1, 2, 3, NAN, 5]))).axes[0]
    (band,) = [c for c in axes.collections if isinstance(c, FillBetweenPolyCollection)]
    (path,) = band.get_paths()
    assert path.vertices[:, 0].max() == 3.0
    assert {0.5, 1.5, 2.5, 3.5} <= set(path.vertices[:, 1])
    (bars,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    (bar,) = bars.get_segments()
    assert bar.tolist() == [[5.0, 4.5], [5.0, 5.5]]  # alone, so its interval is a bar


def _with_seeds(**columns):
    data = {"x": [1, 2], "mean": [2.0, 20.0], "low": [1.5, 15.0], "high": [2.5, 25.0], "n": 3}
    data |= {"seeds": [(1.0, 1.0, 4.0), (10.0, 20.0, 30.0)]} | columns
    return show.Series(pd.DataFrame(data), "s")


def _faint(axes):
    return [line for line in axes.lines if line.get_alpha() is not None]


@pytest.mark.parametrize("log", [False, True])
def test_single_seeds_are_faint_points_behind_the_curve(log):
    axes = show.draw_figure(_panel(_with_seeds(), log_y=log)).axes[0]
    (seeds,) = _faint(axes)
    assert list(seeds.get_xdata()) == [1, 1, 1, 2, 2, 2]
    assert list(seeds.get_ydata()) == [1, 1, 4, 10, 20, 30]
    curve = next(line for line in axes.lines if line.get_linestyle() == "-")
    assert seeds.get_zorder() < curve.get_zorder() and seeds.get_color() == curve.get_color()
    bottom, top = axes.get_ylim()
    assert bottom < 1 and top > 30


def test_seeds_that_are_not_those_of_the_mean_are_not_drawn():
    # A study that draws means in another unit keeps the seeds in the old one.
    other = _with_seeds(mean=[0.02, 20.0])
    (seeds,) = _faint(show.draw_figure(_panel(other)).axes[0])
    assert list(seeds.get_xdata()) == [2, 2, 2]
    many = pd.DataFrame({"x": range(41), "mean": 1.0, "low": 0.0, "high": 2.0})
    many["seeds"] = [(0.0, 2.0)] * 41
    assert not _faint(show.draw_figure(_panel(show.Series(many, "s"))).axes[0])
    assert len(_faint(show.draw_figure(_panel(show.Series(many[:40], "s"))).axes[0])) == 1


def test_published_points_are_hollow_and_ours_are_not():
    series = [_series([1, 2], "ours"), _series([2, 3], "theirs", kind="published")]
    axes = show.draw_figure(_panel(*series)).axes[0]
    faces = [line.get_markerfacecolor() for line in axes.lines if line.get_linestyle() == "None"]
    assert faces.count("none") == 1 and len(faces) == 2


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "mean",
    [[NAN] * 3, [INF, -INF], [], [3.0], [NAN, 2, NAN], [1e-300, 1e300], [0, 0], [-1, -2], [7, 7]],
    ids=str,
)
def test_odd_data_draw_without_a_warning(mean, log):
    series = [_series(mean, kind, kind=kind) for kind in KINDS]
    figure = _panel(*series, log_x=log, log_y=log)
    words = {text.get_text() for text, _ in texts(show.draw_figure(figure))}
    nothing = not np.any(np.isfinite(mean)) if not log else not np.any(np.asarray(mean) > 0)
    if nothing and INF not in mean:
        assert {"no data", *(f"{kind} (no data)" for kind in KINDS)} <= words
    else:
        assert "no data" not in words and set(KINDS) <= words


@pytest.mark.parametrize("limits", [(None, 0.5), (50, None), (0.1, 0.2), (-3, -2)])
def test_limits_beyond_all_data_are_kept(limits):
    bottom, top = show.draw_figure(_panel(_series([1, 2]), y_limits=limits)).axes[0].get_ylim()
    assert bottom < top
    assert limits[0] in (None, bottom) and limits[1] in (None, top)


@pytest.mark.parametrize(
    "words", ["cost in $ and $$", "x_1^2 \\frac{", "<script>alert(1)</script>", "_a"]
)
def test_markup_is_plain_text_everywhere(words):
    notes = [show.VLine(1, words), show.HLine(1.5, words)]
    figure = _panel(_series([1, 2], words), x_label=words, y_label=words, title=words, notes=notes)
    shown = [text.get_text() for text, _ in texts(show.draw_figure(figure))]
    assert shown.count(words) == 6


def test_notes_without_a_place_are_left_out():
    notes = [show.VLine(NAN, "never"), show.HLine(-1, "below"), show.HLine(INF, "above")]
    canvas = show.draw_figure(_panel(_series([1, 2]), log_y=True, notes=notes))
    assert not {"never", "below", "above"} & {text.get_text() for text, _ in texts(canvas)}


def test_words_of_a_horizontal_line_keep_off_the_curve():
    x = np.linspace(0, 1, 50)
    curve = pd.DataFrame({"x": x, "y": np.where(x > 0.5, 1.02, 0.0)})
    figure = _panel(show.Series(curve, "s"), notes=[show.HLine(1.0, "words")], y_limits=(0, 1.1))
    (box,) = [box for text, box in texts(show.draw_figure(figure)) if text.get_text() == "words"]
    axes = show.draw_figure(figure).axes[0]
    middle = axes.get_window_extent().x0 + axes.get_window_extent().width / 2
    assert box.x1 < middle or box.y1 < axes.transData.transform((0, 1.0))[1]


def test_the_emptiest_box_is_the_first_of_the_emptiest():
    boxes = np.array([[0, 0, 1, 1], [2, 0, 3, 1], [4, 0, 5, 1]])
    points = np.array([[0.5, 0.5], [NAN, NAN], [0.6, 0.5]])
    assert emptiest(boxes, points) == 1


def test_a_finished_layout_does_not_move_at_another_resolution(double_descent):
    canvas = show.draw_figure(double_descent)
    before = [axes.get_position().bounds for axes in canvas.axes]
    canvas.set_dpi(31)
    texts(canvas)
    assert [axes.get_position().bounds for axes in canvas.axes] == before


def test_drawing_leaves_matplotlib_as_it_was(any_figure):
    # The user's own settings neither change nor shine through.
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30.0}):
        before = dict(matplotlib.rcParams)
        canvas = show.draw_figure(any_figure)
        assert dict(matplotlib.rcParams) == before
    assert all(axes.get_facecolor() == (1, 1, 1, 1) for axes in canvas.axes)
    assert {text.get_fontsize() for text, _ in texts(canvas)} <= {7.0, 8.0}
