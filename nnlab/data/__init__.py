"""Data sets, in NumPy only: each with a split, a fingerprint and a line about itself."""

from __future__ import annotations

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
