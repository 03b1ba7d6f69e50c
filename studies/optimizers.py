"""Optimizers: speed at each one's best rate, memory, and what momentum and Adagrad do.

Question: how fast and how well do SGD, momentum, Nesterov, Adagrad, RMSProp, Adam and AdamW train
the same network, each at the rate that is best for its validation error at the end of equal steps,
and what do they keep in memory for it?
Claims: textbook rates on quadratics and plateaus; momentum beats SGD, Nesterov and Adam beat
momentum; Adagrad stops early; AdamW generalises; state takes 0, 4 or 8 bytes a parameter.
Reference: Geron, Hands-On Machine Learning (2022), chapter 11; Goodfellow et al., Deep Learning
(2016), chapter 8; Nesterov 2018; Duchi et al. 2011; Loshchilov and Hutter 2019.
Command: nnlab run optimizers
Cost: standard trains 380 small networks, and walks 280 times on a quadratic or a plateau: two to
three minutes on two cores.
Expected result: all claims supported.
Found: quadratics, plateaus and memory are as in theory. In training, differences are smaller than
the textbook's stars: a loss of 0.5 takes RMSProp 870 steps, Adam 900, Nesterov 910, momentum 1020,
SGD 1080, Adagrad 1130 and AdamW 1250. Momentum against SGD is undecided: the best rate of SGD is
ten times as high, so that both move alike. Adagrad's rate falls as steps^(-0.45), yet there is no
sign that it stops early: it ends at 0.15 nats, as Adam (0.15) and RMSProp (0.17) do, and SGD and
momentum at 0.3; the claim is undecided. RMSProp's rate falls too (power -0.11, refuted): its mean
square gradient doubles in training. AdamW's training loss ends highest, and its test error lowest:
26.0%, the others' 27.4 to 29.3%. Of all claims together, Holm leaves adam_faster undecided.
"""

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show, theory
from nnlab.analysis import Region
from nnlab.study import Claim, Claims, Preset, Static, Study, Target, Traced

LABELS = {"sgd": "SGD", "momentum": "momentum", "nesterov": "Nesterov", "adagrad": "Adagrad"}
LABELS |= {"rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}
BYTES = {"sgd": 0, "momentum": 4, "nesterov": 4, "adagrad": 4, "rmsprop": 4, "adam": 8, "adamw": 8}
TUNED = {"sgd": theory.gradient_descent, "momentum": theory.heavy_ball, "nesterov": theory.nesterov}
SIX_DECADES = {name: float(theory.steps_to_shrink(tuned, 100)) for name, tuned in TUNED.items()}
PLATEAU = {"sgd": 0.1, "momentum": 0.1, "adam": 0.01}  # their rates there
TARGET = 0.5  # training loss in nats, a fifth of guessing


def dataset(p):
    return data.mnist1d(p.examples + 2000, 2000, validation_examples=2000)


def trial(key, p, d):
    options = {
        "momentum": {"momentum": p.momentum},
        "nesterov": {"momentum": p.momentum},
        "adagrad": {"initial_accumulator_value": 0},  # as in its paper: optax has 0.1
        "adamw": {"weight_decay": p.weight_decay},
    }
    optimizer = learn.optimizer(p.optimizer, p.learning_rate, **options.get(p.optimizer, {}))
    if p.task == "quadratic":
        return learn.descent_in_ravine(optimizer, p.condition, within=("1e-6", "1e-12"))
    if p.task == "plateau":
        return learn.descent_across_plateau(optimizer, p.slope)
    net = nn.MLP(hidden=(p.width, p.width), out=d.classes)
    x, y = d.train.x, d.train.y
    sets = {"train": (x[:2000], y[:2000]), "validation": d.validation, "test": d.test}
    measures = [learn.optimizer_memory, learn.effective_rate]
    return learn.supervised(key, net, optimizer, x, y, evaluate=sets, measures=measures)


def trained(table, **where):
    """Each optimizer at the rate, and AdamW at the weight decay, best on validation data."""
    rows = analysis.select(table, task="train", **where)
    by = ("optimizer", "weight_decay")
    rows = analysis.at_best(rows, "learning_rate", "validation_error", by=by)
    return analysis.at_best(rows, "weight_decay", "validation_error", by="optimizer")


def steps_saved(table, slower, faster):
    rows = trained(table, optimizer=[slower, faster])
    times = analysis.steps_to_reach(rows, "train_loss", TARGET, "optimizer")
    return analysis.restricted_difference(*times.each(optimizer=(slower, faster)))


def rate_power(table, optimizer):
    """The power of the step with which the effective rate goes, over the recorded steps."""
    rows = trained(table, optimizer=optimizer)
    return analysis.slope(analysis.by_seed(rows, "effective_rate", across="step"))


def on_quadratic(optimizer, measure, table, unit=1.0):
    """Steps at condition 100; `six_decades` are those from 1e-6 to 1e-12, the long run."""
    rows = analysis.select(table, task="quadratic", optimizer=optimizer, condition=100)
    rows = rows.assign(six_decades=rows["steps_to_1e-12"] - rows["steps_to_1e-6"])
    return analysis.mean(analysis.by_seed(rows, measure).values / unit)


BOOK, NONE = "Geron 2022, chapter 11", "No difference is 0."
claims = Claims()

claims += [
    Claim(
        f"{name}_rate",
        f"On a quadratic of condition 100 {LABELS[name]} gains six decades in"
        f" {SIX_DECADES[name]:.0f} steps (ratio to it).",
        partial(on_quadratic, name, "six_decades", unit=SIX_DECADES[name]),
        Region.between(0.9, 1.1),
        source,
        "Exact in the long run; a tenth for the double roots, which add a factor of t.",
    )
    for name, source in [
        ("sgd", "Nesterov 2018, theorem 2.1.15: (k - 1)/(k + 1) a step"),
        ("momentum", "Polyak 1964: (sqrt k - 1)/(sqrt k + 1) a step"),
        ("nesterov", "Nesterov 2018, section 2.2: 1 - 1/sqrt k a step"),
    ]
]


@claims(
    Region.between(9.5, 10),
    f"{BOOK}: the terminal velocity is 1/(1 - momentum) times that of SGD",
    "Ten in the limit; gathering speed takes about 9 of 1000 steps.",
)
def momentum_crosses_plateaus(table):
    """Momentum 0.9 crosses a plateau ten times faster at the same rate (ratio)."""
    rows = analysis.select(table, task="plateau")
    gentlest = rows[rows.slope == rows.slope.min()]
    steps = analysis.pair(gentlest, "steps_to_cross", "optimizer", "sgd", "momentum")
    return analysis.paired_ratio(*steps)


@claims(Region.above(0), f"{BOOK}: much faster than gradient descent", NONE)
def momentum_faster(table):
    """Momentum reaches a training loss of 0.5 before SGD (steps saved)."""
    return steps_saved(table, "sgd", "momentum")


@claims(Region.above(0), f"{BOOK}: almost always faster than regular momentum", NONE)
def nesterov_faster(table):
    """Nesterov reaches a training loss of 0.5 before momentum (steps saved)."""
    return steps_saved(table, "momentum", "nesterov")


@claims(Region.above(0), f"{BOOK}: speed *** against ** in its table of optimizers", NONE)
def adam_faster(table):
    """Adam reaches a training loss of 0.5 before momentum (steps saved)."""
    return steps_saved(table, "momentum", "adam")


@claims(
    Region.between(-0.6, -0.25),
    "Duchi et al. 2011: one over the root of a sum of squares",
    "-1/2 for gradients of constant size; half of that where they shrink in training.",
)
def adagrad_rate_decays(table):
    """Adagrad's effective rate falls, up to as steps^(-1/2) (power)."""
    return rate_power(table, "adagrad")


@claims(
    Region.above(-0.1),
    f"{BOOK}: RMSProp fixes this with a running mean",
    "0 for gradients of constant size; a tenth for chance.",
)
def rmsprop_rate_does_not(table):
    """RMSProp, which forgets, keeps its effective rate or raises it (power)."""
    return rate_power(table, "rmsprop")


@claims(
    Region.above(1),
    f"{BOOK}: it often stops too early when training neural networks",
    "Equal losses have ratio 1.",
)
def adagrad_stops_early(table):
    """Adagrad's training loss ends above RMSProp's (ratio)."""
    losses = analysis.pair(trained(table), "train_loss", "optimizer", "adagrad", "rmsprop")
    return analysis.paired_ratio(*losses)


@claims(Region.above(0), "Loshchilov and Hutter 2019", NONE)
def adamw_generalises(table):
    """AdamW, at its best weight decay, errs less on test data than Adam (points)."""
    errors = analysis.pair(trained(table), "test_error", "optimizer", "adam", "adamw")
    return analysis.paired_difference(*errors)


@claims(
    Region.between(0, 0),
    f"{BOOK}: none, two or one numbers of 32 bits a parameter",
    "A count of bytes is exact; the count of steps, one number in all, is left out.",
)
def memory(table):
    """State holds 0 (SGD), 8 (Adam, AdamW) or 4 bytes a parameter (largest miss)."""
    held, optimizers = analysis.by_seed(trained(table), "state_bytes_per_parameter", "optimizer")
    return analysis.mean(np.abs(held - [BYTES[name] for name in optimizers]).max(axis=1))


def known(name, measured):
    where, exact = f"at condition 100, {LABELS[name]}", SIX_DECADES[name]
    first, late = (partial(on_quadratic, name, steps) for steps in ("steps_to_1e-6", "six_decades"))
    by_program = ("independent NumPy program", first, 2, "measured")
    by_rate = ("its rate a step", late, round(0.1 * exact), "exact")
    return [
        Target(f"steps to 1e-6 {where}", measured, *by_program),
        Target(f"steps for six decades in the long run {where}", round(exact), *by_rate),
    ]


TARGETS = [*known("sgd", 576), *known("momentum", 81), *known("nesterov", 132)]


def lines(rows, x, y):
    """A curve for each optimizer; in time, single seeds would hide it."""
    curves = analysis.curve(rows, x, y, by="optimizer")
    curves = curves.drop(columns="seeds") if x == "step" else curves
    return show.series_by(curves, "optimizer", label=LABELS)


def loss_panel(table):
    series = lines(trained(table), "step", "train_loss")
    return show.Panel(series, "step", "training loss (nats)", log_y=True, y_limits=(0.1, 2.5))


def rates_panel(table):
    rows, by = analysis.select(table, task="train"), ("optimizer", "learning_rate")
    rows = analysis.at_best(rows, "weight_decay", "validation_error", by=by)
    series, limits = lines(rows, "learning_rate", "validation_error"), (25, 50)
    return show.Panel(series, "learning rate", "validation error (%)", log_x=True, y_limits=limits)


def quadratic_panel(table):
    rows = analysis.select(table, task="quadratic")
    series = lines(rows, "condition", "steps_to_1e-6")
    k = np.geomspace(rows.condition.min(), rows.condition.max(), 50)
    for color, (name, method) in enumerate(TUNED.items()):
        exact = theory.steps_to_shrink(method, k)
        series.append(show.exact(f"exact rate, {LABELS[name]}", k, exact, color))
    labels = ("condition number", "steps to 1e-6 of the distance", "quadratic")
    return show.Panel(series, *labels, log_x=True, log_y=True)


def plateau_panel(table):
    rows = analysis.select(table, task="plateau")
    series = lines(rows, "slope", "steps_to_cross")
    slope = np.geomspace(rows.slope.min(), rows.slope.max(), 50)
    speed = PLATEAU["sgd"] * slope
    series.append(show.exact("speed of SGD", slope, 1 / speed, color=0))
    series.append(show.exact("terminal velocity", slope, 1 / (speed * 10), color=1))
    return show.Panel(series, "slope", "steps to cross", "plateau", log_x=True, log_y=True)


def effective_rate_panel(table):
    rows = trained(table)
    rows = rows[rows.optimizer.isin(("adagrad", "rmsprop", "adam"))]
    series = lines(rows, "step", "effective_rate")
    start = series[0].data.iloc[0]
    steps = np.geomspace(start.step, rows.step.max(), 50)
    series.append(show.exact("1/√steps", steps, start["mean"] * (steps / start.step) ** -0.5))
    labels = ("step", "1/√(mean second moment)", "training")
    return show.Panel(series, *labels, log_x=True, log_y=True)


def memory_panels(table):
    best = trained(table)
    held = best.groupby("optimizer")["state_bytes_per_parameter"].first()
    places = show.side_by_side(held.reindex(list(LABELS)).dropna(), 0.5)
    steps = analysis.steps_to_reach(best, "train_loss", TARGET, "optimizer").restricted()
    errors = analysis.by_seed(best, "test_error", "optimizer")

    def panel(values, y_label):
        points = analysis.means(values)
        points["bytes"] = points.optimizer.map(places)
        series = show.series_by(points, "optimizer", x="bytes", label=LABELS, kind="points")
        return show.Panel(series, "optimizer state (bytes a parameter)", y_label)

    return [panel(steps, f"steps to a training loss of {TARGET}"), panel(errors, "test error (%)")]


FIGURES = [
    show.Figure(
        "optimizers",
        [loss_panel, rates_panel],
        "MNIST-1D: training loss of each optimizer at the rate that is best on validation data, "
        "and validation error at the end of training against the rate.",
    ),
    show.Figure(
        "surfaces",
        [quadratic_panel, plateau_panel, effective_rate_panel],
        "Steps on a quadratic, each method tuned as in theory, and across a plateau of length 1 "
        "(SGD and momentum at rate 0.1, Adam at 0.01); dashed, exact rates. Right: what the rate "
        "is multiplied by in training, from the state of the optimizers.",
    ),
    show.Figure(
        "memory",
        [memory_panels],
        "Steps to a training loss, and test error at the end of training, each optimizer at its "
        "best rate, against the memory it takes; points of equal memory stand side by side.",
    ),
]

KEYS = ("task", "optimizer", "learning_rate", "momentum", "weight_decay", "condition", "slope")
RATES = {"sgd": (0.1, 0.3, 1.0, 3.0)}
RATES |= dict.fromkeys(("momentum", "nesterov", "adagrad"), (0.01, 0.03, 0.1, 0.3))
RATES |= dict.fromkeys(("rmsprop", "adam", "adamw"), (0.001, 0.003, 0.01, 0.03))
DECAYS = {"adamw": (0.01, 0.1, 1.0)}
CONDITIONS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def grid(rates=RATES, conditions=CONDITIONS, slopes=(0.001, 0.01, 0.1, 1.0)):
    cells = [
        ("train", name, rate, 0.9, decay, 1.0, 1.0)
        for name in rates
        for rate in rates[name]
        for decay in DECAYS.get(name, (0.0,))
    ]
    for name, method in TUNED.items():
        cells += [("quadratic", name, *method(k)[:2], 0.0, k, 1.0) for k in conditions]
    cells += [("plateau", name, r, 0.9, 0.0, 1.0, g) for name, r in PLATEAU.items() for g in slopes]
    return {KEYS: cells}


def steps(of_training):
    return lambda p: of_training if p.task == "train" else 15_000


FEW = grid({"momentum": (0.1,), "adam": (0.01,)}, (10.0, 100.0), (0.001, 1.0))

STUDY = Study(
    topic="optimisation",
    data=dataset,
    trial=trial,
    claims=claims,
    targets=TARGETS,
    figures=FIGURES,
    factors={
        "task": Static("train", choices=("train", "quadratic", "plateau")),
        "optimizer": Static("adam", choices=tuple(LABELS)),
        "learning_rate": Traced(0.003, low=0),
        "momentum": Traced(0.9, low=0, high=1, about="of momentum and Nesterov"),
        "weight_decay": Traced(0.0, low=0, about="of AdamW"),
        "condition": Traced(1.0, low=1, about="number k of the quadratic"),
        "slope": Traced(1.0, low=0, about="of the plateau"),
        "width": Static(64, about="units in each of two hidden layers"),
        "examples": Static(8000, about="to train on; 2000 more for validation"),
    },
    presets={
        "quick": Preset(2, steps(400), 8, FEW, width=32, examples=2000),
        "standard": Preset(10, steps(4000), 40, grid()),
        "paper": Preset(30, steps(40_000), 100, grid(), width=256, examples=54_000),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
