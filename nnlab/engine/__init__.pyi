from .canaries import CANARIES as CANARIES
from .canaries import check_backend as check_backend
from .canaries import failures as failures
from .devices import configure as configure
from .devices import device_lines as device_lines
from .devices import machine as machine
from .planner import Block as Block
from .planner import Chunk as Chunk
from .planner import Cost as Cost
from .planner import Machine as Machine
from .planner import Plan as Plan
from .planner import Program as Program
from .planner import buckets as buckets
from .planner import make_plan as make_plan
from .reporter import Reporter as Reporter
from .reporter import Silent as Silent
from .runner import plan as plan
from .runner import run as run

__all__ = [
    "CANARIES",
    "Block",
    "Chunk",
    "Cost",
    "Machine",
    "Plan",
    "Program",
    "Reporter",
    "Silent",
    "buckets",
    "check_backend",
    "configure",
    "device_lines",
    "failures",
    "machine",
    "make_plan",
    "plan",
    "run",
]
