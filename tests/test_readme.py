"""The README is true: its study runs in an empty folder, its commands and files exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nnlab.cli import app, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_complete_example_runs_in_an_empty_folder(anywhere, capsys):
    (code,) = blocks("python")
    assert len(code.splitlines()) < 50
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "larger_rates.py").write_text(code)
    with pytest.raises(SystemExit) as stopped:
        main(["run", "larger_rates", "--preset", "quick"])
    assert stopped.value.code == 0
    assert "wider_stands_more: " in capsys.readouterr().out
    assert (anywhere / "results" / "larger_rates" / "quick" / "larger_rates.png").exists()


def test_every_command_shown_exists():
    shown = set(re.findall(r"^nnlab (\w+)", "\n".join(blocks("sh")), flags=re.MULTILINE))
    known = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    assert shown and shown <= known
    for script in re.findall(r"^scripts/\w+", "\n".join(blocks("sh")), flags=re.MULTILINE):
        assert (ROOT / script).exists()


def test_every_file_and_folder_of_the_tree_exists():
    tree = README[README.index("## The tree") :]
    inside = ""
    for line in tree.splitlines():
        found = re.match(r"( *)((?:[\w/]+\.py +)*[\w]+(?:/|\.py)) ", line)
        if found is None:
            continue
        indent, names = found.groups()
        inside = inside if indent else names
        for name in names.split():
            path = ROOT / (f"{inside}{name}" if indent else name)
            assert path.exists(), path


def test_every_linked_picture_exists():
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target
