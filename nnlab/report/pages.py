"""Pages: results as what a template shows, and the templates filled."""

from __future__ import annotations

import base64
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .diagram import diagram_of
from .method import caveats_of, method_of
from .reading import Picture, Results
from .wording import and_list, counted, interval, number

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["VERDICTS", "file_name", "fragment", "index_page", "study_page"]

VERDICTS = ("supported", "refuted", "inconclusive", "not tested", "failed")
MOST_ROWS = 400
_THUMBNAIL = (720, 420)


@dataclass(frozen=True)
class Cell:
    """A number of the summary with its interval, or a plain value."""

    text: str
    interval: str = ""


def study_page(results: Results) -> str:
    """The page of one study, complete in itself."""
    return _render("study.html", **_study(results))


def index_page(every: Sequence[Results]) -> str:
    """The page of all studies, each linked to the page beside it."""
    studies = [
        {
            "name": r.name,
            "title": r.title,
            "file": quote(file_name(r)),
            "question": r.card.get("Question", ""),
            "topic": r.topic or "other",
            "time": str(r.provenance.get("time", "")),
            "trials": _count(r.provenance.get("trials")),
            "seeds": _count(r.provenance.get("seeds")),
            "judgements": r.judgements,
            "verdicts": _tally(r),
            "picture": _thumbnail(r.pictures[0]) if r.pictures else "",
            "alt": _alt(r.pictures[0]) if r.pictures else "",
        }
        for r in sorted(every, key=lambda r: r.title.casefold())
    ]
    tally = {v: sum(s["verdicts"].get(v, 0) for s in studies) for v in VERDICTS}
    return _render(
        "index.html",
        studies=studies,
        tally={verdict: count for verdict, count in tally.items() if count},
        topics=sorted({s["topic"] for s in studies}),
        trials=sum(s["trials"] for s in studies),
    )


def fragment(results: Results) -> str:
    """The judged claims and the figures of one study, to stand inside another page."""
    return _render("results.html", **_study(results))


def file_name(results: Results) -> str:
    """The file of a study's page; study names are unique, `index` alone is taken."""
    return f"{results.name}.html" if results.name != "index" else "index_study.html"


def _study(results: Results) -> dict[str, Any]:
    columns, rows = _summary(results)
    card = results.card
    return {
        "name": results.name,
        "label": results.label,
        "title": results.title,
        "topic": results.topic,
        "question": card.get("Question", ""),
        "reference": card.get("Reference", ""),
        "expected": card.get("Expected result", ""),
        "found": card.get("Found", ""),
        "claims": [(judgement, diagram_of(judgement)) for judgement in results.judgements],
        "verdicts": _tally(results),
        "pictures": [
            {
                "name": p.name,
                "src": _uri("image/png", p.png),
                "size": _size(p.png),
                "alt": _alt(p),
                "caption": p.caption,
                "csv": _uri("text/csv", p.csv.encode()) if p.csv else "",
            }
            for p in results.pictures
        ],
        "method": method_of(results.study, results.provenance),
        "columns": columns,
        "rows": rows[:MOST_ROWS],
        "more_rows": max(0, len(rows) - MOST_ROWS),
        "summary_csv": _uri("text/csv", results.summary.to_csv(index=False).encode()),
        "caveats": caveats_of(
            results.study,
            results.provenance,
            _diverged(results),
            [(j.claim, j.note.rstrip(".")) for j in results.judgements if j.note],
        ),
        "provenance": _provenance(results),
        "references": _references(results),
    }


def _tally(results: Results) -> dict[str, int]:
    counts = {v: sum(j.verdict == v for j in results.judgements) for v in VERDICTS}
    return {verdict: count for verdict, count in counts.items() if count}


def _summary(results: Results) -> tuple[list[str], list[list[Cell]]]:
    """Column names, and the rows, each mean together with the ends of its interval."""
    frame = results.summary
    ends = {f"{c}{end}" for c in frame for end in ("_low", "_high") if f"{c}{end}" in frame}
    columns = [str(c) for c in frame if c not in ends]
    return columns, [[_cell(row, c) for c in columns] for row in frame.to_dict("records")]


def _cell(row: dict[Any, Any], column: str) -> Cell:
    text = str(row[column])
    try:
        value = float(text)
    except ValueError:
        return Cell(text)
    if f"{column}_low" not in row:
        return Cell(f"{value:g}".replace("-", "−"))
    try:
        low, high = float(row[f"{column}_low"]), float(row[f"{column}_high"])
    except ValueError:
        low = high = math.nan
    return Cell(number(value), interval(low, high))


def _diverged(results: Results) -> int:
    if "diverged" not in results.summary:
        return 0
    return sum(_count(value) for value in results.summary["diverged"])


def _count(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _provenance(results: Results) -> list[tuple[str, str, bool]]:
    """What is known of the run: name, value, whether it is something one types."""
    origin = results.provenance
    versions = origin.get("versions")
    told = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""
    devices = origin.get("devices")
    lines = [
        ("command", origin.get("command"), True),
        ("study", f"{results.name}, version {origin.get('study_version', 1)}", False),
        ("trials", f"{_count(origin.get('trials')):,} of {_count(origin.get('asked')):,}", False),
        ("commit", origin.get("commit"), True),
        ("time", str(origin.get("time", "")).replace("T", " ").replace("+00:00", " UTC"), False),
        ("device", and_list(map(str, devices)) if isinstance(devices, list) else "", False),
        ("system", origin.get("system"), False),
        ("Python", origin.get("python"), False),
        ("versions", told, False),
    ]
    return [(name, str(value), code) for name, value, code in lines if value] if origin else []


def _references(results: Results) -> list[tuple[str, list[str]]]:
    """Each source once, with the claims that name it."""
    named: dict[str, list[str]] = {}
    for judgement in results.judgements:
        for source in filter(None, (part.strip() for part in judgement.source.split(";"))):
            named.setdefault(source, []).append(judgement.claim)
    return list(named.items())


def _alt(picture: Picture) -> str:
    """What the picture shows, in the words of its caption without what made it."""
    told = [p for p in picture.caption if p and not p.startswith("Made by:")]
    return " ".join(" ".join(told).split()) or f"Figure {picture.name}"


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, so that the page does not jump while pictures appear."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    return (width, height) if png[:8] == b"\x89PNG\r\n\x1a\n" else (0, 0)


def _thumbnail(picture: Picture) -> str:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(picture.png)).convert("RGB")
    except OSError:
        return _uri("image/png", picture.png)
    image.thumbnail(_THUMBNAIL, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return _uri("image/png", buffer.getvalue())


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """Everything a study says is escaped; only our own style and script go in as they are.

    The pages allow just these two, by their hashes: a script that came in some other way would
    not run.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("nnlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _asset("style.css"), _asset("page.js")
    environment.globals.update(
        style=Markup(style),
        script=Markup(script),
        policy="default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'",
    )
    environment.filters.update(number=number, interval=interval, counted=counted)
    return environment


def _asset(name: str) -> str:
    # A page may be written with other line ends than the template: what is hashed has one kind.
    text = (resources.files("nnlab.report") / "templates" / name).read_text(encoding="utf-8")
    return "\n" + text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
