"""Initialisation: large weights explode with depth, small ones vanish, equal ones never part.

Question: how do activations and gradients grow from layer to layer before training, which depth can
then be trained, and what becomes of weights that start at zero, equal, tiny or huge?
Claims: before training, layers multiply as theory says; 30 layers need He's variance 2/n, 10 do
not; too large, too small, zero and equal weights each fail in their own way.
Reference: Glorot and Bengio 2010; He et al. 2015, section 2.2; Hanin and Rolnick 2018, How to start
training; Goodfellow et al., Deep Learning (2016), section 8.4.
Command: nnlab run initialization
Cost: standard trains 380 networks of up to 30 layers, about two minutes on two cores.
Expected result: all claims supported.
Found: all supported; 57 of 500 trials diverged, all but 6 of them with variance 4/n. Loss at 30
layers is 1.15 with 2/n and that of guessing with 1/n; at 10 layers 0.84 and 0.88, at 20 layers 1.27
and 1.66: the difference grows steadily, it does not set in. Against the textbook: too large weights
seldom end in NaN in three layers (6 of 10 seeds at ten times He's and the higher rate, none at the
lower), they kill the units and leave guessing, unnoticed; a third of He's size trains as fast as
He's; and constant weights still learn (1.73 nats), as a network of one unit a layer would.
"""

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show
from nnlab.analysis import NotApplicable, Region
from nnlab.study import Claims, Preset, Static, Study, Target, Traced

CHANCE = np.log(10)  # cross-entropy of guessing among ten classes
LEARNED = 1.5  # nats of training loss
VARIANCES = {4.0: "4/n", 2.0: "2/n", 1.0: "1/n", 1 / 3: "1/(3n)"}
KINDS = ("relu", "linear", "tanh")
# Training loss by depth and n times weight variance, best of three rates, after 40 epochs.
ELSEWHERE = {
    10: {2.0: 0.40, 1.0: 0.52, 1 / 3: 2.30, 4.0: 1.24},
    20: {2.0: 0.68, 1.0: 0.83, 1 / 3: 2.30},
    30: {2.0: 0.97, 1.0: 2.29, 1 / 3: 2.30},
    50: {2.0: 0.98, 1.0: 2.30, 1 / 3: 2.30},
}


def dataset(p):
    return data.mnist1d(p.examples, 1000, validation_examples=1000)


def trial(key, p, d):
    import jax.numpy as jnp

    # A constant weight of 1/n keeps the size of what its layer is given.
    gain = p.variance / p.width if p.init == "constant" else jnp.sqrt(p.variance)
    net = nn.MLP((p.width,) * p.depth, 10, p.activation, kernel_init=p.init, gain=gain)
    if p.task == "profile":
        direction = nn.entry_normal(nn.stream(key, "input"), 1, 40)[0]
        x = direction / jnp.sqrt(jnp.mean(jnp.square(direction)))
        profile = learn.signal_profile(key, net, x, p.draws)
        return learn.measured(lambda: profile)
    optimizer = learn.optimizer("momentum", p.learning_rate)
    sets = {"train": d.train, "validation": d.validation}
    return learn.supervised(
        key, net, optimizer, d.train.x, d.train.y, evaluate=sets, measures=[learn.symmetry]
    )


def per_layer(means):
    """The mean factor from one layer to the next."""
    return (means[..., -1] / means[..., 0]) ** (1 / (means.shape[-1] - 1))


def trained(table, init="lecun_normal"):
    """Each depth and variance at the rate that is best on validation data."""
    rows = table[(table.task == "train") & (table.init == init)]
    return analysis.at_best(rows, "learning_rate", "validation_loss", by=("depth", "variance"))


def depths_of(table):
    """The depths compared; those of three layers serve the other questions."""
    return sorted({int(depth) for depth in table.depth[table.task == "train"] if depth > 3})


def gain_of_he(table, depth):
    """Training cross-entropy with variance 1/n minus that with 2/n, in nats."""
    rows = analysis.select(trained(table), depth=depth, variance=[1, 2])
    losses = analysis.by_seed(rows, "train_loss", "variance")
    return analysis.paired_difference(*losses.each(variance=(1, 2)))


HE, GOODFELLOW = "He et al. 2015, section 2.2", "Goodfellow et al. 2016, section 8.4"
TENTH = "A tenth of the cross-entropy of guessing."
claims = Claims()


@claims(
    Region.below(0.02),
    HE,
    "Exact; networks that differ by a factor of 2 leave half a percent a layer.",
)
def relu_halves(table):
    """A ReLU layer multiplies E|h|^2 by n s^2 / 2 (largest relative difference)."""
    curves = analysis.arrays_by_seed(table, "forward", "layer", "variance", activation="relu")
    expected = curves.axes["variance"] / 2
    gap = analysis.of_means(lambda means: np.abs(per_layer(means) / expected - 1).max(-1))
    return analysis.bootstrap(gap, curves)


@claims(
    Region.between(0.9, 1.1),
    "Exact for Gaussian weights; Hanin and Rolnick 2018",
    "Without the spread the ratio were 0.69 at n = 64.",
)
def networks_spread(table):
    """Under He's variance E|h|^4 / (E|h|^2)^2 is (1 + 5/n)^L at L = 5 (ratio to it)."""
    names, at = ("forward", "forward_squared"), {"activation": "relu", "variance": 2}
    curves = [analysis.arrays_by_seed(table, name, "layer", **at) for name in names]
    expected = (1 + 5 / int(table.width.iloc[0])) ** 5
    ratio = analysis.of_means(lambda h2, h4: h4[..., 4] / h2[..., 4] ** 2 / expected)
    return analysis.bootstrap(ratio, *curves)


@claims(
    Region.between(0.30, 0.36),
    "Glorot and Bengio 2010, section 4.2",
    "Exact for linear layers; a tenth for the slope of tanh where it is below 1.",
)
def a_third_is_left(table):
    """With U(+-1/sqrt n)'s variance the gradient keeps 1/3 of its own a layer."""
    where = {"variance": 1 / 3, "activation": ["linear", "tanh"]}
    curves = analysis.arrays_by_seed(table, "backward", "layer", "activation", **where)
    return analysis.bootstrap(analysis.of_means(lambda m: (1 / per_layer(m)).mean(-1)), curves)


@claims(Region.above(0.1 * CHANCE), "He et al. 2015, Fig. 3 (30 layers)", TENTH)
def deep_needs_he(table):
    """The deepest networks train with variance 2/n and not with 1/n (nats apart)."""
    return gain_of_he(table, depths_of(table)[-1])


@claims(Region.between(-0.1 * CHANCE, 0.1 * CHANCE), f"{HE} (no difference at 14 layers)", TENTH)
def shallow_does_not(table):
    """At a third of that depth both train alike (nats apart)."""
    return gain_of_he(table, depths_of(table)[0])


@claims(Region.above(0.5), GOODFELLOW, "Most is more than half.")
def too_large_diverges(table):
    """Most of the deepest networks with variance 4/n diverge (share)."""
    where = {"depth": depths_of(table)[-1], "variance": 4.0}
    return analysis.mean(analysis.by_seed(trained(table), "diverged_at", **where).values >= 0)


@claims(Region.above(0), GOODFELLOW, "No difference is 0.")
def too_small_takes_longer(table):
    """Three layers take longer with a hundredth of He's variance (steps)."""
    rows = analysis.select(trained(table), depth=3, variance=[0.02, 2])
    times = analysis.steps_to_reach(rows, "train_loss", LEARNED, "variance")
    return analysis.restricted_difference(*times.each(variance=(0.02, 2)))


@claims(
    Region.between(0, 0),
    "Exact: every product on the way back has a factor of zero",
    "Exact, also in float32.",
)
def zero_never_learns(table):
    """From zero weights nothing but the output bias ever moves (largest parameter)."""
    return analysis.mean(analysis.by_seed(trained(table), "largest_inner", depth=3, variance=0))


@claims(
    Region.between(0, 1e-5),
    f"Exact: equal units have equal gradients; {GOODFELLOW}",
    "Exact but for the order in which sums are rounded in float32.",
)
def equal_units_stay_equal(table):
    """From constant weights the units of a layer stay equal (largest difference)."""
    return analysis.mean(analysis.by_seed(trained(table, "constant"), "unit_difference"))


def nats_at(depth, variance, table):
    if table.step.max() < 1600:
        raise NotApplicable("the number is for 1600 steps, as in preset paper")
    where = {"depth": depth, "variance": variance}
    return analysis.mean(analysis.by_seed(trained(table), "train_loss", **where))


TARGETS = [
    Target(
        f"training loss, {depth} layers, n s^2 = {variance:.3g}",
        value,
        "independent JAX program, best of three rates, 40 epochs",
        partial(nats_at, depth, variance),
        tolerance=0.2,
        kind="measured",
    )
    for depth, values in ELSEWHERE.items()
    for variance, value in values.items()
]


def variance_name(variance):
    return f"variance {VARIANCES.get(variance, f'{variance:g}/n')}"


def by_variance(rows, x, measure):
    curves = analysis.curve(rows, x, measure, by="variance")
    return show.series_by(curves, "variance", label=variance_name)


def profile_panel(measure, activation, table):
    """A profile by variance; dashed, theory (of tanh where activations are small)."""
    rows = analysis.select(table, activation=activation)
    rows = analysis.by_layer(rows, measure, relative_to_last=measure == "backward")
    series, layers = by_variance(rows, "layer", measure), np.arange(1, rows.layer.max() + 1)
    power, y_label = layers, "E|h|² / n"
    if measure == "backward":
        power, y_label = layers[-1] - layers, "gradient, mean square"
    for variance in [1 / 3] if activation == "tanh" else VARIANCES:
        factor = variance / 2 if activation == "relu" else variance
        series += [show.exact("theory", layers, factor**power)]
    title = f"{measure}, {'ReLU' if activation == 'relu' else activation}"
    return show.Panel(series, "hidden layer", y_label, title, log_y=True)


def depth_panel(measure, y_label, table, **axes):
    rows = trained(table)
    rows = rows.assign(diverged=100.0 * (rows.diverged_at >= 0))[rows.depth > 3]
    return show.Panel(by_variance(rows, "depth", measure), "hidden layers", y_label, **axes)


def steps_panel(table):
    rows = analysis.select(trained(table), depth=3)
    rows = rows[rows.variance > 0].assign(scale=np.sqrt(rows.variance / 2))
    times = analysis.steps_to_reach(rows, "train_loss", LEARNED, "scale")
    series = [show.Series(analysis.means(times), "three hidden layers", color=4)]
    axes = ("weights, in units of He's", f"steps to a loss of {LEARNED}")
    end = [show.HLine(times.horizon, "end of training")]
    return show.Panel(series, *axes, log_x=True, notes=end)


GUESSING = {"y_limits": (0, 3), "notes": [show.HLine(CHANCE, "guessing")]}
PROFILES = [("forward", "relu"), *(("backward", kind) for kind in KINDS)]
FIGURES = [
    show.Figure(
        "trained",
        [
            partial(depth_panel, "train_loss", "training loss (nats)", **GUESSING),
            partial(depth_panel, "diverged", "diverged (%)", y_limits=(-4, 104)),
            steps_panel,
        ],
        "Training loss and share of diverged trials against depth, and steps to a loss of 1.5 for "
        "three layers; each at the rate best on validation data. Diverged losses are off the axis.",
    ),
    show.Figure(
        "profiles",
        [partial(profile_panel, *profile) for profile in PROFILES],
        "Before training: mean squares of activations, and of gradients as multiples of that at "
        "the last hidden layer. Dashed, exact theory; for tanh that of small activations.",
    ),
]

RATES = (0.01, 0.05)
KEYS = ("task", "activation", "init", "depth", "variance", "learning_rate")
SCALES = (200.0, 20.0, 2.0, 0.2, 0.02, 0.002)  # weights of 10 to 1/32 times He's


def grid(depths, profile_depth, rates, scales=SCALES):
    normal = "lecun_normal"
    cells = [("profile", kind, normal, profile_depth, c, 0.0) for kind in KINDS for c in VARIANCES]
    deep = [(depth, c) for depth in depths for c in VARIANCES] + [(3, c) for c in scales]
    cells += [("train", "relu", normal, depth, c, rate) for depth, c in deep for rate in rates]
    cells += [("train", "relu", normal, 3, 0.0, rates[-1])]
    return {KEYS: [*cells, ("train", "relu", "constant", 3, 1.0, rates[-1])]}


def steps(count):
    return lambda p: count if p.task == "train" else 0


QUICK = grid((4, 8), 6, (0.05,), (200.0, 2.0, 0.02))
STANDARD = grid((10, 20, 30), 20, RATES)
PAPER = grid((10, 20, 30, 50), 50, (0.001, *RATES))

STUDY = Study(
    topic="initialisation",
    data=dataset,
    trial=trial,
    claims=claims,
    figures=FIGURES,
    targets=TARGETS,
    factors={
        "task": Static("train", choices=("train", "profile")),
        "activation": Static("relu"),
        "init": Static("lecun_normal", choices=("lecun_normal", "constant")),
        "depth": Static(10, about="hidden layers"),
        "variance": Traced(2.0, low=0, about="of the weights, times n; 0 for zero weights"),
        "learning_rate": Traced(0.01, low=0),
        "width": Static(64, about="units n in each hidden layer"),
        "draws": Static(250, about="random networks a seed, for the profiles"),
        "examples": Static(4000, about="to train on; 1000 of them for validation instead"),
    },
    presets={
        "quick": Preset(2, steps(60), 6, QUICK, draws=20, width=32),
        "standard": Preset(10, steps(600), 15, STANDARD),
        "paper": Preset(10, steps(1600), 16, PAPER, examples=5000, draws=1000),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
