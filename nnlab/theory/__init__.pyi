from .least_squares import belkin_risk as belkin_risk
from .published_points import PublishedPoints as PublishedPoints
from .published_points import published as published
from .published_points import published_sets as published_sets

__all__ = ["PublishedPoints", "belkin_risk", "published", "published_sets"]
