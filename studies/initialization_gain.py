"""Initialisation gains: is the table's gain the best for its activation?

Question: which factor on Glorot's initial weights lets five hidden layers of logistic, tanh or ReLU
units learn best, and is it the one that a widely copied table gives?
Claims: the table's gains (1 for logistic units, 4 for tanh, sqrt(2) for ReLU) are best, in U(-r, r)
with r = gain sqrt(6 / (n_in + n_out)) as in N(0, s^2) with s = gain sqrt(2 / (n_in + n_out)); the
other way round, as in an older tutorial, logistic units do better with 4 and tanh with 1.
Reference: the table is in Geron, Hands-On Machine Learning (first edition, 2017), chapter 11. Its
source, Glorot and Bengio 2010, has gain 1 for tanh and proposes none for logistic units; the
tutorial of deeplearning.net (2010) has 4 for logistic units, whose slope is at most 1/4, and 1 for
tanh. ReLU: He et al. 2015. Critical gains: Schoenholz et al. 2017.
Command: nnlab run initialization_gain
Cost: standard trains 6580 networks: about four minutes on two cores.
Expected result: the claims on logistic units and tanh refuted, as if their rows were swapped; the
others supported.
Found: just that. Logistic units learn best with 4 [3.4, 4.8] and hardly leave guessing with the
table's 1 (2.28 nats against 1.31); tanh with 1.19, where the table's 4 costs 0.6 nats and the
tutorial's 1 costs 0.04. ReLU learns best with 1.19 [1, 1.41], and whether sqrt(2) is within 0.05
nats of that is open. Nothing depends on the form. Logistic units fall back to guessing below 1.4,
ReLUs above 2.4 (beyond 3 their best rate is nearly the least tried); tanh units lose on both sides
but always learn. Theory's critical gains of tanh and ReLU, 1 and sqrt(2), lie one step of the grid
from the best; that of logistic units, 10.1, is far from it: there half of the units would be
saturated (slopes below 5% of 1/4), at 4 only 7%, though each layer then takes 60% of the gradient's
mean square.
"""

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show, theory
from nnlab.analysis import Region
from nnlab.study import Claim, Preset, Static, Study, Target, Traced

TABLE = {"logistic": 1.0, "tanh": 4.0, "relu": 2**0.5}
TUTORIAL = {"logistic": 4.0, "tanh": 1.0}
FORMS = {0.0: "uniform", 1.0: "normal"}
NAMES = {"logistic": "logistic", "tanh": "tanh", "relu": "ReLU"}
TOLERANCE = 0.05  # nats
CHANCE = np.log(10)  # cross-entropy of guessing among ten classes


def dataset(p):
    return data.mnist1d(p.examples, 2000, validation_examples=2000)


def trial(key, p, d):
    import jax.numpy as jnp

    def glorot(*arguments):
        """Both forms from the same random bits: rising functions of each other."""
        drawn = [nn.initialisers[f"glorot_{form}"](*arguments) for form in ("normal", "uniform")]
        return jnp.where(p.normal > 0, *drawn)

    # The table is for layers with an activation: the last one is linear and has gain 1.
    gains = (p.gain,) * p.depth + (1.0,)
    net = nn.MLP((p.width,) * p.depth, d.classes, p.activation, glorot, gains)
    optimizer = learn.optimizer("momentum", p.learning_rate)
    sets = {"validation": d.validation, "test": d.test}
    return learn.supervised(key, net, optimizer, d.train.x, d.train.y, evaluate=sets)


def fair(table, activation):
    """The trials of an activation, each gain and form at the rate best on validation data."""
    rows = analysis.select(table, activation=activation)
    return analysis.at_best(rows, "learning_rate", "validation_loss", by=("gain", "normal"))


def losses(table, activation):
    """Test loss [seeds, gains, forms]."""
    return analysis.by_seed(fair(table, activation), "test_loss", ("gain", "normal"))


def best_gain(activation, table, unit=1.0):
    """The gain of the lowest test loss, mean of both forms, in units of another gain."""
    curves = losses(table, activation).averaged("normal")
    return analysis.place(
        lambda means: analysis.lowest_position(means, curves.levels / unit), curves
    )


def regret(activation, normal, table):
    """How much higher the test loss is at the table's gain than at the best one, in nats."""
    return analysis.above_lowest(losses(table, activation).at(normal=normal), at=TABLE[activation])


def between_forms(activation, table):
    """The absolute difference of the two forms' mean test loss, mean over gains, in nats."""
    gap = analysis.of_means(lambda means: np.abs(means[..., 0] - means[..., 1]).mean(axis=-1))
    return analysis.bootstrap(gap, losses(table, activation))


def swapped(activation, table):
    """Test loss at the table's gain minus that at the tutorial's, mean of both forms, in nats."""
    pair = (TABLE[activation], TUTORIAL[activation])
    return analysis.paired_difference(*losses(table, activation).averaged("normal").each(gain=pair))


claims = [
    Claim(
        f"{activation}_{form}",
        f"{NAMES[activation]} units, {form} form: gain {TABLE[activation]:.3g} is best"
        " (its test loss above the lowest, in nats).",
        partial(regret, activation, normal),
        Region.below(TOLERANCE),
        "The table",
        "Two hundredths of the cross-entropy of guessing: less is not worth a choice.",
    )
    for activation in TABLE
    for normal, form in FORMS.items()
]
claims += [
    Claim(
        f"{activation}_place",
        f"The best gain of {NAMES[activation]} units is {gain:.3g} (its ratio to it).",
        partial(best_gain, activation, unit=gain),
        Region.between(0.7, 1.43),
        "The table",
        "Two steps of the grid of gains, whose step is 19%.",
    )
    for activation, gain in TABLE.items()
]
claims += [
    Claim(
        f"{activation}_forms",
        f"{NAMES[activation]} units learn alike from uniform and normal weights of equal variance"
        " (nats apart, mean over gains).",
        partial(between_forms, activation),
        Region.below(TOLERANCE),
        "The table, which gives both forms the same gain",
        "Less is not worth a choice; noise only adds to an absolute difference.",
    )
    for activation in TABLE
]
claims += [
    Claim(
        f"{activation}_swapped",
        f"{NAMES[activation]} units do better with gain {gain:g} than with {TABLE[activation]:g}"
        " (test loss, nats apart).",
        partial(swapped, activation),
        Region.above(0),
        "deeplearning.net tutorial, Multilayer perceptron",
        "No difference is 0.",
    )
    for activation, gain in TUTORIAL.items()
]


def form_of(normal):
    return f"{FORMS[normal]} form"


def loss_panel(activation, table):
    """Test loss against gain; the gains in print, in theory and measured, with its interval."""
    curves = analysis.curve(fair(table, activation), "gain", "test_loss", by="normal")
    found = best_gain(activation, table)
    height = curves["mean"].min() - 0.07
    span = show.table(x=[found.low, found.value, found.high], y=[height] * 3)
    series = show.series_by(curves, "normal", label=form_of)
    series += [show.Series(span, "best gain, with its interval", color=3)]
    notes = [
        show.HLine(CHANCE, "guessing"),
        show.VLine(TABLE[activation], f"table {TABLE[activation]:.3g}"),
    ]
    if activation in TUTORIAL:
        notes += [show.VLine(TUTORIAL[activation], f"tutorial {TUTORIAL[activation]:g}")]
    axes = ("gain", "test loss (nats)", NAMES[activation])
    return show.Panel(series, *axes, log_x=True, y_limits=(None, 2.5), notes=notes)


def rate_panel(activation, table):
    rows = fair(table, activation)
    rates = rows.groupby(["gain", "normal"], as_index=False).learning_rate.first()
    series = show.series_by(rates, "normal", y="learning_rate", label=form_of)
    return show.Panel(series, "gain", "best learning rate", log_x=True, log_y=True)


def figures(table):
    panels = [partial(panel, name) for panel in (loss_panel, rate_panel) for name in TABLE]
    critical = ", ".join(f"{theory.critical_gain(a):.3g} for {NAMES[a]}" for a in TABLE)
    caption = (
        "Above, test loss of five hidden layers against the gain of their initial weights, each "
        "gain at the learning rate best on validation data, which stands below. Gains at which "
        f"gradients keep their size through wide layers (mean-field theory): {critical}."
    )
    return [show.Figure("initialization_gain", panels, caption, columns=3, share_y=True)]


# Wide enough for the best rate of every gain that learns to lie inside.
RATES = {
    "logistic": (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6),
    "tanh": (0.003, 0.006, 0.0125, 0.025, 0.05, 0.1, 0.2),
    "relu": (0.0015, 0.003, 0.006, 0.0125, 0.025, 0.05, 0.1),
}
OCTAVES = {"logistic": (0, 4), "tanh": (-1, 2.5), "relu": (-1.5, 2)}  # least and most gain


def grid(step, rates=slice(None)):
    """Gains in steps of 2^step from the least to the most, each at these of the rates."""
    cells = [
        (activation, 2.0**octave, rate)
        for activation, (least, most) in OCTAVES.items()
        for octave in np.arange(least, most + 0.01, step)
        for rate in RATES[activation][rates]
    ]
    return {("activation", "gain", "learning_rate"): cells}


def gain_target(activation, gain, printed, source):
    name = f"best gain, {NAMES[activation]} units, {printed}"
    return Target(name, gain, source, partial(best_gain, activation))


targets = [gain_target(*each, "table", "Geron 2017") for each in TABLE.items()]
targets += [gain_target(*each, "tutorial", "deeplearning.net 2010") for each in TUTORIAL.items()]

STUDY = Study(
    topic="initialisation",
    data=dataset,
    trial=trial,
    claims=claims,
    figures=figures,
    targets=targets,
    factors={
        "activation": Static("logistic", choices=tuple(TABLE)),
        "normal": Traced(*FORMS, about="1 for the normal form, 0 for the uniform one"),
        "gain": Traced(1.0, low=0, about="on the weights of hidden layers"),
        "learning_rate": Traced(0.1, low=0),
        "depth": Static(5, about="hidden layers"),
        "width": Static(32, about="units in each hidden layer"),
        "examples": Static(22_000, about="to train on; 2000 of them for validation instead"),
    },
    presets={
        "quick": Preset(3, 150, linked=grid(1 / 2, slice(3, 5)), examples=8000, depth=3, width=16),
        "standard": Preset(10, 1000, linked=grid(1 / 4)),
        "paper": Preset(10, 20_000, linked=grid(1 / 4), width=1000, examples=102_000),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
