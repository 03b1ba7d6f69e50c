"""XOR: out of reach of one linear unit, and what a hidden layer does about it.

Question: which Boolean functions of two and of three inputs can a linear unit learn, and which one
hidden layer; how many hidden units does gradient descent need?
Claims: no linear unit has XOR right; one hidden layer learns it, as every Boolean function, and
parity is the hardest.
Reference: Minsky and Papert, Perceptrons (1969); Rumelhart, Hinton and Williams 1986, Learning
internal representations by error propagation; Mitchell, Machine Learning (1997), section 4.6.2.
Command: nnlab run xor
Cost: standard trains 85,000 small networks, all 256 functions of three inputs as one sweep: one
and a half minutes on two cores.
Expected result: all supported except two_units_suffice, which was told of another training.
Found: with two hidden units gradient descent often gets stuck on XOR: logistic units learn it in
60% of trials, tanh in 65%, ReLU in 40%, each at its best rate; from 6 units on all do. Linear units
learn the 104 separable functions of three inputs in every trial, and 8 hidden units all 256, in
99.8% of trials. Parity is the hardest with 2 units (2.5%), as the book says; with 3 the opposite is
true: it is learned in 97.5% of trials, the mean function in 82%.
"""

import numpy as np

import nnlab
from nnlab import analysis, learn, nn, show
from nnlab.analysis import Region
from nnlab.study import Claims, Preset, Sized, Static, Study, Target, Traced

XOR, PARITY = 6, 150  # bit k is the value at corner k; inputs are the bits of k
ACTIVATIONS = ("relu", "tanh", "logistic")
DRAWS = 10_000
WIDTHS = (1, 2, 3, 4, 6, 8, 16)


def corners(inputs):
    """All corners of the cube, -1 or 1, [2^inputs, inputs]; corner k has the bits of k."""
    place = np.arange(2**inputs)[:, None]
    return (2.0 * (place >> np.arange(inputs) & 1) - 1).astype(np.float32)


def trial(key, p, _):
    import jax.numpy as jnp

    x = jnp.asarray(corners(p.inputs))
    bits = jnp.arange(2**p.inputs, dtype=jnp.int32)
    labels = p.function.astype(jnp.int32) >> bits & 1
    net = nn.MLP((p.hidden,) * p.layers, 1, activation=p.activation, kernel_init="pytorch")
    optimizer = learn.optimizer("adam", p.learning_rate)

    def linear_units(_):
        """All the ways in which linear units of random weights divide the corners."""
        weights = nn.entry_normal(nn.stream(key, "units"), DRAWS, p.inputs + 1)
        on = (x @ weights[:, :-1].T + weights[:, -1] > 0).astype(jnp.int32)
        divisions = jnp.zeros(2 ** len(x)).at[jnp.sum(on << bits[:, None], axis=0)].set(1.0)
        right = jnp.sum(on == labels[:, None], axis=0)
        return {"divisions": jnp.sum(divisions), "most_right": jnp.max(right).astype(float)}

    measures = [] if p.layers else [linear_units]
    return learn.supervised(key, net, optimizer, x, labels, batch=None, measures=measures)


def rows_of(table, inputs, layers):
    """These trials; `learned` is 1 where every corner is right, else 0."""
    rows = analysis.select(table, inputs=inputs, layers=layers)
    return rows.assign(learned=(rows.train_error == 0).astype(float))


def on_xor(table):
    """The trials of XOR with a hidden layer, each activation at its best rate.

    The rate is chosen on the seeds of even number; the others are left to judge by.
    """
    trials = rows_of(table, inputs=2, layers=1)
    even, odd = trials[trials.seed % 2 == 0], trials[trials.seed % 2 == 1]
    best = analysis.at_best(even, "learning_rate", "train_error", by="activation")
    rates = best.groupby("activation")["learning_rate"].first()
    return odd[odd.learning_rate == odd.activation.map(rates)]


def learned_on_cube(table, layers=1, **where):
    """Whether each function of three inputs is learned, [seeds, functions]."""
    return analysis.by_seed(rows_of(table, 3, layers), "learned", "function", **where)


def of_linear_units(measure, inputs=2, function=XOR):
    return analysis.mean_of(measure, layers=0, inputs=inputs, function=function)


BOOK, RUMELHART = "Minsky and Papert 1969", "Rumelhart, Hinton and Williams 1986"
MITCHELL = "Mitchell 1997, section 4.6.2"
claims = Claims()


@claims(Region(0, 3), BOOK, "The claim's own number.")
def linear_three_of_four(table):
    """Of the 4 corners of XOR no linear unit, of any weights, has more than 3 right."""
    return of_linear_units("most_right")(table)


@claims(
    Region(14, 14),
    "Cover 1965, Theorem 1",
    "An exact count: the weights tried then stand for all weights.",
)
def all_linear_units_seen(table):
    """The weights tried divide the four corners in all 14 ways there are."""
    return of_linear_units("divisions")(table)


@claims(Region(0.95, 1), RUMELHART, "Nineteen trials in twenty: a trial in twenty may start badly.")
def hidden_layer_learns(table):
    """With 8 hidden units XOR is learned, by ReLU, tanh and logistic alike (share)."""
    shares = analysis.by_seed(on_xor(table), "learned", across="activation", hidden=8)
    return analysis.lowest_mean(shares)


@claims(
    Region(0.98, 1),
    f"{RUMELHART}: of hundreds of runs two got stuck",
    "Two of two hundred or more is 1%; twice that is allowed.",
)
def two_units_suffice(table):
    """Two logistic hidden units nearly always learn XOR (share of trials)."""
    where = {"activation": "logistic", "hidden": 2}
    return analysis.mean(analysis.by_seed(on_xor(table), "learned", **where))


@claims(Region(256, 256), MITCHELL, "Every function means all 256.")
def every_function_learned(table):
    """With 8 units one hidden layer learns each of the 256 functions of three inputs."""
    trials = learned_on_cube(table, hidden=8)
    count, level = float(trials.values.any(axis=0).sum()), analysis.current_level()
    note = "a count over functions has no interval"
    return analysis.Estimate(count, count, count, trials.n, "count", None, level, note)


@claims(
    Region(0.95, 1),
    f"{MITCHELL}, says it can be represented; not that it is learned",
    "Nineteen trials in twenty, as for XOR.",
)
def every_function_reliably(table):
    """With 8 units each of the 256 is learned in nearly every trial (share of trials)."""
    return analysis.mean(learned_on_cube(table, hidden=8).values.mean(axis=1))


@claims(
    Region(104, 104),
    "Muroga 1971, Threshold logic and its applications: 104 of 256",
    "An exact count: cross-entropy has no other minima than those that separate.",
)
def linear_units_learn_104(table):
    """A trained linear unit learns the 104 functions that are linearly separable."""
    return analysis.mean(learned_on_cube(table, layers=0).values.sum(axis=1))


@claims(Region.below(0), f"{BOOK}: parity has the highest order", "A negative difference says it.")
def parity_is_hard(table):
    """With 3 hidden units parity is learned less often than the mean function."""
    trials = learned_on_cube(table, hidden=3)
    return analysis.paired_difference(trials.at(function=PARITY), trials.values.mean(axis=1))


def exact(name, value, source, estimand):
    return Target(name, value, source, estimand, tolerance=0, kind="exact")


SEPARABLE = "functions of {} inputs that are linearly separable"
TARGETS = [
    exact("corners of XOR that the best linear unit has right", 3, BOOK, linear_three_of_four),
    exact(SEPARABLE.format("two"), 14, "Cover 1965", all_linear_units_seen),
    exact(SEPARABLE.format("three"), 104, "Muroga 1971", of_linear_units("divisions", 3, PARITY)),
]


def percent(rows):
    """The table of a curve: learned, in % of trials, against hidden units."""
    return analysis.curve(rows.assign(learned=100.0 * rows.learned), "hidden", "learned")


def xor_panel(table):
    xor = on_xor(table)
    series = [show.Series(percent(xor[xor.activation == name]), name) for name in ACTIVATIONS]
    return show.Panel(series, "hidden units", "learned (% of trials)", "XOR", log_x=True)


def cube_panel(table):
    """Share of trials that learn: all functions, and parity."""
    cube = rows_of(table, inputs=3, layers=1)
    every = cube.groupby(["seed", "hidden"], as_index=False)["learned"].mean().assign(step=0)
    series = [
        show.Series(percent(every), "all 256 functions"),
        show.Series(percent(analysis.select(cube, function=PARITY)), "parity"),
    ]
    linear = 100 * learned_on_cube(table, layers=0).values.mean()
    notes = [show.HLine(linear, "all, a linear unit")]
    axes = ("hidden units", "learned (% of trials)", "functions of three inputs")
    return show.Panel(series, *axes, log_x=True, notes=notes)


CAPTION = (
    "Share of trials in which one hidden layer learns XOR, each activation at its best rate, "
    "and Boolean functions of three inputs (tanh), against the number of hidden units."
)


def grid(widths, rates, of_cube):
    """XOR at each width, activation and rate; the functions of three inputs; linear units."""
    rows = [(2, 1, a, h, r, XOR) for a in ACTIVATIONS for h in widths for r in rates]
    rows += [(3, 1, "tanh", h, 0.03, f) for h in of_cube for f in range(256)]
    rows += [(2, 0, "tanh", 1, 0.03, XOR)]
    rows += [(3, 0, "tanh", 1, 0.03, f) for f in range(256)]
    names = ("inputs", "layers", "activation", "hidden", "learning_rate", "function")
    return {names: rows}


RATES = (0.003, 0.01, 0.03, 0.1, 0.3)

STUDY = Study(
    topic="capacity",
    trial=trial,
    claims=claims,
    targets=TARGETS,
    figures=[show.Figure("xor", [xor_panel, cube_panel], CAPTION, share_y=True)],
    factors={
        "inputs": Static(2, choices=(2, 3)),
        "layers": Static(1, choices=(0, 1), about="hidden layers; without, a linear unit"),
        "activation": Static("tanh"),
        "hidden": Sized(8, about="hidden units"),
        "learning_rate": Traced(0.03, low=0),
        "function": Traced(XOR, low=0, high=255, about="bit k is its value at corner k"),
    },
    presets={
        "quick": Preset(seeds=2, steps=500, linked=grid((2, 8), (0.03, 0.1), (3, 8))),
        "standard": Preset(seeds=40, steps=2000, linked=grid(WIDTHS, RATES[1:], WIDTHS)),
        "paper": Preset(seeds=400, steps=5000, linked=grid(WIDTHS, RATES, WIDTHS)),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
