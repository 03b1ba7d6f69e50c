"""The house has one-way arrows: a room knows only the rooms before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nnlab"

# Each room may import from these, and from errors and files.
ARROWS = {
    "errors": set(),
    "files": {"errors"},
    "study": {"analysis", "show"},  # for type checking only
    "data": set(),
    "theory": set(),
    "nn": set(),
    "learn": {"nn"},
    "records": {"study"},
    "analysis": set(),
    "show": set(),
    "report": set(),
    "engine": {"study", "data", "nn", "learn", "records"},
    "conclusions": {"analysis", "records", "show", "study"},
    "progress": {"engine"},
    "console": {"analysis", "conclusions", "engine", "progress"},
    "deciding": {"analysis", "study"},
    "differences": {"analysis", "records"},
    "kept": {"study", "records", "lab"},
    "latex": set(),
    "lab": {
        *("study", "records", "engine", "conclusions", "console", "deciding", "cli", "report"),
    },
    "cli": {
        *("study", "records", "analysis", "engine", "conclusions", "console", "lab", "report"),
        *("differences", "latex"),
    },
    "__init__": None,
    "__main__": None,
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py").removesuffix(".pyi")


def imported_rooms(path: Path) -> set[str]:
    """Rooms named by the imports of a file, wherever in it they stand."""
    rooms = set()
    inside = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            own = node.module == "nnlab"
            names = [f"nnlab.{a.name}" for a in node.names] if own else [node.module or ""]
        elif isinstance(node, ast.ImportFrom) and node.level > inside:
            names = [f"nnlab.{node.module or node.names[0].name}"]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("nnlab.")}
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.name))
def test_a_room_knows_only_the_rooms_before_it(path):
    room = room_of(path)
    allowed = ARROWS[room]
    if allowed is None:
        return
    found = imported_rooms(path) - {room, "errors", "files", "NnlabError"}
    assert found <= allowed, f"{path} imports {found - allowed}"


def test_no_file_needs_scrolling():
    long = [p for p in PACKAGE.rglob("*.py") if len(p.read_text().splitlines()) > 350]
    assert not long


@pytest.mark.parametrize(
    "code",
    [
        "from nnlab import Study, Sized, analysis, records, show, study, theory, data, nn, learn",
        "from nnlab.study import load_study; load_study('double_descent')",
        "import nnlab.cli, nnlab.conclusions, nnlab.console",
    ],
)
def test_jax_is_not_imported_before_it_is_needed(code):
    check = f"{code}\nimport sys\nassert 'jax' not in sys.modules, 'jax was imported'"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)
