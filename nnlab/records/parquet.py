"""Tables as Parquet, in memory.

Arrow's worker threads may outlive the reading and abort the process as it exits, with an exit code
that says nothing (apache/arrow issues 34314, 50482): a reading in the caller's thread starts none.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["parquet_bytes", "read_parquet"]


def parquet_bytes(table: DataFrame) -> bytes:
    """The table as one Parquet file, without its index."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read_parquet(content: bytes) -> DataFrame:
    """The table of one Parquet file. Raises `ValueError` or `OSError` where it is none."""
    import pyarrow
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content), pre_buffer=False)
    return file.read(use_threads=False).to_pandas(use_threads=False)
