"""nnlab: empirical studies of neural networks as batched sweeps with a verdict on each claim."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
