"""Linear regions: what a ReLU network could have, what it starts with, and what training leaves.

Question: into how many linear pieces does a ReLU network cut a line, if built to have many, at
random initial weights, and after training; and what is the part of depth in it?
Claims: deep networks can have far more pieces than shallow ones, but at random weights and after
training the number grows with the units and hardly depends on depth.
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

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show, theory
from nnlab.analysis import Region
from nnlab.study import Claims, Preset, Sized, Static, Study, Target

UNITS = 24  # of the networks of one input that are compared at different depths
WIDTHS = (1, 2, 4, 8, 16, 24, 64, 128)
ONE_LAYER = {"depth": 1, "biases": "drawn"}  # of one input
LINES = 10


def dataset(p):
    return data.mnist1d(4000, 1000) if p.task == "mnist1d" else None


def trial(key, p, d):
    if p.task == "folded":
        return learn.measured(folded, p)
    if p.task == "one_input":
        return learn.measured(random_weights, key, p)
    # Lines lead from one training example to the next.
    net = nn.MLP((p.width,) * p.depth, d.classes, bias_init=nn.normal(0.001))
    lines = learn.linear_regions(d.train.x[:LINES], d.train.x[LINES : 2 * LINES])
    optimizer = learn.optimizer("adam", 0.002)
    sets = {"train": d.train, "test": d.test}
    return learn.supervised(
        key, net, optimizer, d.train.x, d.train.y, evaluate=sets, measures=[lines]
    )


def folded(p):
    """Pieces on [0, 1] of a network built to have as many as there can be."""
    layers = theory.folding_network(p.folds, p.depth)
    return {"pieces": learn.linear_pieces(layers, [0.0], [1.0])}


def random_weights(key, p):
    """Pieces of a network of one input, on a line so long that it misses one bend in 200,000."""
    import jax.numpy as jnp

    kernel_init = "pytorch" if p.biases == "drawn" else "he_normal"
    net = nn.MLP((p.width,) * p.depth, 1, kernel_init=kernel_init)
    params = net.init(nn.stream(key, "init"), jnp.zeros((1, 1)))["params"]
    # Where biases are zero all bends lie at 0, but for rounding: slivers are passed over.
    shortest = 0.0 if p.biases == "drawn" else 1e-6
    return {"pieces": learn.linear_pieces(learn.relu_layers(net, params), [-1e5], [1e5], shortest)}


def pieces(task, **where):
    return analysis.mean_of("pieces", task=task, **where)


def one_layer(table):
    """Pieces of one random hidden layer over D + 1, [seeds, widths]."""
    found, widths = analysis.by_seed(table, "pieces", "width", task="one_input", **ONE_LAYER)
    return found / (widths + 1)


def on_lines(table):
    rows = analysis.select(table, task="mnist1d")
    return rows.assign(units=rows.depth * rows.width)


def regions(table, step=None):
    """Pieces along lines of data [seeds, depths, units], at a step or after training."""
    return analysis.by_seed(on_lines(table), "linear_regions", ("depth", "units"), step=step)


def of_most_units(table, step=None):
    found = regions(table, step)
    return found.at(units=found.axes["units"][-1])


def deep_over_shallow(table, step=None):
    found = of_most_units(table, step)
    return analysis.paired_ratio(found.at(depth=4), found.at(depth=1))


SHALLOW, DEEP = "Prince 2023, section 3.2", "Prince 2023, section 4.5"
HANIN, ZASLAVSKY = "Hanin and Rolnick 2019", "Zaslavsky 1975; Prince 2023, section 3.3"
AT_MOST = "One layer has at most one more than it has units."
claims = Claims()


@claims(Region(1, 1), SHALLOW, "A theorem: each unit bends the function once.")
def at_most_one_more(table):
    """One input, one layer of D units: at most D + 1 pieces (share of trials)."""
    return analysis.mean((one_layer(table) <= 1).mean(axis=1))


@claims(
    Region(0.99, 1),
    f"{SHALLOW}: each unit bends it at a place of its own",
    "The line ends at 100,000, and numbers have 24 bits: a bend in a hundred may be lost.",
)
def random_layer_has_all(table):
    """With random weights and biases it has them all (pieces over D + 1)."""
    return analysis.mean(one_layer(table).mean(axis=1))


@claims(
    Region(0, 2),
    "a ReLU network without biases is positively homogeneous",
    "A theorem: along a ray from 0 it is linear, and there are two.",
)
def no_biases_two_pieces(table):
    """Without biases it has two pieces at most, at any depth."""
    found = analysis.by_seed(table, "pieces", across="depth", task="one_input", biases="zero")
    return analysis.mean(found.values.max(axis=1))


@claims(Region.above(UNITS + 1), f"Montufar et al. 2014; {DEEP}", AT_MOST)
def deep_can_have_more(table):
    """Built to, 24 units in 4 layers have more than one layer can."""
    return pieces("folded", depth=4, folds=UNITS // 4)(table)


@claims(Region(0, UNITS + 1), f"{HANIN}: far below the maximum", AT_MOST)
def random_deep_has_not(table):
    """With random weights they do not have more than one layer can."""
    return pieces("one_input", depth=4, width=UNITS // 4, biases="drawn")(table)


@claims(
    Region.between(0.8, 1.2),
    f"{HANIN}: linearly in the number of neurons",
    "Linear is 1, a root 0.5, a square 2: a fifth tells it from both.",
)
def grows_with_units(table):
    """At random weights bends along lines of data grow as units do (exponent)."""
    start = regions(table, step=0)
    units, bends = np.log(start.axes["units"]), np.log(start.values - 1)
    centred = units - units.mean()
    return analysis.mean((bends @ centred / (centred @ centred)).mean(axis=1))


@claims(
    Region.between(0.5, 2),
    f"{HANIN}: independent of depth",
    "Less than a factor of two, where the maximum differs by thousands.",
)
def depth_hardly_matters(table):
    """At random weights 4 layers have as many pieces as 1 of as many units (ratio)."""
    return deep_over_shallow(table, step=0)


@claims(
    Region.between(0.5, 2),
    f"{HANIN}: this behaviour persists during training",
    "Again a factor of two.",
)
def training_keeps_the_order(table):
    """Training leaves the number of pieces in its order of magnitude (ratio)."""
    after, before = (of_most_units(table, step).values.mean(axis=1) for step in (None, 0))
    return analysis.paired_ratio(after, before)


@claims(
    Region.above(1),
    f"{DEEP}: deep networks make many more regions",
    "A ratio above 1 says it.",
)
def deeper_has_more(table):
    """After training 4 layers have more pieces than 1 of as many units (ratio)."""
    return deep_over_shallow(table)


def exact(name, value, source, ours):
    return Target(name, value, source, ours, tolerance=0, kind="exact")


def built(folds, depth, value, source):
    name = f"pieces on [0, 1], depth {depth}, {folds} units a layer, built to fold"
    return exact(name, value, source, pieces("folded", folds=folds, depth=depth))


WIDEST = "pieces of one layer of 128 units, random weights"
TARGETS = [
    exact("regions, 3 lines in the plane", 7, ZASLAVSKY, theory.zaslavsky(2, 3)),
    exact("regions, 50 units, 10 inputs", 13_432_735_556, ZASLAVSKY, theory.zaslavsky(10, 50)),
    exact("parameters, 5 layers of 10 units", 471, DEEP, theory.deep_parameters(10, 5)),
    built(10, 5, 161_051, DEEP),
    built(24, 1, 25, SHALLOW),
    built(2, 10, 1024, "Telgarsky 2016"),
    Target(WIDEST, 129, SHALLOW, pieces("one_input", **ONE_LAYER, width=128), kind="exact"),
]


def depth_panel(table):
    """One input, UNITS units: built and random."""
    rows = table.assign(units=table.depth * np.maximum(table.width, table.folds))
    rows = analysis.select(rows, units=UNITS)
    most = analysis.curve(rows, "depth", "pieces", task="folded")
    random = analysis.curve(rows, "depth", "pieces", task="one_input", biases="drawn")
    layers = most.depth
    series = [
        show.Series(most, "built to fold", "points"),
        show.Series(random, "random weights"),
        show.exact("(units a layer + 1)^layers", layers, (UNITS / layers + 1) ** layers),
    ]
    title = f"one input, {UNITS} units"
    return show.Panel(series, "hidden layers", "linear pieces", title, log_y=True)


def lines_panel(table, step, title):
    rows = on_lines(table)
    curves = analysis.curve(rows, "units", "linear_regions", by="depth", step=step)
    units = np.unique(rows.units)
    series = show.series_by(curves, "depth", label="depth {}", first_color=2)
    series += [show.exact("one a unit", units, units + 1.0)]
    axes = ("hidden units in all", "pieces along a line", title)
    return show.Panel(series, *axes, log_x=True, log_y=True)


def figures(table):
    caption = (
        "Linear pieces of ReLU networks. One input: networks built to fold their interval, and "
        "random ones. MNIST-1D: along lines from one training example to another, before training "
        f"and after {on_lines(table).step.max()} steps of Adam."
    )
    before = partial(lines_panel, step=0, title="MNIST-1D, before training")
    after = partial(lines_panel, step=None, title="MNIST-1D, after training")
    return [show.Figure("linear_regions", [depth_panel, before, after], caption)]


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


UNITS_IN_ALL, LAYERS = (24, 48, 96, 192, 384, 768), (1, 2, 3, 4, 6, 8)
FOLDED = [(10, 2), (5, 10)]
QUICK = grid((24, 48), (1, 4), (2, 8, 24), (1, 4))
STANDARD = grid(UNITS_IN_ALL[:4], LAYERS[:4], WIDTHS, LAYERS[:5], FOLDED)
PAPER = grid(UNITS_IN_ALL, LAYERS, (*WIDTHS, 256), LAYERS, FOLDED)

STUDY = Study(
    topic="capacity",
    data=dataset,
    trial=trial,
    claims=claims,
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
        "quick": Preset(2, steps(100), record=(0,), linked=QUICK),
        "standard": Preset(10, steps(3000), record=(0, 300), linked=STANDARD),
        "paper": Preset(50, steps(30_000), record=(0, 300, 3000), linked=PAPER),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
