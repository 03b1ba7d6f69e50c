"""Depth against width: what more layers bring at equal hidden units, and at equal parameters.

Question: with the same number of hidden units, or of parameters, do deep networks learn in fewer
steps, need fewer examples for the same accuracy, and cut their inputs into more linear regions;
and what does depth cost in over-fitting?
Claims: all of it, each at both budgets and for two tasks, MNIST-1D and the labels of a random deep
ReLU network; random labels are learned in fewer epochs by 4 layers than by 1, at one small rate
and with each depth at its own best one; test loss rises more after its best in deeper networks.
Reference: Prince, Understanding Deep Learning (2023), Fig. 20.2 and sections 4.5 and 20.2; Goodfellow
et al., Deep Learning (2016), section 6.4.1.
Command: nnlab run depth_vs_width
Cost: TODO
Expected result: all claims supported.
Found: TODO
"""

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
    rows = rows[rows.examples == rows.examples.max()]
    quick = analysis.at_fastest(rows, "learning_rate", "train_error", LEARNED, by="depth")
    return analysis.amount_to_reach(quick[quick.step > 0], "train_error", LEARNED, "step", "depth")


def examples_needed(table, task, budget):
    rows = fair(table, task, budget)
    return analysis.amount_to_reach(rows, "test_error", RIGHT, "examples", "depth")


def pieces(table, task, budget):
    """Linear pieces along lines of test data [seeds, depths], after training on most examples."""
    rows = fair(table, task, budget)
    most = int(rows.examples.max())
    return analysis.by_seed(rows, "linear_regions", "depth", examples=most)


def rise(table, task, budget):
    """How far the test loss ends above its best [seeds, depths], mean over numbers of examples."""
    rows = fair(table, task, budget)
    rows = rows.assign(rise=rows.test_loss - rows.groupby("trial").test_loss.transform("min"))
    each = analysis.by_seed(rows, "rise", ["depth", "examples"])
    means = each.values.mean(axis=2)
    return analysis.PerSeed("rise", means, each.seeds, {"depth": each.axes["depth"]}, each.dropped)


def ends(per_depth):
    """The results of one hidden layer, and of the most."""
    return per_depth.at(depth=1), per_depth.at(depth=int(max(per_depth.levels)))


def error_on_most(table, task, budget):
    rows = fair(table, task, budget)
    most = int(rows.examples.max())
    return analysis.by_seed(rows, "test_error", "depth", examples=most)


def gentle(table):
    """Random labels at one small rate, as in the book."""
    rows = of(table, "random_labels")
    return rows[np.isclose(rows.learning_rate, rows.learning_rate.min())]


def own_rate(table):
    rows = of(table, "random_labels")
    return analysis.at_fastest(rows, "learning_rate", "train_error", MEMORISED, by="depth")


def epochs(rows, across="depth"):
    """Full-batch steps to the training error MEMORISED."""
    rows = rows[rows.step > 0]
    return analysis.amount_to_reach(rows, "train_error", MEMORISED, "step", across)


def start(rows, depth):
    """The gradient's norm before training, all layers together, [seeds]."""
    rows = rows[(rows.step == 0) & (rows.depth == depth)]
    return np.sqrt((analysis.arrays_by_seed(rows, "gradient_norm", "layer").values ** 2).sum(1))


def all_learned(table):
    errors = analysis.by_seed(gentle(table), "train_error", "depth")
    return analysis.mean((errors.values == 0).mean(axis=1))


def steeper(table):
    rows = gentle(table)
    return analysis.paired_ratio(start(rows, int(rows.depth.max())), start(rows, 1))


def travelled(table):
    """How far from the start a network first has MEMORISED the labels: 1 layer over the most."""
    rows = gentle(table)
    rows = rows[rows.train_error <= MEMORISED]
    first = rows.loc[rows.groupby("trial").step.idxmin()].assign(step=0)
    shallow, deep = ends(analysis.by_seed(first, "distance", "depth"))
    return analysis.paired_ratio(shallow, deep)


def ratio(measure, task, budget):
    """Of one layer to the most, of steps or examples needed."""
    return lambda table: analysis.restricted_ratio(*ends(measure(table, task, budget)))


def deep_over_shallow(task, budget):
    return lambda table: analysis.paired_ratio(*reversed(ends(pieces(table, task, budget))))


def gain(measure, task, sign=1):
    """At equal parameters one layer's minus the most layers', with sign -1 the other way round."""
    return lambda table: analysis.paired_difference(
        *ends(measure(table, task, "parameters"))[::sign]
    )


PRINCE = "Prince 2023, Fig. 20.2"
CAVEAT = "Prince 2023, chapter 20: a possible cause"
DEEPER = "Goodfellow et al. 2016, section 6.4.1"
REGIONS = "Prince 2023, section 4.5: many more regions for as many parameters"
RULE = "textbook rule: more layers before wider layers, but over-fitting grows with depth"
LEARN_ALL = (analysis.Region(1, 1), "The book: all models train successfully.")
ABOVE_1 = (analysis.Region.above(1), "Equal is a ratio of 1.")
ABOVE_0 = (analysis.Region.above(0), "Equal is a difference of 0.")


def claim(name, statement, estimand, region, source):
    return Claim(name, statement, estimand, region[0], source, region[1])


def claims_of(task, budget):
    where, equal = f"{budget}_{task}", f"{TASKS[task]}, equal {budget}:"
    faster = f"{equal} 1 layer takes more steps to {LEARNED:g}% training error than 4 (ratio)."
    fewer = f"{equal} 1 layer needs more examples for {RIGHT:g}% test error than 4 (ratio)."
    more = f"{equal} after training 4 layers have more linear pieces than 1 (ratio)."
    return [
        claim(f"faster_{where}", faster, ratio(steps_needed, task, budget), ABOVE_1, PRINCE),
        claim(f"fewer_{where}", fewer, ratio(examples_needed, task, budget), ABOVE_1, DEEPER),
        claim(f"regions_{where}", more, deep_over_shallow(task, budget), ABOVE_1, REGIONS),
    ]


def rules_of(task):
    first = f"{TASKS[task]}, equal parameters: 4 layers err less than 1 on most examples (points)."
    risk = (
        f"{TASKS[task]}, equal parameters: test loss rises more after its best in 4 layers (nats)."
    )
    better, rises = gain(error_on_most, task), gain(rise, task, -1)
    return [
        claim(f"layers_first_{task}", first, better, ABOVE_0, RULE),
        claim(f"overfits_{task}", risk, rises, ABOVE_0, RULE),
    ]


CLAIMS = [
    claim(
        "random_labels_learned",
        "At one small rate all depths learn random labels without error (share of trials).",
        all_learned,
        LEARN_ALL,
        PRINCE,
    ),
    claim(
        "fewer_epochs",
        "At one small rate 1 layer takes more epochs to learn random labels than 4 (ratio).",
        lambda table: analysis.restricted_ratio(*ends(epochs(gentle(table)))),
        ABOVE_1,
        PRINCE,
    ),
    claim(
        "fewer_epochs_own_rate",
        "So it does with each depth at its own quickest rate (ratio).",
        lambda table: analysis.restricted_ratio(*ends(epochs(own_rate(table)))),
        ABOVE_1,
        f"{PRINCE}; the comparison that its caveat asks for",
    ),
    claim(
        "steeper_gradients",
        "Before training the gradient of 4 layers is steeper than that of 1 (ratio of norms).",
        steeper,
        ABOVE_1,
        CAVEAT,
    ),
    claim(
        "nearer_start",
        "To learn random labels 1 layer goes farther from its start than 4 (ratio).",
        travelled,
        ABOVE_1,
        CAVEAT,
    ),
    *[each for task in TASKS for budget in SHAPES for each in claims_of(task, budget)],
    *[each for task in TASKS for each in rules_of(task)],
]


def parameters(depth, width):
    return 41 * width + (depth - 1) * (width + 1) * width + 10 * (width + 1)


def size_target(depth, value):
    ours = parameters(depth, SHAPES["parameters"][depth])
    estimate = analysis.Estimate(ours, ours, ours, 0, "formula")
    name = f"parameters of {depth} hidden layers"
    return Target(name, value, PRINCE, lambda table: estimate, tolerance=0)


def error_target(depth):
    def left(table):
        rows = gentle(table)
        if rows.examples.max() < 4000:
            raise analysis.NotApplicable("the number is for 4000 examples, as in preset paper")
        return analysis.mean(analysis.by_seed(rows, "train_error", depth=depth))

    name = f"training error on random labels, {depth} hidden layers (%)"
    return Target(name, 0.0, PRINCE, left, tolerance=0.1)


SIZES = {1: 15208, 2: 15210, 3: 15235, 4: 15139}
TARGETS = [size_target(*each) for each in SIZES.items()] + [error_target(d) for d in SIZES]


def layers(depth):
    return "1 hidden layer" if depth == 1 else f"{int(depth)} hidden layers"


def by_depth(results):
    """Means with their intervals, by number of layers."""
    estimate = analysis.mean(results)
    return show.table(x=results.levels, mean=estimate.value, low=estimate.low, high=estimate.high)


def summary_figure(table, tasks):
    measures = [
        (steps_needed, f"steps to {LEARNED:g}% training error", True),
        (examples_needed, f"examples to {RIGHT:g}% test error", True),
        (pieces, "linear pieces along a line", False),
        (rise, "rise of test loss (nats)", False),
    ]
    panels = []
    for measure, label, needs in measures:
        series = []
        for place, task in enumerate(tasks):
            for budget, style in (("parameters", "-"), ("units", "--")):
                found = measure(table, task, budget)
                curve = by_depth(found.restricted() if needs else found)
                name = f"{TASKS[task]}, equal {budget}"
                series.append(show.Series(curve, name, color=place, linestyle=style))
        panels.append(show.Panel(series, "hidden layers", label, log_y=needs))
    caption = (
        "Against the number of hidden layers, at equal parameters and at equal hidden units: steps "
        "of Adam on most examples, examples needed, linear pieces between test examples, and how far "
        "the test loss ends above its best. Each network at its own best rate; what is not reached "
        "counts as the most steps or examples tried."
    )
    return show.Figure("depth_vs_width", panels, caption)


def curves_figure(table, tasks):
    panels = []
    for task in tasks:
        for budget in SHAPES:
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
    times = epochs(of(table, "random_labels"), ["depth", "learning_rate"])
    taken = analysis.mean(times.restricted())
    series = []
    for place, depth in enumerate(times.axes["depth"]):
        ends_of = {"mean": taken.value, "low": taken.low, "high": taken.high}
        curve = {name: values[place] for name, values in ends_of.items()}
        data_of = show.table(x=times.axes["learning_rate"], **curve)
        series.append(show.Series(data_of, layers(depth)))
    label = f"epochs to {MEMORISED:g}% training error"
    end = [show.HLine(times.horizon, "end of training")]
    axes = ("learning rate", label, "each rate")
    panels.append(show.Panel(series, *axes, log_x=True, log_y=True, notes=end))
    caption = (
        f"Gradient descent on {int(slow.examples.max())} random labels, networks of 15,200 parameters: "
        "training error at one small rate, and epochs needed at each rate."
    )
    return show.Figure("random_labels", panels, caption)


def figures(table):
    tasks = [task for task in TASKS if (table.task == task).any()]
    made = [summary_figure(table, tasks), curves_figure(table, tasks)]
    return [*made, labels_figure(table)]


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
    targets=TARGETS,
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
            linked=grid(["teacher"], {1: (0.1,), 4: (0.1,)}, (100, 400), ((1, 4), 100, (0.1, 0.2))),
        ),
        "standard": Preset(
            seeds=10,
            steps=steps(1250, 2000),
            record=RECORD,
            linked=grid(
                TASKS,
                {1: (0.03, 0.1, 0.3, 1.0), 2: (0.03, 0.1, 0.3, 1.0), 4: (0.03, 0.1, 0.3)},
                (500, 1000, 2000, 4000),
                ((1, 2, 3, 4), 500, (0.05, 0.2, 0.4, 0.8, 1.6)),
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
                ((1, 2, 3, 4), 4000, (0.0025, 0.01, 0.04, 0.16, 0.64)),
            ),
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
