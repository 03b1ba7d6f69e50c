"""The notebook: it runs as it stands, and what it shows is what it holds."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import nnlab
from nnlab import report, show
from nnlab.errors import NnlabError

TOUR = Path(__file__).parents[2] / "studies" / "tour.ipynb"


def test_results_display_as_text_and_as_a_page(lab):
    shown = report.Shown.of(lab / "doubtful" / "standard")
    assert "refuted  peaks: 1.50 [0.500, 2.50], n = 8, wanted > 0" in repr(shown)
    assert shown.verdicts["verdict"].tolist() == ["refuted", "inconclusive"]
    html = shown._repr_html_()
    assert html.count("<tr>") == 3 and "data:image/png;base64," in html
    assert "ends: about 20 seeds would decide." in html


def test_markup_in_results_is_shown_and_not_run(lab):
    html = report.Shown.of(lab / "evil" / "standard")._repr_html_()
    assert "&lt;script&gt;document.title" in html
    assert "<script" not in html and "<img src=x" not in html


def test_results_are_those_of_a_request(anywhere):
    with pytest.raises(NnlabError, match=r"no verdicts\.csv"):
        nnlab.show_results("double_descent", "quick")
    with pytest.raises(NnlabError, match="unknown study"):
        nnlab.show_results("double_decent")


def test_a_figure_displays_as_its_picture():
    curve = show.Series(show.table(x=[1, 2], y=[3, 4]), "s")
    png, size = show.Figure("f", [show.Panel([curve], "x", "y")])._repr_png_()
    assert png.startswith(b"\x89PNG") and size == {"width": 340}


@pytest.mark.slow
def test_the_tour_runs_and_shows_what_it_holds(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is in the test extra")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is in the test extra")
    pytest.importorskip("ipykernel", reason="ipykernel is in the test extra")
    (tmp_path / "studies").mkdir()
    shutil.copy(TOUR, tmp_path / "studies")
    kept = nbformat.read(TOUR, as_version=4)
    fresh = nbformat.read(TOUR, as_version=4)
    client = nbclient.NotebookClient(
        fresh, timeout=300, resources={"metadata": {"path": str(tmp_path / "studies")}}
    )
    client.execute()
    assert TOUR.stat().st_size < 400_000
    for old, new in zip(kept.cells, fresh.cells, strict=True):
        if old.cell_type != "code":
            continue
        assert old.execution_count == new.execution_count
        assert [o.output_type for o in old.outputs] == [o.output_type for o in new.outputs]
        assert old.outputs, "the notebook is kept with what it showed"
        for before, after in zip(old.outputs, new.outputs, strict=True):
            assert set(before.get("data", {})) == set(after.get("data", {}))
            assert _words(before) == _words(after)


def _words(output) -> list[str]:
    """The words of an output: numbers differ in their last digits from machine to machine."""
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    # Keys of trials are digits and letters mixed.
    return [word for word in re.findall(r"[A-Za-z_]{3,}", text) if not re.search(r"[a-f]{3}", word)]
