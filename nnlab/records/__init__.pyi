from .keys import trial_key as trial_key
from .keys import trial_keys as trial_keys
from .origin import provenance as provenance
from .store import Chunk as Chunk
from .store import Store as Store
from .tables import tidy as tidy

__all__ = ["Chunk", "Store", "provenance", "tidy", "trial_key", "trial_keys"]
