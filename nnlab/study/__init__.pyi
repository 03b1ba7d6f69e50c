from .claims import Claim as Claim
from .claims import Claims as Claims
from .description import describe as describe
from .discovery import Found as Found
from .discovery import find_studies as find_studies
from .discovery import load_study as load_study
from .discovery import study_folders as study_folders
from .factors import Factor as Factor
from .factors import Sized as Sized
from .factors import Static as Static
from .factors import Traced as Traced
from .inputs import Inputs as Inputs
from .inputs import Shared as Shared
from .names import nearest as nearest
from .presets import Preset as Preset
from .presets import recorded_steps as recorded_steps
from .request import Cell as Cell
from .request import Request as Request
from .request import make_request as make_request
from .request import parse_overrides as parse_overrides
from .settings import Settings as Settings
from .study import Study as Study
from .targets import Target as Target
from .template import new_study as new_study

__all__ = [
    "Cell",
    "Claim",
    "Claims",
    "Factor",
    "Found",
    "Inputs",
    "Preset",
    "Request",
    "Settings",
    "Shared",
    "Sized",
    "Static",
    "Study",
    "Target",
    "Traced",
    "describe",
    "find_studies",
    "load_study",
    "make_request",
    "nearest",
    "new_study",
    "parse_overrides",
    "recorded_steps",
    "study_folders",
]
