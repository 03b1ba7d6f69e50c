"""The four files of a figure."""

from __future__ import annotations

import dataclasses
import os

import matplotlib
import numpy as np
import pandas as pd
import pytest

from nnlab import show
from nnlab.errors import NnlabError
from nnlab.show.write import COLUMNS, caption_of, drawn_table

pytestmark = pytest.mark.filterwarnings("error")
PROVENANCE = {"command": "nnlab run double_descent", "commit": "0123abc"}


@pytest.mark.parametrize("name", ["double_descent", "theory"])
def test_the_same_figure_gives_the_same_bytes(name, request, tmp_path, monkeypatch):
    figure = request.getfixturevalue(name)
    first = show.write_figure(figure, tmp_path / "a", PROVENANCE)
    assert [p.name for p in first] == [f"{figure.name}.{e}" for e in ("png", "pdf", "csv", "txt")]
    # Another day, other settings of the user, other provenance: the same picture.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    with matplotlib.rc_context({"pdf.fonttype": 3, "savefig.dpi": 50, "font.size": 20}):
        second = show.write_figure(figure, tmp_path / "b", {"command": "other"})
    for a, b in zip(first[:3], second[:3], strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_other_data_give_other_bytes(double_descent, tmp_path):
    series = double_descent.panels[0].series[0]
    other = dataclasses.replace(series, data=series.data.assign(mean=series.data["mean"] + 0.5))
    panel = dataclasses.replace(double_descent.panels[0], series=[other])
    changed = dataclasses.replace(double_descent, panels=[panel, *double_descent.panels[1:]])
    first = show.write_figure(double_descent, tmp_path / "a", {})
    second = show.write_figure(changed, tmp_path / "b", {})
    assert all(a.read_bytes() != b.read_bytes() for a, b in zip(first[:3], second[:3], strict=True))


def test_pictures_are_of_the_kinds_they_say(double_descent, tmp_path):
    png, pdf, *_ = show.write_figure(double_descent, tmp_path, PROVENANCE)
    assert png.read_bytes().startswith(b"\x89PNG")
    width, height = np.frombuffer(png.read_bytes()[16:24], dtype=">u4")
    assert width == 1400 and height > 400  # 7 inches at 200 dots an inch
    assert b"Software" not in png.read_bytes()
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF") and b"CIDFontType2" in content and b"Type3" not in content
    assert b"CreationDate" not in content


def test_the_csv_holds_what_is_drawn(double_descent, tmp_path):
    csv = show.write_figure(double_descent, tmp_path, PROVENANCE)[2]
    table = pd.read_csv(csv)
    assert list(table.columns) == list(COLUMNS)
    for letter, panel in zip("ab", double_descent.panels, strict=True):
        for series in panel.series:
            rows = table[(table["panel"] == letter) & (table["series"] == series.label)]
            np.testing.assert_array_equal(rows["x"], series.data["width"])
            np.testing.assert_array_equal(rows["y"], series.data[series.y_column])
            if series.has_interval:
                np.testing.assert_array_equal(rows["low"], series.data["low"])
                np.testing.assert_array_equal(rows["high"], series.data["high"])
                assert (rows["n"] == 5).all()
            else:
                assert rows[["low", "high"]].isna().all(axis=None)
        line = table[(table["panel"] == letter) & (table["kind"] == "vertical line")]
        assert line["x"].tolist() == [61.0] and line["y"].isna().all()
    drawn = show.draw_figure(double_descent).axes[0].lines
    assert any(np.array_equal(line.get_ydata(), table["y"][:16]) for line in drawn)


def test_single_seeds_stand_in_the_csv_and_the_caption(tmp_path):
    data = {"x": [1], "mean": [2.0], "low": [1.0], "high": [3.0], "n": [2], "seeds": [(-1.0, 5.0)]}
    panel = show.Panel([show.Series(pd.DataFrame(data), "s")], "width", "risk (nats)", log_y=True)
    csv, txt = show.write_figure(show.Figure("f", [panel]), tmp_path, {})[2:]
    table = pd.read_csv(csv, keep_default_na=False)
    assert table["kind"].tolist() == ["line", "seed", "seed"]
    assert table["y"].tolist() == [2.0, -1.0, 5.0]
    assert set(table["x_label"]) == {"width"} and set(table["y_label"]) == {"risk (nats)"}
    assert set(table["log"]) == {"y"}
    assert "n = 2. Faint points: single seeds." in txt.read_text()
    assert "s: 1 of 2 single seeds." in txt.read_text()


def test_infinite_and_missing_values_stay_in_the_csv(tmp_path):
    data = pd.DataFrame({"x": [1, 2, 3], "y": [1.0, np.inf, np.nan]})
    figure = show.Figure("f", [show.Panel([show.Series(data, "risk")], "x", "y")])
    csv, txt = show.write_figure(figure, tmp_path, {})[2:]
    np.testing.assert_array_equal(pd.read_csv(csv)["y"], data["y"])
    assert "risk: 1 of 3 points missing (x = 3); 1 of 3 points infinite (x = 2)." in txt.read_text()


def test_the_caption_names_n_interval_command_and_provenance(double_descent):
    text = caption_of(double_descent, PROVENANCE)
    assert text.startswith("Test error by width.\n")
    assert "Bands: 95% interval over seeds, n = 5." in text
    assert "Made by: nnlab run double_descent\ncommit: 0123abc\n" in text
    assert "Not drawn" not in text


def test_the_caption_says_how_far_n_ranges_and_which_lines_are_missing():
    data = pd.DataFrame({"x": [1, 2], "mean": [1, 2], "low": [0, 1], "high": [2, 3], "n": [3, 5]})
    notes = [show.VLine(float("nan"), "threshold")]
    panel = show.Panel([show.Series(data, "s", kind="points")], "x", "y", notes=notes)
    text = caption_of(show.Figure("f", [panel]), {})
    assert "Bars: 95% interval over seeds, n = 3 to 5." in text
    assert "the line 'threshold': at nan." in text


def test_an_empty_figure_still_has_its_files(tmp_path):
    figure = show.Figure("nothing", [show.Panel([], "x", "y")])
    *_, csv, _ = show.write_figure(figure, tmp_path, {})
    assert csv.read_text() == ",".join(COLUMNS) + "\n"
    assert drawn_table(figure).empty


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path, theory):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(NnlabError, match="taken") as error:
        show.write_figure(theory, tmp_path / "taken" / "figures", {})
    assert "\n" not in str(error.value)


def test_a_stop_in_writing_leaves_the_old_file(tmp_path, theory, monkeypatch):
    old = [p.read_bytes() for p in show.write_figure(theory, tmp_path, PROVENANCE)]

    def stop(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(NnlabError, match="No space left"):
        show.write_figure(theory, tmp_path, {"command": "another"})
    kept = sorted(tmp_path.iterdir())
    assert sorted(p.read_bytes() for p in kept) == sorted(old)
