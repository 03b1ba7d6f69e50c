"""Linear regions: what a ReLU network could have, what it starts with, and what training leaves.

Question: into how many linear pieces does a ReLU network cut a line, if built to have many, at
random initial weights, and after training; and what is the part of depth in it?
Claims: one input and D units in one layer give at most D + 1 pieces; deep networks with as many
units can have far more; at random weights the number grows linearly with the number of units and
hardly depends on depth; training does not change that.
Reference: Prince, Understanding Deep Learning (2023), sections 3.2 and 4.5; Montufar et al. 2014;
Telgarsky 2016; Hanin and Rolnick 2019, Complexity of linear regions in deep networks.
Command: nnlab run linear_regions
Cost: standard trains 160 networks for 3000 steps: one and a quarter minutes on two cores.
Expected result: all supported but deeper_has_more, where theory and practice part.
Found: what is possible says little of what is. Of 24 units 6 layers can make 15,625 pieces and are
born with 19; 4 layers can make 2401 and have 23 (one layer: 25). Along lines of MNIST-1D there is
about half a piece to a unit, at any depth, before training and after (3% more). Deeper networks do
end with more, against what was expected: 8% more with 4 layers than with 1, where the textbook's
formula promises a factor of 29,000.
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
    analysis,
    data,
    learn,
    nn,
    show,
    theory,
)

UNITS = 24  # of the networks of one input that are compared at different depths
DEPTHS = (1, 2, 3, 4)
WIDTHS = (1, 2, 4, 8, 16, 24, 64, 128)
LINES = 10


def dataset(p):
    return data.mnist1d(4000, 1000) if p.task == "mnist1d" else None


def trial(key, p, d):
    if p.task == "mnist1d":
        return trained(key, p, d)
    pieces = folded if p.task == "folded" else random_weights
    return learn.Trial(lambda: (), lambda i, state: state, lambda _: {"pieces": pieces(key, p)})


def folded(key, p):
    """Pieces on [0, 1] of a network built to have as many as there can be."""
    return learn.linear_pieces(theory.folding_network(p.folds, p.depth), [0.0], [1.0])


def random_weights(key, p):
    """Pieces of a network of one input, on a line so long that it misses one bend in 200,000."""
    import jax.numpy as jnp

    kernel_init = "pytorch" if p.biases == "drawn" else "he_normal"
    net = nn.MLP((p.width,) * p.depth, 1, kernel_init=kernel_init)
    params = net.init(nn.stream(key, "init"), jnp.zeros((1, 1)))["params"]
    # Where biases are zero all bends lie at 0, but for rounding: slivers are passed over.
    shortest = 0.0 if p.biases == "drawn" else 1e-6
    return learn.linear_pieces(learn.relu_layers(net, params), [-1e5], [1e5], shortest)


def trained(key, p, d):
    """Pieces along lines from one training example to the next, before and after training."""
    net = nn.MLP((p.width,) * p.depth, d.classes, bias_init=nn.normal(0.001))
    lines = learn.linear_regions(d.train.x[:LINES], d.train.x[LINES : 2 * LINES])
    evaluate = {"train": (d.train.x, d.train.y), "test": (d.test.x, d.test.y)}
    optimizer = learn.optimizer("adam", 0.002)
    return learn.supervised(
        key, net, optimizer, d.train.x, d.train.y, evaluate=evaluate, measures=[lines]
    )


def pieces_of(table, across=(), **where):
    return analysis.by_seed(table, "pieces", across=across, **where)


def one_layer(table, across="width"):
    """Pieces of one random hidden layer over D + 1, [seeds, widths]."""
    pieces = pieces_of(table, across, task="one_input", biases="drawn", depth=1)
    return pieces.values / (np.asarray(pieces.levels) + 1)


def share_at_most(table):
    return analysis.mean((one_layer(table) <= 1).mean(axis=1))


def without_biases(table):
    """The most pieces at any depth, for each seed."""
    pieces = pieces_of(table, "depth", task="one_input", biases="zero")
    return analysis.mean(pieces.values.max(axis=1))


def deepest(task):
    """Pieces of the deepest network of UNITS units that is built, or random."""
    size = {"folds": UNITS // DEPTHS[-1]} if task == "folded" else {"width": UNITS // DEPTHS[-1]}
    where = {"task": task, "depth": DEPTHS[-1], "biases": "drawn", **size}
    return lambda table: analysis.mean(pieces_of(table, **where))


def on_lines(table, step=None):
    """Pieces along lines of data [seeds, depths, units], before training or after."""
    rows = table[table.task == "mnist1d"]
    rows = rows.assign(units=rows.depth * rows.width)
    return analysis.by_seed(rows, "linear_regions", across=["depth", "units"], step=step)


def growth(table):
    """The exponent of the number of bends, pieces less one, against units; mean over depths."""
    start = on_lines(table, step=0)
    units = np.log(start.axes["units"])
    bends = np.log(start.values - 1)
    centred = units - units.mean()
    return analysis.mean((bends @ centred / (centred @ centred)).mean(axis=1))


def deep_over_shallow(table, step=None):
    """At most units: pieces of the deepest over those of one layer."""
    pieces = on_lines(table, step).at(units=table_units(table)[-1])
    return analysis.paired_ratio(pieces.at(depth=DEPTHS[-1]), pieces.at(depth=1))


def table_units(table):
    rows = table[table.task == "mnist1d"]
    return sorted(set(rows.depth * rows.width))


def after_over_before(table):
    """Pieces after training over those before, of all networks of most units together."""
    after, before = (
        on_lines(table, step).at(units=table_units(table)[-1]).values.mean(axis=1)
        for step in (None, 0)
    )
    return analysis.paired_ratio(after, before)


HANIN = "Hanin and Rolnick 2019"
CLAIMS = [
    Claim(
        name="at_most_one_more",
        statement="One input, one layer of D units: at most D + 1 pieces (share of trials).",
        estimand=share_at_most,
        region=analysis.Region(1, 1),
        source="Prince 2023, section 3.2",
        why="A theorem: each unit bends the function once.",
    ),
    Claim(
        name="random_layer_has_all",
        statement="With random weights and biases it has them all (pieces over D + 1).",
        estimand=lambda table: analysis.mean(one_layer(table).mean(axis=1)),
        region=analysis.Region(0.99, 1),
        source="Prince 2023, section 3.2: each unit bends it at a place of its own",
        why="The line ends at 100,000, and numbers have 24 bits: a bend in a hundred may be lost.",
    ),
    Claim(
        name="no_biases_two_pieces",
        statement="Without biases it has two pieces at most, at any depth.",
        estimand=without_biases,
        region=analysis.Region(0, 2),
        source="a ReLU network without biases is positively homogeneous",
        why="A theorem: along a ray from 0 it is linear, and there are two.",
    ),
    Claim(
        name="deep_can_have_more",
        statement=f"Built to, {UNITS} units in {DEPTHS[-1]} layers have more than one layer can.",
        estimand=deepest("folded"),
        region=analysis.Region.above(UNITS + 1),
        source="Montufar et al. 2014; Prince 2023, section 4.5",
        why="One layer has at most one more than it has units.",
    ),
    Claim(
        name="random_deep_has_not",
        statement="With random weights they do not have more than one layer can.",
        estimand=deepest("one_input"),
        region=analysis.Region(0, UNITS + 1),
        source=f"{HANIN}: far below the maximum",
        why="One layer has at most one more than it has units.",
    ),
    Claim(
        name="grows_with_units",
        statement="At random weights bends along lines of data grow as units do (exponent).",
        estimand=growth,
        region=analysis.Region.between(0.8, 1.2),
        source=f"{HANIN}: linearly in the number of neurons",
        why="Linear is 1, a root 0.5, a square 2: a fifth tells it from both.",
    ),
    Claim(
        name="depth_hardly_matters",
        statement="At random weights 4 layers have as many pieces as 1 of as many units (ratio).",
        estimand=lambda table: deep_over_shallow(table, step=0),
        region=analysis.Region.between(0.5, 2),
        source=f"{HANIN}: independent of depth",
        why="Less than a factor of two, where the maximum differs by thousands.",
    ),
    Claim(
        name="training_keeps_the_order",
        statement="Training leaves the number of pieces in its order of magnitude (ratio).",
        estimand=after_over_before,
        region=analysis.Region.between(0.5, 2),
        source=f"{HANIN}: this behaviour persists during training",
        why="Again a factor of two.",
    ),
    Claim(
        name="deeper_has_more",
        statement="After training 4 layers have more pieces than 1 of as many units (ratio).",
        estimand=deep_over_shallow,
        region=analysis.Region.above(1),
        source="Prince 2023, section 4.5: deep networks make many more regions",
        why="A ratio above 1 says it.",
    ),
]


def formula(name, value, source, ours):
    """A number that follows from a formula; no run is needed for ours."""
    estimate = analysis.Estimate(ours, ours, ours, 0, "formula")
    return Target(name, value, source, lambda table: estimate, tolerance=0, kind="exact")


def built(folds, depth, value, source):
    name = f"pieces on [0, 1], depth {depth}, {folds} units a layer, built to fold"
    return Target(
        name,
        value,
        source,
        lambda table: analysis.mean(pieces_of(table, task="folded", folds=folds, depth=depth)),
        tolerance=0,
        kind="exact",
    )


PRINCE = "Prince 2023, section 4.5"
ZASLAVSKY = "Zaslavsky 1975; Prince 2023, section 3.3"
TARGETS = [
    formula("regions, 3 lines in the plane", 7, ZASLAVSKY, theory.zaslavsky(2, 3)),
    formula("regions, 50 units, 10 inputs", 13_432_735_556, ZASLAVSKY, theory.zaslavsky(10, 50)),
    formula("parameters, 5 layers of 10 units", 471, PRINCE, theory.deep_parameters(10, 5)),
    built(10, 5, 161_051, PRINCE),
    built(24, 1, 25, "Prince 2023, section 3.2"),
    built(2, 10, 1024, "Telgarsky 2016"),
    Target(
        "pieces of one layer of 128 units, random weights",
        129,
        "Prince 2023, section 3.2",
        lambda table: analysis.mean(
            pieces_of(table, task="one_input", biases="drawn", depth=1, width=128)
        ),
        kind="exact",
    ),
]


def depth_panel(table):
    """One input, UNITS units: built and random."""
    units = table.assign(units=table.depth * np.maximum(table.width, table.folds))
    units = units[units.units == UNITS]
    built_pieces = analysis.curve(units, "depth", "pieces", task="folded")
    random = analysis.curve(units, "depth", "pieces", task="one_input", biases="drawn")
    depths = np.array(sorted(set(built_pieces["depth"])))
    most = show.table(x=depths, y=(UNITS / depths + 1) ** depths)
    series = [
        show.Series(built_pieces, "built to fold", "points", x="depth"),
        show.Series(random, "random weights", x="depth"),
        show.Series(most, "(units a layer + 1)^layers", "theory"),
    ]
    title = f"one input, {UNITS} units"
    return show.Panel(series, "hidden layers", "linear pieces", title, log_y=True)


def lines_panel(table, step, title):
    rows = table[table.task == "mnist1d"]
    rows = rows.assign(units=rows.depth * rows.width)
    curves = analysis.curve(rows, "units", "linear_regions", by="depth", step=step)
    series = show.series_by(curves, "depth", x="units", label="depth {}", first_color=2)
    units = np.array(table_units(table), dtype=float)
    series.append(show.Series(show.table(x=units, y=units + 1), "one a unit", "theory"))
    axes = ("hidden units in all", "pieces along a line", title)
    return show.Panel(series, *axes, log_x=True, log_y=True)


def figures(table):
    last = int(table.step[table.task == "mnist1d"].max())
    caption = (
        "Linear pieces of ReLU networks. One input: networks built to fold their interval, and "
        "random ones. MNIST-1D: along lines from one training example to another, before training "
        f"and after {last} steps of Adam."
    )
    panels = [
        depth_panel(table),
        lines_panel(table, 0, "MNIST-1D, before training"),
        lines_panel(table, last, "MNIST-1D, after training"),
    ]
    return [show.Figure("linear_regions", panels, caption)]


def grid(units, depths, widths, layers, built=()):
    """Networks of one input, random and without biases; those built; those trained."""
    split = [(d, UNITS // d) for d in layers]
    rows = [("one_input", 1, w, 1, "drawn") for w in widths]
    rows += [("one_input", d, w, 1, "drawn") for d, w in split if d > 1]
    rows += [("one_input", d, 32, 1, "zero") for d in layers if d in (1, 2, 4)]
    rows += [("folded", d, 1, w, "drawn") for d, w in [*split, *built]]
    rows += [("mnist1d", d, u // d, 1, "drawn") for d in depths for u in units]
    return {("task", "depth", "width", "folds", "biases"): rows}


def steps(many):
    return lambda p: many if p.task == "mnist1d" else 0


STUDY = Study(
    topic="capacity",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    targets=TARGETS,
    figures=figures,
    factors={
        "task": Static("one_input", choices=("one_input", "folded", "mnist1d")),
        "depth": Static(1, about="hidden layers"),
        "width": Sized(UNITS, about="units in each hidden layer"),
        "folds": Static(1, about="units in each layer of a network built to fold"),
        "biases": Static("drawn", choices=("drawn", "zero"), about="of networks of one input"),
    },
    presets={
        "quick": Preset(
            seeds=2,
            steps=steps(100),
            record=(0,),
            linked=grid((24, 48), (1, 4), (2, 8, 24), (1, 4)),
        ),
        "standard": Preset(
            seeds=10,
            steps=steps(3000),
            record=(0, 300),
            linked=grid((24, 48, 96, 192), DEPTHS, WIDTHS, (1, 2, 3, 4, 6), [(10, 2), (5, 10)]),
        ),
        "paper": Preset(
            seeds=50,
            steps=steps(30_000),
            record=(0, 300, 3000),
            linked=grid(
                (24, 48, 96, 192, 384, 768),
                (1, 2, 3, 4, 6, 8),
                (*WIDTHS, 256),
                (1, 2, 3, 4, 6, 8),
                [(10, 2), (5, 10)],
            ),
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
