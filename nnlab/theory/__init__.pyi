from .least_squares import belkin_risk as belkin_risk
from .mean_field import critical_gain as critical_gain
from .mean_field import gradient_factor as gradient_factor
from .mean_field import preserving_gain as preserving_gain
from .published_points import PublishedPoints as PublishedPoints
from .published_points import published as published
from .published_points import published_sets as published_sets
from .quadratics import Tuned as Tuned
from .quadratics import gradient_descent as gradient_descent
from .quadratics import heavy_ball as heavy_ball
from .quadratics import nesterov as nesterov
from .quadratics import steps_to_shrink as steps_to_shrink
from .regions import deep_parameters as deep_parameters
from .regions import deep_regions as deep_regions
from .regions import folding_network as folding_network
from .regions import zaslavsky as zaslavsky
from .stochastic import minibatch_variance as minibatch_variance
from .stochastic import stationary_variance as stationary_variance

__all__ = [
    "PublishedPoints",
    "Tuned",
    "belkin_risk",
    "critical_gain",
    "deep_parameters",
    "deep_regions",
    "folding_network",
    "gradient_descent",
    "gradient_factor",
    "heavy_ball",
    "minibatch_variance",
    "nesterov",
    "preserving_gain",
    "published",
    "published_sets",
    "stationary_variance",
    "steps_to_shrink",
    "zaslavsky",
]
