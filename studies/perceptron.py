"""The perceptron rule: it stops where a plane separates the classes, and nowhere else.

Question: when does the perceptron rule stop making mistakes, after how many, and what has its rate
to do with it?
Claims: it converges if the classes are separable (and the rate small); from zero weights it makes
at most (R/margin)^2 mistakes, whatever the rate; on classes that are not separable it never stops,
and its weights stay bounded.
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
from nnlab import Claim, Preset, Study, Target, Traced, analysis, learn, nn, show

EXAMPLES, INPUTS = 100, 10
NOISY = 0.1


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


def per_seed(table, measure, across, reduce=np.mean, **where):
    """One number a seed: what `reduce` makes of all its settings, [seeds]."""
    values = analysis.by_seed(table, measure, across=across, **where).values
    return reduce(values.reshape(len(values), -1), axis=1)


def share_converged(table, **where):
    across = [name for name in ("margin", "rate", "start") if name not in where]
    return analysis.mean(per_seed(table, "converged", across, **where))


def share_bounded(table):
    """The share of trials from zero weights with at most (R/margin)^2 mistakes; R is 1."""
    shares = analysis.by_seed(table, "bound_share", across=["margin", "rate"], start=0, flipped=0)
    return analysis.mean((shares.values <= 1).mean(axis=(1, 2)))


def spread_over_rates(table):
    """The most mistakes at any rate minus the fewest, at the margin where they differ most."""
    mistakes = analysis.by_seed(table, "mistakes", across=["margin", "rate"], start=0, flipped=0)
    return analysis.mean(np.ptp(mistakes.values, axis=2).max(axis=1))


def extremes(table):
    return float(table.rate.min()), float(table.rate.max())


def small_over_one(table):
    where = {"start": 1, "flipped": 0, "margin": MARGIN}
    mistakes = analysis.by_seed(table, "mistakes", across="rate", **where)
    return analysis.paired_ratio(mistakes.at(rate=extremes(table)[0]), mistakes.at(rate=1))


def growth(table):
    """The largest norm of the weights up to the last step over that up to half as many."""
    last = int(table.step.max())
    norms = [
        per_seed(table, "largest_norm", "rate", start=0, flipped=NOISY, step=step)
        for step in (last, last // 2)
    ]
    return analysis.paired_ratio(*norms)


MARGIN = 0.1
ALL, NONE = analysis.Region.between(1, 1), analysis.Region.between(0, 0)
NOVIKOFF = "Novikoff 1962"
CLAIMS = [
    Claim(
        name="converges_if_separable",
        statement="On separable classes the rule converges, at every margin, rate and start.",
        estimand=lambda table: share_converged(table, flipped=0),
        region=ALL,
        source="Rosenblatt 1958; Novikoff 1962",
        why="A theorem: the share of trials that converge is one.",
    ),
    Claim(
        name="mistakes_bounded",
        statement="From zero weights it makes at most (R/margin)^2 mistakes (share of trials).",
        estimand=share_bounded,
        region=ALL,
        source=NOVIKOFF,
        why="A theorem: it holds in every trial.",
    ),
    Claim(
        name="rate_only_scales",
        statement="From zero weights the number of mistakes is the same at every rate (spread).",
        estimand=spread_over_rates,
        region=NONE,
        source="Novikoff 1962, where the rate cancels",
        why="The weights are the rate times a vector that the rate does not enter.",
    ),
    Claim(
        name="large_rate_fails",
        statement="From random weights it needs a small rate: the largest fails (share converged).",
        estimand=lambda table: share_converged(table, rate=extremes(table)[1], start=1, flipped=0),
        region=analysis.Region.below(1),
        source="Mitchell 1997, section 4.4: provided a sufficiently small rate is used",
        why="Where a small rate is needed some trials at the largest do not converge.",
    ),
    Claim(
        name="small_rate_is_slow",
        statement="From random weights the smallest rate makes more mistakes than a rate of 1.",
        estimand=small_over_one,
        region=analysis.Region.above(1),
        source="Novikoff's proof from weights w: (R/margin)^2 + 2|w|/(rate margin) mistakes",
        why="A ratio above 1 says it.",
    ),
    Claim(
        name="never_if_not_separable",
        statement="On classes that no plane separates it never converges (share of trials).",
        estimand=lambda table: share_converged(table, margin=MARGIN, flipped=NOISY),
        region=NONE,
        source="Minsky and Papert 1969; Mitchell 1997, section 4.4",
        why="A theorem: some example is wrong whatever the weights.",
    ),
    Claim(
        name="weights_stay_bounded",
        statement="There its weights stay bounded: twice the mistakes add little to the largest.",
        estimand=growth,
        region=analysis.Region.below(1.19),
        source="Minsky and Papert 1969; Block and Levin 1970",
        why="Bounded weights give 1, a random walk the root of 2; 1.19 is halfway, as ratios go.",
    ),
]

TARGETS = [
    Target(
        "share of trials from zero weights within (R/margin)^2 mistakes",
        1,
        NOVIKOFF,
        share_bounded,
        tolerance=0,
        kind="exact",
    ),
    Target(
        "spread of the mistakes over rates, from zero weights",
        0,
        NOVIKOFF,
        spread_over_rates,
        tolerance=0,
        kind="exact",
    ),
]


def margin_panel(table):
    curves = analysis.curve(table, "margin", "mistakes", start=0, rate=1.0, flipped=0)
    margins = np.geomspace(table.margin.min(), table.margin.max(), 50)
    bound = show.table(x=margins, y=1 / margins**2)
    series = [
        show.Series(curves, "from zero weights", x="margin", color=0),
        show.Series(bound, "bound (Novikoff)", "theory"),
    ]
    return show.Panel(series, "margin", "mistakes", "separable", log_x=True, log_y=True)


def rate_panel(table):
    zero, one = (
        analysis.curve(table, "rate", "mistakes", start=start, margin=MARGIN, flipped=0)
        for start in (0, 1)
    )
    rates = np.geomspace(*extremes(table), 50)
    bound = show.table(x=rates, y=1 / MARGIN**2 + 2 / (rates * MARGIN))
    series = [
        show.Series(zero, "from zero weights", x="rate", color=0),
        show.Series(one, "from random weights of norm 1", x="rate", color=1),
        show.Series(bound, "bound from norm 1", "theory"),
    ]
    title = f"separable, margin {MARGIN:g}"
    return show.Panel(series, "rate", "mistakes", title, log_x=True, log_y=True)


def norm_panel(table):
    curves = analysis.curve(table, "step", "largest_norm", start=0, rate=1.0, flipped=NOISY)
    steps = np.geomspace(curves.step.min(), curves.step.max(), 50)
    bound = show.table(x=steps, y=np.sqrt(steps))
    series = [
        show.Series(curves, f"{NOISY:.0%} of labels flipped", x="step", color=2),
        show.Series(bound, "root of the mistakes", "theory"),
    ]
    y_label = "largest norm so far / rate"
    return show.Panel(series, "mistakes", y_label, "not separable", log_x=True, log_y=True)


def figures(table):
    caption = (
        "The perceptron rule on 100 unit vectors of 10 dimensions: mistakes until it converges, "
        "against margin and rate, and the largest norm of the weights where no plane separates."
    )
    panels = [margin_panel(table), rate_panel(table), norm_panel(table)]
    return [show.Figure("perceptron", panels, caption)]


def grid(*margins):
    """Separable classes at each margin, and classes that are not separable."""
    return {("margin", "flipped"): [*((margin, 0.0) for margin in margins), (MARGIN, NOISY)]}


STUDY = Study(
    topic="capacity",
    trial=trial,
    claims=CLAIMS,
    targets=TARGETS,
    figures=figures,
    factors={
        "margin": Traced(MARGIN, low=0.001, high=1, about="of the teacher, which has norm 1"),
        # Powers of two: in floating point a product with them is exact, as in the theorem.
        "rate": Traced(1.0, low=0),
        "start": Traced(0.0, 1.0, low=0, about="norm of the initial weights"),
        "flipped": Traced(0.0, low=0, high=1, about="share of labels flipped"),
    },
    presets={
        "quick": Preset(
            seeds=3,
            steps=1000,
            record=(10, 100, 500),
            rate=(1 / 8, 1, 8),
            linked=grid(0.05, MARGIN, 0.2),
        ),
        "standard": Preset(
            seeds=20,
            steps=9000,
            record=(1, 3, 10, 30, 100, 300, 1000, 2000, 4500),
            rate=tuple(2.0**power for power in (-6, -3, 0, 3, 6)),
            linked=grid(0.02, 0.03, 0.05, MARGIN, 0.2, 0.3),
        ),
        "paper": Preset(
            seeds=100,
            steps=150_000,
            record=(1, 3, 10, 30, 100, 300, 1000, 10_000, 75_000),
            rate=tuple(2.0**power for power in range(-8, 9, 2)),
            linked=grid(0.005, 0.01, 0.02, 0.05, MARGIN, 0.2, 0.3, 0.5),
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
