"""Sources of chance told apart: every stream of a trial drawn anew by itself.

A seed moves everything at once: initial weights, minibatches, noisy labels. To see which of them
causes the spread, each seed's trial is run again with one stream drawn anew and the others as they
were, and once with all drawn anew. `analysis.variance_shares` reads the shares off the table.

The flags that say which streams are drawn anew are factors like any other, traced and therefore
free of compiles, and part of each trial's key; a study knows nothing of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nnlab.engine.probe import cost_model
from nnlab.errors import NnlabError
from nnlab.nn import FactoredKey
from nnlab.study import Cell, Inputs, Request, Settings, Study, Traced

__all__ = ["PREFIX", "factored", "streams_of"]

PREFIX = "redrawn_"
_OTHERS = "others"


def streams_of(request: Request, inputs: Inputs) -> tuple[str, ...]:
    """The named streams that the trials of a request draw from, found by tracing them."""
    asked: set[str] = set()
    study = request.study

    def trial(key: Any, p: Any, data: Any) -> Any:
        return study.trial(FactoredKey(key, {}, asked), p, data)

    try:
        _trace(replace(study, trial=trial), request, inputs)
    except NnlabError as error:
        _trace(study, request, inputs)  # a study that is broken itself says so here
        raise NnlabError(
            f"study {study.name}: its trial uses its key in another way than nn.stream(key, "
            "'name'), so that its sources of chance cannot be told apart: draw from named streams"
        ) from error
    return tuple(sorted(asked))


def factored(request: Request, sources: Sequence[str], inputs: Inputs) -> Request:
    """The request with every trial in s + 2 versions: as it is, all drawn anew, each source anew.

    `sources` are names of streams; those that are not named make up one more source, `others`.
    Without any, each stream is a source. Raises `NnlabError` for a stream that no trial draws
    from, and where there is nothing to tell apart.
    """
    streams = streams_of(request, inputs)
    for name in sources:
        if name not in streams:
            known = ", ".join(streams) or "none"
            raise NnlabError(
                f"study {request.study.name}: no stream {name!r}; it draws from {known}"
            )
    groups: dict[str, tuple[str, ...]] = {
        name: (name,) for name in dict.fromkeys(sources or streams)
    }
    rest = tuple(name for name in streams if name not in groups)
    if rest:
        groups[_OTHERS] = rest
    if len(groups) < 2:
        raise NnlabError(
            f"study {request.study.name}: it draws from {', '.join(streams) or 'no stream'} only, "
            "so that there are no sources to tell apart"
        )
    flags = {PREFIX + re.sub(r"\W", "_", name): names for name, names in groups.items()}
    versions = [{name: 0.0 for name in flags}, {name: 1.0 for name in flags}]
    versions += [{name: float(name == one) for name in flags} for one in flags]
    cells = tuple(
        Cell((*cell.values, *version.items()), cell.steps, cell.record)
        for cell in request.cells
        for version in versions
    )
    study = _with_flags(request.study, flags)
    label = f"{request.label}+factor-seeds" + ("=" + ",".join(sources) if sources else "")
    return replace(request, study=study, label=label, cells=cells)


def _trace(study: Study, request: Request, inputs: Inputs) -> None:
    """Trace the trial of every cell whose program differs."""
    cost_of = cost_model(study, inputs)
    sized = [name for name, factor in study.factors.items() if factor.kind == "sized"]
    for cell in request.cells:
        cost_of(cell, {name: cell.settings[name] for name in sized})


def _with_flags(study: Study, flags: dict[str, tuple[str, ...]]) -> Study:
    """The study with a factor for each source, and neither claims nor figures of its own."""

    def trial(key: Any, p: Any, data: Any) -> Any:
        redrawn = {stream: p[flag] for flag, streams in flags.items() for stream in streams}
        own = Settings({name: p[name] for name in p if name not in flags})
        return study.trial(FactoredKey(key, redrawn, set()), own, data)

    factors = {
        flag: Traced(0.0, low=0, high=1, about=f"1 where {', '.join(streams)} is drawn anew")
        for flag, streams in flags.items()
    }
    return replace(study, trial=trial, factors={**study.factors, **factors}, claims=(), figures=())
