"""Nothing is unpickled or evaluated, and no name leads out of the folder of results."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlab.errors
from nnlab import show
from nnlab.cli import main
from nnlab.errors import NnlabError
from nnlab.lab import output_folder, store_of
from nnlab.study import (
    Preset,
    Sized,
    Static,
    Study,
    Traced,
    load_study,
    make_request,
    new_study,
    parse_overrides,
)

PACKAGE = Path(nnlab.errors.__file__).parent
SOURCES = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.parent.glob("studies/*.py")])

BAD_NAMES = [
    "../x", "..", ".", "/tmp/x", "a/b", "a\\b", "C:\\x", "a\0b", "\0", "", " ", "a b", "a.b",
    "-x", "~", "$HOME", "a;b", "a\nb", "x" * 101, "é" * 51, "con", "NUL", "com1", "Lpt9", "class",
    "_hidden", "__init__", "\udcff", "a\u202eb", "<b>", "%2e%2e",
]  # fmt: skip


def a_study(**parts):
    sound = {
        "trial": lambda key, p, data: None,
        "name": "small",
        "factors": {"rate": Traced(0.1), "width": Sized(2), "kind": Static("plain")},
        "presets": {"quick": Preset(seeds=1)},
    }
    return Study(**(sound | parts))


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_bad_names_are_refused_wherever_they_name_files(anywhere, name):
    refused = [
        lambda: a_study(factors={name: Traced(0.1)}),
        lambda: a_study(presets={name: Preset(seeds=1)}),
        lambda: new_study(name),
        lambda: load_study(name),
    ]
    if "/" in name or "\\" in name or not name.isprintable() or len(name) < 2 or "." in name:
        if name not in ("a.b", "_hidden"):
            refused.append(lambda: show.Figure(name, [show.Panel([], "x", "y")], ""))
        refused.append(lambda: nnlab.load(a_study(name=name)))
    for attempt in refused:
        with pytest.raises(NnlabError) as error:
            attempt()
        assert "\n" not in str(error.value)
    assert list(anywhere.iterdir()) == []


def test_a_study_file_of_a_bad_name_does_not_run(anywhere):
    for name in ("a-b", "con", "x" * 101, "_x", "1st", "report", "benchmark"):
        Path(f"{name}.py").write_text("open('ran', 'w')\nSTUDY = None\n")
        with pytest.raises(NnlabError, match="not a plain identifier"):
            load_study(f"{name}.py")
    assert not Path("ran").exists()


def test_presets_may_not_take_the_folder_of_records():
    for name in ("records", "Records", "RECORDS"):
        with pytest.raises(NnlabError, match="preset's name"):
            a_study(presets={name: Preset(seeds=1)})


TEXTS = st.text(min_size=1, max_size=300) | st.sampled_from(BAD_NAMES[:-1])


@given(st.lists(TEXTS, min_size=1, max_size=3), st.floats(allow_nan=False), st.integers(1, 99))
def test_what_is_set_names_one_folder_below_the_study(texts, rate, seeds):
    study = a_study()
    try:
        request = make_request(study, "quick", seeds, {"kind": texts, "rate": rate})
    except NnlabError:
        return  # text that no file can hold
    folder = output_folder(request, Path("results"))
    assert folder.parent == Path("results/small") and folder.name not in (".", "..", "records")
    assert len(folder.name.encode()) <= 100 and folder.name.isascii()
    assert not set(folder.name) & set('/\\:*?"<>|\0\n')
    assert store_of(study, Path("results")).folder == Path("results/small/records")


@pytest.mark.parametrize("factor", ["rate", "width"])
@pytest.mark.parametrize(
    "text", ["__import__('os').mkdir('made')", "1+1", "[1][0]", "p.rate", "1e3j", "0x10", "None"]
)
def test_values_of_factors_are_read_not_evaluated(anywhere, factor, text):
    with pytest.raises(NnlabError, match=f"{factor} takes"):
        parse_overrides(a_study(), [f"{factor}={text}"])
    assert parse_overrides(a_study(), [f"kind={text}"]) == {"kind": (text,)}
    assert list(anywhere.iterdir()) == []


def test_the_command_line_evaluates_nothing(anywhere, capsys):
    (anywhere / "studies").mkdir()
    new_study("mine")
    before = sorted(anywhere.rglob("*"))
    value = "learning_rate=__import__('pathlib').Path('made').touch()"
    with pytest.raises(SystemExit) as stopped:
        main(["plan", "mine", "--set", value])
    assert stopped.value.code == 2 and capsys.readouterr().err.count("\n") == 1
    assert sorted(anywhere.rglob("*")) == before


def calls(tree: ast.AST):
    """Every call in a file: what is called, its keywords, whether its arguments are literals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {k.arg: ast.unparse(k.value) for k in node.keywords}
            literal = all(isinstance(each, ast.Constant) for each in node.args)
            yield ast.unparse(node.func), keywords, literal


FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve"}
FORBIDDEN_MODULES |= {"marshal", "yaml", "code", "runpy"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
FORBIDDEN_ENDINGS = ("read_pickle", "to_pickle", "extractall", ".extract")

# A study file is the user's own program: running it is what was asked for.
ALLOWED = {("study/discovery.py", "exec"), ("study/discovery.py", "compile")}


def offences(text: str, name: str) -> list[str]:
    tree, found = ast.parse(text), []
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        found += [m for m in modules if m.partition(".")[0] in FORBIDDEN_MODULES]
    for called, keywords, literal in calls(tree):
        if called in FORBIDDEN_CALLS or called.endswith(FORBIDDEN_ENDINGS):
            found += [] if (name, called) in ALLOWED else [called]
        if called in ("np.load", "numpy.load", "jnp.load") and keywords.get("allow_pickle") != (
            "False"
        ):
            found.append(f"{called} without allow_pickle=False")
        if keywords.get("allow_pickle") == "True" or keywords.get("shell") == "True":
            found.append(f"{called} with {keywords}")
        if called.endswith("import_module") and not literal:
            found.append(f"{called} of a name that is made up")
        if called.endswith("Environment") and "autoescape" not in keywords:
            found.append(f"{called} without autoescape")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_unpickled_or_evaluated(path):
    name = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
    assert offences(path.read_text(encoding="utf-8"), name) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from joblib import load", "eval('1')", "exec(x)", "np.load(path)",
        "np.load(path, allow_pickle=True)", "pd.read_pickle(path)", "archive.extractall()",
        "subprocess.run(x, shell=True)", "jinja2.Environment()",
        "import_module(name)", "def f():\n    import marshal",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(text):
    assert offences(text, "x.py")
