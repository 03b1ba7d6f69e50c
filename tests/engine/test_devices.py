"""Devices: what is asked for is there or told in one line; LAPACK neither stalls nor deadlocks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from small_studies import irises, machine, request_of, table_of
from threadpoolctl import threadpool_info

from nnlab import engine
from nnlab.engine import devices, segments
from nnlab.errors import NnlabError
from nnlab.learn import Trial
from nnlab.study import Preset, Study

# A study of decompositions: 80 times 3 of [100, 100] on each of two devices.
DECOMPOSING = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, {folder!r})
from small_studies import machine, request_of, table_of
import jax, jax.numpy as jnp
from nnlab import engine
from nnlab.engine import runner
from nnlab.learn import Trial
from nnlab.study import Preset, Study, Traced

engine.configure()
assert len(jax.local_devices()) == 2
runner.machine = lambda: machine(lanes=80)
runner.check_backend = lambda: None

def trial(key, p, d):
    x = jax.random.normal(key, (100, 100)) + p.shift * jnp.eye(100)

    def corner(phase, i):
        if phase != {phase!r}:
            return 1.0
        # Independent of one another: all the threads there are could be at one of them.
        y = x + i
        return jnp.linalg.qr(y)[1][0, 0] + jnp.linalg.svd(y)[1][0] + jnp.linalg.det(y)

    return Trial(lambda: jnp.float32(corner("init", 0)), lambda i, s: s + corner("step", i),
                 lambda s: {{"total": s + corner("measure", 1)}})

study = Study(name="qr", trial=trial, factors={{"shift": Traced(*range(10))}},
              presets={{"quick": Preset(seeds=16, steps=3)}})
print(len(table_of(request_of(study), Path(tempfile.mkdtemp()))))
"""


def python(code: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | environment,
    )


@pytest.mark.parametrize(
    "phase", ["step", *(pytest.param(p, marks=pytest.mark.slow) for p in ("init", "measure"))]
)
def test_lapack_on_two_devices_finishes(phase):
    """With lanes side by side it hung in each of 6 runs on two cores."""
    code = DECOMPOSING.format(folder=str(Path(__file__).parent), phase=phase)
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["160"]


def test_a_trial_that_factorises_a_batch_is_refused_on_a_cpu(on, tmp_path):
    """It would hang: the lanes can take turns, what is inside a lane is the study's own."""
    on(machine(lanes=2))

    def trial(key, p, d):
        x = jax.random.normal(key, (3, 5, 5))
        return Trial(lambda: jnp.linalg.svd(x)[1].sum(), lambda i, s: s, lambda s: {"m": s})

    study = Study(name="svds", trial=trial, presets={"quick": Preset(1, 1)})
    with pytest.raises(NnlabError, match=r"svds: its trial factorises 3 matrices.*jax.lax.map"):
        table_of(request_of(study), tmp_path)


def test_a_run_gives_lapack_one_thread_and_gives_the_others_back(on, tmp_path, monkeypatch):
    on(machine(lanes=2))

    def threads() -> set[int]:
        return {i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}

    import scipy.linalg  # noqa: F401

    before, within, took = threads(), [], segments.Pace.took

    def looked(pace, steps, seconds):
        within.append(threads())
        took(pace, steps, seconds)

    monkeypatch.setattr(segments.Pace, "took", looked)
    table_of(request_of(irises(seeds=1)), tmp_path)
    assert within and all(found == {1} for found in within)
    assert threads() == before


def test_one_thread_each_loads_the_lapack_that_it_limits():
    """JAX takes LAPACK from SciPy, and only a library that is loaded can be limited."""
    code = (
        "import sys; from nnlab.engine.devices import one_thread_each\n"
        "from threadpoolctl import threadpool_info\n"
        "with one_thread_each():\n"
        "    assert 'scipy.linalg' in sys.modules\n"
        "    print({i['num_threads'] for i in threadpool_info() if i['user_api'] == 'blas'})"
    )
    done = python(code)
    assert done.stdout.strip() == "{1}", done.stderr


def test_an_unknown_device_is_told_with_those_there_are():
    with pytest.raises(NnlabError, match=r"^unknown device 'quantum': choose from auto, cpu, gpu"):
        engine.configure("quantum")


needs_no_gpu = pytest.mark.skipif(
    any(Path("/dev").glob("nvidia[0-9]*")), reason="there is a GPU here"
)


@needs_no_gpu
@pytest.mark.parametrize("device", ["gpu", "tpu"])
def test_an_absent_device_is_told_in_one_line_and_another_may_be_asked_for_then(device):
    """In a fresh process, where JAX has not started, and in this one, where it has."""
    code = (
        "from nnlab import engine\n"
        "from nnlab.errors import NnlabError\n"
        "try:\n"
        f"    engine.configure({device!r})\n"
        "except NnlabError as error:\n"
        "    print(error)\n"
        "engine.configure()\n"
        "print(engine.machine().kind)"
    )
    done = python(code)
    told, kind = done.stdout.splitlines()
    assert told.startswith(f"no {device} device here: ") and kind == "cpu"
    with pytest.raises(NnlabError) as caught:
        engine.configure(device)
    assert str(caught.value) == f"no {device} device here: there is: cpu"
    engine.configure("auto")
    assert {d.platform for d in jax.devices()} == {"cpu"}


def test_there_is_a_device_for_each_core_unless_the_user_says_otherwise():
    code = "from nnlab import engine; engine.configure(); print(engine.machine().devices)"
    asked = python(code, JAX_NUM_CPU_DEVICES="3")
    assert asked.stdout.split() == ["3"], asked.stderr
    left = {n: v for n, v in os.environ.items() if n != "JAX_NUM_CPU_DEVICES"}
    free = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=left)
    assert free.stdout.split() == [str(devices.cores())], free.stderr


def test_a_backend_that_has_started_is_used_as_it_is():
    code = (
        "import jax; jax.config.update('jax_num_cpu_devices', 1); jax.devices()\n"
        "from nnlab import engine; engine.configure('cpu'); print(engine.machine().devices)"
    )
    done = python(code)
    assert done.stdout.split() == ["1"], done.stderr


def test_the_devices_in_words():
    assert engine.device_lines() == ["device 0: cpu, cpu", "device 1: cpu, cpu"]
    assert engine.machine().kind == "cpu" and engine.machine().devices == 2
    assert devices.arithmetic() == {"matmul_precision": "highest", "x64": False}


@pytest.mark.parametrize(
    ("call", "environment", "kept"),
    [
        ("engine.configure()", {}, True),
        ("engine.configure(compile_cache=False)", {}, False),
        ("engine.configure()", {"NNLAB_COMPILE_CACHE": "0"}, False),
        ("engine.configure()", {"NNLAB_COMPILE_CACHE": "1"}, True),
    ],
)
def test_compiled_programs_are_kept_unless_switched_off(tmp_path, call, environment, kept):
    """In the user's folder, one for each version of jaxlib."""
    code = (
        f"from nnlab import engine; {call}\nimport jax, jaxlib, jax.numpy as jnp\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)\n"
        "jax.jit(lambda x: jnp.sin(x @ x))(jnp.ones((9, 9)))\nprint(jaxlib.__version__)"
    )
    done = python(code, NNLAB_CACHE=str(tmp_path), **environment)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "compiled" / f"jaxlib-{done.stdout.strip()}"
    assert any(folder.glob("*")) == kept
