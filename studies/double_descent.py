"""Double descent: test error falls, peaks at the interpolation threshold, and falls again.

Question: how does the test error of a network with two hidden layers change with its width, when
15% of the training labels are drawn anew at random, and when none are?
Claims: with noisy labels test error peaks where training error first reaches zero, and falls below
its first minimum beyond; with clean labels only cross-entropy has a peak.
Reference: Greydanus and Kobak, MNIST-1D, notebook deep-double-descent (preset standard); Prince,
Understanding Deep Learning (2023), section 8.4 and Fig. 8.10 (preset paper).
Command: nnlab run double_descent
Cost: standard trains 256 networks for 20,000 steps, five to six minutes on two cores, which is what
set its number of seeds; paper is for a GPU.
Expected result: all claims supported. The published curves come from one seed each; the notebook's
one draw of noisy labels changed 14.4% of them where 13.5% are expected. Standard uses that draw, so
that its seeds vary initial weights and order only; --set label_draw=seed draws for each seed.
Found: with noisy labels a peak of 55% at width 47, one step of the grid before the threshold at 61,
and 46% at width 300, 4.5 points below the first minimum; with clean labels no peak in error, but
one in cross-entropy. All widths above 16 lie within 1.6 points of the notebook. At 16 its single
run (47.2%) is low: we find 49.3% (64 seeds), and PyTorch on the same labels 49.1% (32 seeds).
"""

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show, theory
from nnlab.analysis import NotApplicable, Region
from nnlab.study import Claims, Preset, Sized, Static, Study, Target, Traced

NOISE = 0.15
NOTEBOOK = (5, 7, 9, 12, 16, 21, 27, 36, 47, 61, 80, 104, 135, 177, 230, 300)
PRINCE = (5, 10, 15, 20, 27, 40, 50, 60, 70, 80, 100, 150, 200, 300, 400)


def dataset(p):
    sizes = (p.examples, p.test_examples)
    return data.mnist1d(*sizes), data.mnist1d_label_draw(*sizes)


def trial(key, p, shared):
    import jax.numpy as jnp

    d, draw = shared
    if p.label_draw == "seed":
        labels = learn.corrupt(nn.stream(key, "label_noise"), d.train.y, p.label_noise, d.classes)
    else:  # the notebook's one draw for all
        labels = jnp.where(draw["chance"] < p.label_noise, draw["labels"], d.train.y)
    net = nn.MLP(hidden=(p.width, p.width), out=d.classes, kernel_init=p.kernel_init)
    optimizer = learn.optimizer(p.optimizer, p.learning_rate)
    evaluate = {"train": (d.train.x, labels), "test": d.test}
    batch = p.batch or None
    return learn.supervised(key, net, optimizer, d.train.x, labels, batch=batch, evaluate=evaluate)


def across_widths(table, measure, noise=NOISE):
    return analysis.by_seed(table, measure, across="width", label_noise=noise)


def peak(table, measure="test_error", noise=NOISE):
    return analysis.peak(across_widths(table, measure, noise))


def threshold(train_error):
    """Place of the interpolation threshold: the first width whose training error is zero.

    A mean over seeds is exactly zero only where every seed is: half a percent counts as zero.
    """
    return analysis.first_index_at_most(train_error, 0.5)


BOOK, REPOSITORY = "Prince, Fig. 8.10", "MNIST-1D notebook"
POINTS = {BOOK: "udl_fig_8_10", REPOSITORY: "mnist1d_double_descent"}
SETTINGS = {("adam", 0, 10_000, 4000): BOOK, ("momentum", 100, 4000, 20_000): REPOSITORY}


def publisher(table, wanted=None):
    """Where curves of the same setting stand: there, if that is wanted, or nowhere else."""
    setting = tuple(table.iloc[-1][["optimizer", "batch", "examples", "step"]])
    if setting not in SETTINGS:
        raise NotApplicable("nothing is published for this setting")
    if wanted not in (None, SETTINGS[setting]):
        raise NotApplicable(f"it is of the setting of {wanted}")
    return SETTINGS[setting]


def published(where, measure, noise, widths):
    """A published curve at these widths, between its points on a logarithmic axis."""
    points = analysis.select(theory.published(POINTS[where]), label_noise=noise)
    if measure not in points:
        raise NotApplicable(f"{where} has no {measure.replace('_', ' ')}")
    points = points.dropna(subset=measure).sort_values("width")
    return np.interp(np.log(widths), np.log(points.width), points[measure])


SECTION, FIGURE = "Prince 2023, section 8.4", "Prince 2023, Fig. 8.10"
NO_PEAK = "A curve without a peak has prominence 0."
claims = Claims()


@claims(Region.above(0), f"Belkin et al. 2019; {SECTION}", NO_PEAK)
def error_peaks(table):
    """With noisy labels test error rises to a peak above its first minimum (points)."""
    return peak(table).prominence


@claims(Region.between(-1, 1), SECTION, "The grid cannot tell places closer than one step.")
def peak_at_threshold(table):
    """The peak lies where training error first reaches zero (steps of the grid)."""
    curves = [across_widths(table, measure) for measure in ("test_error", "train_error")]
    return analysis.place(lambda test, train: analysis.peak_index(test) - threshold(train), *curves)


@claims(Region.above(0), SECTION, "A positive difference is a fall below.")
def second_descent(table):
    """Beyond the peak test error falls below its first minimum (by so many points)."""
    return peak(table).second_descent


@claims(Region.above(0), f"Nakkiran et al. 2019; {FIGURE}", "No difference is 0.")
def noise_raises_peak(table):
    """The peak stands out more with noisy labels than with clean ones (points)."""
    prominence = analysis.peak_prominence
    gain = analysis.of_means(lambda noisy, clean: prominence(noisy) - prominence(clean))
    curves = [across_widths(table, "test_error", noise) for noise in (NOISE, 0.0)]
    return analysis.bootstrap(gain, *curves)


@claims(
    Region.below(1),
    f"{FIGURE}a; {REPOSITORY}",
    "The published one-seed curves wiggle by up to 0.8 points without showing a peak.",
)
def no_error_peak_when_clean(table):
    """With clean labels test error has no peak (height over the minimum before it)."""
    return peak(table, noise=0.0).prominence


@claims(Region.above(0), REPOSITORY, NO_PEAK)
def loss_peak_when_clean(table):
    """Even with clean labels test cross-entropy has a peak (nats above its minimum)."""
    return peak(table, "test_loss", 0.0).prominence


@claims(
    Region.below(2),
    f"{REPOSITORY}; {FIGURE}",
    "The published curves are one seed each: about a point of spread, twice.",
)
def as_published(table):
    """Test error is within 2 points of the published curve at every width from 16."""
    where, curves = publisher(table), across_widths(table, "test_error")
    wide = curves.levels >= 16
    expected = published(where, "test_error", NOISE, curves.levels[wide])
    off = analysis.of_means(lambda errors: np.abs(errors[..., wide] - expected).max(-1))
    return analysis.bootstrap(off, curves)


# Measure, share of noise, and widths at which each source's own numbers are set beside ours.
PUBLISHED = {
    REPOSITORY: [
        ("test_error", NOISE, NOTEBOOK[3:]),
        ("train_error", NOISE, (16, 27, 36, 47, 61)),
        ("test_loss", NOISE, (61,)),
        ("test_error", 0.0, (47, 300)),
        ("test_loss", 0.0, (47,)),
    ],
    BOOK: [
        ("test_error", NOISE, PRINCE[1:]),
        ("test_error", 0.0, (10, 20, 50, 100, 200, 400)),
    ],
}
OTHERWISE = "the same setting in JAX, one seed"
MEASURED = {NOISE: {20: 42.0, 40: 44.3, 70: 50.6, 150: 43.2}, 0.0: {20: 35.9, 40: 32.6}}


def target(where, measure, noise, width, value, source, kind="published"):
    """A known number of the setting of `where`, of one seed: no closer than 2 points."""

    def ours(table):
        publisher(table, wanted=where)
        return analysis.mean_of(measure, width=width, label_noise=noise)(table)

    what, unit = measure.replace("_", " "), " (nats)" if measure.endswith("loss") else " (%)"
    name = f"{what}{unit}, {noise:.0%} redrawn, width {width} [{source}]"
    return Target(name, value, source, ours, 2.0 if unit == " (%)" else None, kind)


def threshold_target(labels, noise, value, source):
    def ours(table):
        publisher(table, wanted=BOOK)
        train = across_widths(table, "train_error", noise)
        return analysis.place(lambda m: analysis.first_at_most(m, train.levels, 0.5), train)

    name = f"width where training error reaches 0, {labels}"
    return Target(name, value, source, ours, tolerance=10)


def targets():
    for where, parts in PUBLISHED.items():
        for measure, noise, widths in parts:
            values = published(where, measure, noise, np.array(widths))
            for width, value in zip(widths, values, strict=True):
                yield target(where, measure, noise, width, round(float(value), 2), where)
    for noise, values in MEASURED.items():
        for width, value in values.items():
            yield target(BOOK, "test_error", noise, width, value, OTHERWISE, "measured")
    yield threshold_target("15% redrawn", NOISE, 72.5, f"{BOOK} (70 to 75)")
    yield threshold_target("clean labels", 0.0, 48, BOOK)


def curves(measure, noise, label, color):
    """Our curve, and the published one where the setting has one."""

    def ours(table):
        curve = analysis.curve(table, "width", measure, label_noise=noise)
        return show.Series(curve, label, color=color)

    def theirs(table):
        where, widths = publisher(table), np.unique(table.width)
        points = show.table(x=widths, y=published(where, measure, noise, widths))
        return show.Series(points, f"{where}, {label}", "published", color=color)

    return [ours, theirs]


def error_panel(table, noise):
    test = curves("test_error", noise, "test error", 0)
    train = curves("train_error", noise, "training error", 1)
    title = f"{noise:.0%} of labels redrawn" if noise else "clean labels"
    means = across_widths(table, "train_error", noise)
    place, notes = threshold(means.values.mean(0)), []
    if np.isfinite(place):
        notes = [show.VLine(means.levels[int(place)], "training error reaches 0")]
    axes = ("hidden units per layer", "error (%)", title)
    return show.Panel([*test, *train], *axes, log_x=True, notes=notes)


def loss_panel(table):
    noisy = curves("test_loss", NOISE, f"test loss, {NOISE:.0%} redrawn", 2)
    clean = curves("test_loss", 0.0, "test loss, clean labels", 3)
    axes = ("hidden units per layer", "cross-entropy (nats)", "test loss")
    return show.Panel([*noisy, *clean], *axes, log_x=True)


PANELS = [partial(error_panel, noise=NOISE), partial(error_panel, noise=0.0), loss_panel]
CAPTION = (
    "Double descent on MNIST-1D. Error of networks with two hidden layers after training, on "
    "the labels trained on and on the test set, and test cross-entropy, against width."
)
AS_IN_BOOK = {"width": PRINCE, "examples": 10_000, "test_examples": 5000, "optimizer": "adam"}
AS_IN_BOOK |= {"learning_rate": 0.005, "batch": 0, "kernel_init": "he_normal"}

STUDY = Study(
    topic="generalisation",
    data=dataset,
    trial=trial,
    claims=claims,
    targets=list(targets()),
    figures=[show.Figure("double_descent", PANELS, CAPTION, share_y=True)],
    factors={
        "width": Sized(*NOTEBOOK, about="units in each of the two hidden layers"),
        "label_noise": Traced(0.0, NOISE, low=0, high=1, about="share of labels drawn anew"),
        "label_draw": Static("seed", choices=("seed", "notebook"), about="who draws noisy labels"),
        "learning_rate": Traced(0.01, low=0),
        "optimizer": Static("momentum"),
        "batch": Static(100, about="examples in a minibatch; 0 takes all"),
        "kernel_init": Static("pytorch"),
        "examples": Static(4000),
        "test_examples": Static(12_000),
    },
    presets={
        "quick": Preset(seeds=2, steps=2000, width=(5, 16, 47, 104), test_examples=2000),
        "standard": Preset(seeds=8, steps=20_000, label_draw="notebook"),
        "paper": Preset(seeds=10, steps=4000, **AS_IN_BOOK),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
