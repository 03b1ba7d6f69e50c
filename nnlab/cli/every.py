"""Every study, one after another, and in the end a line on each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import typer

from nnlab.errors import Incomplete, NnlabError

if TYPE_CHECKING:
    from nnlab.conclusions import Conclusion

__all__ = ["every_study"]


def every_study(
    check: Callable[[str], Any], run: Callable[[str], Conclusion], fail_fast: bool = False
) -> int:
    """Run all studies that are found; one that fails does not keep the others from running.

    Those that `check` refuses are told before anything runs; raises `NnlabError` where it refuses
    all. Returns the exit code: 2 where a study is bad, else 1 where one is incomplete, else 0.
    With `fail_fast` nothing is run after a failure.
    """
    from nnlab.console import clock
    from nnlab.study import find_studies

    names = [found.name for found in find_studies()]
    refused = _refused(names, check)
    lines = [(name, "", f"error: {why}") for name, why in refused.items()]
    code = 2 if refused else 0
    for name in names:
        if name in refused:
            continue
        if code and fail_fast:
            break
        typer.echo(f"== {name}", err=True)
        began = time.perf_counter()
        try:
            told = _verdicts(run(name))
        except NnlabError as error:
            told = f"error: {error}"
            typer.echo(told, err=True)
            code = max(code, 1 if isinstance(error, Incomplete) else 2)
        _forget_programs()
        lines.append((name, clock(time.perf_counter() - began), told))
    _print(lines)
    return code


def _refused(names: Iterable[str], check: Callable[[str], Any]) -> dict[str, str]:
    errors: dict[str, NnlabError] = {}
    names = list(names)
    for name in names:
        try:
            check(name)
        except NnlabError as error:
            errors[name] = error
    if len(errors) == len(names):
        raise next(iter(errors.values()), NnlabError("no studies here; write one: nnlab new NAME"))
    for name, error in errors.items():
        typer.echo(f"error: {name}: {error}", err=True)
    return {name: str(error) for name, error in errors.items()}


def _print(lines: list[tuple[str, str, str]]) -> None:
    names, seconds = (max(len(line[k]) for line in lines) for k in (0, 1))
    for name, took, told in sorted(lines):
        typer.echo(f"{name:<{names}}  {took:>{seconds}}  {told}")


def _verdicts(conclusion: Conclusion) -> str:
    counts = Counter(verdict.verdict for verdict in conclusion.verdicts)
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return "; ".join([told or "no claims", *conclusion.problems])


def _forget_programs() -> None:
    """The next study has other programs: those of this one would only hold memory."""
    import jax

    jax.clear_caches()
