"""The gallery: complete, small, and shown in the README as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.errors import NnlabError

ROOT = Path(__file__).parents[1]
STUDIES = sorted(path.parents[1] for path in (ROOT / "results").glob("*/standard/verdicts.csv"))

sys.path.insert(0, str(ROOT / "scripts"))
import gallery  # noqa: E402


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_a_study_is_kept_whole_and_small(folder):
    kept = folder / "standard"
    assert (ROOT / "studies" / f"{folder.name}.py").exists(), "a gallery of what is no study"
    names = {path.name for path in kept.iterdir()}
    assert {"summary.csv", "verdicts.csv", "provenance.json", "study.json"} <= names
    pictures = list(kept.glob("*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 400_000
        assert picture.with_suffix(".csv").exists() and picture.with_suffix(".txt").exists()


def test_the_readme_shows_every_study_of_the_gallery():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'<img src="results/(\w+)/standard/[\w.-]+\.png"', text)
    assert shown == [folder.name for folder in STUDIES]
    assert gallery.with_grid(text, gallery.grid(ROOT / "results")) == text, (
        "the README's grid is old; run scripts/gallery.py --grid"
    )
    for path in re.findall(r'(?:src|href)="(results/[^"]+)"', text):
        assert (ROOT / path).exists(), path


def test_a_grid_is_put_between_its_marks():
    text = f"a\n{gallery.BEGIN}\nold\n{gallery.END}\nb\n"
    made = gallery.grid(ROOT / "results")
    assert gallery.with_grid(text, made) == f"a\n{made}\nb\n"
    assert gallery.with_grid(gallery.with_grid(text, made), made) == f"a\n{made}\nb\n"
    with pytest.raises(NnlabError, match="no lines"):
        gallery.with_grid("nothing", made)


def test_the_command_refuses_what_it_does_not_know():
    call = [sys.executable, str(ROOT / "scripts" / "gallery.py"), "--everything"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "--drawn" in done.stderr
