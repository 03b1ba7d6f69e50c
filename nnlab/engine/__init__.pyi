from .canaries import CANARIES as CANARIES
from .canaries import check_backend as check_backend
from .canaries import failures as failures
from .devices import configure as configure
from .devices import device_lines as device_lines
from .devices import machine as machine
from .machines import Cost as Cost
from .machines import Machine as Machine
from .machines import Rates as Rates
from .machines import Work as Work
from .planner import Block as Block
from .planner import Chunk as Chunk
from .planner import Plan as Plan
from .planner import Program as Program
from .planner import buckets as buckets
from .planner import halved as halved
from .planner import make_plan as make_plan
from .reporter import Failure as Failure
from .reporter import Outcome as Outcome
from .reporter import Reporter as Reporter
from .reporter import Silent as Silent
from .reservations import Patience as Patience
from .runner import plan as plan
from .runner import run as run
from .sources import factored as factored
from .sources import streams_of as streams_of
from .stopping import Stopped as Stopped
from .stopping import Stopping as Stopping

__all__ = [
    "CANARIES",
    "Block",
    "Chunk",
    "Cost",
    "Failure",
    "Machine",
    "Outcome",
    "Patience",
    "Plan",
    "Program",
    "Rates",
    "Reporter",
    "Silent",
    "Stopped",
    "Stopping",
    "Work",
    "buckets",
    "check_backend",
    "configure",
    "device_lines",
    "factored",
    "failures",
    "halved",
    "machine",
    "make_plan",
    "plan",
    "run",
    "streams_of",
]
