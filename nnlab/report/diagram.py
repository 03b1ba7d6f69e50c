"""Diagram: where an estimate and its interval lie against the region of a claim."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from .reading import Judgement
from .wording import number, value_of

__all__ = ["Diagram", "diagram_of", "region_ends"]

WIDTH = 320.0
_EDGE = 14.0
"""Units kept free at both ends of the diagram."""

_NUMBER = r"([-−+]?(?:\d[\d.]*(?:e[-+]?\d+)?|inf))"


@dataclass(frozen=True)
class Diagram:
    """Places along a line of `WIDTH` units; `ticks` are (place, text) of the region's ends."""

    region: tuple[float, float]
    interval: tuple[float, float]
    estimate: float
    ticks: tuple[tuple[float, str], ...]
    words: str


def diagram_of(judgement: Judgement) -> Diagram | None:
    """The diagram of a judged claim; None where there is no finite estimate or no region."""
    ends = region_ends(judgement.region)
    if ends is None or not math.isfinite(judgement.estimate):
        return None
    value = judgement.estimate
    low = judgement.low if not math.isnan(judgement.low) else value
    high = judgement.high if not math.isnan(judgement.high) else value
    known = [v for v in (value, low, high, *ends) if math.isfinite(v)]
    least, most = min(known), max(known)
    # With nothing but one number to show, it stands in the middle of something.
    room = 0.18 * (most - least) or abs(most) or 1.0
    least, most = least - room, most + room

    def place(v: float) -> float:
        share = (min(max(v, least), most) - least) / (most - least)
        return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)

    def end(v: float) -> float:
        return (0.0 if v < 0 else WIDTH) if math.isinf(v) else place(v)

    ticks = tuple((place(v), value_of(v)) for v in dict.fromkeys(ends) if math.isfinite(v))
    words = (
        f"Estimate {number(value)}, {judgement.interval_name} from {number(low)} to "
        f"{number(high)}, against the region {judgement.region}."
    )
    return Diagram((end(ends[0]), end(ends[1])), (end(low), end(high)), place(value), ticks, words)


def region_ends(text: str) -> tuple[float, float] | None:
    """The ends of a region as verdicts.csv writes it: `> 0`, `≤ 2`, `in [-1, 1]`."""
    one = re.fullmatch(rf"([<>≤≥]) {_NUMBER}", text)
    two = re.fullmatch(rf"in [\[(]{_NUMBER}, {_NUMBER}[\])]", text)
    try:
        if one:
            value = float(one[2].replace("−", "-"))
            return (value, math.inf) if one[1] in ">≥" else (-math.inf, value)
        if two:
            return float(two[1].replace("−", "-")), float(two[2].replace("−", "-"))
    except ValueError:
        return None
    return None
