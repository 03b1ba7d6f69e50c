"""Report: what runs have left, as pages that anyone can open.

Reads the files beside the figures of a study (verdicts, summary, captions, provenance) and needs
neither the records nor the study's own file, no JAX and no network.
"""

from __future__ import annotations

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
