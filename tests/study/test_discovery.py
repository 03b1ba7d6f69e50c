from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.errors import NnlabError
from nnlab.study import find_studies, load_study, make_request, new_study, study_folders

SOUND = '''"""A title.

More words.
"""
from nnlab.study import Preset, Study


def trial(key, p, data):
    return None


STUDY = Study(trial=trial, presets={"quick": Preset(seeds=1)})
'''
BUNDLED = Path(__file__).parents[2] / "studies"


@pytest.fixture
def studies(anywhere):
    """`studies(name=text)` writes these files into ./studies."""

    def write(**texts: str | bytes) -> Path:
        folder = anywhere / "studies"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            content = text if isinstance(text, bytes) else text.encode()
            (folder / f"{name}.py").write_bytes(content)
        return folder

    return write


def problems():
    return {study.name: study.problem for study in find_studies() if study.path.parent != BUNDLED}


def refusal(name) -> str:
    with pytest.raises(NnlabError) as error:
        load_study(str(name))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_bundled_studies_are_found_from_anywhere(anywhere):
    assert study_folders() == [BUNDLED]
    assert "double_descent" in {study.name for study in find_studies()}


def test_the_folder_one_stands_in_comes_first(studies):
    folder = studies(double_descent=SOUND, zebra=SOUND)
    assert study_folders() == [folder, BUNDLED]
    found = {study.name: study for study in find_studies()}
    assert list(found) == sorted(found)
    assert found["double_descent"].path == folder / "double_descent.py"
    assert found["zebra"].title == "A title."
    study = load_study("double_descent")
    assert study.name == "double_descent" and study.card == "A title.\n\nMore words."
    assert list(study.presets) == ["quick"]


def test_a_bad_file_leaves_the_others_listed(studies):
    folder = studies(
        sound=SOUND,
        syntax='"""Title."""\n\ndef (:\n',
        empty="",
        null=b"x = 1\x00",
        latin=b'"""Gr\xfc\xdfe"""\nSTUDY = 1\n',
        deep="(" * 5000,
        _hidden=SOUND,
    )
    (folder / "folder.py").mkdir()
    (folder / "not-a-name.py").write_text(SOUND)
    (folder / "dangling.py").symlink_to("nowhere")
    found = problems()
    assert found.pop("sound") == "" and "_hidden" not in found
    assert found["syntax"] == "line 3: invalid syntax"
    assert found["empty"] == "has no STUDY = Study(...)"
    assert "null" in found["null"] and "None" not in found["null"]
    assert "utf-8" in found["latin"]
    assert found["folder"] == "cannot be read: Is a directory"
    assert found["dangling"] == "cannot be read: No such file or directory"
    assert "not a plain identifier" in found["not-a-name"]
    for name, problem in found.items():
        assert problem and "\n" not in problem
        assert problem in refusal(name)


def test_files_are_read_as_python_reads_them(studies):
    latin = ("# -*- coding: latin-1 -*-\n" + SOUND.replace("title", "Größe")).encode("latin-1")
    studies(marked=b"\xef\xbb\xbf" + SOUND.encode(), old=latin)
    titles = {study.name: study.title for study in find_studies()}
    assert titles["marked"] == "A title." and titles["old"] == "A Größe."
    assert load_study("marked").name == "marked" and load_study("old").card.startswith("A Größe")


def test_an_unknown_name_is_told_with_the_nearest(studies):
    studies(zebra=SOUND)
    assert refusal("zebar").endswith("unknown study 'zebar'; did you mean 'zebra'?")
    assert "there are: " in refusal("qqqq")
    assert refusal("nowhere.py") == "no study file nowhere.py"


def test_a_path_names_a_study_anywhere(anywhere):
    (anywhere / "deep").mkdir()
    path = anywhere / "deep" / "mine.py"
    path.write_text(SOUND)
    for name in ("deep/mine.py", "./deep/../deep/mine.py", str(path)):
        assert load_study(name).name == "mine"
    (anywhere / "linked.py").symlink_to(path)
    assert load_study("linked.py").name == "linked"


@pytest.mark.parametrize("by_path", [True, False])
def test_an_exception_in_a_study_names_file_and_line(studies, by_path):
    folder = studies(
        raises=SOUND + "\n\ndef f():\n    return {}['a\\nb']\n\n\nf()\n",
        bare=SOUND + "raise ValueError\n",
        malformed=SOUND.replace("seeds=1", "seeds=0"),
        unknown=SOUND.replace("trial=trial, ", "trail=trial, "),
        imports="import no_such_module\n" + SOUND,
        leaves=SOUND + "import sys\nsys.exit(0)\n",
    )
    line = SOUND.count("\n")

    def told(name):
        text = refusal(Path("studies") / f"{name}.py" if by_path else name)
        assert text.startswith(f"{folder / name}.py, line ")
        return text.partition(", line ")[2]

    assert told("raises").startswith(f"{line + 4}: KeyError: ")
    assert told("bare") == f"{line + 1}: ValueError"
    assert told("malformed").startswith(f"{line}: a preset's seeds must be")
    assert told("unknown").startswith(f"{line}: TypeError: ") and "trail" in told("unknown")
    assert told("imports") == "1: ModuleNotFoundError: No module named 'no_such_module'"
    assert "__main__" in told("leaves")
    assert not any(name.startswith("nnlab_study_raises") for name in sys.modules)


def test_what_is_called_study_must_be_one(studies):
    studies(number="STUDY = 3\n", declared="STUDY: int\n", other="STUDIE = 3\n")
    assert refusal("number").endswith("STUDY must be a Study(...), not int")
    assert refusal("declared").endswith("STUDY must be a Study(...), not NoneType")
    assert refusal("other").endswith("has no STUDY = Study(...)")


def test_an_edit_within_the_same_second_is_seen(studies):
    for seeds in (1, 2, 3):
        studies(edited=SOUND.replace("seeds=1", f"seeds={seeds}"))
        assert load_study("edited").presets["quick"].seeds == seeds
    assert not (Path("studies") / "__pycache__").exists()


def test_a_study_keeps_its_own_rules_for_annotations(studies):
    studies(plain=SOUND + "size: int = 3\nassert __annotations__['size'] is int\n")
    assert load_study("plain").name == "plain"


def test_dataclasses_work_inside_a_study(studies):
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n" + SOUND
    studies(typed=text.replace("STUDY =", "@dataclass\nclass A:\n    x: int\n\n\nSTUDY ="))
    assert load_study("typed").name == "typed"


def test_listing_runs_no_study_and_imports_no_jax(studies):
    studies(side_effect=SOUND + "open('ran', 'w').close()\n", sound=SOUND)
    code = (
        "import sys\n"
        "from nnlab.study import find_studies\n"
        "assert {'side_effect', 'sound'} <= {s.name for s in find_studies() if not s.problem}\n"
        "heavy = {'jax', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert not Path("ran").exists()


def test_a_new_study_can_be_loaded_at_once(anywhere):
    path = new_study("mine")
    assert path == Path("studies/mine.py")
    study = load_study("mine")
    assert set(study.presets) == {"quick", "standard"} and "NAME" not in study.card
    assert "nnlab run mine" in study.card
    assert make_request(study, "quick").trials == 3 * 4
    assert path.read_text().endswith('if __name__ == "__main__":\n    nnlab.main(__file__)\n')
    with pytest.raises(NnlabError, match="exists already"):
        new_study("mine")


@pytest.mark.parametrize("name", ["", "a b", "my-study", "../up", "_hidden", "lambda", "a/b"])
def test_a_new_study_needs_a_plain_name(anywhere, name):
    with pytest.raises(NnlabError, match="must be a plain identifier"):
        new_study(name)
    assert not list(anywhere.iterdir())


def test_a_new_study_where_no_folder_can_be(anywhere):
    (anywhere / "studies").write_text("a file")
    with pytest.raises(NnlabError, match=r"cannot write studies/mine\.py"):
        new_study("mine")
