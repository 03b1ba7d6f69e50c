"""Display: results as Jupyter shows them, claims with their verdicts and figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .reading import Results, read_results
from .wording import interval, number

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Shown"]


@dataclass(frozen=True, eq=False)
class Shown:
    """Results that a notebook shows as a table of verdicts and the figures; text elsewhere."""

    results: Results

    @classmethod
    def of(cls, folder: Path) -> Shown:
        """What lies in a folder of results. Raises `NnlabError` where nothing is judged yet."""
        return cls(read_results(folder))

    @property
    def verdicts(self) -> DataFrame:
        """One row per claim: verdict, estimate, interval, n, region and statement."""
        import pandas as pd

        columns = ("claim", "verdict", "estimate", "low", "high", "n", "region", "statement")
        rows = [[getattr(j, column) for column in columns] for j in self.results.judgements]
        return pd.DataFrame(rows, columns=list(columns))

    def __repr__(self) -> str:
        head = f"{self.results.title} ({self.results.name}, {self.results.label})"
        lines = [
            f"{j.verdict:>12}  {j.claim}: {number(j.estimate)} {interval(j.low, j.high)}, "
            f"n = {j.n}, wanted {j.region}"
            for j in self.results.judgements
        ]
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        from .pages import fragment

        return fragment(self.results)
