"""The one error that users see: a single line saying what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Incomplete", "NnlabError"]


class NnlabError(Exception):
    """Bad input, told in one line; the command line prints it and exits with code 2.

    Of several lines, as a file's name or a library's words may have, one is made.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(" ".join(str(text).splitlines()))


class Incomplete(NnlabError):
    """A run of which some programs failed; the command line exits with code 1.

    failures: one line each.
    missing: how many trials, of which settings, in words; empty where nothing is recorded.
    table: the tidy table of the trials that are recorded, None if there are none.
    conclusion: summary, verdicts and files drawn from that table, None if there are none.
    """

    def __init__(
        self,
        failures: Sequence[str],
        missing: str = "",
        table: Any = None,
        conclusion: Any = None,
    ) -> None:
        more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
        what = f"{missing}; the same command runs these" if missing else "nothing is recorded"
        super().__init__(f"{failures[0]}{more}; {what}")
        self.failures = tuple(failures)
        self.missing = missing
        self.table = table
        self.conclusion = conclusion
