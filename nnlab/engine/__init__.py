"""Run: plans, compiled programs, devices, segments."""

import os

import lazy_loader as lazy

# Before jaxlib loads: it reports harmless differences of CPU features as errors, a page each.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
