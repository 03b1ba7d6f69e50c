from .activations import activations as activations
from .initialisers import initialisers as initialisers
from .keys import entry_normal as entry_normal
from .keys import entry_uniform as entry_uniform
from .keys import stream as stream
from .keys import study_key as study_key
from .layers import Dense as Dense
from .layers import Dropout as Dropout
from .layers import LayerNorm as LayerNorm
from .layers import activate as activate
from .mlp import MLP as MLP
from .size import Features as Features
from .size import Size as Size
from .size import size_of as size_of
from .size import traced_sizes as traced_sizes

__all__ = [
    "MLP",
    "Dense",
    "Dropout",
    "Features",
    "LayerNorm",
    "Size",
    "activate",
    "activations",
    "entry_normal",
    "entry_uniform",
    "initialisers",
    "size_of",
    "stream",
    "study_key",
    "traced_sizes",
]
