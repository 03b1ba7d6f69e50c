from __future__ import annotations

import pkgutil
import subprocess
import sys

from nnlab import learn


def test_every_public_name_exists():
    for name in learn.__all__:
        assert getattr(learn, name) is not None


def test_no_public_name_is_also_a_module():
    # Python binds an imported submodule to its name in the package, and would hide the function.
    modules = {module.name for module in pkgutil.iter_modules(learn.__path__)}
    assert not modules & set(learn.__all__)


def test_importing_the_room_loads_no_jax():
    program = "import sys; from nnlab import learn; dir(learn); assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
