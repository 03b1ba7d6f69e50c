"""Figures for papers: declared as data, drawn in one theme, written with what they show.

Takes estimates (a value with its interval at each x), never raw runs, and needs no JAX.
All text is plain text: Unicode letters (σ², ‖w‖), no TeX, so that no label can break a figure.
"""

from __future__ import annotations

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
