from .beside import beside as beside
from .bias import bias_and_variance as bias_and_variance
from .centres import interquartile_mean as interquartile_mean
from .centres import median as median
from .choosing import at_best as at_best
from .contrasts import highest_mean as highest_mean
from .contrasts import largest as largest
from .contrasts import lowest_mean as lowest_mean
from .contrasts import mean as mean
from .contrasts import mean_of as mean_of
from .contrasts import paired_difference as paired_difference
from .contrasts import paired_ratio as paired_ratio
from .contrasts import share_covered as share_covered
from .contrasts import slope as slope
from .crossfit import Peak as Peak
from .crossfit import above_lowest as above_lowest
from .crossfit import cross_fitted as cross_fitted
from .crossfit import peak as peak
from .curves import curve as curve
from .curves import means as means
from .effects import effect_size as effect_size
from .estimate import Estimate as Estimate
from .fastest import at_fastest as at_fastest
from .levels import current_level as current_level
from .levels import intervals_at as intervals_at
from .looks import Looks as Looks
from .looks import planned_looks as planned_looks
from .looks import undecided as undecided
from .needed import amount_to_reach as amount_to_reach
from .needed import restricted_ratio as restricted_ratio
from .pairs import pair as pair
from .peaks import first_at_most as first_at_most
from .peaks import first_index_at_most as first_index_at_most
from .peaks import lowest as lowest
from .peaks import lowest_position as lowest_position
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
from .resampling import over_seeds as over_seeds
from .resampling import place as place
from .shares import shares_by_setting as shares_by_setting
from .shares import variance_shares as variance_shares
from .spreading import arrays_by_seed as arrays_by_seed
from .spreading import by_layer as by_layer
from .spreading import spread as spread
from .subsets import at_equal as at_equal
from .subsets import select as select
from .subsets import when_reached as when_reached
from .summaries import summary as summary
from .times import Times as Times
from .times import restricted_difference as restricted_difference
from .times import restricted_mean as restricted_mean
from .times import share_reached as share_reached
from .times import steps_to_reach as steps_to_reach
from .together import judge_all as judge_all
from .together import together_note as together_note
from .verdicts import NotApplicable as NotApplicable
from .verdicts import Verdict as Verdict
from .verdicts import judge as judge
from .verdicts import seeds_to_decide as seeds_to_decide

__all__ = [
    "Estimate",
    "Looks",
    "NotApplicable",
    "Peak",
    "PerSeed",
    "Region",
    "Times",
    "Verdict",
    "above_lowest",
    "amount_to_reach",
    "arrays_by_seed",
    "at_best",
    "at_equal",
    "at_fastest",
    "bias_and_variance",
    "beside",
    "bootstrap",
    "by_layer",
    "by_seed",
    "cross_fitted",
    "current_level",
    "curve",
    "effect_size",
    "first_at_most",
    "first_index_at_most",
    "highest_mean",
    "interquartile_mean",
    "intervals_at",
    "judge",
    "judge_all",
    "largest",
    "lowest",
    "lowest_mean",
    "lowest_position",
    "mean",
    "mean_of",
    "means",
    "median",
    "of_means",
    "over_seeds",
    "pair",
    "paired_difference",
    "paired_ratio",
    "peak",
    "peak_height",
    "peak_index",
    "peak_position",
    "peak_prominence",
    "place",
    "restricted_difference",
    "restricted_mean",
    "restricted_ratio",
    "planned_looks",
    "second_descent",
    "seeds_to_decide",
    "select",
    "share_covered",
    "share_reached",
    "shares_by_setting",
    "slope",
    "spread",
    "steps_to_reach",
    "summary",
    "together_note",
    "undecided",
    "variance_shares",
    "when_reached",
]
