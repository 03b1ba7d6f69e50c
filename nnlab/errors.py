"""The one error that users see: a single line saying what is wrong, where, and what to do."""

from __future__ import annotations

__all__ = ["NnlabError"]


class NnlabError(Exception):
    """Bad input, told in one line; the command line prints it and exits with code 2."""
