"""Batch size: the noise of a step falls as 1/B, and what becomes of training with it.

Question: how noisy is the gradient of B examples, where does that noise leave a quadratic, which
rate suits which batch size, does a small batch generalise better, and how many steps does a large
one save? Each batch size at its own best rate, chosen on validation data.
Claims: the gradient's variance is s^2/B, and less by (n - B)/(n - 1) when an epoch is shuffled;
SGD settles on a quadratic with variance eta s^2 / (B h (2 - eta h)); k times the batch with k times
the rate is the same training, until the batch is too large; after equal epochs a small batch errs
less, after equal steps a large one, and at equal training loss a small one; steps to a target fall
as 1/B, then less, then not at all; shuffled epochs train faster than draws with replacement; a
fixed order is as good as any if it is a random one, and examples sorted by class are ruinous.
Reference: Goodfellow et al., Deep Learning (2016), section 8.1.3; Bottou 2009; Keskar et al. 2017;
Goyal et al. 2017 (linear rule); Shallue et al. 2018 (steps to a target).
Command: nnlab run batch_size
Cost: standard runs 930 trials, 660 of them trained networks, about two minutes on two cores.
Expected result: all claims supported, but that sources disagree on small batches.
Found: noise, quadratic and linear rule are as in theory: at the rate 0.01 B the test error of B = 4
and 16 is that of B = 1 within 0.2 points (0.0 to 0.4). Whether a small batch is better depends on
what is kept equal: it leads by 8 points after 64 epochs, is 10 behind after 2048 steps, and at a
training loss of 0.2 there is no telling (-0.6, -2.1 to 1.3). B = 64 has the least error in all
three (54%); one is not best (2.3 points behind at equal fit). Up to 16 steps fall as B^-0.91 (-0.98
to -0.84: whether as 1/B is undecided), the last fourfold batch saves 7%; the bend is near
s^2/|g|^2, 18 to 97 before training. Not as in the textbook: draws with replacement end with 0.68 of
the training loss of shuffled epochs (0.58 to 0.83), though those fit first; the best rate is next
to unstable ones, and at half of it there is hardly a difference. Sorted examples cost 4.4 points
and half the rate, no more. A first run with rates a factor of 2 apart had two best rates at the end
of their grids and was replaced; there that loss ratio was 1.00 (undecided), and one kept order as
good as new ones, which is undecided here (-2.2 to 0.4).
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
    theory,
)

EPOCHS, STEPS = 64, 2048  # each run is as long as the longer of both
FIT, GOAL = 0.2, 60.0  # training loss (nats) and error (%) to be reached
BASE = 0.01  # the linear rule's rate for a batch of one
COMPARED = 16  # the batch size in which orders are compared, and the last of the small ones
RECORD = tuple(sorted({round(2 ** (k / 4)) for k in range(65)}))
ORDERS = {
    "reshuffled": "shuffled every epoch",
    "with_replacement": "drawn with replacement",
    "systematic": "one random order, kept",
    "sorted": "sorted by class",
}


def dataset(p):
    return data.mnist1d(2000, 2000, validation_examples=2000 - p.examples)


def trial(key, p, d):
    if p.task == "quadratic":
        return learn.descent_on_quadratic(key, p.learning_rate, p.batch, p.steps)
    import jax.numpy as jnp

    x, y, order = d.train.x, d.train.y, p.order
    if p.order == "sorted":
        rows = jnp.argsort(y)
        x, y, order = x[rows], y[rows], "systematic"
    sets = {"train": (x, y)}
    if p.task == "train":
        sets |= {"validation": (d.validation.x, d.validation.y), "test": (d.test.x, d.test.y)}
    noise = [learn.gradient_noise(key, x, y, p.batch, order=order)] if p.task == "noise" else []
    net = nn.MLP(hidden=(p.width, p.width), out=10)
    optimizer = learn.optimizer("sgd", p.learning_rate)
    plan = {"batch": p.batch, "order": order}
    return learn.supervised(key, net, optimizer, x, y, evaluate=sets, measures=noise, **plan)


def trained(table, order="reshuffled"):
    rows = table[(table.task == "train") & (table.order == order)]
    if rows.empty:
        raise analysis.NotApplicable(f"no run has the order {order}")
    return rows


def best(rows, by="batch"):
    """Each batch size (or order) at its rate of lowest validation error in these rows."""
    return analysis.at_best(rows, "learning_rate", "validation_error", by=by)


def after_epochs(table, order="reshuffled"):
    """All runs when they have seen as many examples as the shortest."""
    rows = trained(table, order)
    seen = rows.step * rows.batch
    return rows[seen == seen.groupby(rows.batch).max().min()].assign(step=0)


def after_steps(table):
    """All runs after as many steps as the shortest takes."""
    rows = trained(table)
    return rows[rows.step == rows.groupby("batch").step.max().min()].assign(step=0)


def at_equal_fit(table):
    """All runs when their training loss first is at most FIT, at rates where every seed's is."""
    rows = trained(table)
    firsts = rows[rows.train_loss <= FIT].sort_values("step").groupby("trial").head(1)
    reached = firsts.groupby(["batch", "learning_rate"]).seed.transform("nunique")
    firsts = firsts[reached == rows.seed.nunique()].assign(step=0)
    if set(firsts.batch) != set(rows.batch):
        raise analysis.NotApplicable(f"not every batch size comes to a training loss of {FIT}")
    return firsts


def errors_by_batch(rows):
    """Test errors [seeds, batch sizes], each size at its best rate."""
    return analysis.by_seed(best(rows), "test_error", across="batch")


def lead_of_smallest(rows):
    """Test error of the largest batch less that of the smallest, in points."""
    errors = errors_by_batch(rows).values
    return analysis.paired_difference(errors[:, -1], errors[:, 0])


def lead_of_one(table):
    """Of every other batch size the test error less that of one; the smallest difference."""
    errors = errors_by_batch(at_equal_fit(table))
    if errors.levels[0] != 1:
        raise analysis.NotApplicable("there is no batch of one")
    leads = errors.values[:, 1:] - errors.values[:, :1]
    return analysis.bootstrap(analysis.of_means(lambda means: means.min(-1)), leads)


def by_linear_rule(table):
    """Test errors [seeds, batch sizes] after equal epochs at rate BASE times B, and the sizes."""
    rows = after_epochs(table)
    rows = rows[np.isclose(rows.learning_rate, BASE * rows.batch)]
    if rows.batch.nunique() < 4 or rows.batch.min() > 1:
        raise analysis.NotApplicable("it takes batches from one, at rates in proportion")
    return analysis.by_seed(rows, "test_error", across="batch")


def rule_broken(table, at_the_end):
    """Largest change of the test error up to a batch of 16; or that of the largest batch."""
    errors, sizes = by_linear_rule(table)
    changes = errors - errors[:, :1]
    if at_the_end:
        return analysis.mean(changes[:, -1])
    return analysis.largest(changes[:, sizes <= COMPARED])


def steps_to_goal(table):
    """Steps to a test error of GOAL [seeds, B] and B, at the rates quickest on validation data."""
    how = ("learning_rate", "validation_error", GOAL)
    rows = analysis.at_fastest(trained(table), *how, by="batch")
    times = analysis.steps_to_reach(rows, "test_error", GOAL, "batch")
    if np.isinf(times.values).any():
        raise analysis.NotApplicable(f"not every run comes to a test error of {GOAL}%")
    return times.levels, times.values


def power_of_steps(table, at_the_end):
    """The power of B that steps to the goal follow: up to 16, or from the last but one size."""
    sizes, steps = steps_to_goal(table)
    if len(sizes) < 4:
        raise analysis.NotApplicable("it takes four batch sizes")
    part = slice(-2, None) if at_the_end else sizes <= COMPARED
    return analysis.slope(sizes[part], steps[:, part])


def order_rows(table, order):
    """Runs of one order with the batch size that all orders have."""
    return trained(table, order).loc[lambda rows: rows.batch == COMPARED]


def against_shuffled(table, order, measure="test_error", compare=analysis.paired_difference):
    """An order's measure against that of shuffled epochs, after equal epochs, at best rates."""
    ends = [best(order_rows(table, name), by="order") for name in (order, "reshuffled")]
    return compare(*(analysis.by_seed(rows, measure) for rows in ends))


def noise_rows(table, order):
    rows = table[(table.task == "noise") & (table.order == order)]
    if rows.empty:
        raise analysis.NotApplicable(f"no gradients were drawn in the order {order}")
    examples = int(rows.examples.iloc[0])
    left = examples if order == "reshuffled" else None
    expected = theory.minibatch_variance(rows.example_variance, rows.batch, left)
    shares = {
        "ratio": rows.gradient_variance / expected,
        "share": rows.gradient_variance / rows.example_variance,
        "exact": expected / rows.example_variance,
    }
    # All examples at once leave the rounding of float32 alone.
    return rows.assign(**shares)[rows.batch < examples]


def noise_off(table, order):
    """The largest relative difference of the gradient's variance from theory, over B."""
    rows = noise_rows(table, order)
    return analysis.largest(analysis.by_seed(rows, "ratio", across="batch").values - 1)


def settled(table):
    at = ("batch", "learning_rate")
    return analysis.by_seed(table[table.task == "quadratic"], "settled", across=at)


def settled_off(table):
    """The largest relative difference from the stationary variance, over B and rates."""
    found = settled(table)
    sizes, rates = found.axes["batch"], found.axes["learning_rate"]
    expected = theory.stationary_variance(rates, 1.0, 1.0, sizes[:, None])
    return analysis.largest(found.values / expected - 1)


GOODFELLOW, SHALLUE = "Goodfellow et al. 2016, section 8.1.3", "Shallue et al. 2018"
CLAIMS = [
    Claim(
        name="noise_as_one_over_b",
        statement="Drawn with replacement, the gradient's variance is s^2/B (largest difference).",
        estimand=lambda table: noise_off(table, "with_replacement"),
        region=analysis.Region.below(0.1),
        source=f"Exact; {GOODFELLOW}",
        why="Exact; 200 draws a seed leave a few percent, and one batch size of six the most.",
    ),
    Claim(
        name="shuffled_noise_is_less",
        statement="From a shuffled epoch it is s^2/B (n - B)/(n - 1) (largest difference).",
        estimand=lambda table: noise_off(table, "reshuffled"),
        region=analysis.Region.below(0.1),
        source="Exact; Cochran 1977, section 2.6",
        why="As before.",
    ),
    Claim(
        name="settles_on_quadratic",
        statement="SGD settles with variance eta s^2 / (B h (2 - eta h)) (largest difference).",
        estimand=settled_off,
        region=analysis.Region.below(0.05),
        source="Exact: the fixed point of v = (1 - eta h)^2 v + eta^2 s^2 / B",
        why="Exact; 50 descents a seed leave a percent.",
    ),
    Claim(
        name="linear_rule",
        statement="4 and 16 times the batch at as many times the rate change nothing (points).",
        estimand=lambda table: rule_broken(table, at_the_end=False),
        region=analysis.Region.below(2),
        source="Goyal et al. 2017",
        why="A test set of 2000 tells 2 points apart.",
    ),
    Claim(
        name="linear_rule_ends",
        statement="All examples at 1024 times the rate of one err more (points).",
        estimand=lambda table: rule_broken(table, at_the_end=True),
        region=analysis.Region.above(2),
        source="Goyal et al. 2017, section 2.2",
        why="As before.",
    ),
    Claim(
        name="small_leads_by_epochs",
        statement="After equal epochs the smallest batch errs less than the largest (points).",
        estimand=lambda table: lead_of_smallest(after_epochs(table)),
        region=analysis.Region.above(0),
        source=GOODFELLOW,
        why="No lead is 0.",
    ),
    Claim(
        name="large_leads_by_steps",
        statement="After equal steps the largest batch errs less (the smallest's lead, points).",
        estimand=lambda table: lead_of_smallest(after_steps(table)),
        region=analysis.Region.below(0),
        source=f"{SHALLUE}, section 4: no evidence that a larger batch errs more",
        why="No lead is 0.",
    ),
    Claim(
        name="small_leads_by_fit",
        statement="At equal training loss the smallest batch errs less (points).",
        estimand=lambda table: lead_of_smallest(at_equal_fit(table)),
        region=analysis.Region.above(0),
        source=f"Keskar et al. 2017; {GOODFELLOW} (regularising effect)",
        why="No lead is 0.",
    ),
    Claim(
        name="one_is_best",
        statement="At equal training loss a batch of one errs least (smallest lead, points).",
        estimand=lead_of_one,
        region=analysis.Region.above(0),
        source=f"{GOODFELLOW}: often best for a batch of one",
        why="No lead is 0.",
    ),
    Claim(
        name="steps_fall_as_one_over_b",
        statement="Up to a batch of 16 steps to a goal fall as 1/B (power of B).",
        estimand=lambda table: power_of_steps(table, at_the_end=False),
        region=analysis.Region.between(-1.15, -0.85),
        source=SHALLUE,
        why="Steps are known to a factor of 1.2 and rates to one of 1.4: 0.12 over 16 times B.",
    ),
    Claim(
        name="then_not_at_all",
        statement="The last fourfold batch saves next to no steps (power of B).",
        estimand=lambda table: power_of_steps(table, at_the_end=True),
        region=analysis.Region.above(-0.25),
        source=SHALLUE,
        why="A power of -1/4 saves 30% for four times the work.",
    ),
    Claim(
        name="shuffling_is_faster",
        statement="Drawn with replacement, training loss is higher after equal epochs (ratio).",
        estimand=lambda table: against_shuffled(
            table, "with_replacement", "train_loss", analysis.paired_ratio
        ),
        region=analysis.Region.above(1),
        source="Bottou 2009, Curiously fast convergence of some SGD algorithms",
        why="No difference is 1.",
    ),
    Claim(
        name="one_shuffle_is_enough",
        statement="One random order for all epochs errs as much as new ones (points apart).",
        estimand=lambda table: against_shuffled(table, "systematic"),
        region=analysis.Region.between(-2, 2),
        source=GOODFELLOW,
        why="A test set of 2000 tells 2 points apart.",
    ),
    Claim(
        name="sorted_is_ruinous",
        statement="Examples sorted by class err more than shuffled ones (points).",
        estimand=lambda table: against_shuffled(table, "sorted"),
        region=analysis.Region.above(2),
        source=GOODFELLOW,
        why="As before.",
    ),
]

TARGETS = [
    Target(
        name=f"stationary variance on w^2 / 2, rate {rate:g}, noise of variance 1, B = {size}",
        value=round(theory.stationary_variance(rate, 1.0, 1.0, size), 5),
        source="eta s^2 / (B h (2 - eta h))",
        estimand=lambda t, r=rate, b=size: analysis.mean(settled(t).at(batch=b, learning_rate=r)),
        tolerance=0.05 * theory.stationary_variance(rate, 1.0, 1.0, size),
        kind="exact",
    )
    for rate, size in ((0.1, 1), (1.0, 1), (1.9, 1), (0.5, 64))
]


def applicable(make, cases):
    """What is made of those cases of which this preset has the runs."""
    made = []
    for case in cases:
        try:
            made.append(make(*case))
        except analysis.NotApplicable:
            continue
    return made


def error_panel(table):
    chosen = {
        "after equal epochs": after_epochs,
        "after equal steps": after_steps,
        f"at a training loss of {FIT}": at_equal_fit,
    }

    def drawn(label, rows):
        curve = analysis.curve(best(rows(table)), "batch", "test_error")
        return show.Series(curve, label, x="batch")

    series = applicable(drawn, chosen.items())
    return show.Panel(series, "batch size B", "test error (%)", "at best rates", log_x=True)


def rate_panel(table):
    rows = after_epochs(table)
    curves = analysis.curve(rows, "learning_rate", "validation_error", by="batch")
    curves = curves.drop(columns="seeds")  # too many points
    series = show.series_by(curves, "batch", x="learning_rate", label="B = {}")
    axes = ("learning rate", "validation error (%)", "after equal epochs")
    return show.Panel(series, *axes, log_x=True, y_limits=(50, 80))


def steps_panel(table):
    sizes, steps = steps_to_goal(table)
    taken = analysis.mean(steps)
    ours = show.table(x=sizes, mean=taken.value, low=taken.low, high=taken.high)
    exact = show.table(x=sizes, y=taken.value[0] * sizes[0] / sizes)
    series = [show.Series(ours, "steps, each size at its quickest rate")]
    series.append(show.Series(exact, "in proportion to 1/B", "theory"))
    axes = ("batch size B", f"steps to {GOAL:.0f}% test error", "steps saved")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def order_panel(table):
    series = []
    for place, (order, label) in enumerate(ORDERS.items()):
        rows = order_rows(table, order)
        rate = best(rows, by="order").learning_rate.iloc[0]
        curve = analysis.curve(rows, "step", "train_loss", learning_rate=rate).drop(columns="seeds")
        series.append(show.Series(curve, label, x="step", color=place))
    axes = ("step", "training loss (nats)", f"orders, B = {COMPARED}")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def gradient_panel(table):
    series = []
    drawn = table[table.task == "noise"].order
    for place, order in enumerate(name for name in ORDERS if name in set(drawn)):
        rows = noise_rows(table, order)
        curve = analysis.curve(rows, "batch", "share")
        exact = analysis.curve(rows, "batch", "exact", band=False)
        theory_of = f"exact, {ORDERS[order]}"
        series.append(show.Series(curve, ORDERS[order], "points", x="batch", color=place))
        series.append(show.Series(exact, theory_of, "theory", x="batch", color=place))
    axes = ("batch size B", "relative variance", "minibatch gradients")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def quadratic_panel(table):
    rows = table[table.task == "quadratic"]
    curves = analysis.curve(rows, "learning_rate", "settled", by="batch")
    looks = {"label": "B = {}", "kind": "points", "first_color": len(ORDERS)}
    series = show.series_by(curves, "batch", x="learning_rate", **looks)
    rates = np.linspace(rows.learning_rate.min(), rows.learning_rate.max(), 100)
    for size in sorted(set(rows.batch)):
        exact = theory.stationary_variance(rates, 1.0, 1.0, size)
        series.append(show.Series(show.table(x=rates, y=exact), "exact", "theory"))
    axes = ("learning rate times curvature", "variance of w", "settled on a quadratic")
    return show.Panel(series, *axes, log_y=True)


def figures(table):
    told = {
        "batch_size": "An MLP on 1024 examples of MNIST-1D, SGD at constant rates: test error of "
        "each batch size at its best rate, and steps to a test error at the rate that is quickest "
        "to it on validation data.",
        "rates": "Validation error after 64 epochs against the rate.",
        "noise": "Variance (the covariance's trace) of the minibatch gradient before training "
        "against batch size, one example's being 1; training loss in four orders of the examples, "
        "each at its best rate; variance of SGD on a quadratic against the rate. Dashed, exact "
        "theory.",
    }
    drawn = {
        "batch_size": [(error_panel,), (steps_panel,)],
        "rates": [(rate_panel,)],
        "noise": [(gradient_panel,), (order_panel,), (quadratic_panel,)],
    }
    panels = {name: applicable(lambda make: make(table), drawn[name]) for name in drawn}
    return [show.Figure(name, panels[name], told[name]) for name in drawn]


KEYS = ("task", "order", "batch", "learning_rate")
RATES = {1: 0.005, 4: 0.02, 16: 0.08, 64: 0.32, 256: 0.64, 1024: 0.64}  # the lowest of each size
SETTLING = (0.1, 0.5, 1.0, 1.5, 1.9)


def rates(lowest, count):
    """So many, each the square root of 2 times the one before."""
    return [float(f"{lowest * 2 ** (k / 2):.4g}") for k in range(count)]


def grid(lowest, count, drawn, orders=(), rule=()):
    """Training by size and rate, in other orders at B = 16, gradients drawn, and the quadratic."""
    cells = [("train", "reshuffled", b, r) for b in lowest for r in rates(lowest[b], count)]
    cells += [("train", "reshuffled", b, BASE * b) for b in rule]
    cells += [("train", order, COMPARED, r) for order, low, n in orders for r in rates(low, n)]
    cells += [("noise", order, b, 0.0) for order in drawn for b in lowest]
    return cells + [("quadratic", "reshuffled", b, r) for b in (1, 8, 64) for r in SETTLING]


def steps(p):
    if p.task == "quadratic":
        return 2000
    return 0 if p.task == "noise" else max(EPOCHS * p.examples // p.batch, STEPS)


OTHERS = (("with_replacement", 0.08, 7), ("systematic", 0.08, 7), ("sorted", 0.04, 9))
BOTH = ("with_replacement", "reshuffled")

STUDY = Study(
    topic="training",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    targets=TARGETS,
    figures=figures,
    factors={
        "task": Static("train", choices=("train", "noise", "quadratic")),
        "order": Static("reshuffled", choices=tuple(ORDERS), about="of the examples"),
        "batch": Sized(16, about="examples in a minibatch, B"),
        "learning_rate": Traced(0.1, low=0),
        "examples": Static(1024, about="to train on; 2000 less these for validation"),
        "width": Static(64, about="units in each of the two hidden layers"),
    },
    presets={
        "quick": Preset(
            seeds=2,
            steps=lambda p: steps(p) if p.task != "train" else max(2048 // p.batch, 256),
            record=RECORD,
            linked={KEYS: grid({4: 0.04, 16: 0.16}, 2, BOTH[:1])},
            examples=256,
            width=16,
        ),
        "standard": Preset(
            seeds=10,
            steps=steps,
            record=RECORD,
            linked={KEYS: grid(RATES, 7, BOTH, OTHERS, (1024,))},
        ),
        "paper": Preset(
            seeds=30,
            steps=steps,
            record=RECORD,
            linked={KEYS: grid({b: r / 2 for b, r in RATES.items()}, 9, BOTH, OTHERS, (1024,))},
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
