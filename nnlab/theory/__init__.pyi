from .least_squares import belkin_risk as belkin_risk
from .mean_field import critical_gain as critical_gain
from .mean_field import gradient_factor as gradient_factor
from .mean_field import preserving_gain as preserving_gain
from .published_points import PublishedPoints as PublishedPoints
from .published_points import published as published
from .published_points import published_sets as published_sets
from .regions import deep_parameters as deep_parameters
from .regions import deep_regions as deep_regions
from .regions import folding_network as folding_network
from .regions import zaslavsky as zaslavsky

__all__ = [
    "PublishedPoints",
    "belkin_risk",
    "critical_gain",
    "deep_parameters",
    "deep_regions",
    "folding_network",
    "gradient_factor",
    "preserving_gain",
    "published",
    "published_sets",
    "zaslavsky",
]
