"""The perceptron rule: it stops where a plane separates the classes, and nowhere else.

Question: when does the perceptron rule stop making mistakes, after how many, and what has its rate
to do with it?
Claims: it converges if the classes are separable, after a bounded number of mistakes, and never
otherwise; textbooks ask for a small rate, the proof for none.
Reference: Rosenblatt 1958; Novikoff 1962, On convergence proofs for perceptrons; Mitchell, Machine
Learning (1997), section 4.4; Block and Levin 1970, On the boundedness of an iterative procedure.
Command: nnlab run perceptron
Cost: standard follows 1400 perceptrons for up to 9000 mistakes each: half a minute on two cores.
Expected result: all supported except large_rate_fails: nothing in Novikoff's proof limits the rate.
Found: the textbook's "if the rate is small" is wrong. From zero weights the number of mistakes is
the same at every rate, to the last one; from random weights a large rate forgets them at once, and
it is the small one that is slow (113 mistakes at 1/64, 9 at 1 and above). These random classes are
far easier than the bound: 9 mistakes where 100 are allowed, and growing slower than 1/margin.
On classes that are not separable the weights stop growing: 2% more between 4500 and 9000 mistakes.
"""

import numpy as np

import nnlab
from nnlab import analysis, learn, nn, show
from nnlab.analysis import Region
from nnlab.study import Claims, Preset, Study, Target, Traced

EXAMPLES, INPUTS = 100, 10
MARGIN, NOISY = 0.1, 0.1


def examples(key, p):
    """Unit vectors x [N, D], labels -1 or 1 [N], and the teacher's smallest margin.

    A teacher of norm 1 labels them, none nearer to its plane than the margin. Where labels are
    flipped, the last example is the first with the other label: no plane can be right on both.
    """
    import jax.numpy as jnp

    normal = nn.entry_normal(nn.stream(key, "x"), EXAMPLES, INPUTS)
    teacher = unit(nn.entry_normal(nn.stream(key, "teacher"), 1, INPUTS))[0]
    draws = nn.entry_uniform(nn.stream(key, "labels"), EXAMPLES, 3)
    labels = jnp.where(draws[:, 0] < 0.5, -1.0, 1.0)
    height = p.margin + (1 - p.margin) * draws[:, 1]
    across = unit(normal - (normal @ teacher)[:, None] * teacher)
    x = (labels * height)[:, None] * teacher + jnp.sqrt(1 - height**2)[:, None] * across
    margin = jnp.min(labels * (x @ teacher))
    labels = jnp.where(draws[:, 2] < p.flipped, -labels, labels)
    contradicted = jnp.where(p.flipped > 0, jnp.int32(0), jnp.int32(EXAMPLES - 1))
    sign = jnp.where(p.flipped > 0, -1.0, 1.0)
    x = x.at[-1].set(x[contradicted])
    return x, labels.at[-1].set(sign * labels[contradicted]), margin


def unit(x):
    import jax.numpy as jnp

    return x / jnp.linalg.norm(x, axis=-1, keepdims=True)


def trial(key, p, _):
    """One step is one mistake: the rule goes on, in turn, to the next example it has wrong."""
    import jax.numpy as jnp

    x, labels, margin = examples(key, p)
    towards = x * labels[:, None]
    order = jnp.arange(EXAMPLES, dtype=jnp.int32)

    def wrong(weights):
        return towards @ weights <= 0

    def init():
        weights = p.start * unit(nn.entry_normal(nn.stream(key, "start"), 1, INPUTS))[0]
        return weights, jnp.int32(0), jnp.int32(0), jnp.linalg.norm(weights)

    def step(i, state):
        weights, place, mistakes, largest = state
        ahead = jnp.where(wrong(weights), (order - place) % EXAMPLES, EXAMPLES)
        found = jnp.min(ahead) < EXAMPLES
        chosen = jnp.argmin(ahead).astype(jnp.int32)
        weights = weights + jnp.where(found, p.rate, 0.0) * towards[chosen]
        largest = jnp.maximum(largest, jnp.linalg.norm(weights))
        mistakes = mistakes + found.astype(jnp.int32)
        return weights, jnp.where(found, chosen + 1, place), mistakes, largest

    def measure(state):
        weights, _, mistakes, largest = state
        return {
            "converged": 1.0 - jnp.any(wrong(weights)).astype(jnp.float32),
            "mistakes": mistakes.astype(jnp.float32),
            "bound_share": mistakes * margin**2,
            "largest_norm": largest / p.rate,
        }

    return learn.Trial(init, step, measure)


def share_converged(table, **where):
    """The share of trials that converge, mean over all margins, rates and starts not fixed."""
    across = [name for name in ("margin", "rate", "start") if name not in where]
    return analysis.mean(analysis.by_seed(table, "converged", across, **where).averaged(*across))


def from_zero(table, measure):
    """A measure of separable trials from zero weights, [seeds, margins, rates]."""
    return analysis.by_seed(table, measure, ["margin", "rate"], start=0, flipped=0)


NOVIKOFF, MITCHELL = "Novikoff 1962", "Mitchell 1997, section 4.4"
ALL, NONE = Region.between(1, 1), Region.between(0, 0)
claims = Claims()


@claims(
    ALL, "Rosenblatt 1958; Novikoff 1962", "A theorem: the share of trials that converge is one."
)
def converges_if_separable(table):
    """On separable classes the rule converges, at every margin, rate and start."""
    return share_converged(table, flipped=0)


@claims(ALL, NOVIKOFF, "A theorem: it holds in every trial.")
def mistakes_bounded(table):
    """From zero weights it makes at most (R/margin)^2 mistakes (share of trials)."""
    return analysis.mean((from_zero(table, "bound_share").values <= 1).mean(axis=(1, 2)))


@claims(
    NONE,
    f"{NOVIKOFF}, where the rate cancels",
    "The weights are the rate times a vector that the rate does not enter.",
)
def rate_only_scales(table):
    """From zero weights the number of mistakes is the same at every rate (spread)."""
    mistakes = from_zero(table, "mistakes").values
    return analysis.mean(np.ptp(mistakes, axis=2).max(axis=1))


@claims(
    Region.below(1),
    f"{MITCHELL}: provided a sufficiently small rate is used",
    "Where a small rate is needed some trials at the largest do not converge.",
)
def large_rate_fails(table):
    """From random weights it needs a small rate: the largest fails (share converged)."""
    return share_converged(table, rate=table.rate.max(), start=1, flipped=0)


@claims(
    Region.above(1),
    "Novikoff's proof from weights w: (R/margin)^2 + 2|w|/(rate margin) mistakes",
    "A ratio above 1 says it.",
)
def small_rate_is_slow(table):
    """From random weights the smallest rate makes more mistakes than a rate of 1."""
    mistakes = analysis.by_seed(table, "mistakes", "rate", start=1, flipped=0, margin=MARGIN)
    return analysis.paired_ratio(*mistakes.each(rate=(table.rate.min(), 1)))


@claims(
    NONE,
    f"Minsky and Papert 1969; {MITCHELL}",
    "A theorem: some example is wrong whatever the weights.",
)
def never_if_not_separable(table):
    """On classes that no plane separates it never converges (share of trials)."""
    return share_converged(table, margin=MARGIN, flipped=NOISY)


@claims(
    Region.below(1.19),
    "Minsky and Papert 1969; Block and Levin 1970",
    "Bounded weights give 1, a random walk the root of 2; 1.19 is halfway, as ratios go.",
)
def weights_stay_bounded(table):
    """There its weights stay bounded: twice the mistakes add little to the largest."""

    def largest(step):
        where = {"step": step, "start": 0, "flipped": NOISY}
        return analysis.by_seed(table, "largest_norm", "rate", **where).averaged("rate")

    last = int(table.step.max())
    return analysis.paired_ratio(largest(last), largest(last // 2))


def exact(name, value, estimand):
    return Target(name, value, NOVIKOFF, estimand, tolerance=0, kind="exact")


TARGETS = [
    exact("share of trials from zero weights within (R/margin)^2 mistakes", 1, mistakes_bounded),
    exact("spread of the mistakes over rates, from zero weights", 0, rate_only_scales),
]


def against_bound(series, bound, formula, *axes):
    """Measured series and, dashed, a formula of the place; logarithmic axes."""
    measured = series[0].data[series[0].x]
    places = np.geomspace(measured.min(), measured.max(), 50)
    series = [*series, show.exact(bound, places, formula(places))]
    return show.Panel(series, *axes, log_x=True, log_y=True)


def margin_panel(table):
    curve = analysis.curve(table, "margin", "mistakes", start=0, rate=1.0, flipped=0)
    series = [show.Series(curve, "from zero weights", color=0)]
    axes = ("margin", "mistakes", "separable")
    return against_bound(series, "bound (Novikoff)", lambda margin: 1 / margin**2, *axes)


def rate_panel(table):
    rows = analysis.select(table, margin=MARGIN, flipped=0)
    labels = {0: "from zero weights", 1: "from random weights of norm 1"}
    series = show.series_by(
        analysis.curve(rows, "rate", "mistakes", "start"), "start", label=labels
    )

    def bound(rate):
        return 1 / MARGIN**2 + 2 / (rate * MARGIN)

    axes = ("rate", "mistakes", f"separable, margin {MARGIN:g}")
    return against_bound(series, "bound from norm 1", bound, *axes)


def norm_panel(table):
    curve = analysis.curve(table, "step", "largest_norm", start=0, rate=1.0, flipped=NOISY)
    series = [show.Series(curve, f"{NOISY:.0%} of labels flipped", color=2)]
    axes = ("mistakes", "largest norm so far / rate", "not separable")
    return against_bound(series, "root of the mistakes", np.sqrt, *axes)


FIGURE = show.Figure(
    "perceptron",
    [margin_panel, rate_panel, norm_panel],
    "The perceptron rule on 100 unit vectors of 10 dimensions: mistakes until it converges, "
    "against margin and rate, and the largest norm of the weights where no plane separates.",
)


def grid(*margins):
    """Separable classes at each margin, and classes that are not separable."""
    return {("margin", "flipped"): [*((margin, 0.0) for margin in margins), (MARGIN, NOISY)]}


def rates(powers):
    """Powers of two: in floating point a product with them is exact, as in the theorem."""
    return tuple(2.0**power for power in powers)


FIRST = (1, 3, 10, 30, 100, 300, 1000)
STANDARD = grid(0.02, 0.03, 0.05, MARGIN, 0.2, 0.3)
PAPER = grid(0.005, 0.01, 0.02, 0.05, MARGIN, 0.2, 0.3, 0.5)

STUDY = Study(
    topic="capacity",
    trial=trial,
    claims=claims,
    targets=TARGETS,
    figures=[FIGURE],
    factors={
        "margin": Traced(MARGIN, low=0.001, high=1, about="of the teacher, which has norm 1"),
        "rate": Traced(1.0, low=0),
        "start": Traced(0.0, 1.0, low=0, about="norm of the initial weights"),
        "flipped": Traced(0.0, low=0, high=1, about="share of labels flipped"),
    },
    presets={
        "quick": Preset(3, 1000, (10, 100, 500), grid(0.05, MARGIN, 0.2), rate=rates((-3, 0, 3))),
        "standard": Preset(20, 9000, (*FIRST, 2000, 4500), STANDARD, rate=rates(range(-6, 7, 3))),
        "paper": Preset(100, 150_000, (*FIRST, 10_000, 75_000), PAPER, rate=rates(range(-8, 9, 2))),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
