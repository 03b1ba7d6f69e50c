"""Canaries: small sums with known answers stand between a wrong backend and every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import pytest
from small_studies import irises, machine, request_of

from nnlab.engine import canaries, runner
from nnlab.errors import NnlabError
from nnlab.records import Store
from nnlab.study import Inputs

BROKEN = "0.10.2"


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty user cache; where passed canaries are remembered in it."""
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "canaries.json"


@pytest.fixture
def calls(monkeypatch) -> list[int]:
    """One entry for each time the canaries are run."""
    made: list[int] = []

    def counted(calls: int = 300) -> list[str]:
        made.append(calls)
        return []

    monkeypatch.setattr(canaries, "failures", counted)
    return made


def answering(monkeypatch, *answers: float) -> None:
    """One canary more, whose right answer is 2 and which gives these in turn."""
    given = list(answers)

    def make():
        return lambda: given.pop(0) if len(given) > 1 else given[0], 2.0

    monkeypatch.setitem(canaries.CANARIES, "twice one", make)


def test_the_canaries_are_right_on_this_backend():
    assert canaries.failures(calls=30) == []


@pytest.mark.parametrize("answers", [(3.0,), (2.0, 2.0, 5.0, 2.0), (float("nan"),)])
def test_a_wrong_canary_is_named_even_if_it_is_wrong_only_once(monkeypatch, answers):
    answering(monkeypatch, *answers)
    (told,) = canaries.failures(calls=10)
    assert told.startswith("twice one: ") and "instead of 2" in told


def test_a_wrong_backend_is_refused_in_one_line_and_not_remembered(cache, monkeypatch):
    answering(monkeypatch, 2.0, 3.0)
    for _ in range(2):
        with pytest.raises(NnlabError) as caught:
            canaries.check_backend()
        text = str(caught.value)
        assert "\n" not in text
        assert "computes wrong results (twice one: 3 instead of 2" in text
        assert "install another jaxlib" in text
        assert not cache.exists()


def test_a_run_on_a_wrong_backend_is_refused_before_anything_is_recorded(
    cache, tmp_path, monkeypatch
):
    monkeypatch.setattr(runner, "check_backend", canaries.check_backend)
    monkeypatch.setattr(runner, "machine", machine)
    answering(monkeypatch, 3.0)
    study = irises()
    with pytest.raises(NnlabError, match="computes wrong results"):
        runner.run(request_of(study), Store(tmp_path / "records"), Inputs(study))
    assert not (tmp_path / "records").exists()


def test_a_pass_is_remembered_for_this_version_and_this_device(cache, calls, monkeypatch):
    canaries.check_backend()
    canaries.check_backend()
    assert len(calls) == 1
    (kind,) = json.loads(cache.read_text())
    assert "cpu" in kind and canaries.metadata.version("jaxlib") in kind
    monkeypatch.setattr(canaries.metadata, "version", lambda package: "99.0")
    canaries.check_backend()
    assert len(calls) == 2
    canaries.check_backend()
    assert len(calls) == 2 and len(json.loads(cache.read_text())) == 2


@pytest.mark.parametrize("content", ["", "[1, {}", "{}", "[[]]", "3"])
def test_a_damaged_memory_is_no_memory(cache, calls, content):
    cache.parent.mkdir()
    cache.write_text(content)
    canaries.check_backend()
    canaries.check_backend()
    assert len(calls) == 1


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path, calls, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path / "file"))
    canaries.check_backend()
    canaries.check_backend()
    assert len(calls) == 2


def test_a_gradient_of_nan_is_noticed(monkeypatch):
    """The third canary's tolerance must not swallow NaN, which compares to nothing."""
    monkeypatch.setattr(canaries.jnp, "tanh", lambda x: x / jnp.zeros_like(x))
    assert [told for told in canaries.failures(calls=2) if "vmap against a loop" in told]


@pytest.mark.slow
def test_jaxlib_with_wrong_sums_is_refused_by_doctor_and_by_run(tmp_path):
    """Installs the broken version into a folder of its own; skipped where pip finds none."""
    target = tmp_path / "broken"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    install += ["--disable-pip-version-check", "--target", str(target)]
    environment = {n: v for n, v in os.environ.items() if n != "PIP_CONSTRAINT"}
    installed = subprocess.run(
        [*install, f"jax=={BROKEN}", f"jaxlib=={BROKEN}"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    if installed.returncode:
        pytest.skip(f"pip cannot install jaxlib {BROKEN}: {installed.stderr[-200:]}")
    environment |= {"PYTHONPATH": str(target), "NNLAB_CACHE": str(tmp_path / "cache")}

    def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from nnlab.cli import main; main()", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=200
        )

    doctor = lab("doctor")
    assert f"jaxlib {BROKEN}" in doctor.stdout
    assert doctor.returncode == 2 and "WRONG: " in doctor.stdout
    assert "wrong results" in doctor.stderr
    assert lab("new", "mine").returncode == 0
    for _ in range(2):  # a refusal is not remembered as a pass
        run = lab("run", "mine", "--preset", "quick")
        assert run.returncode == 2
        assert "computes wrong results" in run.stderr and "Traceback" not in run.stderr
        assert not list((tmp_path / "results").rglob("*.parquet"))
