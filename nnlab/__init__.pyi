from . import analysis as analysis
from . import data as data
from . import engine as engine
from . import learn as learn
from . import nn as nn
from . import records as records
from . import report as report
from . import show as show
from . import study as study
from . import theory as theory
from .errors import NnlabError as NnlabError
from .kept import weights as weights
from .lab import load as load
from .lab import main as main
from .lab import run as run
from .lab import show_results as show_results
from .study import Claim as Claim
from .study import Claims as Claims
from .study import Preset as Preset
from .study import Sized as Sized
from .study import Static as Static
from .study import Study as Study
from .study import Target as Target
from .study import Traced as Traced

__all__ = [
    "Claim",
    "Claims",
    "NnlabError",
    "Preset",
    "Sized",
    "Static",
    "Study",
    "Target",
    "Traced",
    "analysis",
    "data",
    "engine",
    "learn",
    "load",
    "main",
    "nn",
    "records",
    "report",
    "run",
    "show",
    "show_results",
    "study",
    "theory",
    "weights",
]
