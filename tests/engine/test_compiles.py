"""One compile a program, counted in the backend; what only changes numbers compiles nothing."""

from __future__ import annotations

from pathlib import Path

import jax
import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab import engine
from nnlab.engine import programs
from nnlab.study import Static


@pytest.fixture(autouse=True)
def _no_program_is_known(monkeypatch):
    """Neither from another test nor from the cache on disk (which would still be counted)."""
    monkeypatch.setattr(programs, "_compiled", {})
    jax.clear_caches()


class Heard(engine.Silent):
    """Remembers what the engine tells."""

    def __init__(self) -> None:
        self.compiled: list[int] = []
        self.work: dict[int, float] = {}
        self.finished: list[int] = []

    def compiling(self, number, program):
        self.compiled.append(number)

    def advanced(self, number, work):
        self.work[number] = self.work.get(number, 0.0) + work

    def done(self, number, program, compile_seconds, seconds):
        assert compile_seconds >= 0 and seconds > 0
        self.finished.append(number)


def test_each_program_is_compiled_once_and_nothing_else_is(on, tmp_path, compiles):
    on(machine(lanes=2, compile_seconds=0.0))
    study, heard = irises(optimizer=Static("momentum", "sgd")), Heard()
    table_of(request_of(study), tmp_path, heard)
    # Two optimizers x two widths, each of six chunks: no helpers, no second compile.
    assert compiles == ["jit(_block)"] * 4
    assert heard.compiled == heard.finished == [0, 1, 2, 3]
    assert heard.work == pytest.approx({0: 1, 1: 1, 2: 1, 3: 1})


def test_other_numbers_compile_nothing_new(on, tmp_path, compiles):
    on(machine(lanes=2))
    table_of(request_of(irises()), tmp_path)
    for request in (
        request_of(irises(), learning_rate=(0.01, 0.3)),
        request_of(irises(), label_noise=(0.4,)),
        request_of(irises(), width=(3, 12)),
        request_of(irises(), seeds=5),
        request_of(irises(steps=20)),
        request_of(irises(steps=0)),
    ):
        before = len(compiles)
        recorded = len(list(tmp_path.iterdir()))
        table_of(request, tmp_path)
        assert len(list(tmp_path.iterdir())) > recorded
        assert len(compiles) == before == 1, request.label


@pytest.mark.parametrize(
    "change", [{"optimizer": ("sgd",)}, {"width": (5, 20)}], ids=["static", "capacity"]
)
def test_other_programs_are_compiled(on, tmp_path, compiles, change):
    """So that the test above can fail: what does change the program is compiled anew."""
    on(machine(lanes=2))
    table_of(request_of(irises()), tmp_path)
    table_of(request_of(irises(), **change), tmp_path)
    assert len(compiles) == 2


def test_nothing_is_compiled_where_nothing_is_left_to_run(on, tmp_path, compiles):
    on(machine(lanes=2))
    table_of(request_of(irises()), tmp_path)
    heard = Heard()
    table_of(request_of(irises()), tmp_path, heard)
    assert len(compiles) == 1 and heard.compiled == []


def test_the_cache_on_disk_serves_another_process(on, tmp_path: Path):
    """Its key holds no path, address or time of this process."""
    on(machine(lanes=2))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    hits: list[str] = []

    def heard(event: str, **more: object) -> None:
        hits.append(event)

    jax.monitoring.register_event_listener(heard)
    try:
        table_of(request_of(irises()), tmp_path / "first")
        programs._compiled.clear()
        jax.clear_caches()
        hits.clear()
        table_of(request_of(irises()), tmp_path / "second")
    finally:
        jax.monitoring.unregister_event_listener(heard)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    assert "/jax/compilation_cache/cache_hits" in hits
