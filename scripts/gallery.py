"""Make the gallery again: every study at preset standard, and the README's grid of pictures.

    scripts/gallery.py           run what is not recorded yet, judge, draw, rewrite the grid
    scripts/gallery.py --drawn   judge and draw from what is recorded, rewrite the grid
    scripts/gallery.py --grid    rewrite the grid from the pictures and verdicts that lie there

What it leaves below results/ is committed; the records are not.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from html import escape
from pathlib import Path

from nnlab.errors import NnlabError
from nnlab.files import write_atomically
from nnlab.report import Results, find_results

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- gallery: made by scripts/gallery.py -->", "<!-- gallery ends -->"
COLUMNS = 2
ORDER = ("supported", "refuted", "inconclusive", "not tested", "failed")


def main(arguments: list[str]) -> int:
    """Returns 1 where a study failed; the others are made all the same."""
    if arguments not in ([], ["--drawn"], ["--grid"]):
        print(__doc__, file=sys.stderr)
        return 2
    command = "figures" if arguments == ["--drawn"] else "run"
    names = [] if arguments == ["--grid"] else sorted(p.stem for p in ROOT.glob("studies/*.py"))
    failed = []
    for name in names:
        call = [sys.executable, "-m", "nnlab", command, name, "--preset", "standard"]
        if subprocess.run(call, cwd=ROOT, check=False).returncode:
            failed.append(name)
    readme = ROOT / "README.md"
    text = with_grid(readme.read_text(encoding="utf-8"), grid(ROOT / "results"))
    write_atomically(readme, text.encode("utf-8"))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def grid(results: Path) -> str:
    """Every study with a picture: its first figure, title and verdicts, as an HTML table."""
    studies = [study for study in find_results(results, [], "standard") if study.pictures]
    cells = [_cell(study) for study in studies]
    rows = [cells[k : k + COLUMNS] for k in range(0, len(cells), COLUMNS)]
    lines = [line for row in rows for line in ("<tr>", *row, "</tr>")]
    return "\n".join([BEGIN, "<table>", *lines, "</table>", END])


def with_grid(text: str, made: str) -> str:
    """The text with its grid replaced. Raises `NnlabError` where it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NnlabError(f"README.md has no lines {BEGIN} and {END}; the grid goes between them")
    return before + made + after


def _cell(study: Results) -> str:
    folder = f"results/{study.name}/{study.label}"
    counts = Counter(judgement.verdict for judgement in study.judgements)
    verdicts = ", ".join(f"{counts[v]} {v}" for v in ORDER if counts[v])
    title, picture = escape(study.title), escape(study.pictures[0].name)
    return (
        f'<td width="50%" valign="top"><a href="{folder}">'
        f'<img src="{folder}/{picture}.png" width="400" alt="{title}"></a><br>'
        f"<code>{escape(study.name)}</code>: {title}. <i>Claims: {verdicts or 'none'}.</i></td>"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
