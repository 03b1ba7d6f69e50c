from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import pytest
from small_studies import Machine

from nnlab import engine
from nnlab.engine import runner


@pytest.fixture(scope="session", autouse=True)
def _two_devices() -> None:
    """The engine set up as the lab does; tests/conftest.py asks for two CPU devices."""
    engine.configure()
    assert len(jax.local_devices()) == 2


@pytest.fixture(autouse=True)
def _quick_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend is taken as checked, except where the canaries themselves are tested."""
    monkeypatch.setattr(runner, "check_backend", lambda: None)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[Machine], None]:
    """Call it with a `Machine`: what is run after that is planned for it."""
    return lambda chosen: monkeypatch.setattr(runner, "machine", lambda: chosen)


@pytest.fixture
def compiles() -> Iterator[list[str]]:
    """Names of the functions that the backend compiles from now on, helpers and all."""
    names: list[str] = []

    def heard(event: str, duration: float, **more: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            names.append(str(more.get("fun_name", "")))

    jax.monitoring.register_event_duration_secs_listener(heard)
    yield names
    jax.monitoring.unregister_event_duration_listener(heard)
