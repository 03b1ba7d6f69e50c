from .damage import describe_losses as describe_losses
from .damage import describe_missing as describe_missing
from .damage import losses_named as losses_named
from .housekeeping import left_over as left_over
from .housekeeping import size_of as size_of
from .keys import trial_key as trial_key
from .keys import trial_keys as trial_keys
from .origin import provenance as provenance
from .parquet import parquet_bytes as parquet_bytes
from .parquet import read_parquet as read_parquet
from .sealed import seal as seal
from .sealed import unseal as unseal
from .stale import BEYOND as BEYOND
from .stale import Stale as Stale
from .stale import find_stale as find_stale
from .store import Chunk as Chunk
from .store import Store as Store
from .tables import tidy as tidy
from .tables import without_arrays as without_arrays
from .unfinished import Begun as Begun
from .unfinished import as_settings as as_settings
from .unfinished import begun as begun
from .unfinished import unfinished_runs as unfinished_runs
from .watch import Recorded as Recorded
from .weights import WeightStore as WeightStore

__all__ = [
    "BEYOND",
    "Begun",
    "Chunk",
    "Recorded",
    "Stale",
    "Store",
    "WeightStore",
    "as_settings",
    "begun",
    "describe_losses",
    "describe_missing",
    "find_stale",
    "left_over",
    "losses_named",
    "parquet_bytes",
    "provenance",
    "read_parquet",
    "seal",
    "size_of",
    "tidy",
    "trial_key",
    "trial_keys",
    "unfinished_runs",
    "unseal",
]
