"""Discovery: studies are found by being there, one file each."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from nnlab.errors import NnlabError
from nnlab.study.names import is_study_name, nearest
from nnlab.study.study import Study

__all__ = ["Found", "find_studies", "load_study", "study_folders"]


@dataclass(frozen=True)
class Found:
    """A study's file, read without running it. `problem` says why it cannot run, if so."""

    name: str
    path: Path
    title: str = ""
    problem: str = ""


def study_folders() -> list[Path]:
    """Where studies are looked for: `./studies`, then those that come with nnlab."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "studies"
    own = checkout if (package.parent / "pyproject.toml").exists() else package / "bundled_studies"
    folders = [Path.cwd() / "studies", own]
    return [folder for folder in dict.fromkeys(f.resolve() for f in folders) if folder.is_dir()]


def find_studies() -> list[Found]:
    """All studies by name; of two with one name, that of the folder one stands in."""
    found: dict[str, Found] = {}
    for folder in study_folders():
        for path in sorted(folder.glob("*.py")):
            if not path.stem.startswith("_"):
                found.setdefault(path.stem, _read(path))
    return sorted(found.values(), key=lambda study: study.name)


def load_study(name_or_path: str) -> Study:
    """Import the study of that name, or in that file.

    Raises `NnlabError`: unknown name (with the nearest), a file that does not run, no STUDY.
    """
    if Path(name_or_path).suffix == ".py":
        # Absolute, but not through links: a study is called what its file is called here.
        path = Path(os.path.abspath(name_or_path))
        if not path.is_file():
            raise NnlabError(f"no study file {name_or_path}")
        return _import(path)
    found = {study.name: study for study in find_studies()}
    if name_or_path not in found:
        raise NnlabError(f"unknown study {name_or_path!r}{nearest(name_or_path, found)}")
    return _import(found[name_or_path].path)


def _read(path: Path) -> Found:
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        return Found(path.stem, path, problem=f"{line}{error.msg}")
    except OSError as error:
        return Found(path.stem, path, problem=f"cannot be read: {error.strerror or error}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Found(path.stem, path, problem=f"cannot be read: {_one_line(error)}")
    title = (ast.get_docstring(tree) or "").partition("\n")[0].strip()
    problem = "" if "STUDY" in _assigned(tree) else "has no STUDY = Study(...)"
    if not is_study_name(path.stem):
        problem = "its name is not a plain identifier (letters, digits, _), or nnlab's own"
    return Found(path.stem, path, title, problem)


def _assigned(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _import(path: Path) -> Study:
    problem = _read(path).problem
    if problem:
        raise NnlabError(f"{path}: {problem}")
    module = ModuleType(f"nnlab_study_{path.stem}")
    module.__file__ = str(path)
    # Dataclasses and type hints inside the study look their module up here.
    sys.modules[module.__name__] = module
    try:
        # Not through the import system: its cache of bytecode misses an edit within a second.
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        raise NnlabError(f"{path}{_line_in(error, path)}: {_told(error)}") from error
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise NnlabError(f"{path}: STUDY must be a Study(...), not {type(study).__name__}")
    return replace(study, name=path.stem, card=(module.__doc__ or "").strip())


def _line_in(error: BaseException, path: Path) -> str:
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _told(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return 'it ends the program; put that under if __name__ == "__main__":'
    if isinstance(error, NnlabError):
        return _one_line(error)
    return f"{type(error).__name__}: {_one_line(error)}".removesuffix(": ")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
