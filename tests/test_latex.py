"""LaTeX tables: escaped, with the digits that the intervals bear, one row a claim or setting."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from nnlab.latex import fitting, summary_latex, verdicts_latex

VERDICTS = pd.DataFrame(
    {
        "claim": ["rises", "falls"],
        "verdict": ["supported", "failed"],
        "estimate": [4.9146, math.nan],
        "low": [3.315, math.nan],
        "high": [6.802, math.nan],
        "n": [8, 0],
        "region": ["≥ 0", "in [-1, 1]"],
        "level": [0.95, math.nan],
        "effect": [1.26, math.nan],
        "statement": ["5% of a_b & #1 <script> {x} $y$ ~ ^ \\ ≥ 2\nnew line", "It falls."],
    }
)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((4.9146, 3.315, 6.802), r"$4.9\;[3.3, 6.8]$"),
        ((-0.16379, -0.3729, 0.4458), r"$-0.16\;[-0.37, 0.45]$"),
        ((56.79, 55.5, 57.89), r"$56.8\;[55.5, 57.9]$"),
        ((1.4133, 1.38206, 1.43756), r"$1.413\;[1.382, 1.438]$"),
        ((-0.0001, -0.02, 0.02), r"$0.000\;[-0.020, 0.020]$"),
        ((123456.0, 123400.0, 123500.0), r"$123456\;[123400, 123500]$"),
        ((1e-5, 5e-6, 2e-5), r"$(1.00\;[0.50, 2.00]) \times 10^{-5}$"),
        ((1234567, 1200000, 1300000), r"$(1.235\;[1.200, 1.300]) \times 10^{6}$"),
        ((12.0, -math.inf, math.inf), "$12.0$"),
        ((-1.0, -1.0, -1.0), r"$-1.00\;[-1.00, -1.00]$"),
        ((0.0, 0.0, 0.0), r"$0.00\;[0.00, 0.00]$"),
        ((math.nan, math.nan, math.nan), "--"),
        ((math.inf, 0.0, math.inf), "--"),
    ],
)
def test_digits_fit_the_interval(numbers, text):
    assert fitting(*numbers) == text


def test_a_row_a_claim_between_rules():
    lines = verdicts_latex(VERDICTS).splitlines()
    assert lines[0].startswith(r"% \usepackage{booktabs}") and r"95\% intervals" in lines[0]
    assert [line for line in lines if line.endswith("rule")] == [
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
    ]
    rows = [line for line in lines if line.endswith(r"\\")]
    assert rows[0] == r"claim & estimate & region & n & effect & verdict \\"
    assert rows[1].endswith(r"& $4.9\;[3.3, 6.8]$ & $\geq 0$ & 8 & $1.3$ & supported \\")
    assert rows[2] == r"It falls. & -- & $\in [-1, 1]$ & 0 & -- & failed \\"


def test_no_sign_of_a_statement_is_taken_for_a_command():
    row = next(line for line in verdicts_latex(VERDICTS).splitlines() if "script" in line)
    words = row.split(" & $4.9")[0]
    assert re.match(r"5\\% of a\\_b \\& \\#1 \\textless\{\}script\\textgreater\{\} ", words)
    assert r"\{x\} \$y\$" in words and r"\textbackslash" in words and r"$\geq$ 2 new line" in words
    # What is left of special signs once the escapes and our own mathematics are taken away.
    bare = re.sub(r"\\[%&#$_{}]|\\text\w+( |\{\})|\$\\geq\$|\\space", "", words)
    assert not re.search(r"[%&#$_{}~^\\<>]", bare)


def test_a_row_a_setting():
    summary = pd.DataFrame(
        {
            "label_noise": [0.0, 0.15],
            "n": 8,
            "test_error": [56.8, 58.6],
            "test_error_low": [55.5, 57.6],
            "test_error_high": [57.9, 59.1],
        }
    )
    rows = [line for line in summary_latex(summary).splitlines() if line.endswith(r"\\")]
    assert rows[0] == r"label\_noise & n & test\_error \\"
    assert rows[2] == r"0.15 & 8 & $58.60\;[57.60, 59.10]$ \\"


def test_a_stricter_level_is_said():
    strict = VERDICTS.assign(level=[1 - 0.05 / 3, math.nan])
    assert r"98.3\% intervals" in verdicts_latex(strict)
