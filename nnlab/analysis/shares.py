"""Which source of chance causes the spread over seeds: shares of the variance.

For each seed there is the trial as it is (A), one with every source drawn anew (B), and for each
source i one with that source alone drawn anew (A_i). Half the mean square of A - B is the
variance over seeds; of A - A_i, what source i causes of it with the others held fixed; of
B - A_i, what all the others cause with source i held fixed.

Sources: Jansen, Analysis of variance designs for model output, Comput. Phys. Commun. 117 (1999),
35; Saltelli et al., Variance based sensitivity analysis of model output, Comput. Phys. Commun.
181 (2010), 259, table 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NnlabError
from .pivot import align, by_seed
from .resampling import bootstrap, of_means
from .summaries import measures_of

__all__ = ["shares_by_setting", "variance_shares"]

# As the engine names them.
_PREFIX = "redrawn_"


def variance_shares(table: pd.DataFrame, value: str, /, **where: Any) -> pd.DataFrame:
    """The share of the variance over seeds that each source causes, with its interval over seeds.

    Args:
      table: of a run with `factor_seeds`: its columns `redrawn_SOURCE` say what was drawn anew.
      value: column of the measure.
      where: factor=level, as in `by_seed`: one setting of the study.

    Returns:
      One row per source, then one "interactions". Columns: source; share, what the source causes
      by itself (its first-order index), share_low, share_high; total, with all it does together
      with others (its total index), total_low, total_high; n; deviation, the standard deviation
      over seeds in units of the measure. The shares and that of the interactions add up to 1; an
      estimate may lie a little outside 0..1. NaN where nothing varies.

    Variances need many seeds: at n = 10 an interval is about as wide as 0..1. In simulation with
    sources of 60, 30 and 10% the intervals cover 91 to 95% at 10 seeds, 93 to 95% at 30; with a
    strong interaction (a third of the variance) 86 to 94% at either.

    Raises:
      NnlabError: a table of an ordinary run, or as `by_seed`.
    """
    flags = [str(c) for c in table if str(c).startswith(_PREFIX)]
    if len(flags) < 2:
        raise NnlabError("variance_shares: run the study with factor_seeds=True (--factor-seeds)")
    versions: list[dict[str, Any]] = [dict.fromkeys(flags, 0.0), dict.fromkeys(flags, 1.0)]
    versions += [{flag: float(flag == one) for flag in flags} for one in flags]
    aligned, n = align([by_seed(table, value, **(version | where)) for version in versions])
    runs, count = np.stack(aligned, axis=1), len(flags)
    own, anew, single = runs[:, :1], runs[:, 1:2], runs[:, 2:]
    parts = [(anew - own) ** 2, (own - single) ** 2, (anew - single) ** 2]

    def shares(means: np.ndarray) -> np.ndarray:
        whole, changed, left = np.split(means, [1, 1 + count], axis=-1)
        # All over the one mean square: it errs with the others, so that the ratios err less.
        with np.errstate(all="ignore"):
            by_itself, at_all = 1 - left / whole, changed / whole
        together = 1 - by_itself.sum(-1, keepdims=True)
        return np.concatenate([by_itself, together, at_all], axis=-1)

    found = bootstrap(of_means(shares), np.concatenate(parts, axis=1))
    deviation = float(np.sqrt(runs.var(axis=0, ddof=1).mean())) if n > 1 else np.nan
    names = [flag.removeprefix(_PREFIX) for flag in flags] + ["interactions"]
    rows = []
    for i, name in enumerate(names):
        j = count + 1 + i if i < count else None
        total = [np.nan] * 3 if j is None else [e[j] for e in (found.value, found.low, found.high)]
        rows.append((name, found.value[i], found.low[i], found.high[i], *total, found.n, deviation))
    columns = ["source", "share", "share_low", "share_high", "total", "total_low", "total_high"]
    return pd.DataFrame(rows, columns=[*columns, "n", "deviation"])


def shares_by_setting(table: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame | None:
    """The variance shares of every measure at every setting of the factors; None for other runs.

    Columns: the factors that vary, `measure`, then those of `variance_shares`. At the last step.
    """
    flags = [name for name in factors if name.startswith(_PREFIX)]
    if len(flags) < 2:
        return None
    last: Any = table[table["step"] == table.groupby("trial")["step"].transform("max")]
    varying = [f for f in factors if f not in flags and last[f].nunique(dropna=False) > 1]
    groups: Any = last.groupby(varying, sort=False) if varying else [((), last)]
    parts = []
    for key, group in groups:
        setting = dict(zip(varying, key if isinstance(key, tuple) else (key,), strict=True))
        for name in measures_of(table, factors):
            if group[name].notna().any():
                shares = variance_shares(group, name)
                parts.append(pd.DataFrame({**setting, "measure": name, **dict(shares.items())}))
    return pd.concat(parts, ignore_index=True) if parts else None
