"""Depth against width: what more layers bring at equal hidden units, and at equal parameters.

Question: with as many hidden units, or as many parameters, do deep networks learn in fewer steps,
need fewer examples for the same accuracy, and cut their inputs into more linear regions; and what
does depth cost in over-fitting?
Claims: they do, each of it at both budgets and on two tasks, MNIST-1D and the labels of a random
deep ReLU network; 4 layers learn random labels in fewer epochs than 1, at one small rate for all
and with each depth at its own best; test loss rises further after its best in deeper networks.
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

import itertools

import numpy as np

import nnlab
from nnlab import (
    Claim,
    Preset,
    Sized,
    Static,
    Study,
    Target,
    Traced,
    analysis,
    data,
    learn,
    nn,
    show,
)

# Widths by depth: Prince's four networks of 15,200 parameters, and 298 units in all.
SHAPES = {
    "parameters": {1: 298, 2: 100, 3: 75, 4: 63, 6: 50, 8: 43},
    "units": {1: 298, 2: 149, 3: 99, 4: 74, 6: 50, 8: 37},
}
TASKS = {"mnist1d": "MNIST-1D", "teacher": "deep teacher"}
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
        labels = learn.corrupt(nn.stream(key, "labels"), d.train.y, 1.0, d.classes)
        optimizer = learn.optimizer("sgd", p.learning_rate)
        measures = [learn.gradient_norm, learn.distance_from_start(key)]
        x, whole = d.train.x, {"batch": None, "examples": p.examples, "measures": measures}
        return learn.supervised(key, net, optimizer, x, labels, **whole)
    # Each seed has examples of its own, so that the intervals are over data sets too.
    drawn = jax.random.permutation(nn.stream(key, "examples"), d.train.x.shape[0])
    x, y = d.train.x[drawn], d.train.y[drawn]
    parts = {"validation": d.validation, "test": d.test}
    return learn.supervised(
        key,
        net,
        learn.optimizer("momentum", p.learning_rate),
        x,
        y,
        examples=p.examples,
        evaluate={"train": (x, y)} | {name: (part.x, part.y) for name, part in parts.items()},
        measures=[learn.linear_regions(d.test.x[:5], d.test.x[5:10])],
    )


def of(table, task, budget="parameters"):
    """The rows of a task whose networks have the budget's shapes."""
    rows = table[(table.task == task) & (table.depth.map(SHAPES[budget]) == table.width)]
    if rows.empty:
        raise analysis.NotApplicable(f"this preset leaves out the task {task}")
    return rows


def fair(table, task, budget="parameters"):
    """Each depth and number of examples at the rate that is best on validation data."""
    rows = of(table, task, budget)
    return analysis.at_best(rows, "learning_rate", "validation_error", by=("depth", "examples"))


def steps_needed(table, task, budget):
    """Steps to the training error LEARNED on most examples, each depth at its quickest rate."""
    rows = of(table, task, budget)
    rows = rows[(rows.examples == rows.examples.max()) & (rows.step > 0)]
    quick = analysis.at_fastest(rows, "learning_rate", "train_error", LEARNED, by="depth")
    return analysis.amount_to_reach(quick, "train_error", LEARNED, "step", "depth")


def examples_needed(table, task, budget):
    """Examples to the test error RIGHT."""
    rows = fair(table, task, budget)
    return analysis.amount_to_reach(rows, "test_error", RIGHT, "examples", "depth")


def on_most(measure):
    """A measure after training on most examples [seeds, depths]."""

    def of_depths(table, task, budget):
        rows = fair(table, task, budget)
        return analysis.by_seed(rows, measure, "depth", examples=int(rows.examples.max()))

    return of_depths


def rise(table, task, budget):
    """How far the test loss ends above its best [seeds, depths], mean over numbers of examples."""
    rows = fair(table, task, budget)
    rows = rows.assign(rise=rows.test_loss - rows.groupby("trial").test_loss.transform("min"))
    each = analysis.by_seed(rows, "rise", ["depth", "examples"])
    axes = {"depth": each.axes["depth"]}
    return analysis.PerSeed("rise", each.values.mean(axis=2), each.seeds, axes, each.dropped)


def gentle(table):
    """Random labels at one small rate, as in the book."""
    rows = of(table, "random_labels")
    return rows[np.isclose(rows.learning_rate, rows.learning_rate.min())]


def own_rate(table):
    rows = of(table, "random_labels")
    return analysis.at_fastest(rows, "learning_rate", "train_error", MEMORISED, by="depth")


def epochs(rows, *rates):
    """Full-batch steps to the training error MEMORISED [seeds, depths], or by rate as well."""
    rows = rows[rows.step > 0]
    return analysis.amount_to_reach(rows, "train_error", MEMORISED, "step", ["depth", *rates])


def all_learned(table):
    errors = analysis.by_seed(gentle(table), "train_error", "depth")
    return analysis.mean((errors.values == 0).mean(axis=1))


def steeper(table):
    """The gradient's norm before training, all parameters together: 4 layers over 1."""
    rows = gentle(table).loc[lambda rows: rows.step == 0]
    layers = [analysis.arrays_by_seed(rows, "gradient_norm", "layer", depth=d) for d in (4, 1)]
    return analysis.paired_ratio(*(np.sqrt((norms.values**2).sum(axis=1)) for norms in layers))


def travelled(table):
    """How far from the start a network first has MEMORISED the labels: 1 layer over 4."""
    rows = gentle(table).loc[lambda rows: rows.train_error <= MEMORISED]
    first = rows.loc[rows.groupby("trial").step.idxmin()].assign(step=0)
    return analysis.paired_ratio(*ends(analysis.by_seed(first, "distance", "depth")))


def ends(per_depth):
    return per_depth.at(depth=1), per_depth.at(depth=4)


PRINCE = "Prince 2023, Fig. 20.2"
CAVEAT = "Prince 2023, chapter 20: a possible cause"
DEEPER = "Goodfellow et al. 2016, section 6.4.1"
REGIONS = "Prince 2023, section 4.5: many more regions for as many parameters"
RULE = "textbook rule: more layers before wider layers, while the risk of over-fitting grows"


def above(name, statement, estimand, at, source):
    """A claim that a ratio lies above 1, or a difference above 0."""
    why = "Equal is a ratio of 1." if at else "Equal is a difference of 0."
    return Claim(name, statement, estimand, analysis.Region.above(at), source, why)


def needs_more(name, statement, needed, source):
    """A claim that 1 layer needs more than 4: `needed(table)` has one result for each depth."""
    statement = f"{statement} (ratio of 1 layer to 4)."
    return above(name, statement, lambda t: analysis.restricted_ratio(*ends(needed(t))), 1, source)


def claims_of(task, budget):
    here, name = f"{TASKS[task]}, equal {budget}", f"{budget}_{task}"
    fast = f"{here}: 1 layer takes more steps to {LEARNED:g}% training error"
    few = f"{here}: 1 layer needs more examples for {RIGHT:g}% test error"
    many = f"{here}: after training 4 layers have more linear pieces than 1 (ratio)."
    better = f"{here}: 4 layers err less than 1 on most examples (points)."
    risk = f"{here}: test loss rises further after its best in 4 layers than in 1 (nats)."
    pieces, error = on_most("linear_regions"), on_most("test_error")

    def ratio(table):
        return analysis.paired_ratio(*reversed(ends(pieces(table, task, budget))))

    def gain(table):
        return analysis.paired_difference(*ends(error(table, task, budget)))

    def excess(table):
        return analysis.paired_difference(*reversed(ends(rise(table, task, budget))))

    claims = [
        needs_more(f"faster_{name}", fast, lambda t: steps_needed(t, task, budget), PRINCE),
        needs_more(f"fewer_{name}", few, lambda t: examples_needed(t, task, budget), DEEPER),
        above(f"regions_{name}", many, ratio, 1, REGIONS),
    ]
    if budget == "parameters":
        claims += [above(f"layers_first_{task}", better, gain, 0, RULE)]
        claims += [above(f"overfits_{task}", risk, excess, 0, RULE)]
    return claims


CLAIMS = [
    Claim(
        "random_labels_learned",
        "At one small rate all depths learn random labels without error (share of trials).",
        all_learned,
        analysis.Region(1, 1),
        PRINCE,
        "The book: all models train successfully.",
    ),
    needs_more(
        "fewer_epochs",
        "At one small rate 1 layer takes more epochs to learn random labels",
        lambda table: epochs(gentle(table)),
        PRINCE,
    ),
    needs_more(
        "fewer_epochs_own_rate",
        "So it does with each depth at its own quickest rate",
        lambda table: epochs(own_rate(table)),
        f"{PRINCE}; the comparison that its caveat asks for",
    ),
    above(
        "steeper_gradients",
        "Before training the gradient of 4 layers is steeper than that of 1 (ratio of norms).",
        steeper,
        1,
        CAVEAT,
    ),
    above(
        "nearer_start",
        "To learn random labels 1 layer goes farther from its start than 4 (ratio).",
        travelled,
        1,
        CAVEAT,
    ),
    *[claim for task in TASKS for budget in SHAPES for claim in claims_of(task, budget)],
]


def size_target(depth, value):
    width = SHAPES["parameters"][depth]
    ours = 41 * width + (depth - 1) * (width + 1) * width + 10 * (width + 1)
    estimate = analysis.Estimate(ours, ours, ours, 0, "formula")
    name = f"parameters of {depth} hidden layers of {width}"
    return Target(name, value, PRINCE, lambda table: estimate, tolerance=0)


# As printed; the last has two digits swapped: 41 * 63 + 3 * 64 * 63 + 10 * 64 is 15,319.
SIZES = {1: 15208, 2: 15210, 3: 15235, 4: 15139}


def layers(depth):
    return "1 hidden layer" if depth == 1 else f"{int(depth)} hidden layers"


def means(results, label, **look):
    """Means over seeds with their intervals, against the only axis of the results."""
    estimate = analysis.mean(results)
    ends_of = {"mean": estimate.value, "low": estimate.low, "high": estimate.high}
    return show.Series(show.table(x=results.levels, **ends_of), label, **look)


def summary_figure(table, tasks):
    measures = {
        f"steps to {LEARNED:g}% training error": steps_needed,
        f"examples to {RIGHT:g}% test error": examples_needed,
        "linear pieces along a line": on_most("linear_regions"),
        "rise of test loss (nats)": rise,
    }
    panels = []
    for label, measure in measures.items():
        series, notes = [], []
        for color, task in enumerate(tasks):
            for budget, style in (("parameters", "-"), ("units", "--")):
                found = measure(table, task, budget)
                if measure is examples_needed:
                    notes = [show.HLine(found.horizon, "most examples tried")]
                found = found.restricted() if hasattr(found, "restricted") else found
                name = f"{TASKS[task]}, equal {budget}"
                series.append(means(found, name, color=color, linestyle=style))
        panels.append(show.Panel(series, "hidden layers", label, notes=notes))
    caption = (
        "Against the number of hidden layers, at equal parameters and at equal hidden units: steps "
        "on most examples, examples needed, linear pieces between test examples, and how far the "
        "test loss ends above its best. Each network at its own best rate; what is not reached "
        "counts as the most that was tried."
    )
    return show.Figure("depth_vs_width", panels, caption)


def curves_figure(table, tasks):
    panels = []
    for task, budget in itertools.product(tasks, SHAPES):
        curves = analysis.curve(fair(table, task, budget), "examples", "test_error", by="depth")
        series = show.series_by(curves, "depth", x="examples", label=layers)
        axes = ("examples", "test error (%)", f"{TASKS[task]}, equal {budget}")
        notes = [show.HLine(RIGHT, "counts as learned")]
        panels.append(show.Panel(series, *axes, log_x=True, notes=notes))
    caption = (
        "Test error against the number of training examples, each network at the rate that is best "
        "on validation data for its depth and number of examples."
    )
    return show.Figure("learning_curves", panels, caption, share_y=True)


def labels_figure(table):
    slow = gentle(table)
    curves = analysis.curve(slow[slow.step > 0], "step", "train_error", by="depth")
    series = show.series_by(curves, "depth", x="step", label=layers)
    title = f"one rate: {slow.learning_rate.min():g}"
    panels = [show.Panel(series, "epochs", "training error (%)", title, log_x=True)]
    times = epochs(of(table, "random_labels"), "learning_rate")
    each = [(depth, times.at(depth=depth).restricted()) for depth in times.axes["depth"]]
    series = [means(found, layers(depth)) for depth, found in each]
    axes = ("learning rate", f"epochs to {MEMORISED:g}% training error", "each rate")
    end = [show.HLine(times.horizon, "end of training")]
    panels.append(show.Panel(series, *axes, log_x=True, log_y=True, notes=end))
    caption = (
        f"Full-batch gradient descent on {int(slow.examples.max())} random labels, networks of "
        "15,200 parameters: training error at one small rate, and epochs needed at each rate."
    )
    return show.Figure("random_labels", panels, caption)


def figures(table):
    there = set(table.task)
    tasks = [task for task in TASKS if task in there]
    made = [summary_figure(table, tasks), curves_figure(table, tasks)]
    return made + ([labels_figure(table)] if "random_labels" in there else [])


KEYS = ("task", "depth", "width", "examples", "learning_rate")
RECORD = (0, 30, 50, 80, 125, 200, 320, 500, 800, 1250)


def grid(tasks, rates, sizes, labels):
    """Rates by depth, for all shapes and numbers of examples; then (depths, examples, rates)."""
    shapes = sorted({(d, SHAPES[b][d]) for b in SHAPES for d in rates})
    cells = [(t, d, w, n, r) for t in tasks for d, w in shapes for n in sizes for r in rates[d]]
    depths, examples, steps = labels
    named = [("random_labels", d, SHAPES["parameters"][d], examples) for d in depths]
    return {KEYS: cells + [(*name, rate) for name in named for rate in steps]}


def steps(supervised, labels):
    return lambda p: labels if p.task == "random_labels" else supervised


STUDY = Study(
    topic="architecture",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    targets=[size_target(*each) for each in SIZES.items()],
    figures=figures,
    factors={
        "task": Static("mnist1d", choices=(*TASKS, "random_labels")),
        "depth": Static(1, about="hidden layers"),
        "width": Sized(298, about="units in each hidden layer"),
        "examples": Sized(4000, about="to train on"),
        "learning_rate": Traced(0.01, low=0),
    },
    presets={
        "quick": Preset(
            seeds=2,
            steps=steps(125, 200),
            record=RECORD,
            linked=grid(["teacher"], {1: (0.1,), 4: (0.1,)}, (100, 400), ((), 100, ())),
        ),
        "standard": Preset(
            seeds=10,
            steps=steps(1250, 2000),
            record=RECORD,
            linked=grid(
                TASKS,
                {1: (0.03, 0.1, 0.3, 1.0), 2: (0.01, 0.03, 0.1, 0.3), 4: (0.01, 0.03, 0.1, 0.3)},
                (500, 1000, 2000, 4000),
                ((1, 2, 3, 4), 500, (0.05, 0.2, 0.4, 0.8, 1.6, 3.2)),
            ),
        ),
        "paper": Preset(
            seeds=20,
            steps=steps(10_000, 500_000),
            record=(*RECORD, *(2000 * 2**k for k in range(8)), 360_000),
            linked=grid(
                TASKS,
                dict.fromkeys((1, 2, 3, 4, 6, 8), (0.01, 0.03, 0.1, 0.3, 1.0)),
                (250, 500, 1000, 2000, 4000, 8000),
                ((1, 2, 3, 4), 4000, (0.0025, 0.2, 0.4, 0.8, 1.6, 3.2)),
            ),
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
