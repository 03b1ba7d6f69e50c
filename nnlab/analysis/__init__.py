"""Judge: intervals over seeds, comparisons, peaks, and the verdict on each claim. No JAX here.

The seed is the unit of replication everywhere: an array of results has its seeds on axis 0, and
only that axis is resampled. `by_seed` takes such arrays out of a table, the statistics turn them
into an `Estimate`, and `judge` holds the estimate of a claim against its `Region`.
"""

from __future__ import annotations

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
