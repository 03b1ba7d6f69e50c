"""The pages as text: escaped, complete in themselves, in good order."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from small_results import EVIL

from nnlab import report
from nnlab.cli import main
from nnlab.errors import NnlabError

GALLERY = Path(__file__).parents[2] / "results"
VOID = {"meta", "link", "img", "input", "rect", "line", "circle", "br"}


class Page(HTMLParser):
    """Elements with their attributes, the words outside style and script, and open elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def pages(lab) -> dict[str, str]:
    paths = report.write_report(report.find_results(lab, [], "standard"), lab / "report")
    assert [path.name for path in paths] == [
        "index.html",
        "calm.html",
        "doubtful.html",
        "evil.html",
    ]
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def test_markup_in_any_text_is_shown_and_not_run(pages):
    for name in ("index", "evil"):
        page = Page(pages[name])
        assert page.open == []
        assert len(page.all("script")) == 1
        assert all("onerror" not in attributes for _, attributes in page.elements)
        assert all(image["src"].startswith("data:image/png") for image in page.all("img"))
        assert "<script>document.title" in " ".join(page.words)
    assert "<script>document" not in "".join(pages.values())


def test_only_our_own_script_and_style_may_run(pages):
    for text in pages.values():
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
        assert "default-src &#39;none&#39;" in policy and "unsafe" not in policy
        for tag in ("style", "script"):
            (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy.replace("&#43;", "+")
        # With hashes, a style attribute would be refused by the browser.
        assert not any("style" in attributes for _, attributes in Page(text).elements)


def test_a_page_needs_nothing_from_outside(pages):
    for text in pages.values():
        for tag, attributes in Page(text).elements:
            for name in ("src", "href", "srcset", "action"):
                target = attributes.get(name)
                if target is not None:
                    local = (
                        target.startswith(("data:", "#")) or target.removesuffix(".html") in pages
                    )
                    assert local, f"{tag} {name}={target[:80]}"
        assert "@import" not in text and "url(" not in text and "://" not in _without_data(text)


def test_headings_labels_and_pictures_serve_a_screen_reader(pages):
    for text in pages.values():
        page = Page(text)
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all(len(image["alt"] or "") > 10 for image in page.all("img"))
        labelled = {label["for"] for label in page.all("label")}
        fields = [*page.all("input"), *page.all("select")]
        assert {field["id"] for field in fields} == labelled
        assert page.all("html")[0]["lang"] == "en"
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(ids) == len(set(ids))
        assert page.all("a")[0]["href"] == "#content"
    assert Page(pages["calm"]).all("img")[0]["alt"] == (
        "What A calm study shows. Bands: 95% interval over seeds, n = 8."
    )


def test_a_study_is_told_in_full(pages):
    words = " ".join(" ".join(Page(pages["doubtful"]).words).split())
    for part in (
        "What about Beware of doubt? and more?",
        "1 refuted",
        "1 inconclusive",
        "It peaks.",
        "1.50 [0.500, 2.50] , n = 8 , BCa",
        "0.80 standard deviations over seeds",
        "holds when all claims are tested together",
        "16 networks were trained",
        "50.2 [49, 51.5]",
        "3 trials diverged",
        "ends: about 20 seeds would decide.",
        "nnlab run doubtful",
        "cpu: cpu",
        "2026-02-01 00:00:00 UTC",
        "B 2 (peaks)",
        "Someone 2020.",
    ):
        assert part in words, part


def test_a_long_table_is_cut_and_kept_whole_in_its_file(lab):
    path = lab / "calm" / "standard" / "summary.csv"
    path.write_text("width,n\n" + "".join(f"{k},8\n" for k in range(1000)))
    (_, page) = report.write_report([report.read_results(path.parent)], lab / "report")
    text = page.read_text()
    assert text.count("<tr>") == 401 and "600 more rows" in text
    (file,) = re.findall(r'href="data:text/csv;base64,([^"]+)" download="calm_summary', text)
    assert base64.b64decode(file).count(b"\n") == 1001


def test_the_command_writes_where_it_is_told_and_names_what_is_missing(lab, capsys, monkeypatch):
    monkeypatch.chdir(lab.parent)
    with pytest.raises(SystemExit) as stopped:
        main(["report", "calm"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out.split()
    assert told == ["results/report/index.html", "results/report/calm.html"]
    with pytest.raises(SystemExit) as stopped:
        main(["report", "--to", "pages", "--out", str(lab)])
    assert stopped.value.code == 0 and (lab.parent / "pages" / "evil.html").exists()
    with pytest.raises(SystemExit) as stopped:
        main(["report", "unheard"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_told(lab):
    with pytest.raises(NnlabError, match="cannot write"):
        report.write_report([], lab / "calm" / "standard" / "verdicts.csv")


def test_the_committed_gallery_becomes_a_report_without_jax_and_without_records(tmp_path):
    code = (
        "import sys\nsys.modules['jax'] = None\n"
        "from nnlab.cli import main\n"
        f"main(['report', '--out', {str(GALLERY)!r}, '--to', {str(tmp_path)!r}])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
    studies = {path.parents[1].name for path in GALLERY.glob("*/standard/verdicts.csv")}
    assert {path.stem for path in tmp_path.iterdir()} == {"index", *studies}
    for study in studies:
        text = (tmp_path / f"{study}.html").read_text(encoding="utf-8")
        page = Page(text)
        words = " ".join(" ".join(page.words).split())
        assert page.open == [] and page.all("img") and "are not stored" not in words
        told = json.loads((GALLERY / study / "standard" / "study.json").read_text())
        assert ("Fingerprint" in words) == bool(told["data"])


def _without_data(text: str) -> str:
    return re.sub(r"data:[^\"]*", "", text)


def test_the_evil_text_would_be_found_if_it_were_not_escaped():
    assert Page(f"<p>{EVIL}</p>").all("script")
