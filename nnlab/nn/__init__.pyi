from .activations import activations as activations
from .convolution import Conv as Conv
from .initialisers import initialisers as initialisers
from .initialisers import normal as normal
from .keys import FactoredKey as FactoredKey
from .keys import entry_normal as entry_normal
from .keys import entry_uniform as entry_uniform
from .keys import stream as stream
from .keys import study_key as study_key
from .layers import Dense as Dense
from .layers import Dropout as Dropout
from .layers import LayerNorm as LayerNorm
from .layers import activate as activate
from .mlp import MLP as MLP
from .pooling import flatten as flatten
from .pooling import max_pool as max_pool
from .pooling import mean_pool as mean_pool
from .recurrence import GRU as GRU
from .recurrence import LSTM as LSTM
from .recurrence import RNN as RNN
from .sequential import Residual as Residual
from .sequential import Sequential as Sequential
from .size import Features as Features
from .size import Size as Size
from .size import size_of as size_of
from .size import traced_sizes as traced_sizes

__all__ = [
    "FactoredKey",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "Conv",
    "Dense",
    "Dropout",
    "Features",
    "LayerNorm",
    "Residual",
    "Sequential",
    "Size",
    "activate",
    "activations",
    "entry_normal",
    "entry_uniform",
    "flatten",
    "initialisers",
    "max_pool",
    "mean_pool",
    "normal",
    "size_of",
    "stream",
    "study_key",
    "traced_sizes",
]
