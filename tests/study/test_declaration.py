"""Every malformed study is told in one line that names the part and what it should be."""

from __future__ import annotations

import re

import pytest

from nnlab.analysis import Estimate, Region
from nnlab.errors import NnlabError
from nnlab.show import Figure
from nnlab.study import Claim, Claims, Preset, Sized, Static, Study, Traced


def claim(name="better", **parts):
    sound = {"statement": "It is.", "estimand": lambda t: t, "region": Region.above(0)}
    return Claim(name=name, **(sound | parts))


def figure(name):
    return Figure(name, [lambda table: None])


def two_arguments(key, p):
    return None


def keyword_needed(key, p, data, *, more):
    return None


def quick(**factors):
    return {"quick": Preset(seeds=1, **factors)}


MALFORMED = [
    ({"trial": None}, "trial must be a function"),
    ({"trial": 3}, "trial must be a function"),
    ({"trial": two_arguments}, "three arguments: key, p, data"),
    ({"trial": keyword_needed}, "three arguments: key, p, data"),
    ({"data": 5}, "data must be a function"),
    ({"figures": 3}, "figures must be a list of Figures or a function"),
    ({"figures": [3]}, "figures must be a list of Figures or a function"),
    ({"figures": [figure("a"), figure("a")]}, "figure 'a' stands twice"),
    ({"version": 0}, "version must be a whole number from 1"),
    ({"version": True}, "version must be a whole number from 1"),
    ({"version": "2"}, "version must be a whole number from 1"),
    ({"name": 7}, "name must be text"),
    # factors
    ({"factors": [Sized(3)]}, "factors must be a dict"),
    ({"factors": {"width": 8}}, "'width' must be declared Traced, Sized or Static"),
    ({"factors": {"width": Sized}}, "'width' must be declared Traced, Sized or Static"),
    ({"factors": {"width": Sized()}}, "'width' needs at least one default value"),
    ({"factors": {"width": Sized(8, "16")}}, "'width': width takes whole numbers, not '16'"),
    ({"factors": {"width": Sized(True)}}, "takes whole numbers, not True"),
    ({"factors": {"width": Sized(0)}}, "at least 1"),
    ({"factors": {"width": Sized(2**31)}}, "at most 2147483647"),
    ({"factors": {"rate": Traced("a")}}, "takes numbers, not 'a'"),
    ({"factors": {"rate": Traced(None)}}, "takes numbers, not None"),
    ({"factors": {"rate": Traced(10**400)}}, "not one so large"),
    ({"factors": {"rate": Traced(-1.0, low=0)}}, "rate=-1 is out of range: at least 0"),
    ({"factors": {"rate": Traced(2, low=0, high=1)}}, "rate=2 is out of range: from 0 to 1"),
    ({"factors": {"rate": Traced(2, high=1)}}, "rate=2 is out of range: at most 1"),
    ({"factors": {"loss": Static(None)}}, "'loss': a static factor's values must be all text"),
    ({"factors": {"loss": Static("a", 1)}}, "all text, all numbers or all true or false"),
    ({"factors": {"loss": Static(1, True)}}, "all text, all numbers or all true or false"),
    ({"factors": {"loss": Static("a", choices=("b",))}}, "not offered: choose from b"),
    ({"factors": {"loss": Static(float("nan"))}}, "takes numbers, not nan"),
    ({"factors": {"a b": Sized(1)}}, "plain identifier, not 'a b'"),
    ({"factors": {"_a": Sized(1)}}, "plain identifier, not '_a'"),
    ({"factors": {"lambda": Sized(1)}}, "plain identifier, not 'lambda'"),
    ({"factors": {3: Sized(1)}}, "plain identifier, not 3"),
    *[
        ({"factors": {name: Sized(1)}}, f"'{name}': nnlab uses this name itself")
        for name in ("trial", "seed", "seeds", "step", "steps", "record", "linked", "diverged_at")
    ],
    *[
        ({"factors": {name: Sized(1)}}, "nnlab uses this name itself")
        for name in ("read", "get", "items", "keys", "values")
    ],
    # presets
    ({"presets": {}}, "needs presets"),
    ({"presets": [Preset(seeds=1)]}, "needs presets"),
    ({"presets": {"quick": 3}}, "preset 'quick' must be a Preset(...)"),
    ({"presets": {"..": Preset(seeds=1)}}, "preset's name must be a plain identifier, not '..'"),
    ({"presets": {"a/b": Preset(seeds=1)}}, "not 'a/b'"),
    ({"presets": {"records": Preset(seeds=1)}}, "not 'records'"),
    ({"presets": {4: Preset(seeds=1)}}, "not 4"),
    ({"presets": quick(widht=8)}, "'quick': unknown factor 'widht'; did you mean 'width'?"),
    ({"presets": quick(width="8")}, "'quick': width takes whole numbers, not '8'"),
    ({"presets": quick(width=8.0)}, "width takes whole numbers, not 8.0"),
    ({"presets": quick(width=())}, "'width' has no values"),
    ({"presets": quick(rate=[0.1, -1])}, "rate=-1 is out of range"),
    ({"presets": quick(optimizer=b"sgd")}, "optimizer takes text, not b'sgd'"),
    ({"presets": quick(optimizer="\udcff")}, "optimizer takes text"),
    ({"presets": quick(linked={("width", "depth"): [(1, 2)]})}, "unknown factor 'depth'"),
    ({"presets": quick(width=8, linked={("width", "rate"): [(1, 2)]})}, "'width' is given twice"),
    ({"presets": quick(linked={("width", "width"): [(1, 2)]})}, "'width' is given twice"),
    ({"presets": quick(linked={("width", "rate"): [("a", 2)]})}, "width takes whole numbers"),
    # claims
    ({"claims": claim()}, "claims must be a list"),
    ({"claims": [3]}, "claims must be a list"),
    ({"claims": [claim("a"), claim("b"), claim("a")]}, "claim 'a' stands twice"),
]


@pytest.mark.parametrize(("parts", "told"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_study_is_told_in_one_line(small, parts, told):
    with pytest.raises(NnlabError, match=re.escape(told)) as error:
        small(**parts)
    assert "\n" not in str(error.value)


def test_a_missing_trial_and_missing_presets_are_told_like_any_mistake():
    with pytest.raises(NnlabError, match="trial must be a function"):
        Study(presets={"quick": Preset(seeds=1)})
    with pytest.raises(NnlabError, match="needs presets"):
        Study(trial=keyword_free)


def keyword_free(key, p, data):
    return None


def test_trials_of_any_callable_kind_are_taken(small):
    class Callable:
        def __call__(self, key, p, data, extra=1):
            return None

    small(trial=Callable())
    small(trial=lambda *arguments: None)
    small(trial=max)  # does not tell its arguments


def test_a_sound_study_keeps_its_parts(small):
    study = small(claims=[claim("a"), claim("b")], version=3)
    assert [c.name for c in study.claims] == ["a", "b"]
    assert study.preset("quick").seeds == 2 and study.factor("width").values == (8, 16)
    with pytest.raises(NnlabError, match="unknown preset 'quik'; did you mean 'quick'"):
        study.preset("quik")
    with pytest.raises(NnlabError, match="unknown factor 'zzz'; there are: optimizer, rate, width"):
        study.factor("zzz")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"name": "a b"}, "name must be a Python identifier, not 'a b'"),
        ({"name": 3}, "name must be a Python identifier, not 3"),
        ({"statement": None}, "claim better: statement must be text"),
        ({"estimand": 0.5}, "claim better: estimand must be a function"),
        ({"region": (0, 1)}, "claim better: region must be a region"),
        ({"region": None}, "region must be a region"),
        ({"region": Region}, "region must be a region"),
        ({"region": Region.above}, "region must be a region"),
        ({"region": Estimate(1.0, 0.0, 2.0, 5, "BCa")}, "region must be a region"),
    ],
)
def test_a_malformed_claim_is_told_in_one_line(parts, told):
    with pytest.raises(NnlabError, match=re.escape(told)) as error:
        claim(**parts)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"seeds": 0}, "seeds must be a whole number from 1 to 1000000, not 0"),
        ({"seeds": True}, "seeds must be"),
        ({"seeds": 2.0}, "seeds must be"),
        ({"seeds": range(3)}, "seeds must be"),
        ({"steps": -1}, "steps must be a whole number from 0 to 2147483647, not -1"),
        ({"steps": 10.0}, "steps must be"),
        ({"steps": True}, "steps must be"),
        ({"steps": "10"}, "steps must be"),
        ({"record": 0}, "record must be"),
        ({"record": -3}, "record must be"),
        ({"record": True}, "record must be"),
        ({"record": "log"}, "record must be"),
        ({"record": ()}, "record must be"),
        ({"record": (1, 2.5)}, "record must be"),
        ({"record": (5, -1)}, "record must be"),
        ({"linked": [("a", "b")]}, "linked must be such as"),
        ({"linked": {"depth": [1, 2]}}, "linked must be such as"),
        ({"linked": {("a", "b"): 3}}, "linked must be such as"),
        ({"linked": {("a", "b"): []}}, "linked must be such as"),
        ({"linked": {("a", "b"): [1, 2]}}, "linked a, b: 1 has not one value for each"),
        ({"linked": {("a", "b"): ["xy"]}}, "linked a, b: 'xy' has not one value for each"),
        ({"linked": {("a", "b"): [(1, 2), (1,)]}}, "linked a, b: (1,) has not one value"),
    ],
)
def test_a_malformed_preset_is_told_in_one_line(parts, told):
    with pytest.raises(NnlabError, match=re.escape(told)) as error:
        Preset(**({"seeds": 1} | parts))
    assert "\n" not in str(error.value)


def test_a_decorated_function_is_a_claim_and_stays_what_it_was():
    claims, region = Claims(), Region.above(0)

    @claims(region, "a book", why="No difference is 0.")
    def better(table):
        """It is better
        (points).

        What is for the reader of the code.
        """
        return Estimate(table, table, table, 1, "given")

    claims += [claim("other")]
    first, second = claims
    assert first == Claim("better", "It is better (points).", better, region, "a book", first.why)
    assert first.why == "No difference is 0." and better(3).value == 3 and second.name == "other"


def test_a_claim_without_a_docstring_is_told():
    with pytest.raises(NnlabError, match="claim silent: its statement is the docstring"):

        @Claims()(Region.above(0))
        def silent(table):
            return table
