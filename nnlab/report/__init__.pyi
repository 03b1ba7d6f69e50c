from .display import Shown as Shown
from .reading import Judgement as Judgement
from .reading import Picture as Picture
from .reading import Results as Results
from .reading import find_results as find_results
from .reading import read_results as read_results
from .writing import write_report as write_report

__all__ = [
    "Judgement",
    "Picture",
    "Results",
    "Shown",
    "find_results",
    "read_results",
    "write_report",
]
