"""Every study, one after another, and in the end a line on each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from nnlab.errors import Incomplete, NnlabError

if TYPE_CHECKING:
    from nnlab.conclusions import Conclusion

__all__ = ["every_study"]


def every_study(run: Callable[[str], Conclusion], fail_fast: bool = False) -> int:
    """Run all studies that are found; one that fails does not keep the others from running.

    Returns the exit code: that of the first failure, 2 for a bad study or 1 for one that is
    incomplete, else 0. With `fail_fast` nothing is run after a failure.
    """
    from nnlab.console import clock
    from nnlab.study import find_studies

    lines, code = [], 0
    for found in find_studies():
        typer.echo(f"== {found.name}", err=True)
        began = time.perf_counter()
        try:
            told = _verdicts(run(found.name))
        except NnlabError as error:
            typer.echo(f"error: {error}", err=True)
            incomplete = isinstance(error, Incomplete)
            told, code = f"error: {error}", code or (1 if incomplete else 2)
        _forget_programs()
        lines.append((found.name, clock(time.perf_counter() - began), told))
        if code and fail_fast:
            break
    if not lines:
        raise NnlabError("no studies here; write one with: nnlab new NAME")
    widths = [max(len(line[k]) for line in lines) for k in (0, 1)]
    for name, seconds, told in lines:
        typer.echo(f"{name:<{widths[0]}}  {seconds:>{widths[1]}}  {told}")
    return code


def _verdicts(conclusion: Conclusion) -> str:
    counts = Counter(verdict.verdict for verdict in conclusion.verdicts)
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return "; ".join([told or "no claims", *conclusion.problems])


def _forget_programs() -> None:
    """The next study has other programs: those of this one would only hold memory."""
    import jax

    jax.clear_caches()
