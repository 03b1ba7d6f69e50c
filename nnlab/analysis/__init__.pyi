from .contrasts import mean as mean
from .contrasts import paired_difference as paired_difference
from .contrasts import share_covered as share_covered
from .contrasts import slope as slope
from .crossfit import Peak as Peak
from .crossfit import cross_fitted as cross_fitted
from .crossfit import peak as peak
from .curves import curve as curve
from .estimate import Estimate as Estimate
from .peaks import first_at_most as first_at_most
from .peaks import first_index_at_most as first_index_at_most
from .peaks import lowest as lowest
from .peaks import peak_height as peak_height
from .peaks import peak_index as peak_index
from .peaks import peak_position as peak_position
from .peaks import peak_prominence as peak_prominence
from .peaks import second_descent as second_descent
from .pivot import PerSeed as PerSeed
from .pivot import by_seed as by_seed
from .regions import Region as Region
from .resampling import bootstrap as bootstrap
from .resampling import of_means as of_means
from .resampling import place as place
from .summaries import summary as summary
from .verdicts import NotApplicable as NotApplicable
from .verdicts import Verdict as Verdict
from .verdicts import judge as judge
from .verdicts import seeds_to_decide as seeds_to_decide

__all__ = [
    "Estimate",
    "NotApplicable",
    "Peak",
    "PerSeed",
    "Region",
    "Verdict",
    "bootstrap",
    "by_seed",
    "cross_fitted",
    "curve",
    "first_at_most",
    "first_index_at_most",
    "judge",
    "lowest",
    "mean",
    "of_means",
    "paired_difference",
    "peak",
    "peak_height",
    "peak_index",
    "peak_position",
    "peak_prominence",
    "place",
    "second_descent",
    "seeds_to_decide",
    "share_covered",
    "slope",
    "summary",
]
