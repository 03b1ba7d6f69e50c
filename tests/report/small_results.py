"""Results of three small studies as runs leave them, one of them with markup in every text."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image

EVIL = '"><script>document.title = "hurt"</script><img src=x onerror="document.title = \'hurt\'">'

VERDICTS = (
    "claim,verdict,estimate,low,high,level,n,region,effect,together,method,"
    "statement,source,why,note"
)
FACTORS = [
    {"name": "width", "kind": "sized", "about": "units", "values": [2, 8]},
    {"name": "optimizer", "kind": "static", "about": "", "values": ["sgd"]},
    {"name": "rate", "kind": "traced", "about": "", "values": [0.1]},
]
DATA = {
    "name": "iris",
    "about": "flowers",
    "fingerprint": "ab" * 32,
    "classes": 3,
    "train": 100,
    "validation": 0,
    "test": 50,
    "shape": [4],
}


def png(colour: str = "steelblue") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1400, 560), colour).save(buffer, "PNG")
    return buffer.getvalue()


def write_study(out: Path, name: str, title: str, topic: str, rows: list[str], **more) -> Path:
    """One folder of results; `more` goes into study.json and provenance.json."""
    folder = out / name / "standard"
    folder.mkdir(parents=True)
    (folder / "verdicts.csv").write_text("\n".join([VERDICTS, *rows]) + "\n")
    (folder / "summary.csv").write_text(
        "width,n,diverged,error,error_low,error_high\n2,8,0,50.25,49,51.5\n8,8,3,40.125,39,41\n"
    )
    (folder / f"{name}_figure.png").write_bytes(png())
    (folder / f"{name}_figure.csv").write_text("panel,x,y\na,1,2\n")
    (folder / f"{name}_figure.txt").write_text(
        f"What {title} shows.\n\nBands: 95% interval over seeds, n = 8.\n\n"
        f"Made by: nnlab run {name}\nversions: nnlab 0.1.0\n"
    )
    study = {
        "study": name,
        "title": f"{title}.",
        "card": f"{title}.\n\nQuestion: what about {title}?\nand more?\nReference: Someone 2020.\n",
        "topic": topic,
        "preset": "standard",
        "seeds": 8,
        "settings": 2,
        "trials": 16,
        "steps": [100],
        "recorded": [1],
        "factors": FACTORS,
        "data": [DATA],
        "figures": [f"{name}_figure"],
    }
    origin = {
        "time": f"2026-01-0{len(name) % 9 + 1}T00:00:00+00:00",
        "command": f"nnlab run {name}",
        "versions": {"nnlab": "0.1.0"},
        "commit": "abc",
        "seeds": 8,
        "trials": 14,
        "asked": 16,
        "devices": ["cpu: cpu"],
    }
    for told in (study, origin):
        told.update({key: value for key, value in more.items() if key in told})
    (folder / "study.json").write_text(json.dumps(study))
    (folder / "provenance.json").write_text(json.dumps(origin))
    return folder


def row(claim: str, verdict: str, statement: str, source: str = "", note: str = "") -> str:
    cells = [claim, verdict, "1.5", "0.5", "2.5", "0.95", "8", "> 0", "0.8", "yes", "BCa"]
    return ",".join('"' + c.replace('"', '""') + '"' for c in [*cells, statement, source, "", note])
