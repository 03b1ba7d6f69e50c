from .comparison import Differences as Differences
from .comparison import compare as compare
from .sides import Side as Side
from .sides import read_side as read_side

__all__ = ["Differences", "Side", "compare", "read_side"]
