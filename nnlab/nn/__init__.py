"""Networks that understand `Size`: layers, initialisers, keys. Loads JAX at the first use."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
