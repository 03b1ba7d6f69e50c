from __future__ import annotations

import hashlib
import inspect
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.records import trial_key, trial_keys
from nnlab.study import Inputs, Preset, Sized, Static, Study, Traced, load_study, make_request

PLAIN = {
    "study": "double_descent",
    "version": 1,
    "settings": {"width": 8, "rate": 0.1, "optimizer": "adam", "nesterov": True},
    "steps": 100,
    "record": (50, 100),
    "seed": 0,
    "fingerprint": "abc",
}


def settings(**changes):
    return {"settings": PLAIN["settings"] | changes}


def test_keys_are_the_same_for_ever():
    # A change here makes every record that anyone has unfindable.
    assert trial_key(**PLAIN) == "5837225775b1dabdfa3dce810749dfca"
    empty = PLAIN | {"settings": {}, "record": (0,), "steps": 0, "fingerprint": ""}
    assert trial_key(**empty) == "8d416bd1923262d26b49f9e18603d37b"
    odd = PLAIN | {"study": "größe"} | settings(rate=float("inf"), optimizer='"\\\n')
    assert trial_key(**odd) == "860b359b39925482ec1a6296ca816440"


GOLDEN = [
    ({"study": "other"}, "f94adee99576faaaf481831d6ec1879d"),
    ({"version": 2}, "61b960c4cf38974c63aa852b500827e9"),
    ({"steps": 200}, "70f30ca9ac95f940b2b554f5fc237971"),
    ({"record": (100,)}, "33faadd600cf8e9bf19db2ffa8efa357"),
    ({"seed": 1}, "5f7d55c0250b8a498592462f565f44d2"),
    ({"fingerprint": "abd"}, "d4c652f9305fc2045a243fa75fa50674"),
    (settings(width=16), "f40000c68b7ad7c2646f1398801b91c2"),
    (settings(rate=0.2), "fedbde80affd497755eedeb5b9eafcbc"),
    (settings(optimizer="sgd"), "be4990455e94a1247d2419b3a338531d"),
    (settings(nesterov=False), "2fbc47e5d7a6520508b81f8266b12aed"),
    (settings(depth=1), "738f78332a6eb08f293d713ecf20140e"),
]


@pytest.mark.parametrize(("change", "key"), GOLDEN, ids=lambda v: str(v))
def test_each_part_of_a_key_has_its_say_for_ever(change, key):
    assert trial_key(**(PLAIN | change)) == key


def test_every_part_of_a_key_is_among_the_golden_ones():
    told = {name for change, _ in GOLDEN for name in change}
    assert told == set(PLAIN) == set(inspect.signature(trial_key).parameters)
    assert len({key for _, key in GOLDEN}) == len(GOLDEN)


def test_the_keys_of_a_resolved_request_are_the_same_for_ever():
    """From declaration to key: defaults, types, steps as a function, links, data."""
    study = Study(
        trial=lambda key, p, data: None,
        name="golden",
        version=3,
        data=lambda p: {"x": np.arange(p.examples, dtype=np.float32), "y": [1, 2]},
        factors={
            "width": Sized(8, 16),
            "rate": Traced(0.1, 1),
            "examples": Static(3),
            "share": Static(0, 0.5),
            "optimizer": Static("sgd"),
            "nesterov": Static(True),
        },
        presets={
            "quick": Preset(
                seeds=2,
                steps=lambda p: 10 * p.examples,
                record=3,
                linked={("width", "share"): [(8, 0), (16, 0.5)]},
            )
        },
    )
    keys = list(trial_keys(make_request(study, "quick"), Inputs(study)).values())
    assert len(keys) == 8
    digest = hashlib.sha256("".join(keys).encode()).hexdigest()
    assert digest[:32] == "6da4d32e8b8c45374fbf32af56479e9c"


@pytest.mark.parametrize(
    "change",
    [
        {"study": "double_descent_theory"},
        {"version": 2},
        {"steps": 101},
        {"record": (100,)},
        {"record": (50, 99)},
        {"seed": 1},
        {"fingerprint": "abd"},
        settings(width=9),
        settings(rate=np.nextafter(0.1, 1)),
        settings(optimizer="Adam"),
        settings(nesterov=False),
        settings(depth=1),
        {"settings": {"width": 8}},
    ],
    ids=str,
)
def test_everything_that_decides_the_result_changes_the_key(change):
    assert trial_key(**(PLAIN | change)) != trial_key(**PLAIN)


def test_the_order_of_settings_does_not():
    turned = dict(reversed(PLAIN["settings"].items()))
    assert trial_key(**(PLAIN | {"settings": turned})) == trial_key(**PLAIN)


def test_values_that_python_calls_equal_are_different_settings():
    values = [1, 1.0, True, "1", "1.0", "True", "true", 0, 0.0, False, "", "inf", float("inf")]
    keys = {trial_key(**(PLAIN | settings(width=value))) for value in values}
    assert len(keys) == len(values)
    assert trial_key(**(PLAIN | settings(width=np.float64(0.1)))) == trial_key(
        **(PLAIN | settings(width=0.1))
    )


VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())


@given(VALUES, VALUES)
def test_keys_are_equal_exactly_where_values_are(one, other):
    same = type(one) is type(other) and repr(one) == repr(other)
    keys = [trial_key(**(PLAIN | settings(width=value))) for value in (one, other)]
    assert (keys[0] == keys[1]) == same
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)


def test_names_and_values_cannot_run_into_each_other():
    parts = [
        {"settings": {"a": "b", "c": "d"}},
        {"settings": {"a": 'b","c":"d'}},
        {"settings": {"a": "b"}, "fingerprint": 'c":"d'},
        {"record": (1, 23)},
        {"record": (12, 3)},
        {"record": (123,)},
    ]
    assert len({trial_key(**(PLAIN | part)) for part in parts}) == len(parts)


def make_study(**parts):
    sound = {
        "trial": lambda key, p, data: None,
        "name": "small",
        "data": lambda p: np.arange(p.examples),
        "factors": {"width": Sized(8, 16), "rate": Traced(0.1), "examples": Static(3, 4)},
        "presets": {"quick": Preset(seeds=2, steps=10), "long": Preset(seeds=3, steps=20)},
    }
    return Study(**(sound | parts))


def keys_of(study, preset="quick", **changes):
    return trial_keys(make_request(study, preset, **changes), Inputs(study))


def test_every_trial_of_a_request_has_a_key_in_the_order_of_the_table():
    study = make_study()
    request = make_request(study, "quick")
    keys = trial_keys(request, Inputs(study))
    assert list(keys) == [(s, c) for c, s in itertools.product(request.cells, request.seeds)]
    assert len(set(keys.values())) == request.trials == 8
    seed, cell = next(iter(keys))
    assert keys[seed, cell] == trial_key(
        study="small",
        version=1,
        settings={"width": 8, "rate": 0.1, "examples": 3},
        steps=10,
        record=(10,),
        seed=0,
        fingerprint=Inputs(study).of(cell).fingerprint,
    )


def test_what_was_asked_before_keeps_its_keys():
    study = make_study()
    before = set(keys_of(study).values())
    more = set(keys_of(study, seeds=5, overrides={"width": [4, 8, 16]}).values())
    assert before < more
    assert before.isdisjoint(keys_of(study, "long").values())
    assert before.isdisjoint(keys_of(make_study(version=2)).values())
    assert before.isdisjoint(keys_of(make_study(name="other")).values())
    assert before.isdisjoint(keys_of(make_study(data=lambda p: np.ones(p.examples))).values())
    # A changed default is a new trial, and so is a new factor.
    factors = {"width": Sized(8, 16), "rate": Traced(0.2), "examples": Static(3, 4)}
    assert before.isdisjoint(keys_of(make_study(factors=factors)).values())
    wider = factors | {"rate": Traced(0.1), "depth": Static(1)}
    assert before.isdisjoint(keys_of(make_study(factors=wider)).values())
    # Claims, figures, words and the default values that are asked for elsewhere are not.
    told = make_study(figures=lambda table: [], topic="sizes", card="More words.")
    assert set(keys_of(told).values()) == before


def test_comments_in_the_study_file_change_no_key(anywhere):
    text = (
        '"""Title."""\n'
        "from nnlab.study import Preset, Sized, Study\n"
        "def trial(key, p, data):\n    return None\n"
        "STUDY = Study(trial=trial, factors={'width': Sized(8)},"
        " presets={'quick': Preset(seeds=2)})\n"
    )
    keys = []
    for version in (text, text.replace("Title", "Another") + "# a remark\n"):
        (anywhere / "mine.py").write_text(version)
        keys.append(list(keys_of(load_study("mine.py")).values()))
    assert keys[0] == keys[1]
