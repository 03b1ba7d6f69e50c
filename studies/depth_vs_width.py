"""Depth against width: what more layers bring at equal hidden units, and at equal parameters.

Question: with as many hidden units, or as many parameters, do deep networks learn in fewer steps,
need fewer examples for the same accuracy, and cut their inputs into more linear regions; and what
does depth cost in over-fitting?
Claims: they do, each of it at both budgets and on two tasks, MNIST-1D and the labels of a random
deep ReLU network; they learn random labels in fewer epochs, and they over-fit more.
Reference: Prince, Understanding Deep Learning (2023), sections 4.5 and 20.2, Fig. 20.2; Goodfellow
et al., Deep Learning (2016), section 6.4.1.
Command: nnlab run depth_vs_width
Cost: standard trains 1840 networks, four to five minutes on two cores. Fig. 20.2 took up to 500,000
epochs of 4000 examples at a rate of 0.0025, which preset paper repeats; standard has 500 examples
(30 parameters to each, not 4) and a rate of 0.05.
Expected result: all claims supported.
Found: what depth brings depends on the task, and little on the budget. Random labels: at one small
rate 4 layers take 560 epochs and 1 takes 1190, as in the book; at its own best rate 1 layer takes
67 and 4 take 135. Deep networks have less far to go (1.4 times), but bear only smaller steps; that
their gradient is steeper at the start is not certain. On MNIST-1D depth does not pay: for half of
the test right 1 layer needs 1000 examples and 4 need 1580 (at equal units 1460), and with 4000 it
errs less, 32.7% against 35.6%: it bears three times the rate. On a deep teacher's labels depth does
pay: 4 layers need 2200 examples and 1 layer does not get there with 4000 (38.6% against 53.0%),
though up to 1000 it errs less there too. To 10% training error 4 layers take more steps than 1 on
both tasks; 2 of equal units take the fewest. Of linear pieces 4 layers have 0.83 to 1.8 times as
many as 1, not thousands: the rate moves them more than depth does. Over-fitting does grow with
depth (test loss ends 1.1 and 2.5 nats above its best, on the teacher 1.7 and 3.6). The 15,139
parameters that the book gives for 4 layers of 63 are 15,319.
"""

from functools import partial
from itertools import product

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show
from nnlab.analysis import Region
from nnlab.study import Claim, Claims, Preset, Sized, Static, Study, Target, Traced

# Widths by depth: Prince's four networks of 15,200 parameters, and 298 units in all.
SHAPES = {
    "parameters": {1: 298, 2: 100, 3: 75, 4: 63, 6: 50, 8: 43},
    "units": {1: 298, 2: 149, 3: 99, 4: 74, 6: 50, 8: 37},
}
TASKS = {"mnist1d": "MNIST-1D", "teacher": "deep teacher"}
CASES = {(t, b): f"{TASKS[t]}, equal {b}" for t, b in product(TASKS, SHAPES)}
RIGHT = 50.0  # per cent of test error that counts as learned, of ten classes
LEARNED = 10.0  # per cent of training error that counts as fast
MEMORISED = 1.0  # per cent of training error, with random labels


def dataset(p):
    if p.task == "teacher":
        # Four directions of forty matter: with more, 4000 examples teach little at any depth.
        return data.relu_teacher(8000, 2000, 40, (4, 16, 16, 16), 10, validation_examples=1000)
    if p.task == "mnist1d":
        return data.mnist1d(9000, 2000, validation_examples=1000)
    return data.mnist1d(4000, 1000)


def trial(key, p, d):
    import jax

    net = nn.MLP((p.width,) * p.depth, d.classes)
    if p.task == "random_labels":
        x, y = d.train.x, learn.corrupt(nn.stream(key, "labels"), d.train.y, 1.0, d.classes)
        optimizer = learn.optimizer("sgd", p.learning_rate)
        measures = [learn.gradient_norm, learn.distance_from_start(key)]
        plan = {"batch": None, "measures": measures}
    else:
        # Each seed has examples of its own, so that the intervals are over data sets too.
        drawn = jax.random.permutation(nn.stream(key, "examples"), d.train.x.shape[0])
        x, y = d.train.x[drawn], d.train.y[drawn]
        optimizer = learn.optimizer("momentum", p.learning_rate)
        sets = {"train": (x, y), "validation": d.validation, "test": d.test}
        plan = {"evaluate": sets, "measures": [learn.linear_regions(d.test.x[:5], d.test.x[5:10])]}
    return learn.supervised(key, net, optimizer, x, y, examples=p.examples, **plan)


def of(table, task, budget="parameters"):
    """The rows of a task whose networks have the budget's shapes."""
    rows = analysis.select(table, task=task)
    return rows[rows.depth.map(SHAPES[budget]) == rows.width]


def fair(table, task, budget):
    """Each depth and number of examples at the rate that is best on validation data."""
    rows = of(table, task, budget)
    return analysis.at_best(rows, "learning_rate", "validation_error", by=("depth", "examples"))


def steps_to(error, rows):
    """Steps to a training error [seeds, depths], each depth at its quickest rate."""
    quick = analysis.at_fastest(rows, "learning_rate", "train_error", error, by="depth")
    return analysis.amount_to_reach(quick, "train_error", error, "step", "depth")


def steps_needed(table, task, budget):
    """Steps to the training error LEARNED on most examples."""
    rows = of(table, task, budget)
    return steps_to(LEARNED, analysis.select(rows, examples=rows.examples.max()))


def examples_needed(table, task, budget):
    """Examples to the test error RIGHT [seeds, depths]."""
    rows = fair(table, task, budget)
    return analysis.amount_to_reach(rows, "test_error", RIGHT, "examples", "depth")


def on_most(measure, table, task, budget):
    """A measure after training on most examples [seeds, depths]."""
    rows = fair(table, task, budget)
    return analysis.by_seed(rows, measure, "depth", examples=rows.examples.max())


pieces = partial(on_most, "linear_regions")
errors = partial(on_most, "test_error")


def rise(table, task, budget):
    """How far the test loss ends above its best [seeds, depths], mean over numbers of examples."""
    rows = fair(table, task, budget)
    rows = rows.assign(rise=rows.test_loss - rows.groupby("trial").test_loss.transform("min"))
    return analysis.by_seed(rows, "rise", ["depth", "examples"]).averaged("examples")


def at_small_rate(table):
    """Random labels at the smallest rate, one for all depths as in the book."""
    rows = of(table, "random_labels")
    return rows[rows.learning_rate == rows.learning_rate.min()]


PRINCE = "Prince 2023, Fig. 20.2"
CAVEAT = "Prince 2023, chapter 20: a possible cause"
DEEPER = "Goodfellow et al. 2016, section 6.4.1"
REGIONS = "Prince 2023, section 4.5: many more regions for as many parameters"
RULE = "textbook rule: more layers before wider layers, while the risk of over-fitting grows"
NO_RATIO, NO_DIFFERENCE = "Equal is a ratio of 1.", "Equal is a difference of 0."
claims = Claims()


@claims(Region(1, 1), PRINCE, "The book: all models train successfully.")
def random_labels_learned(table):
    """At one small rate all depths learn random labels without error (share of trials)."""
    found = analysis.by_seed(at_small_rate(table), "train_error", "depth")
    return analysis.mean((found.values == 0).mean(axis=1))


@claims(Region.above(1), PRINCE, NO_RATIO)
def fewer_epochs(table):
    """At one small rate 1 layer takes more epochs to learn random labels
    (ratio of 1 layer to 4).
    """
    rows = at_small_rate(table)
    epochs = analysis.amount_to_reach(rows, "train_error", MEMORISED, "step", "depth")
    return analysis.restricted_ratio(*epochs.each(depth=(1, 4)))


@claims(Region.above(1), f"{PRINCE}; the comparison that its caveat asks for", NO_RATIO)
def fewer_epochs_own_rate(table):
    """With each depth at its own quickest rate 1 layer takes more epochs as well
    (ratio of 1 layer to 4).
    """
    epochs = steps_to(MEMORISED, of(table, "random_labels"))
    return analysis.restricted_ratio(*epochs.each(depth=(1, 4)))


@claims(Region.above(1), CAVEAT, NO_RATIO)
def steeper_gradients(table):
    """Before training the gradient of 4 layers is steeper than that of 1 (ratio of norms)."""
    rows = analysis.select(at_small_rate(table), step=0)
    layers = [analysis.arrays_by_seed(rows, "gradient_norm", "layer", depth=d) for d in (4, 1)]
    return analysis.paired_ratio(*(np.linalg.norm(norms.values, axis=1) for norms in layers))


@claims(Region.above(1), CAVEAT, NO_RATIO)
def nearer_start(table):
    """To learn random labels 1 layer goes farther from its start than 4 (ratio)."""
    rows = analysis.when_reached(at_small_rate(table), "train_error", MEMORISED)
    return analysis.paired_ratio(*analysis.by_seed(rows, "distance", "depth").each(depth=(1, 4)))


MORE = "(ratio of 1 layer to 4)"
FAST = f"1 layer takes more steps to {LEARNED:g}% training error {MORE}."
FEW = f"1 layer needs more examples for {RIGHT:g}% test error {MORE}."
MANY = "after training 4 layers have more linear pieces than 1 (ratio)."
BETTER = "4 layers err less than 1 on most examples (points)."
RISK = "test loss rises further after its best in 4 layers than in 1 (nats)."
# Claims on each task, at both budgets or, named without one, at equal parameters: the statement,
# the measure, which depth is compared with which, how, and the source.
KINDS = {
    "faster_{budget}_{task}": (FAST, steps_needed, (1, 4), analysis.restricted_ratio, PRINCE),
    "fewer_{budget}_{task}": (FEW, examples_needed, (1, 4), analysis.restricted_ratio, DEEPER),
    "regions_{budget}_{task}": (MANY, pieces, (4, 1), analysis.paired_ratio, REGIONS),
    "layers_first_{task}": (BETTER, errors, (1, 4), analysis.paired_difference, RULE),
    "overfits_{task}": (RISK, rise, (4, 1), analysis.paired_difference, RULE),
}


def claim_of(name, task, budget):
    statement, measure, depths, compare, source = KINDS[name]

    def estimand(table):
        return compare(*measure(table, task, budget).each(depth=depths))

    is_difference = compare is analysis.paired_difference
    region, why = (Region.above(0), NO_DIFFERENCE) if is_difference else (Region.above(1), NO_RATIO)
    name = name.format(task=task, budget=budget)
    return Claim(name, f"{CASES[task, budget]}: {statement}", estimand, region, source, why)


claims += [
    claim_of(name, task, budget)
    for task, budget in CASES
    for name in KINDS
    if budget == "parameters" or "{budget}" in name
]


# As printed; the last has two digits swapped: 41 * 63 + 3 * 64 * 63 + 10 * 64 is 15,319.
SIZES = {1: 15208, 2: 15210, 3: 15235, 4: 15139}


def size_target(depth):
    n = SHAPES["parameters"][depth]
    ours = 41 * n + (depth - 1) * (n + 1) * n + 10 * (n + 1)  # 40 inputs, 10 classes
    name = f"parameters of {depth} hidden layers of {n}"
    return Target(name, SIZES[depth], PRINCE, ours, tolerance=0)


def layers(depth):
    return "1 hidden layer" if depth == 1 else f"{int(depth)} hidden layers"


def over_depth(label, measure, table):
    """A measure against depth, a line for each task and budget."""

    def line(task, budget, table):
        color, style = list(TASKS).index(task), "-" if budget == "parameters" else "--"
        found = analysis.means(measure(table, task, budget))
        return show.Series(found, CASES[task, budget], color=color, linestyle=style)

    most = [show.HLine(table.examples.max(), "most examples tried")]
    notes = most if measure is examples_needed else []
    return show.Panel([partial(line, *case) for case in CASES], "hidden layers", label, notes=notes)


def learning_panel(task, budget, table):
    curves = analysis.curve(fair(table, task, budget), "examples", "test_error", by="depth")
    axes = ("examples", "test error (%)", CASES[task, budget])
    notes = [show.HLine(RIGHT, "counts as learned")]
    return show.Panel(show.series_by(curves, "depth", label=layers), *axes, log_x=True, notes=notes)


def memory_panel(table):
    rows = at_small_rate(table)
    curves = analysis.curve(rows[rows.step > 0], "step", "train_error", by="depth")
    series = show.series_by(curves, "depth", label=layers)
    title = f"one rate: {rows.learning_rate.min():g}"
    return show.Panel(series, "epochs", "training error (%)", title, log_x=True)


def rate_panel(table):
    rows, across = of(table, "random_labels"), ["depth", "learning_rate"]
    times = analysis.amount_to_reach(rows, "train_error", MEMORISED, "step", across)
    lines = {depth: analysis.means(times.at(depth=depth)) for depth in times.axes["depth"]}
    series = [show.Series(line, layers(depth)) for depth, line in lines.items()]
    axes = ("learning rate", f"epochs to {MEMORISED:g}% training error", "each rate")
    end = [show.HLine(times.horizon, "end of training")]
    return show.Panel(series, *axes, log_x=True, log_y=True, notes=end)


def figures(table):
    measures = {
        f"steps to {LEARNED:g}% training error": steps_needed,
        f"examples to {RIGHT:g}% test error": examples_needed,
        "linear pieces along a line": pieces,
        "rise of test loss (nats)": rise,
    }
    labels = table.examples[table.task == "random_labels"].max()
    return [
        show.Figure(
            "depth_vs_width",
            [partial(over_depth, *measure) for measure in measures.items()],
            "Against the number of hidden layers, at equal parameters and at equal hidden units: "
            "steps on most examples, examples needed, linear pieces between test examples, and how "
            "far the test loss ends above its best. Each network at its own best rate; what is not "
            "reached counts as the most that was tried.",
        ),
        show.Figure(
            "learning_curves",
            [partial(learning_panel, *case) for case in CASES],
            "Test error against the number of training examples, each network at the rate that is "
            "best on validation data for its depth and number of examples.",
            share_y=True,
        ),
        show.Figure(
            "random_labels",
            [memory_panel, rate_panel],
            f"Full-batch gradient descent on {labels:g} random labels, networks of 15,200 "
            "parameters: training error at one small rate, and epochs needed at each rate.",
        ),
    ]


KEYS = ("task", "depth", "width", "examples", "learning_rate")
RECORD = (0, 30, 50, 80, 125, 200, 320, 500, 800, 1250)
LONG = (*RECORD, *(2000 * 2**k for k in range(8)), 360_000)
FOUR = (0.01, 0.03, 0.1, 0.3)
FAST_RATES = (0.2, 0.4, 0.8, 1.6, 3.2)  # with random labels


def supervised(tasks, rates, sizes):
    """All shapes and numbers of examples, at rates by depth."""
    shapes = sorted({(d, SHAPES[b][d]) for b in SHAPES for d in rates})
    return [(t, d, w, n, r) for t in tasks for d, w in shapes for n in sizes for r in rates[d]]


def random_labels(n, rates):
    widths = SHAPES["parameters"]
    return [("random_labels", d, widths[d], n, r) for d in (1, 2, 3, 4) for r in rates]


def steps(many, label_steps):
    return lambda p: label_steps if p.task == "random_labels" else many


RATES = {1: (0.03, 0.1, 0.3, 1.0), 2: FOUR, 4: FOUR}
ALL_RATES = dict.fromkeys((1, 2, 3, 4, 6, 8), (*FOUR, 1.0))
QUICK = supervised(["teacher"], {1: (0.1,), 4: (0.1,)}, (100, 400))
STANDARD = supervised(TASKS, RATES, (500, 1000, 2000, 4000))
STANDARD += random_labels(500, (0.05, *FAST_RATES))
PAPER = supervised(TASKS, ALL_RATES, (250, 500, 1000, 2000, 4000, 8000))
PAPER += random_labels(4000, (0.0025, *FAST_RATES))

STUDY = Study(
    topic="architecture",
    data=dataset,
    trial=trial,
    claims=claims,
    targets=[size_target(depth) for depth in SIZES],
    figures=figures,
    factors={
        "task": Static("mnist1d", choices=(*TASKS, "random_labels")),
        "depth": Static(1, about="hidden layers"),
        "width": Sized(298, about="units in each hidden layer"),
        "examples": Sized(4000, about="to train on"),
        "learning_rate": Traced(0.01, low=0),
    },
    presets={
        "quick": Preset(2, steps(125, 200), RECORD, {KEYS: QUICK}),
        "standard": Preset(10, steps(1250, 2000), RECORD, {KEYS: STANDARD}),
        "paper": Preset(20, steps(10_000, 500_000), LONG, {KEYS: PAPER}),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
