"""How large an effect is beside the spread of seeds, whatever their number."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from .estimate import Estimate
from .regions import Region

__all__ = ["deviation_over_seeds", "effect_size"]


def effect_size(estimate: Estimate, region: Region) -> float:
    """How far the value lies inside its region, in standard deviations over seeds.

    For a paired difference and the region > 0 this is the standardised paired difference, the
    mean of the differences over their standard deviation (Cohen's d_z), with Hedges' correction
    for few seeds. In general it is the distance to the nearest end of the region, positive inside
    and negative outside; for what is no mean the standard deviation is the bootstrap's standard
    error times sqrt(n). Intervals shrink with more seeds; this does not. NaN where there is no
    spread, no finite end, or no resampling behind the interval.

    Sources: Lakens, Front. Psychol. 4 (2013), 863, equation 6 (d_z); Hedges, J. Educ. Stat. 6
    (1981), 107 (the correction, with n - 1 degrees of freedom).
    """
    ends = [end for end in (region.low, region.high) if math.isfinite(end)]
    spread = deviation_over_seeds(estimate)
    # Two seeds leave one degree of freedom, at which no standardised difference has a mean.
    if estimate.n < 3 or not ends or not math.isfinite(estimate.value) or not spread > 0:
        return math.nan
    distance = min(abs(estimate.value - end) for end in ends)
    inside = region.low <= estimate.value <= region.high
    return float((distance if inside else -distance) / spread * _hedges(estimate.n - 1))


def deviation_over_seeds(estimate: Estimate) -> float:
    """The standard deviation over seeds that the resampled values imply; NaN if they do not."""
    if estimate.samples is None or estimate.n < 2 or not np.isfinite(estimate.samples).all():
        return math.nan
    # A resampled mean varies as the seeds do, but for (n - 1) / n: resampling has no n - 1.
    deviation = float(estimate.samples.std(ddof=1)) * estimate.n / math.sqrt(estimate.n - 1)
    rounding = 1e-12 * float(np.abs(estimate.samples).max(initial=0.0))
    return deviation if deviation > rounding else math.nan


def _hedges(freedom: int) -> float:
    """The factor that makes a standardised difference unbiased: 0.72 at n = 4, 0.91 at n = 10."""
    half = freedom / 2
    return math.exp(special.gammaln(half) - special.gammaln(half - 0.5)) / math.sqrt(half)
