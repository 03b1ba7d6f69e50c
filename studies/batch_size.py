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

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, data, learn, nn, show, theory
from nnlab.analysis import NotApplicable, Region
from nnlab.study import Claims, Preset, Sized, Static, Study, Target, Traced

EPOCHS, STEPS = 64, 2048  # each run is as long as the longer of both
FIT, GOAL = 0.2, 60.0  # training loss (nats) and error (%) to be reached
BASE = 0.01  # the linear rule's rate for a batch of one
COMPARED = 16  # the batch size in which orders are compared, and the last of the small ones
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
        sets |= {"validation": d.validation, "test": d.test}
    noise = [learn.gradient_noise(key, x, y, p.batch, order=order)] if p.task == "noise" else []
    net = nn.MLP(hidden=(p.width, p.width), out=10)
    optimizer = learn.optimizer("sgd", p.learning_rate)
    plan = {"batch": p.batch, "order": order}
    return learn.supervised(key, net, optimizer, x, y, evaluate=sets, measures=noise, **plan)


def best(rows, by="batch"):
    """Each batch size (or order) at its rate of lowest validation error in these rows."""
    return analysis.at_best(rows, "learning_rate", "validation_error", by=by)


def after_epochs(table, order="reshuffled"):
    """All runs when they have seen as many examples as the shortest."""
    rows = analysis.select(table, task="train", order=order)
    return analysis.at_equal(rows, rows.step * rows.batch, by="batch")


def after_steps(table):
    """All runs after as many steps as the shortest takes."""
    rows = analysis.select(table, task="train", order="reshuffled")
    return analysis.at_equal(rows, rows.step, by="batch")


def at_equal_fit(table):
    """All runs when their training loss first is at most FIT, at rates where every seed's is."""
    rows = analysis.select(table, task="train", order="reshuffled")
    firsts = analysis.when_reached(rows, "train_loss", FIT)
    reached = firsts.groupby(["batch", "learning_rate"]).seed.transform("nunique")
    firsts = firsts[reached == rows.seed.nunique()]
    if set(firsts.batch) != set(rows.batch):
        raise NotApplicable(f"not every batch size comes to a training loss of {FIT}")
    return firsts


def errors_by_batch(rows):
    """Test errors [seeds, batch sizes], each size at its best rate."""
    return analysis.by_seed(best(rows), "test_error", across="batch")


def lead_of_smallest(rows):
    """Test error of the largest batch less that of the smallest, in points."""
    errors = errors_by_batch(rows).values
    return analysis.paired_difference(errors[:, -1], errors[:, 0])


def off_linear_rule(table):
    """How test errors [seeds, batch sizes] at rate BASE times B differ from that of B = 1."""
    rows = after_epochs(table)
    rows = rows[np.isclose(rows.learning_rate, BASE * rows.batch)]
    if rows.batch.nunique() < 4 or rows.batch.min() > 1:
        raise NotApplicable("it takes batches from one, at rates in proportion")
    errors, sizes = analysis.by_seed(rows, "test_error", across="batch")
    return errors - errors[:, :1], sizes


def steps_to_goal(table):
    """Steps to a test error of GOAL [seeds, B], at the rates quickest on validation data."""
    rows = analysis.select(table, task="train", order="reshuffled")
    rows = analysis.at_fastest(rows, "learning_rate", "validation_error", GOAL, by="batch")
    times = analysis.steps_to_reach(rows, "test_error", GOAL, "batch")
    if np.isinf(times.values).any():
        raise NotApplicable(f"not every run comes to a test error of {GOAL}%")
    return times


def power_of_steps(table, part):
    """The power of B that steps to the goal follow, over these of the batch sizes."""
    steps, sizes = steps_to_goal(table)
    if len(sizes) < 4:
        raise NotApplicable("it takes four batch sizes")
    return analysis.slope(sizes[part(sizes)], steps[:, part(sizes)])


def order_rows(table, order):
    """Runs of one order with the batch size that all orders have."""
    return analysis.select(table, task="train", order=order, batch=COMPARED)


def against_shuffled(table, order, measure="test_error", compare=analysis.paired_difference):
    """An order's measure against that of shuffled epochs, after equal epochs, at best rates."""
    ends = [best(order_rows(table, name), by="order") for name in (order, "reshuffled")]
    return compare(*(analysis.by_seed(rows, measure) for rows in ends))


def noise_rows(table, order):
    """Variances of gradients with those of theory, one example's being 1 in `share` and `exact`."""
    rows = analysis.select(table, task="noise", order=order)
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
    ratios = analysis.by_seed(noise_rows(table, order), "ratio", across="batch")
    return analysis.largest(ratios.values - 1)


def settled(table):
    rows = analysis.select(table, task="quadratic")
    return analysis.by_seed(rows, "settled", across=("batch", "learning_rate"))


GOODFELLOW, SHALLUE = "Goodfellow et al. 2016, section 8.1.3", "Shallue et al. 2018"
NO_LEAD, TOLD_APART = "No lead is 0.", "A test set of 2000 tells 2 points apart."
claims = Claims()


@claims(
    Region.below(0.1),
    f"Exact; {GOODFELLOW}",
    "Exact; 200 draws a seed leave a few percent, and one batch size of six the most.",
)
def noise_as_one_over_b(table):
    """Drawn with replacement, the gradient's variance is s^2/B (largest difference)."""
    return noise_off(table, "with_replacement")


@claims(
    Region.below(0.1),
    "Exact; Cochran 1977, section 2.6",
    "Exact; 200 draws a seed leave a few percent.",
)
def shuffled_noise_is_less(table):
    """From a shuffled epoch that variance is s^2/B (n - B)/(n - 1) (largest difference)."""
    return noise_off(table, "reshuffled")


@claims(
    Region.below(0.05),
    "Exact: the fixed point of v = (1 - eta h)^2 v + eta^2 s^2 / B",
    "Exact; 50 descents a seed leave a percent.",
)
def settles_on_quadratic(table):
    """SGD settles with variance eta s^2 / (B h (2 - eta h)) (largest difference)."""
    found = settled(table)
    sizes, rates = found.axes["batch"], found.axes["learning_rate"]
    expected = theory.stationary_variance(rates, 1.0, 1.0, sizes[:, None])
    return analysis.largest(found.values / expected - 1)


@claims(Region.below(2), "Goyal et al. 2017", TOLD_APART)
def linear_rule(table):
    """4 and 16 times the batch at as many times the rate change nothing (points)."""
    changes, sizes = off_linear_rule(table)
    return analysis.largest(changes[:, sizes <= COMPARED])


@claims(Region.above(2), "Goyal et al. 2017, section 2.2", TOLD_APART)
def linear_rule_ends(table):
    """All examples at 1024 times the rate of one err more (points)."""
    changes, _ = off_linear_rule(table)
    return analysis.mean(changes[:, -1])


@claims(Region.above(0), GOODFELLOW, NO_LEAD)
def small_leads_by_epochs(table):
    """After equal epochs the smallest batch errs less than the largest (points)."""
    return lead_of_smallest(after_epochs(table))


@claims(
    Region.below(0), f"{SHALLUE}, section 4: no evidence that a larger batch errs more", NO_LEAD
)
def large_leads_by_steps(table):
    """After equal steps the largest batch errs less (the smallest's lead, points)."""
    return lead_of_smallest(after_steps(table))


@claims(Region.above(0), f"Keskar et al. 2017; {GOODFELLOW} (regularising effect)", NO_LEAD)
def small_leads_by_fit(table):
    """At equal training loss the smallest batch errs less (points)."""
    return lead_of_smallest(at_equal_fit(table))


@claims(Region.above(0), f"{GOODFELLOW}: often best for a batch of one", NO_LEAD)
def one_is_best(table):
    """At equal training loss a batch of one errs least (smallest lead, points)."""
    errors, sizes = errors_by_batch(at_equal_fit(table))
    if sizes[0] != 1:
        raise NotApplicable("there is no batch of one")
    return analysis.lowest_mean(errors[:, 1:] - errors[:, :1])


@claims(
    Region.between(-1.15, -0.85),
    SHALLUE,
    "Steps are known to a factor of 1.2 and rates to one of 1.4: 0.12 over 16 times B.",
)
def steps_fall_as_one_over_b(table):
    """Up to a batch of 16 steps to a goal fall as 1/B (power of B)."""
    return power_of_steps(table, lambda sizes: sizes <= COMPARED)


@claims(Region.above(-0.25), SHALLUE, "A power of -1/4 saves 30% for four times the work.")
def then_not_at_all(table):
    """The last fourfold batch saves next to no steps (power of B)."""
    return power_of_steps(table, lambda sizes: sizes >= sizes[-2])


@claims(
    Region.above(1),
    "Bottou 2009, Curiously fast convergence of some SGD algorithms",
    "No difference is 1.",
)
def shuffling_is_faster(table):
    """Drawn with replacement, training loss is higher after equal epochs (ratio)."""
    return against_shuffled(table, "with_replacement", "train_loss", analysis.paired_ratio)


@claims(Region.between(-2, 2), GOODFELLOW, TOLD_APART)
def one_shuffle_is_enough(table):
    """One random order for all epochs errs as much as new ones (points apart)."""
    return against_shuffled(table, "systematic")


@claims(Region.above(2), GOODFELLOW, TOLD_APART)
def sorted_is_ruinous(table):
    """Examples sorted by class err more than shuffled ones (points)."""
    return against_shuffled(table, "sorted")


def settled_target(rate, size):
    exact = theory.stationary_variance(rate, 1.0, 1.0, size)
    return Target(
        f"stationary variance on w^2 / 2, rate {rate:g}, noise of variance 1, B = {size}",
        round(exact, 5),
        "eta s^2 / (B h (2 - eta h))",
        lambda table: analysis.mean(settled(table).at(batch=size, learning_rate=rate)),
        tolerance=0.05 * exact,
        kind="exact",
    )


def error_panel(table):
    chosen = {
        "after equal epochs": after_epochs,
        "after equal steps": after_steps,
        f"at a training loss of {FIT}": at_equal_fit,
    }

    def drawn(label, rows_of, table):
        return show.Series(analysis.curve(best(rows_of(table)), "batch", "test_error"), label)

    series = [partial(drawn, *case) for case in chosen.items()]
    return show.Panel(series, "batch size B", "test error (%)", "at best rates", log_x=True)


def rate_panel(table):
    curves = analysis.curve(after_epochs(table), "learning_rate", "validation_error", by="batch")
    series = show.series_by(curves.drop(columns="seeds"), "batch", label="B = {}")
    axes = ("learning rate", "validation error (%)", "after equal epochs")
    return show.Panel(series, *axes, log_x=True, y_limits=(50, 80))


def steps_panel(table):
    taken = analysis.means(steps_to_goal(table))
    ideal = taken["mean"][0] * taken.batch[0] / taken.batch
    series = [show.Series(taken, "steps, each size at its quickest rate")]
    series += [show.exact("in proportion to 1/B", taken.batch, ideal)]
    axes = ("batch size B", f"steps to {GOAL:.0f}% test error", "steps saved")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def order_panel(table):
    def drawn(order, color, table):
        rows = order_rows(table, order)
        rate = best(rows, by="order").learning_rate.iloc[0]
        curve = analysis.curve(rows, "step", "train_loss", learning_rate=rate)
        return show.Series(curve.drop(columns="seeds"), ORDERS[order], color=color)

    series = [partial(drawn, order, color) for color, order in enumerate(ORDERS)]
    axes = ("step", "training loss (nats)", f"orders, B = {COMPARED}")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def gradient_panel(table):
    def drawn(order, color, table):
        rows = noise_rows(table, order)
        exact = analysis.curve(rows, "batch", "exact", band=False)
        measured = analysis.curve(rows, "batch", "share")
        return [
            show.Series(measured, ORDERS[order], "points", color=color),
            show.Series(exact, f"exact, {ORDERS[order]}", "theory", color=color),
        ]

    series = [partial(drawn, *case) for case in (("reshuffled", 0), ("with_replacement", 1))]
    axes = ("batch size B", "relative variance", "minibatch gradients")
    return show.Panel(series, *axes, log_x=True, log_y=True)


def quadratic_panel(table):
    rows = analysis.select(table, task="quadratic")
    curves = analysis.curve(rows, "learning_rate", "settled", by="batch")
    series = show.series_by(curves, "batch", label="B = {}", kind="points", first_color=len(ORDERS))
    rates = np.linspace(rows.learning_rate.min(), rows.learning_rate.max(), 100)
    for size in sorted(set(rows.batch)):
        series.append(show.exact("exact", rates, theory.stationary_variance(rates, 1.0, 1.0, size)))
    axes = ("learning rate times curvature", "variance of w", "settled on a quadratic")
    return show.Panel(series, *axes, log_y=True)


FIGURES = [
    show.Figure(
        "batch_size",
        [error_panel, steps_panel],
        "An MLP on 1024 examples of MNIST-1D, SGD at constant rates: test error of each batch size "
        "at its best rate, and steps to a test error at the rate that is quickest to it on "
        "validation data.",
    ),
    show.Figure("rates", [rate_panel], "Validation error after 64 epochs against the rate."),
    show.Figure(
        "noise",
        [gradient_panel, order_panel, quadratic_panel],
        "Variance (the covariance's trace) of the minibatch gradient before training against batch "
        "size, one example's being 1; training loss in four orders of the examples, each at its "
        "best rate; variance of SGD on a quadratic against the rate. Dashed, exact theory.",
    ),
]

KEYS = ("task", "order", "batch", "learning_rate")
RATES = {1: 0.005, 4: 0.02, 16: 0.08, 64: 0.32, 256: 0.64, 1024: 0.64}  # the lowest of each size
BOTH = ("with_replacement", "reshuffled")
OTHERS = (("with_replacement", 0.08, 7), ("systematic", 0.08, 7), ("sorted", 0.04, 9))


def rates(lowest, count):
    """So many, each the square root of 2 times the one before."""
    return [float(f"{lowest * 2 ** (k / 2):.4g}") for k in range(count)]


def grid(lowest, count, drawn=BOTH, orders=OTHERS, rule=(1024,)):
    """Training by size and rate, in other orders at B = 16, gradients drawn, and the quadratic."""
    cells = [("train", "reshuffled", b, r) for b in lowest for r in rates(lowest[b], count)]
    cells += [("train", "reshuffled", b, BASE * b) for b in rule]
    cells += [("train", order, COMPARED, r) for order, low, n in orders for r in rates(low, n)]
    cells += [("noise", order, b, 0.0) for order in drawn for b in lowest]
    settling = (0.1, 0.5, 1.0, 1.5, 1.9)
    cells += [("quadratic", "reshuffled", b, r) for b in (1, 8, 64) for r in settling]
    return {KEYS: cells}


def steps(p):
    if p.task == "quadratic":
        return 2000
    return 0 if p.task == "noise" else max(EPOCHS * p.examples // p.batch, STEPS)


def few_steps(p):
    return max(2048 // p.batch, 256) if p.task == "train" else steps(p)


RECORD = tuple(sorted({round(2 ** (k / 4)) for k in range(65)}))
QUICK = grid({4: 0.04, 16: 0.16}, 2, BOTH[:1], orders=(), rule=())
HALVED = {size: rate / 2 for size, rate in RATES.items()}

STUDY = Study(
    topic="training",
    data=dataset,
    trial=trial,
    claims=claims,
    targets=[settled_target(*case) for case in ((0.1, 1), (1.0, 1), (1.9, 1), (0.5, 64))],
    figures=FIGURES,
    factors={
        "task": Static("train", choices=("train", "noise", "quadratic")),
        "order": Static("reshuffled", choices=tuple(ORDERS), about="of the examples"),
        "batch": Sized(16, about="examples in a minibatch, B"),
        "learning_rate": Traced(0.1, low=0),
        "examples": Static(1024, about="to train on; 2000 less these for validation"),
        "width": Static(64, about="units in each of the two hidden layers"),
    },
    presets={
        "quick": Preset(2, few_steps, RECORD, QUICK, examples=256, width=16),
        "standard": Preset(10, steps, RECORD, grid(RATES, 7)),
        "paper": Preset(30, steps, RECORD, grid(HALVED, 9)),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
