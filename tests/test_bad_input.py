"""Bad command lines, bad study files, bad tables: one clear line and exit code 2, no traceback."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnlab.cli import main
from nnlab.errors import NnlabError
from nnlab.records import Store, trial_keys
from nnlab.study import Inputs, load_study, make_request

HEADER = '''"""A study that trains nothing. It is here to be broken."""
import math, sys
import numpy as np
from nnlab import Claim, Preset, Sized, Static, Study, Traced, analysis, show

def trial(key, p, data):
    return None

'''
PLAIN = {
    "trial": "trial",
    "data": "None",
    "width": "Sized(2, 8)",
    "rate": "Traced(0.1, low=0)",
    "depth": "Static(1, choices=(1, 2))",
    "quick": "Preset(seeds=2, steps=10)",
    "seeds": "3",
    "steps": "20",
    "record": "2",
    "linked": "None",
    "claims": "[Claim(name=NAME, statement=STATEMENT, estimand=ESTIMAND, region=REGION)]",
    "NAME": "'less'",
    "STATEMENT": "'Less is less.'",
    "ESTIMAND": "lambda t: analysis.paired_difference(\n"
    "    analysis.by_seed(t, 'loss', across='width').at(width=2), 1.0)",
    "REGION": "analysis.Region.above(0)",
    "figures": "lambda table: []",
    "version": "1",
    "topic": "''",
}
BODY = (
    "STUDY = Study(\n    trial={trial}, data={data},\n"
    "    factors=dict(width={width}, rate={rate}, depth={depth}),\n"
    "    presets=dict(quick={quick}, long=Preset(seeds={seeds}, steps={steps}, record={record},"
    " linked={linked})),\n    claims={claims}, figures={figures}, version={version},"
    " topic={topic})\n"
)
ODD = [
    "None", "True", "0", "-1", "1.5", "10**400", "2**31", "float('nan')", "float('inf')", "''",
    "'x'", "'a' * 300", "'\\x00'", "'\\udcff'", "b'x'", "[]", "[None]", "['a', 1]", "{}",
    "{1: 2}", "{'a': 'b'}", "()", "(1, 2)", "((1, 2), (3,))", "set()", "range(3)", "object()",
    "Study", "Study()", "print", "math", "...", "NotImplemented", "np.ones(3)", "np.float32(2)",
    "np.array(None)", "lambda: None", "lambda *a: None", "lambda *a: 1 / 0", "lambda *a: a",
    "lambda *a: sys.exit(3)", "lambda *a: {}['x']", "lambda *a: [1]", "lambda *a: 'x'",
    "lambda *a: np.array(['x'])", "lambda *a: np.array([None])", "lambda p: p.wdith",
    "lambda p: p.width", "(x for x in [1, 2])", "iter([])", "1 / 0", "[][0]", "undefined",
    "sys.exit()", "sys.exit('bye')", "exit(0)", "Sized()", "Sized(0)", "Sized('a')", "Sized(2.5)",
    "Sized([1, 2])", "Traced()", "Traced('a')", "Traced(float('nan'))", "Traced(1, low=2)",
    "Traced(1, low='a')", "Static()", "Static(1, 'a')", "Static(None)", "Static([1])",
    "Static('\\udcff')", "Static(1, choices=3)", "Preset()", "Preset(seeds=0)", "Preset(seeds='a')",
    "Preset(seeds=1, steps=-1)", "Preset(seeds=1, steps='a')", "Preset(seeds=1, depht=2)",
    "Preset(seeds=1, width=[])", "Preset(seeds=1, width='a')", "Preset(seeds=1, record=0)",
    "Preset(seeds=1, steps=lambda p: 1 / 0)", "Preset(seeds=1, steps=lambda p: p.x)",
    "Preset(seeds=1, linked={'a': 1})", "Preset(seeds=1, linked={('width', 'x'): [(1, 2)]})",
    "Preset(seeds=1, linked={('width', 'rate'): [(1,)]})", "Preset(1, lnked=2)", "[Claim()]",
    "Claim", "[Claim('a', 'b', print, 3)]", "analysis.Region", "analysis.Region.above('a')",
    "analysis.Region.above(float('nan'))", "analysis.Region.between(2, 1)", "show.Figure('a', [])",
    "lambda t: show.Figure('a', [show.Panel([], 'x', 'y')])", "lambda t: [show.Figure('../a', 1)]",
    "lambda t: [show.Figure('a', [show.Panel([3], 'x', 'y')])]", "lambda t: t.nothing",
    "lambda t: t['loss']", "lambda t: analysis.by_seed(t, 'x')", "lambda t: analysis.Estimate",
    "lambda t: analysis.curve(t, 'width', 'loss')", "lambda t: iter(lambda: 1 / 0, 1)",
]  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder with a sound study, recorded; no device is ever touched."""
    from nnlab import engine

    folder, here = tmp_path_factory.mktemp("bad"), Path.cwd()

    def configure(*arguments: object, **options: object) -> None:
        raise NnlabError("no device in this test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "configure", configure, raising=False)
        os.chdir(folder)
        Path("studies").mkdir()
        write({})
        record("plain", {"loss": [0.5]})
        yield folder
        os.chdir(here)


def write(changes: dict[str, str], name: str = "plain") -> None:
    parts = PLAIN | changes
    for word in ("NAME", "STATEMENT", "ESTIMAND", "REGION"):
        parts["claims"] = parts["claims"].replace(word, parts[word])
    text = HEADER + BODY.format(**parts)
    Path(f"studies/{name}.py").write_text(text, errors="backslashreplace")


def record(name: str, measures: dict[str, list]) -> None:
    """Record preset quick with these values of measures, over and over again."""
    request = make_request(load_study(name), "quick")
    keys = trial_keys(request, Inputs(request.study))
    rows = pd.DataFrame(
        [
            {"trial": key, "seed": seed, "step": 10, **cell.settings}
            for (seed, cell), key in keys.items()
        ]
    )
    for measure, values in measures.items():
        rows[measure] = pd.Series((values * len(rows))[: len(rows)])
    store = Store(Path("results") / name / "records")
    for chunk in store.chunks():
        store.remove(chunk)
    store.write(rows, {}, {"time": "now"})


def call(arguments: list[str]) -> tuple[int, str]:
    """Exit code and standard error of a command, which must be as promised."""
    # A strict terminal: what it cannot show would be a traceback.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
        pytest.raises(SystemExit) as stopped,
    ):
        warnings.simplefilter("ignore")
        main(arguments)
    for stream in (out, err):
        stream.flush()
    told = err.buffer.getvalue().decode()
    code = stopped.value.code
    assert code in (0, 1, 2), (arguments, code)
    if code:
        assert told.startswith("error: ") and told.endswith("\n"), told
        assert told.count("\n") == 1 and len(told) > 12, told
    assert "Traceback" not in told
    return code, told


def cases(examples: int):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


COMMANDS = ["list", "info", "plan", "run", "status", "figures", "export", "new", "clean", "resume"]
OPTIONS = ["--preset", "--seeds", "--set", "--out", "--device", "--along", "--repair", "--all"]
OPTIONS += ["--yes", "--max-seeds", "--factor-seeds", "--fail-fast", "--until-decided", "--", "-x"]
NAMES = ["plain", "plian", "studies/plain.py", "studies", "nowhere.py", "..", "/", "", "quick"]
VALUES = ["quick", "long", "width=2", "width=", "=2", "width=2,,8", "rate=nan", "rate=1e999", "-1"]
VALUES += ["width=9" * 99, "depth=true", "depth=2", "t.csv", "t.xls", "studies/plain.py", "0", "5"]
VALUES += ["10" * 30, "cpu", "layer", "ünïcode", "\udcff", "a" * 400, "a\nb", "[red]", "{}", "%s"]
LINES = st.lists(
    st.one_of(
        st.sampled_from(OPTIONS), st.sampled_from(NAMES), st.sampled_from(VALUES),
        st.text(max_size=9).map(lambda text: text.replace("\0", "")),
    ),
    max_size=6,
).flatmap(lambda rest: st.sampled_from(COMMANDS).map(lambda command: [command, *rest]))  # fmt: skip


def check_line(line: list[str]) -> None:
    call(line)


FIELDS = st.dictionaries(st.sampled_from(sorted(PLAIN)), st.sampled_from(ODD), max_size=2)
DAMAGE = st.tuples(st.integers(0, 10**6), st.sampled_from(["", "\t", "(", '"""', "\0", "é", "\\"]))


def check_study(fields: dict[str, str], damage: tuple[int, str] | None) -> None:
    write(fields, "bad")
    path = Path("studies/bad.py")
    if damage:
        text = path.read_text()
        path.write_text(text[: damage[0] % len(text)] + damage[1])
    try:
        codes = {call([command, "bad"])[0] for command in ("info", "status", "plan", "figures")}
        assert call(["list"])[0] == 0
        call(["clean", "bad"])
        assert codes <= {0, 2}
        if damage and damage[1] in ("(", "\0"):
            assert codes == {2}
    finally:
        path.unlink()


NUMBERS = [0.5, -1.0, 0.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, 2**62]
MEASURES = st.dictionaries(
    st.sampled_from(["loss", "a b", "", "loss_low", "mean", "n", "index", "level_0", "größe", "é"]),
    st.one_of(
        st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=8),
        st.sampled_from([[None], ["text"], ["1", "2"], [True, False], [0, 1], [b"x"]]),
    ),
    max_size=3,
)
PANELS = [
    "lambda t: [show.Figure('a', [show.Panel([show.Series(analysis.curve(t, 'width', 'loss'), 's',"
    " x='width')], 'x', 'y', log_x=True, log_y=True)], 'A.')]"
]
ESTIMANDS = st.sampled_from(
    [PLAIN["ESTIMAND"], *(text for text in ODD if text.startswith("lambda"))]
)
FIGURES = st.sampled_from([*PANELS, *(text for text in ODD if text.startswith("lambda"))])


def check_table(measures: dict[str, list], estimand: str, figures: str) -> None:
    write({"ESTIMAND": estimand, "figures": figures}, "odd")
    record("odd", measures)
    try:
        code, told = call(["figures", "odd", "--preset", "quick"])
        # What a claim or figure does is told beside the verdicts, not an error of the command.
        assert code == 0, told
        call(["export", "odd", "t.csv", "--preset", "quick"])
        call(["export", "odd", "t.parquet", "--preset", "quick", "--along", "layer"])
    finally:
        Path("studies/odd.py").unlink()


@cases(50)
@given(LINES)
def test_bad_command_lines(lab, line):
    check_line(line)


@cases(10)
@given(FIELDS, st.none() | DAMAGE)
def test_bad_study_files(lab, fields, damage):
    check_study(fields, damage)


@cases(6)
@given(MEASURES, ESTIMANDS, FIGURES)
def test_bad_tables(lab, measures, estimand, figures):
    check_table(measures, estimand, figures)


@pytest.mark.slow
@cases(2000)
@given(LINES)
def test_many_bad_command_lines(lab, line):
    check_line(line)


@pytest.mark.slow
@cases(500)
@given(FIELDS, st.none() | DAMAGE)
def test_many_bad_study_files(lab, fields, damage):
    check_study(fields, damage)


@pytest.mark.slow
@cases(500)
@given(MEASURES, ESTIMANDS, FIGURES)
def test_many_bad_tables(lab, measures, estimand, figures):
    check_table(measures, estimand, figures)
