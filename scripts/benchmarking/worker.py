"""One process of a contender: reads questions, a line of JSON each, and answers in kind.

    python -m benchmarking.worker MODULE CORE PLATFORM

CORE is the one it is bound to before it loads anything, or `all`. The Trainer of the module is
made once; a question `{"do": NAME, ...}` calls its method of that name with the rest.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from .clock import peak_memory


def main() -> None:
    """Answer until there is nothing more to read."""
    module, core, platform = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not stand among the answers
    if core != "all" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    trainer = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if trainer is None:
                trainer = import_module(f"benchmarking.{module}").Trainer(platform)
            answer = getattr(trainer, asked.pop("do"))(**asked)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
        answers.write(json.dumps({"peak_memory": peak_memory(), **answer}) + "\n")


if __name__ == "__main__":
    main()
