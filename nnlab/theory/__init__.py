"""What is known beforehand: exact theory and published points, in NumPy and pandas only."""

from __future__ import annotations

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
