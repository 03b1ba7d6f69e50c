from .batches import indices as indices
from .batches import orders as orders
from .batches import steps_per_epoch as steps_per_epoch
from .descents import Walk as Walk
from .descents import descent as descent
from .elementwise import is_elementwise as is_elementwise
from .label_noise import corrupt as corrupt
from .least_squares import minimum_norm_least_squares as minimum_norm_least_squares
from .loss import cross_entropy as cross_entropy
from .loss import hinge as hinge
from .loss import losses as losses
from .loss import squared as squared
from .loss import zero_one as zero_one
from .measures import activation_statistics as activation_statistics
from .measures import backpropagated as backpropagated
from .measures import distance_from_start as distance_from_start
from .measures import gradient_norm as gradient_norm
from .measures import parameter_count as parameter_count
from .measures import saturation as saturation
from .measures import symmetry as symmetry
from .measures import weight_norm as weight_norm
from .memory import effective_rate as effective_rate
from .memory import optimizer_memory as optimizer_memory
from .memory import state_bytes_per_parameter as state_bytes_per_parameter
from .noise import gradient_noise as gradient_noise
from .optimization import Optimizer as Optimizer
from .optimization import Transformation as Transformation
from .optimization import is_width_safe as is_width_safe
from .optimization import optimizer as optimizer
from .optimization import optimizers as optimizers
from .plateau import Feedback as Feedback
from .plateau import PlateauState as PlateauState
from .plateau import reduced_on_plateau as reduced_on_plateau
from .profiles import signal_profile as signal_profile
from .quadratic import descent_on_quadratic as descent_on_quadratic
from .regions import linear_pieces as linear_pieces
from .regions import linear_regions as linear_regions
from .regions import relu_layers as relu_layers
from .schedule import constant as constant
from .schedule import cosine as cosine
from .schedule import cyclical as cyclical
from .schedule import exponential as exponential
from .schedule import one_cycle as one_cycle
from .schedule import power as power
from .schedule import scheduled as scheduled
from .schedule import scheduled_among as scheduled_among
from .schedule import schedules as schedules
from .schedule import step_decay as step_decay
from .schedule import warmup as warmup
from .splines import hat_functions as hat_functions
from .supervision import Snapshot as Snapshot
from .supervision import State as State
from .supervision import supervised as supervised
from .trial import Along as Along
from .trial import Trial as Trial
from .trial import along as along
from .trial import measured as measured

__all__ = [
    "Along",
    "Feedback",
    "Optimizer",
    "PlateauState",
    "Snapshot",
    "State",
    "Transformation",
    "Trial",
    "Walk",
    "activation_statistics",
    "along",
    "backpropagated",
    "constant",
    "corrupt",
    "cosine",
    "cross_entropy",
    "cyclical",
    "descent",
    "descent_on_quadratic",
    "distance_from_start",
    "effective_rate",
    "exponential",
    "gradient_noise",
    "gradient_norm",
    "hat_functions",
    "hinge",
    "indices",
    "is_elementwise",
    "is_width_safe",
    "linear_pieces",
    "linear_regions",
    "losses",
    "measured",
    "minimum_norm_least_squares",
    "one_cycle",
    "optimizer",
    "optimizer_memory",
    "optimizers",
    "orders",
    "parameter_count",
    "power",
    "reduced_on_plateau",
    "relu_layers",
    "saturation",
    "scheduled",
    "scheduled_among",
    "schedules",
    "signal_profile",
    "squared",
    "state_bytes_per_parameter",
    "step_decay",
    "steps_per_epoch",
    "supervised",
    "symmetry",
    "warmup",
    "weight_norm",
    "zero_one",
]
