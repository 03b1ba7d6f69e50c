"""Conformance: every bundled study, at its smallest preset, from plan to redrawn figures."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import nnlab
from nnlab.study import find_studies, load_study, make_request

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in (ROOT / "studies").glob("*.py"))
# Some compile a dozen programs even at their smallest; the plain run leaves them out.
LONG = {"initialization", "linear_regions", "mnist1d_benchmark", "universal_approximation", "xor"}
RUNS = [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in NAMES]


def test_the_studies_are_found_by_being_there():
    assert set(NAMES) <= {found.name for found in find_studies() if not found.problem}


@pytest.mark.parametrize("name", NAMES)
def test_a_study_is_declared_in_full(name):
    study = load_study(name)
    for word in ("Question:", "Claims:", "Reference:", "Command:", "Cost:", "Expected result:"):
        assert word in study.card, f"the lab card of {name} lacks {word}"
    assert set(study.presets) >= {"quick", "standard", "paper"}
    assert study.presets["standard"].seeds >= 5
    assert study.claims and all(c.statement and c.source and c.why for c in study.claims)
    for preset in study.presets:
        assert make_request(study, preset).trials > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_study_leaves_batching_to_the_lab(name):
    text = (ROOT / "studies" / f"{name}.py").read_text(encoding="utf-8")
    used = {n.attr for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)}
    assert not used & {"vmap", "jit", "pmap", "shard_map"}
    assert not any(f"studies.{other}" in text or f"import {other}" in text for other in NAMES)


@pytest.mark.parametrize("name", RUNS)
def test_a_study_runs_and_is_drawn_again_without_jax(name, anywhere):
    table = nnlab.run(name, preset="quick", progress=False)
    assert not table.empty
    folder = anywhere / "results" / name / "quick"
    pictures = sorted(folder.glob("*.png"))
    assert pictures and all(path.with_suffix(".csv").exists() for path in pictures)
    drawn = [path.read_bytes() for path in pictures]
    verdicts = (folder / "verdicts.csv").read_text()
    assert "failed" not in verdicts
    redraw = (
        "import sys\nsys.modules['jax'] = None\n"
        "from nnlab.cli import main\n"
        f"main(['figures', {name!r}, '--preset', 'quick'])"
    )
    subprocess.run([sys.executable, "-c", redraw], check=True, capture_output=True, timeout=120)
    assert [path.read_bytes() for path in pictures] == drawn
    assert (folder / "verdicts.csv").read_text() == verdicts
    assert json.loads((folder / "provenance.json").read_text())["study"] == name
