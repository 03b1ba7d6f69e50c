"""Optimizers: speed at each one's best rate, memory, and what momentum and Adagrad do.

Question: how fast and how well do SGD, momentum, Nesterov, Adagrad, RMSProp, Adam and AdamW train
the same network, each at the rate that is best for its validation error at the end of equal steps,
and what do they keep in memory for it?
Claims: gradient descent, heavy ball and Nesterov converge on quadratics at their textbook rates;
momentum crosses a plateau ten times faster; in training momentum beats SGD, Nesterov momentum and
Adam both; Adagrad's rate decays until it stops early; state takes 0, 4 or 8 bytes a parameter.
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

import numpy as np

import nnlab
from nnlab import (
    Claim,
    Preset,
    Static,
    Study,
    Target,
    Traced,
    analysis,
    data,
    learn,
    nn,
    show,
    theory,
)

COORDINATES = 200  # of the quadratic, with curvatures evenly spaced from 1/k to 1
TARGET = 0.5  # training loss in nats, a fifth of guessing
BYTES = {"sgd": 0, "momentum": 4, "nesterov": 4, "adagrad": 4, "rmsprop": 4, "adam": 8, "adamw": 8}
TUNED = {"sgd": theory.gradient_descent, "momentum": theory.heavy_ball, "nesterov": theory.nesterov}
LABELS = {"sgd": "SGD", "momentum": "momentum", "nesterov": "Nesterov", "adagrad": "Adagrad"}
LABELS |= {"rmsprop": "RMSProp", "adam": "Adam", "adamw": "AdamW"}


def dataset(p):
    return data.mnist1d(p.examples + 2000, 2000, validation_examples=2000)


def trial(key, p, d):
    import jax.numpy as jnp

    # Adagrad as in its paper: optax would start the sum of squares at 0.1.
    options = {
        "adamw": {"weight_decay": p.weight_decay},
        "adagrad": {"initial_accumulator_value": 0},
    }
    options |= {name: {"momentum": p.momentum} for name in ("momentum", "nesterov")}
    optimizer = learn.optimizer(p.optimizer, p.learning_rate, **options.get(p.optimizer, {}))
    if p.task == "quadratic":
        curvature, start = jnp.linspace(1 / p.condition, 1.0, COORDINATES), jnp.ones(COORDINATES)

        def within(share):
            return lambda x: jnp.linalg.norm(x) <= share * jnp.linalg.norm(start)

        goals = {"1e-6": within(1e-6), "1e-12": within(1e-12)}
        return learn.descent(optimizer, lambda x: jnp.sum(curvature * x**2) / 2, start, goals)
    if p.task == "plateau":
        goals = {"cross": lambda x: x[0] >= 1.0}
        return learn.descent(optimizer, lambda x: -p.slope * x[0], jnp.zeros(1), goals)
    net = nn.MLP(hidden=(p.width, p.width), out=d.classes)
    x, y = d.train.x, d.train.y
    evaluate = {"train": (x[:2000], y[:2000]), "validation": (d.validation.x, d.validation.y)}
    evaluate["test"] = (d.test.x, d.test.y)
    measures = [learn.optimizer_memory, learn.effective_rate]
    return learn.supervised(key, net, optimizer, x, y, evaluate=evaluate, measures=measures)


def trained(table):
    """Each optimizer at the rate, and AdamW at the weight decay, best on validation data."""
    rows = table[table.task == "train"]
    by = ("optimizer", "weight_decay")
    rows = analysis.at_best(rows, "learning_rate", "validation_error", by=by)
    return analysis.at_best(rows, "weight_decay", "validation_error", by="optimizer")


def has(rows, *names):
    missing = [name for name in names if name not in set(rows.optimizer)]
    if missing:
        raise analysis.NotApplicable(f"{', '.join(missing)} is not in this preset")
    return rows


def on_quadratic(table, optimizer, measure, condition=100):
    rows = has(table[table.task == "quadratic"], optimizer)
    return analysis.by_seed(rows, measure, optimizer=optimizer, condition=condition)


def six_decades(table, optimizer):
    """Steps from a distance of 1e-6 to one of 1e-12 at condition 100: the long run."""
    late, early = (on_quadratic(table, optimizer, f"steps_to_1e-{n}") for n in (12, 6))
    return late.values - early.values


def against_theory(optimizer):
    expected = theory.steps_to_shrink(TUNED[optimizer], 100)
    return lambda table: analysis.mean(six_decades(table, optimizer) / expected)


def plateau_ratio(table):
    """Steps of SGD over those of momentum on the gentlest slope."""
    rows = table[table.task == "plateau"]
    where = {"slope": rows.slope.min(), "optimizer": ["sgd", "momentum"]}
    steps = analysis.by_seed(rows, "steps_to_cross", "optimizer", **where)
    return analysis.paired_ratio(steps.at(optimizer="sgd"), steps.at(optimizer="momentum"))


def steps_saved(slower, faster):
    """Steps to the target, slower minus faster, each at its best rate."""

    def estimand(table):
        rows = has(trained(table), slower, faster)
        times = analysis.steps_to_reach(rows, "train_loss", TARGET, "optimizer")
        return analysis.restricted_difference(
            times.at(optimizer=slower), times.at(optimizer=faster)
        )

    return estimand


def compared(measure, first, second, statistic):
    def estimand(table):
        values = analysis.by_seed(has(trained(table), first, second), measure, "optimizer")
        return statistic(values.at(optimizer=first), values.at(optimizer=second))

    return estimand


def rate_power(optimizer):
    """The power of the step with which the effective rate goes, over the recorded steps."""

    def estimand(table):
        rows = has(trained(table), optimizer)
        return analysis.slope(analysis.by_seed(rows, "effective_rate", "step", optimizer=optimizer))

    return estimand


def memory_error(table):
    """The largest departure from what the books say, in bytes a parameter."""
    held = analysis.by_seed(trained(table), "state_bytes_per_parameter", "optimizer")
    said = np.array([BYTES[name] for name in held.levels])
    return analysis.mean(np.abs(held.values - said).max(1))


BOOK = "Geron 2022, chapter 11"
QUADRATICS = [
    Claim(
        name=f"{name}_rate",
        statement=f"On a quadratic of condition 100 {LABELS[name]} gains six decades in"
        f" {theory.steps_to_shrink(TUNED[name], 100):.0f} steps (ratio to it).",
        estimand=against_theory(name),
        region=analysis.Region.between(0.9, 1.1),
        source=source,
        why="Exact in the long run; a tenth for the double roots, which add a factor of t.",
    )
    for name, source in [
        ("sgd", "Nesterov 2018, theorem 2.1.15: (k - 1)/(k + 1) a step"),
        ("momentum", "Polyak 1964: (sqrt k - 1)/(sqrt k + 1) a step"),
        ("nesterov", "Nesterov 2018, section 2.2: 1 - 1/sqrt k a step"),
    ]
]
SPEED = [
    Claim(
        name=f"{faster}_faster",
        statement=f"{LABELS[faster]} reaches a training loss of {TARGET} before {LABELS[slower]}"
        " (steps saved).",
        estimand=steps_saved(slower, faster),
        region=analysis.Region.above(0),
        source=f"{BOOK}: {said}",
        why="No difference is 0.",
    )
    for slower, faster, said in [
        ("sgd", "momentum", "much faster than gradient descent"),
        ("momentum", "nesterov", "almost always faster than regular momentum"),
        ("momentum", "adam", "speed *** against ** in its table of optimizers"),
    ]
]
CLAIMS = [
    *QUADRATICS,
    Claim(
        name="momentum_crosses_plateaus",
        statement="Momentum 0.9 crosses a plateau ten times faster at the same rate (ratio).",
        estimand=plateau_ratio,
        region=analysis.Region.between(9.5, 10),
        source=f"{BOOK}: the terminal velocity is 1/(1 - momentum) times that of SGD",
        why="Ten in the limit; gathering speed takes about 9 of 1000 steps.",
    ),
    *SPEED,
    Claim(
        name="adagrad_rate_decays",
        statement="Adagrad's effective rate falls, up to as steps^(-1/2) (power).",
        estimand=rate_power("adagrad"),
        region=analysis.Region.between(-0.6, -0.25),
        source="Duchi et al. 2011: one over the root of a sum of squares",
        why="-1/2 for gradients of constant size; half of that where they shrink in training.",
    ),
    Claim(
        name="rmsprop_rate_does_not",
        statement="RMSProp, which forgets, keeps its effective rate or raises it (power).",
        estimand=rate_power("rmsprop"),
        region=analysis.Region.above(-0.1),
        source=f"{BOOK}: RMSProp fixes this with a running mean",
        why="0 for gradients of constant size; a tenth for chance.",
    ),
    Claim(
        name="adagrad_stops_early",
        statement="Adagrad's training loss ends above RMSProp's (ratio).",
        estimand=compared("train_loss", "adagrad", "rmsprop", analysis.paired_ratio),
        region=analysis.Region.above(1),
        source=f"{BOOK}: it often stops too early when training neural networks",
        why="Equal losses have ratio 1.",
    ),
    Claim(
        name="adamw_generalises",
        statement="AdamW, at its best weight decay, errs less on test data than Adam (points).",
        estimand=compared("test_error", "adam", "adamw", analysis.paired_difference),
        region=analysis.Region.above(0),
        source="Loshchilov and Hutter 2019",
        why="No difference is 0.",
    ),
    Claim(
        name="memory",
        statement="State holds 0 (SGD), 8 (Adam, AdamW) or 4 bytes a parameter (largest miss).",
        estimand=memory_error,
        region=analysis.Region.between(0, 0),
        source=f"{BOOK}: none, two or one numbers of 32 bits a parameter",
        why="A count of bytes is exact; the count of steps, one number in all, is left out.",
    ),
]


def known(name, measured):
    """Steps to 1e-6 that another program took, and those that the rate alone says."""
    expected = float(theory.steps_to_shrink(TUNED[name], 100))
    where = f"at condition 100, {LABELS[name]}"
    return [
        Target(
            f"steps to 1e-6 {where}",
            measured,
            "independent NumPy program",
            lambda table: analysis.mean(on_quadratic(table, name, "steps_to_1e-6")),
            tolerance=2,
            kind="measured",
        ),
        Target(
            f"steps for six decades in the long run {where}",
            round(expected),
            "its rate a step",
            lambda table: analysis.mean(six_decades(table, name)),
            tolerance=round(0.1 * expected),
            kind="exact",
        ),
    ]


MEASURED = {"sgd": 576, "momentum": 81, "nesterov": 132}
TARGETS = [target for pair in MEASURED.items() for target in known(*pair)]


def lines(rows, x, y, only=tuple(LABELS)):
    """A curve for each optimizer, in the colours that are theirs in all panels."""
    names = [name for name in only if name in set(rows.optimizer)]
    curves = {name: analysis.curve(rows, x, y, optimizer=name) for name in names}
    if x == "step":  # so many points that those of single seeds would hide the curves
        curves = {name: curve.drop(columns="seeds") for name, curve in curves.items()}
    places = list(LABELS)
    return [
        show.Series(curve, LABELS[name], x=x, color=places.index(name))
        for name, curve in curves.items()
    ]


def memory_panel(best, values, y_label):
    """A point for each optimizer: values [seeds, optimizers] over its measured bytes."""
    held = best.groupby("optimizer")["state_bytes_per_parameter"].first()
    series = []
    for place, name in enumerate(LABELS):
        if name in set(best.optimizer):
            alike = [other for other in LABELS if BYTES[other] == BYTES[name]]
            aside = 0.5 * (alike.index(name) - (len(alike) - 1) / 2)
            mean = analysis.mean(values.at(optimizer=name))
            ends = {"mean": [mean.value], "low": [mean.low], "high": [mean.high]}
            point = show.table(x=[held[name] + aside], **ends)
            series.append(show.Series(point, LABELS[name], "points", color=place))
    return show.Panel(series, "optimizer state (bytes a parameter)", y_label)


def quadratic_panel(table):
    rows = table[table.task == "quadratic"]
    series = lines(rows, "condition", "steps_to_1e-6")
    k = np.geomspace(rows.condition.min(), rows.condition.max(), 50)
    for place, (name, method) in enumerate(TUNED.items()):
        exact = show.table(x=k, y=theory.steps_to_shrink(method, k))
        series.append(show.Series(exact, f"exact rate, {LABELS[name]}", "theory", color=place))
    labels = ("condition number", "steps to 1e-6 of the distance", "quadratic")
    return show.Panel(series, *labels, log_x=True, log_y=True)


def plateau_panel(table):
    rows = table[table.task == "plateau"]
    series = lines(rows, "slope", "steps_to_cross")
    slope = np.geomspace(rows.slope.min(), rows.slope.max(), 50)
    for place, (name, times) in enumerate({"speed of SGD": 1, "terminal velocity": 10}.items()):
        exact = show.table(x=slope, y=1 / (PLATEAU["sgd"] * slope * times))
        series.append(show.Series(exact, name, "theory", color=place))
    return show.Panel(series, "slope", "steps to cross", "plateau", log_x=True, log_y=True)


def rate_panel(best):
    series = lines(best, "step", "effective_rate", ("adagrad", "rmsprop", "adam"))
    start = series[0].data.iloc[0]
    steps = np.geomspace(start.step, best.step.max(), 50)
    power = show.table(x=steps, y=start["mean"] * (steps / start.step) ** -0.5)
    series.append(show.Series(power, "1/√steps", "theory"))
    labels = ("step", "1/√(mean second moment)", "training")
    return show.Panel(series, *labels, log_x=True, log_y=True)


def figures(table):
    best, rows = trained(table), table[table.task == "train"]
    by = ("optimizer", "learning_rate")
    decayed = analysis.at_best(rows, "weight_decay", "validation_error", by=by)
    loss, error = lines(best, "step", "train_loss"), lines(decayed, by[1], "validation_error")
    speed = analysis.steps_to_reach(best, "train_loss", TARGET, "optimizer").restricted()
    test = analysis.by_seed(best, "test_error", "optimizer")
    drawn = {
        "optimizers": [
            show.Panel(loss, "step", "training loss (nats)", log_y=True, y_limits=(0.1, 2.5)),
            show.Panel(
                error, "learning rate", "validation error (%)", log_x=True, y_limits=(25, 50)
            ),
        ],
        "surfaces": [quadratic_panel(table), plateau_panel(table), rate_panel(best)],
        "memory": [
            memory_panel(best, speed, f"steps to a training loss of {TARGET}"),
            memory_panel(best, test, "test error (%)"),
        ],
    }
    return [show.Figure(name, panels, CAPTIONS[name]) for name, panels in drawn.items()]


CAPTIONS = {
    "optimizers": "MNIST-1D: training loss of each optimizer at the rate that is best on "
    "validation data, and validation error at the end of training against the rate.",
    "surfaces": "Steps on a quadratic, each method tuned as in theory, and across a plateau of "
    "length 1 (SGD and momentum at rate 0.1, Adam at 0.01); dashed, exact rates. Right: what the "
    "rate is multiplied by in training, from the state of the optimizers.",
    "memory": "Steps to a training loss, and test error at the end of training, each optimizer at "
    "its best rate, against the memory it takes; points of equal memory stand side by side.",
}
PLATEAU = {"sgd": 0.1, "momentum": 0.1, "adam": 0.01}
RATES = {
    "sgd": (0.1, 0.3, 1.0, 3.0),
    "momentum": (0.01, 0.03, 0.1, 0.3),
    "nesterov": (0.01, 0.03, 0.1, 0.3),
    "adagrad": (0.01, 0.03, 0.1, 0.3),
    "rmsprop": (0.001, 0.003, 0.01, 0.03),
    "adam": (0.001, 0.003, 0.01, 0.03),
    "adamw": (0.001, 0.003, 0.01, 0.03),
}
DECAYS = (0.01, 0.1, 1.0)
CONDITIONS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
SLOPES = (0.001, 0.01, 0.1, 1.0)
KEYS = ("task", "optimizer", "learning_rate", "momentum", "weight_decay", "condition", "slope")


def grid(rates, conditions=CONDITIONS, slopes=SLOPES):
    cells = [
        ("train", name, rate, 0.9, decay, 1.0, 1.0)
        for name, of_name in rates.items()
        for rate in of_name
        for decay in (DECAYS if name == "adamw" else (0.0,))
    ]
    for name, method in TUNED.items():
        tuned = {k: method(k) for k in conditions}
        cells += [("quadratic", name, *tuned[k][:2], 0.0, k, 1.0) for k in conditions]
    cells += [("plateau", name, r, 0.9, 0.0, 1.0, g) for name, r in PLATEAU.items() for g in slopes]
    return {KEYS: cells}


STUDY = Study(
    topic="optimisation",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    targets=TARGETS,
    figures=figures,
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
        "quick": Preset(
            seeds=2,
            steps=lambda p: 400 if p.task == "train" else 15_000,
            record=8,
            linked=grid({"momentum": (0.1,), "adam": (0.01,)}, (10.0, 100.0), (0.001, 1.0)),
            width=32,
            examples=2000,
        ),
        "standard": Preset(
            seeds=10,
            steps=lambda p: 4000 if p.task == "train" else 15_000,
            record=40,
            linked=grid(RATES),
        ),
        "paper": Preset(
            seeds=30,
            steps=lambda p: 40_000 if p.task == "train" else 15_000,
            record=100,
            linked=grid(RATES),
            width=256,
            examples=54_000,
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
