"""The next program is compiled while one runs: in a thread, one at a time, with its errors."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import jax
import jax.numpy as jnp
import pytest
from small_studies import machine, request_of, table_of

from nnlab import engine, records
from nnlab.engine import programs, runner, task, workshop
from nnlab.engine.ahead import AtOnce, Later, busy
from nnlab.engine.reservations import Patience, Reservations
from nnlab.learn import Trial
from nnlab.study import Inputs, Preset, Request, Static, Study, Traced

MAIN = threading.main_thread()


def test_what_is_made_later_is_there_when_it_is_taken():
    for kind in (Later, AtOnce):
        making = kind(lambda: threading.current_thread())
        assert (making.result() is MAIN) == (kind is AtOnce)
        assert making.seconds > 0 and making.waited > 0
    assert not busy()


def test_what_was_ready_was_not_waited_for():
    making = Later(lambda: time.sleep(0.2))
    assert busy()
    time.sleep(0.3)
    making.result()
    assert making.waited < 0.1 < making.seconds


@pytest.mark.parametrize("kind", [Later, AtOnce])
def test_its_error_is_raised_where_it_is_taken_and_not_before(kind):
    making = kind(lambda: 1 / 0)
    time.sleep(0.01)
    with pytest.raises(ZeroDivisionError):
        making.result()


def test_settings_of_the_thread_that_asks_hold_in_the_background():
    with jax.enable_x64(True), jax.default_matmul_precision("float32"):
        making = Later(lambda: (jnp.zeros(1).dtype, jax.config.jax_default_matmul_precision))
    assert making.result() == (jnp.float64, "float32")
    assert Later(lambda: jnp.zeros(1).dtype).result() == jnp.float32


def test_ctrl_c_does_not_wait_for_the_background():
    began = time.perf_counter()
    making = Later(lambda: time.sleep(5))
    timer = threading.Timer(0.2, lambda: __import__("_thread").interrupt_main())
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        making.result()
    assert time.perf_counter() - began < 4


LEAVING = """
import sys, time
import jax, jax.numpy as jnp
from nnlab.engine.ahead import Later

def compile_slowly():
    def f(x):
        for i in range(120):
            x = jnp.sin(x @ x) + i * jnp.cos(x)
        return x
    jax.jit(f).lower(jnp.ones((30, 30))).compile()

Later(compile_slowly)
time.sleep(0.5)
{leave}
"""


@pytest.mark.parametrize(
    "leave", ["sys.exit(3)", "from nnlab.cli import _fail; _fail('stopped', 130)"]
)
def test_a_process_that_ends_while_the_compiler_works_ends_as_it_should(leave):
    """Unless it waits or leaves at once, the compiler's thread aborts it: exit code -6."""
    code = LEAVING.format(leave=leave)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == (3 if "3)" in leave else 130), done.stderr


class Log:
    """What compiles and what runs, in order, and in which thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[str] = []
        self.elsewhere: set[str] = set()
        self.failing = ""
        compile_, run_ = workshop.compiled_program, task.run_chunk

        def compiled(study, program, data):
            name = dict(program.static)["optimizer"]
            self.lines.append(f"compile {name}")
            if threading.current_thread() is not MAIN:
                self.elsewhere.add(name)
            if name == self.failing:
                raise jax.errors.JaxRuntimeError(f"INTERNAL: {name}")
            return compile_(study, program, data)

        def ran(*arguments, **named):
            # Long enough for what is being compiled to be heard of.
            deadline = time.perf_counter() + 10
            while busy() and time.perf_counter() < deadline:
                time.sleep(0.01)
            result = run_(*arguments, **named)
            self.lines.append("run")
            return result

        monkeypatch.setattr(workshop, "compiled_program", compiled)
        monkeypatch.setattr(task, "run_chunk", ran)
        monkeypatch.setattr(programs, "_compiled", {})
        monkeypatch.setattr(runner, "overlaps", lambda machine: True)


def three_programs() -> Request:
    """Of little code each, for they are compiled for each test anew."""

    def trial(key, p, d):
        def step(i, state):
            return state * {"momentum": 2, "sgd": 3, "adam": 5}[p.optimizer] / (i + p.rate)

        return Trial(lambda: jax.random.normal(key, ()), step, lambda state: {"state": state})

    factors = {"optimizer": Static("momentum", "sgd", "adam"), "rate": Traced(1.0, 2.0)}
    return request_of(
        Study(name="three", trial=trial, factors=factors, presets={"quick": Preset(4, steps=3)})
    )


def test_one_program_is_compiled_ahead_while_another_runs(on, tmp_path, monkeypatch):
    on(machine(lanes=8))
    log = Log(monkeypatch)
    table_of(three_programs(), tmp_path)
    kept = list(dict.fromkeys(log.lines))
    assert kept == ["compile momentum", "compile sgd", "run", "compile adam"]
    assert log.elsewhere == {"sgd", "adam"}
    # While the first runs, only the second is compiled.
    first_run = log.lines.index("run")
    assert log.lines[:first_run] == ["compile momentum", "compile sgd"]


def test_an_error_in_the_background_belongs_to_its_program(on, tmp_path, monkeypatch):
    on(machine(lanes=8))
    log = Log(monkeypatch)
    log.failing = "sgd"
    request = three_programs()
    store = records.Store(tmp_path)
    outcome = engine.run(request, store, Inputs(request.study))
    assert [str(failure) for failure in outcome.failures] == [
        "optimizer sgd: JaxRuntimeError: INTERNAL: sgd"
    ]
    assert set(store.read()[0].optimizer) == {"momentum", "adam"}


def test_what_others_work_on_is_not_compiled_ahead(on, tmp_path, monkeypatch):
    on(machine(lanes=8))
    log = Log(monkeypatch)
    request = three_programs()
    inputs, store = Inputs(request.study), records.Store(tmp_path)
    keys = records.trial_keys(request, inputs)
    other = Reservations(tmp_path / "reserved")
    program = engine.plan(request, store, inputs).programs[1]
    held = [
        other.of(
            [keys[s, program.cells[c]] for b in chunk.blocks for s in b.seeds for c in b.cells]
        )
        for chunk in program.chunks
    ]
    assert all([one.__enter__() for one in held])

    class Heard(engine.Silent):
        def waiting(self, chunks):
            assert "compile sgd" not in log.lines
            for one in held:
                one.__exit__(None, None, None)

    engine.run(request, store, inputs, Heard(), patience=Patience(look=0.02))
    assert list(dict.fromkeys(log.lines)) == [
        *("compile momentum", "compile adam", "run", "compile sgd"),
    ]


def test_the_same_bits_with_and_without(on, tmp_path, monkeypatch):
    on(machine(lanes=2))
    request = three_programs()
    tables = []
    for overlap in (True, False):
        monkeypatch.setattr(programs, "_compiled", {})
        monkeypatch.setattr(runner, "overlaps", lambda machine, overlap=overlap: overlap)
        tables.append(table_of(request, tmp_path / str(overlap)))
    assert tables[0].equals(tables[1])


def test_double_precision_of_the_main_thread_reaches_the_compiler(on, tmp_path, monkeypatch):
    on(machine(lanes=8))
    log = Log(monkeypatch)
    request = three_programs()
    with jax.enable_x64(True):
        outcome = engine.run(request, records.Store(tmp_path), Inputs(request.study))
    assert not outcome.failures and log.elsewhere == {"sgd", "adam"}
