"""Tables for papers: verdicts and summary as LaTeX, with as many digits as the intervals bear."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["fitting", "summary_latex", "verdicts_latex"]

# What pandas leaves as it is, and LaTeX's usual fonts do not have or show as something else.
_SIGNS = {
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "≤": r"$\leq$"},
    **{"≥": r"$\geq$", "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "→": r"$\to$", "²": "$^2$"},
}


def verdicts_latex(verdicts: DataFrame) -> str:
    """The table of `verdicts.csv` as a tabular of the package booktabs, a row a claim."""
    import pandas as pd

    rows = [
        {
            "claim": str(row["statement"]),
            "estimate": fitting(row["estimate"], row["low"], row["high"]),
            "region": _region(str(row["region"])),
            "n": str(row["n"]),
            "effect": _math(f"{row['effect']:.2g}")
            if math.isfinite(float(row["effect"]))
            else "--",
            "verdict": str(row["verdict"]),
        }
        for row in verdicts.to_dict("records")
    ]
    levels = sorted({f"{100 * level:.3g}" for level in verdicts["level"] if math.isfinite(level)})
    intervals = f"{' or '.join(levels)}% intervals" if levels else "no intervals"
    told = f"estimates with {intervals} over n seeds; effect in standard deviations over seeds"
    columns = ["claim", "estimate", "region", "n", "effect", "verdict"]
    table = pd.DataFrame(rows, columns=columns)
    return _tabular(table, ["claim", "verdict"], r"p{0.36\linewidth}lllll", told)


def summary_latex(summary: DataFrame) -> str:
    """The table of `summary.csv` as a tabular of the package booktabs, a row a setting."""
    import pandas as pd

    ends = [str(c) for c in summary if f"{c}_low" in summary]
    plain = [str(c) for c in summary if not str(c).endswith(("_low", "_high")) and c not in ends]
    rows = [
        {name: _plain(row[name]) for name in plain}
        | {name: fitting(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ends}
        for row in summary.to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=[*plain, *ends])
    told = "means over n seeds with 95% intervals"
    return _tabular(table, plain, "l" * len(table.columns), told)


def fitting(value: Any, low: Any, high: Any) -> str:
    r"""Value and interval in math mode, to two digits of half the interval: `$4.9\;[3.3, 6.8]$`.

    Numbers far from 1 share a power of ten. Without a finite interval: three digits of the value.
    """
    if not math.isfinite(value):
        return "--"
    known = math.isfinite(high - low)
    half = (high - low) / 2 if known else 0.0
    numbers = [value, low, high] if known else [value]
    largest = max(map(abs, numbers))
    exponent = math.floor(math.log10(largest)) if largest else 0
    power = exponent if exponent < -3 or exponent > 5 else 0
    finest = math.floor(math.log10(half)) - 1 if half else exponent - 2
    digits = max(0, power - finest)
    shown = [f"{number / 10.0**power:.{digits}f}" for number in numbers]
    # A rounded -0.00 has no sign worth printing.
    shown = [text.removeprefix("-") if float(text) == 0 else text for text in shown]
    text = rf"{shown[0]}\;[{shown[1]}, {shown[2]}]" if known else shown[0]
    if not power:
        return _math(text)
    return _math(rf"({text}) \times 10^{{{power}}}" if known else rf"{text} \times 10^{{{power}}}")


def _tabular(table: DataFrame, text: list[str], columns: str, told: str) -> str:
    """A tabular whose columns of text are escaped, and those of mathematics left alone."""
    style: Any = table.style.hide(axis="index")
    style = style.format(_signs, escape="latex", subset=text)
    style = style.format_index(_signs, escape="latex", axis="columns")
    body = style.to_latex(hrules=True, column_format=columns)
    comment = told.replace("%", r"\%")
    return f"% \\usepackage{{booktabs}}; {comment}\n{body}"


def _signs(text: Any) -> str:
    words = " ".join(str(text).split())
    for sign, written in _SIGNS.items():
        words = words.replace(sign, written)
    return words


def _region(text: str) -> str:
    """A region as `Region` writes it, in math mode where it is a formula."""
    for sign, written in {"≥": r"\geq", "≤": r"\leq", "in ": r"\in "}.items():
        text = text.replace(sign, written, 1) if text.startswith(sign) else text
    return text if text == "any number" else _math(text)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _math(text: str) -> str:
    return f"${text}$"
