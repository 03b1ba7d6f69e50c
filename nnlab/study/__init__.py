"""Declare: studies, their factors, presets and claims, and where they are found."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
