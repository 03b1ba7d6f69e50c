"""Initialisation: large weights explode with depth, small ones vanish, equal ones never part.

Question: how do activations and gradients grow from layer to layer before training, which depth can
then be trained, and what becomes of weights that start at zero, equal, tiny or huge?
Claims: a ReLU layer multiplies E|h|^2 by half of n times the weight variance, and networks differ
from one another as (1 + 5/n)^L; with U(+-1/sqrt n) linear and tanh layers keep a third of the
gradient's variance; 30 layers train with variance 2/n and not with 1/n, 10 with both; too large
weights diverge, too small ones take longer; with zero weights only the output bias ever learns;
with constant weights all units of a layer stay equal.
Reference: Glorot and Bengio 2010; He et al. 2015, section 2.2; Hanin and Rolnick 2018, How to start
training; Goodfellow et al., Deep Learning (2016), section 8.4.
Command: nnlab run initialization
Cost: standard trains 380 networks of up to 30 layers, about two minutes on two cores.
Expected result: all claims supported.
Found: all supported; 57 of 500 trials diverged, all but 6 of them with variance 4/n. Loss at 30
layers is 1.15 with 2/n and that of guessing with 1/n; at 10 layers 0.84 and 0.92, at 20 layers 1.27
and 1.66: the difference grows steadily, it does not set in. Against the textbook: too large weights
seldom end in NaN in three layers (6 of 10 seeds at ten times He's and the higher rate, none at the
lower), they kill the units and leave guessing, unnoticed; a third of He's size trains as fast as
He's; and constant weights still learn (1.73 nats), as a network of one unit a layer would.
"""

import numpy as np

import nnlab
from nnlab import Claim, Preset, Static, Study, Target, Traced, analysis, data, learn, nn, show

CHANCE = np.log(10)  # cross-entropy of guessing among ten classes
VARIANCES = (4.0, 2.0, 1.0, 1 / 3)
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
    net = nn.MLP(
        hidden=(p.width,) * p.depth, out=10, activation=p.activation, kernel_init=p.init, gain=gain
    )
    if p.task == "profile":
        direction = nn.entry_normal(nn.stream(key, "input"), 1, 40)[0]
        x = direction / jnp.sqrt(jnp.mean(jnp.square(direction)))
        profile = learn.signal_profile(key, net, x, p.draws)
        return learn.Trial(lambda: (), lambda i, state: state, lambda _: profile)
    evaluate = {"train": (d.train.x, d.train.y), "validation": (d.validation.x, d.validation.y)}
    optimizer = learn.optimizer("momentum", p.learning_rate)
    return learn.supervised(
        key, net, optimizer, d.train.x, d.train.y, evaluate=evaluate, measures=[learn.symmetry]
    )


def per_layer(means):
    """The mean factor from one layer to the next."""
    return (means[..., -1] / means[..., 0]) ** (1 / (means.shape[-1] - 1))


def forward_against_theory(table):
    """The largest relative difference of a ReLU layer's factor from n s^2 / 2, over variances."""
    curves = analysis.arrays_by_seed(table, "forward", "layer", "variance", activation="relu")
    expected = curves.axes["variance"] / 2
    gap = analysis.of_means(lambda m: np.abs(per_layer(m) / expected - 1).max(-1))
    return analysis.bootstrap(gap, curves)


def kurtosis_against_theory(table):
    """E|h|^4 / (E|h|^2)^2 after five layers, over (1 + 5/n)^5, under He's variance."""
    names, at = ("forward", "forward_squared"), {"activation": "relu", "variance": 2}
    first, second = (analysis.arrays_by_seed(table, name, "layer", **at) for name in names)
    expected = (1 + 5 / int(table.width.iloc[0])) ** 5
    ratio = analysis.of_means(lambda a, b: b[..., 4] / a[..., 4] ** 2 / expected)
    return analysis.bootstrap(ratio, first, second)


def backward_third(table):
    """The factor of the gradient's variance a layer downwards, mean of linear and tanh, at 1/3."""
    where = {"variance": 1 / 3, "activation": ["linear", "tanh"]}
    curves = analysis.arrays_by_seed(table, "backward", "layer", "activation", **where)
    return analysis.bootstrap(analysis.of_means(lambda m: (1 / per_layer(m)).mean(-1)), curves)


def trained(table, init="lecun_normal"):
    """Each depth and variance at the rate that is best on validation data."""
    rows = table[(table.task == "train") & (table.init == init)]
    return analysis.at_best(rows, "learning_rate", "validation_loss", by=("depth", "variance"))


def depths_of(table):
    """The depths compared; those of three layers serve the other questions."""
    return sorted({int(depth) for depth in table.depth[table.task == "train"] if depth > 3})


def gain_of_he(table, deepest):
    """Training cross-entropy with variance 1/n minus that with 2/n, in nats."""
    where = {"depth": depths_of(table)[-1 if deepest else 0], "variance": [1, 2]}
    losses = analysis.by_seed(trained(table), "train_loss", "variance", **where)
    return analysis.paired_difference(losses.at(variance=1), losses.at(variance=2))


def share_diverged(table):
    """Of the deepest networks with variance 4/n, at their best rate."""
    where = {"depth": depths_of(table)[-1], "variance": 4.0}
    at = analysis.by_seed(trained(table), "diverged_at", **where)
    return analysis.mean(at.values >= 0)


def extra_steps(table):
    """Steps to a training loss of 1.5, at a hundredth of He's variance minus at He's."""
    three = trained(table).loc[lambda rows: rows.depth == 3]
    times = analysis.steps_to_reach(three, "train_loss", 1.5, "variance", variance=[0.02, 2])
    return analysis.restricted_difference(times.at(variance=0.02), times.at(variance=2))


def nats_at(depth, variance):
    def estimand(table):
        if table.step.max() < 1600:
            raise analysis.NotApplicable("the number is for 1600 steps, as in preset paper")
        where = {"depth": depth, "variance": variance}
        return analysis.mean(analysis.by_seed(trained(table), "train_loss", **where))

    return estimand


CLAIMS = [
    Claim(
        name="relu_halves",
        statement="A ReLU layer multiplies E|h|^2 by n s^2 / 2 (largest relative difference).",
        estimand=forward_against_theory,
        region=analysis.Region.below(0.02),
        source="He et al. 2015, section 2.2",
        why="Exact; networks that differ by a factor of 2 leave half a percent a layer.",
    ),
    Claim(
        name="networks_spread",
        statement="Under He's variance E|h|^4 / (E|h|^2)^2 is (1 + 5/n)^L at L = 5 (ratio to it).",
        estimand=kurtosis_against_theory,
        region=analysis.Region.between(0.9, 1.1),
        source="Exact for Gaussian weights; Hanin and Rolnick 2018",
        why="Without the spread the ratio were 0.69 at n = 64.",
    ),
    Claim(
        name="a_third_is_left",
        statement="With U(+-1/sqrt n)'s variance the gradient keeps 1/3 of its own a layer.",
        estimand=backward_third,
        region=analysis.Region.between(0.30, 0.36),
        source="Glorot and Bengio 2010, section 4.2",
        why="Exact for linear layers; a tenth for the slope of tanh where it is below 1.",
    ),
    Claim(
        name="deep_needs_he",
        statement="The deepest networks train with variance 2/n and not with 1/n (nats apart).",
        estimand=lambda table: gain_of_he(table, deepest=True),
        region=analysis.Region.above(0.1 * CHANCE),
        source="He et al. 2015, Fig. 3 (30 layers)",
        why="A tenth of the cross-entropy of guessing.",
    ),
    Claim(
        name="shallow_does_not",
        statement="At a third of that depth both train alike (nats apart).",
        estimand=lambda table: gain_of_he(table, deepest=False),
        region=analysis.Region.between(-0.1 * CHANCE, 0.1 * CHANCE),
        source="He et al. 2015, section 2.2 (no difference at 14 layers)",
        why="A tenth of the cross-entropy of guessing.",
    ),
    Claim(
        name="too_large_diverges",
        statement="Most of the deepest networks with variance 4/n diverge (share).",
        estimand=share_diverged,
        region=analysis.Region.above(0.5),
        source="Goodfellow et al. 2016, section 8.4",
        why="Most is more than half.",
    ),
    Claim(
        name="too_small_takes_longer",
        statement="Three layers take longer with a hundredth of He's variance (steps).",
        estimand=extra_steps,
        region=analysis.Region.above(0),
        source="Goodfellow et al. 2016, section 8.4",
        why="No difference is 0.",
    ),
    Claim(
        name="zero_never_learns",
        statement="From zero weights nothing but the output bias ever moves (largest parameter).",
        estimand=lambda t: analysis.mean(
            analysis.by_seed(trained(t), "largest_inner", depth=3, variance=0)
        ),
        region=analysis.Region.between(0, 0),
        source="Exact: every product on the way back has a factor of zero",
        why="Exact, also in float32.",
    ),
    Claim(
        name="equal_units_stay_equal",
        statement="From constant weights the units of a layer stay equal (largest difference).",
        estimand=lambda t: analysis.mean(
            analysis.by_seed(trained(t, "constant"), "unit_difference")
        ),
        region=analysis.Region.between(0, 1e-5),
        source="Exact: equal units have equal gradients; Goodfellow et al. 2016, section 8.4",
        why="Exact but for the order in which sums are rounded in float32.",
    ),
]


def profile_panel(table, measure, activation, factor, exact=VARIANCES):
    """A profile by variance; dashed, `factor(n s^2)` per layer for the variances in `exact`."""
    rows = analysis.spread(table[table.activation == activation], "layer", measure)
    rows = rows.assign(layer=rows.layer + 1)
    layers = np.arange(1, int(rows.layer.max()) + 1)
    power, y_label = layers, "E|h|² / n"
    if measure == "backward":
        power, y_label = layers[-1] - layers, "gradient, mean square"
        # As a multiple of what arrives at the last hidden layer.
        own = rows.layer.eq(layers[-1]).to_numpy()
        last = rows[own].set_index("trial")[measure]
        rows = rows.assign(backward=rows[measure] / rows.trial.map(last))
    curves = analysis.curve(rows, "layer", measure, by="variance")
    series = show.series_by(curves, "variance", x="layer", label=variance_name)
    for variance in exact:
        theory = show.table(x=layers, y=factor(variance) ** power)
        series.append(show.Series(theory, "theory", "theory", linestyle="--"))
    title = f"{measure}, {'ReLU' if activation == 'relu' else activation}"
    return show.Panel(series, "hidden layer", y_label, title, log_y=True)


def variance_name(variance):
    return f"variance {variance:g}/n" if float(variance).is_integer() else "variance 1/(3n)"


def trained_panels(table):
    """Loss and divergence against depth, and steps against the scale of three layers."""
    fair = trained(table)
    fair = fair.assign(diverged=100.0 * (fair.diverged_at >= 0), scale=np.sqrt(fair.variance / 2))
    guess = {"y_limits": (0, 3), "notes": [show.HLine(CHANCE, "guessing")]}
    panels = [("train_loss", "training loss (nats)", guess)]
    panels += [("diverged", "diverged (%)", {"y_limits": (-4, 104)})]
    drawn = []
    for measure, y_label, axes in panels:
        curves = analysis.curve(fair.loc[fair.depth > 3], "depth", measure, by="variance")
        series = show.series_by(curves, "variance", x="depth", label=variance_name)
        drawn.append(show.Panel(series, "hidden layers", y_label, **axes))
    three = fair.loc[(fair.depth == 3) & (fair.variance > 0)]
    times = analysis.steps_to_reach(three, "train_loss", 1.5, "scale")
    taken = analysis.mean(times.restricted())
    steps = show.table(x=times.levels, mean=taken.value, low=taken.low, high=taken.high)
    end = [show.HLine(times.horizon, "end of training")]
    series = [show.Series(steps, "three hidden layers", color=4)]
    labels = ("weights, in units of He's", "steps to a loss of 1.5")
    return [*drawn, show.Panel(series, *labels, log_x=True, notes=end)]


def figures(table):
    profiles = [
        profile_panel(table, "forward", "relu", lambda c: c / 2),
        profile_panel(table, "backward", "relu", lambda c: c / 2),
        profile_panel(table, "backward", "linear", lambda c: c),
        profile_panel(table, "backward", "tanh", lambda c: c, [1 / 3]),
    ]
    told = (
        "Before training: mean squares of activations, and of gradients as multiples of that at "
        "the last hidden layer. Dashed, exact theory; for tanh that of small activations."
    )
    caption = (
        "Training loss and share of diverged trials against depth, and steps to a loss of 1.5 for "
        "three layers; each at the rate best on validation data. Diverged losses are off the axis."
    )
    drawn = {"trained": (trained_panels(table), caption), "profiles": (profiles, told)}
    return [show.Figure(name, *parts) for name, parts in drawn.items()]


RATES = (0.01, 0.05)
KEYS = ("task", "activation", "init", "depth", "variance", "learning_rate")
SCALES = (200.0, 20.0, 2.0, 0.2, 0.02, 0.002)  # weights of 10 to 1/32 times He's


def grid(depths, profile_depth, rates, scales=SCALES):
    normal, kinds = "lecun_normal", ("relu", "linear", "tanh")
    cells = [("profile", kind, normal, profile_depth, c, 0.0) for kind in kinds for c in VARIANCES]
    deep = [(depth, c) for depth in depths for c in VARIANCES] + [(3, c) for c in scales]
    cells += [("train", "relu", normal, depth, c, rate) for depth, c in deep for rate in rates]
    cells += [("train", "relu", normal, 3, 0.0, rates[-1])]
    return [*cells, ("train", "relu", "constant", 3, 1.0, rates[-1])]


STUDY = Study(
    topic="initialisation",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    figures=figures,
    targets=[
        Target(
            name=f"training loss, {depth} layers, n s^2 = {variance:.3g}",
            value=value,
            source="independent JAX program, best of three rates, 40 epochs",
            estimand=nats_at(depth, variance),
            tolerance=0.2,
            kind="measured",
        )
        for depth, values in ELSEWHERE.items()
        for variance, value in values.items()
    ],
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
        "quick": Preset(
            seeds=2,
            steps=lambda p: 60 if p.task == "train" else 0,
            record=6,
            linked={KEYS: grid((4, 8), 6, (0.05,), (200.0, 2.0, 0.02))},
            draws=20,
            width=32,
        ),
        "standard": Preset(
            seeds=10,
            steps=lambda p: 600 if p.task == "train" else 0,
            record=15,
            linked={KEYS: grid((10, 20, 30), 20, RATES)},
        ),
        "paper": Preset(
            seeds=10,
            steps=lambda p: 1600 if p.task == "train" else 0,
            record=16,
            linked={KEYS: grid((10, 20, 30, 50), 50, (0.001, *RATES))},
            examples=5000,
            draws=1000,
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
