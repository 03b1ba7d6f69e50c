"""The report as a reader meets it, in headless Chromium; skipped where none can be had."""

from __future__ import annotations

from pathlib import Path

import chromium
import pytest

from nnlab import report

# The browser is fetched the first time, some 70 MB.
pytestmark = pytest.mark.slow

GALLERY = Path(__file__).parents[2] / "results"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
CARDS = "#cards > li:not([hidden]) h3"


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is in the test extra")
    with api.sync_playwright() as playwright:
        running = chromium.start(playwright)
        yield running
        running.close()


@pytest.fixture
def tell(browser):
    """Opens a page in a window of its own; at the end, no console may have told an error."""
    told: list[str] = []
    contexts = []

    def open_page(path: Path, viewport=DESK, scheme="light", **options):
        context = browser.new_context(
            viewport=viewport, color_scheme=scheme, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert told == []


@pytest.fixture
def pages(lab) -> Path:
    report.write_report(report.find_results(lab, [], "standard"), lab / "report")
    return lab / "report"


def titles(page) -> list[str]:
    return [title[:7] for title in page.locator(CARDS).all_inner_texts()]


def test_search_filters_and_sorting(tell, pages):
    page = tell(pages / "index.html")
    everything = ["A calm ", "Beware "]
    assert titles(page)[-2:] == everything and len(titles(page)) == 3
    assert page.inner_text("#count") == "3 of 3 studies shown"
    page.get_by_label("Search").fill("PEAKS doubt")
    assert titles(page) == ["Beware "]
    assert page.inner_text("#count") == "1 of 3 studies shown"
    page.get_by_label("Search").fill("")
    page.get_by_label("Verdict", exact=True).select_option("supported")
    assert len(titles(page)) == 2 and "Beware " not in titles(page)
    page.get_by_label("Topic").select_option("optimisation")
    assert titles(page) == ["A calm "]
    page.get_by_label("Verdict", exact=True).select_option("refuted")
    assert titles(page) == [] and page.inner_text("#count") == "0 of 3 studies shown"
    page.get_by_role("button", name="Show all").click()
    assert len(titles(page)) == 3
    for by, first in (("newest run", "Beware "), ("refuted first", "Beware ")):
        page.get_by_label("Sort by").select_option(by)
        assert titles(page)[0] == first
    page.get_by_label("Sort by").select_option("title")
    assert titles(page)[-2:] == everything


def test_pages_lead_to_each_other(tell, pages):
    page = tell(pages / "index.html")
    page.get_by_role("link", name="Beware of doubt").click()
    assert page.inner_text("h1") == "Beware of doubt"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the whole table").click()
    assert Path(download.value.path()).read_text().startswith("width,n,diverged")
    page.get_by_role("link", name="All studies").click()
    assert page.locator("#cards").count() == 1


def test_light_and_dark_follow_the_system_and_the_switch(tell, pages):
    def is_dark(page) -> bool:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(colour.split("(")[1].split(",")[0]) < 128

    for scheme in ("light", "dark"):
        page = tell(pages / "index.html", scheme=scheme)
        assert is_dark(page) == (scheme == "dark")
        page.get_by_role("button", name="Use").click()
        assert is_dark(page) == (scheme == "light")
        page.reload()
        assert is_dark(page) == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_labels_contrast_headings_and_width(tell, pages, tmp_path, viewport, scheme):
    report.write_report(report.find_results(GALLERY, [], "standard"), tmp_path / "gallery")
    checker = (chromium.tools() / "axe.min.js").read_text(encoding="utf-8")
    for path in [*sorted(pages.iterdir()), *sorted((tmp_path / "gallery").iterdir())]:
        page = tell(path, viewport, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        page.evaluate(checker)
        found = page.evaluate("axe.run()")
        wrong = [f"{v['id']}: {[n['html'][:120] for n in v['nodes']]}" for v in found["violations"]]
        assert not wrong, path
        checked = {rule["id"] for rule in found["passes"]}
        assert {"color-contrast", "heading-order", "image-alt", "document-title"} <= checked
        page.context.close()


def test_markup_in_texts_does_not_run(tell, pages):
    for name in ("index.html", "evil.html"):
        page = tell(pages / name)
        assert page.title() != "hurt"
        assert page.locator("script").count() == 1
        assert "<script>document.title" in page.inner_text("main")


def test_a_script_that_slips_in_is_refused(browser, pages):
    """The second line of defence: the page names the one script that may run."""
    text = (pages / "calm.html").read_text(encoding="utf-8")
    hurt = text.replace("<main", "<script>document.title = 'hurt'</script><main", 1)
    (pages / "hurt.html").write_text(hurt, encoding="utf-8")
    page = browser.new_page()
    page.goto((pages / "hurt.html").as_uri())
    assert page.title() != "hurt"
    page.close()


def test_the_keyboard_reaches_everything(tell, pages):
    page = tell(pages / "index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.href"))
    assert reached[:4] == ["search", "verdict", "topic", "sort"]
    assert any("calm.html" in target for target in reached)


def test_without_scripts_everything_is_still_there(tell, pages):
    page = tell(pages / "index.html", java_script_enabled=False)
    assert page.locator("#cards > li").count() == 3
    assert not page.locator("#filters").is_visible()
