"""Sealed JSON: text that vouches for itself, so that no changed byte goes unnoticed."""

from __future__ import annotations

import json
from typing import Any

from nnlab.files import checksum

__all__ = ["seal", "unseal"]


def seal(fields: dict[str, Any]) -> bytes:
    """JSON whose first line is the SHA-256 of all other lines.

    What JSON does not know goes in as its text.
    """
    body = json.dumps(fields, indent=1, sort_keys=True, default=str).removeprefix("{\n").encode()
    return _first_line(body) + b"\n" + body


def unseal(content: bytes) -> dict[str, Any]:
    """The fields that were sealed. Raises `ValueError` where they are not as they were written."""
    first, _, body = content.partition(b"\n")
    if first != _first_line(body):
        raise ValueError("its checksum is wrong")
    return json.loads(content)


def _first_line(body: bytes) -> bytes:
    return f'{{"manifest": "{checksum(body)}",'.encode()
