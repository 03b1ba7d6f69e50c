from .gradient_descent import minibatch_variance as minibatch_variance
from .gradient_descent import stationary_variance as stationary_variance
from .least_squares import belkin_risk as belkin_risk
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
    "deep_parameters",
    "deep_regions",
    "folding_network",
    "minibatch_variance",
    "published",
    "published_sets",
    "stationary_variance",
    "zaslavsky",
]
