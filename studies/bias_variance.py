"""Bias and variance: a richer model errs less on average, and scatters more from data to data.

Question: how do the bias, the variance and the test error of piecewise linear models change with
the number of their regions and the number of examples?
Claims: test error is noise + bias^2 + variance; more regions lower the bias and raise the variance,
so that their sum has a minimum, at four regions; more data lower the variance.
Reference: Prince, Understanding Deep Learning (2023), section 8.3 and Figs. 8.6 to 8.9;
Geman, Bienenstock and Doursat 1992.
Command: nnlab run bias_variance
Cost: standard solves 15,000 least-squares problems; some ten seconds on two cores.
Expected result: all claims supported.
Found: all supported. The sum is 0.038 at four regions and the minimum; but five do worse than four
in bias too (0.011 against 0.005): four knots happen to lie on maximum and minimum of the curve, so
that bias does not fall with every region, and the minimum at four is in part the curve's doing. The
variance is 5% above 0.09 (D + 1)/n with six examples a region, 16% with three. From 11 regions
a region may be left without an example: the variance over data sets has a long tail, 1000 of them
put it at 0.32 (0.20 to 0.43) with 12 regions, and no single number should be quoted there.
"""

import numpy as np

import nnlab
from nnlab import Claim, Preset, Sized, Study, Target, Traced, analysis, learn, nn, show

BOOK = 15  # examples in Prince's figure
PLACES = np.linspace(0.0, 1.0, 101)
NOISE = 0.3
# Sum of squared bias and variance by regions, from an independent simulation of the same setting.
SIMULATED = {2: 0.331, 3: 0.086, 4: 0.037, 5: 0.051, 8: 0.069, 10: 0.112, 12: 0.262}


def truth(x, library=np):
    """The curve behind the data; `library` is NumPy or jax.numpy."""
    return library.exp(library.sin(2 * np.pi * x))


def trial(key, p, _):
    """The seed is a data set: fitted once, with nothing to train."""
    import jax.numpy as jnp

    def measure(_):
        count = p.examples.capacity
        # One example in each of n equal pieces of [0, 1].
        shift = nn.entry_uniform(nn.stream(key, "places"), count, 1)[:, 0]
        x = (jnp.arange(count, dtype=float) + shift) / p.examples.count(float)
        y = truth(x, jnp) + p.noise * nn.entry_normal(nn.stream(key, "noise"), count, 1)[:, 0]
        heights = learn.minimum_norm_least_squares(
            learn.hat_functions(x, p.regions), y, active=p.regions + 1, examples=p.examples
        )
        places = jnp.asarray(PLACES, jnp.float32)
        guess = learn.hat_functions(places, p.regions) @ heights
        unseen = nn.entry_normal(nn.stream(key, "test_noise"), len(PLACES), 1)[:, 0]
        error = jnp.mean(jnp.square(guess - truth(places, jnp) - p.noise * unseen))
        return {"test_error": error, "prediction": learn.along(guess, "place")}

    return learn.Trial(lambda: (), lambda i, state: state, measure)


def parts(table, function, across="regions", *others, **where):
    """A statistic of squared bias and variance along a factor, with its interval over data sets."""
    predictions = analysis.arrays_by_seed(table, "prediction", "place", across, **where)
    return analysis.bias_and_variance(function, predictions, truth(PLACES), *others)


def regions_of(table):
    return sorted({int(d) for d in table.regions[table.examples == BOOK]})


def change(table, part, first, last):
    """Squared bias (part 0) or variance (part 1) at the last number of regions minus the first."""
    pair = {"regions": [first, last], "examples": BOOK}
    return parts(table, lambda *both: both[part][..., 1] - both[part][..., 0], **pair)


def measured_over_sum(table):
    """Mean squared error on new, noisy examples over noise + bias^2 + variance, over capacities."""
    error = analysis.by_seed(table, "test_error", across="regions", examples=BOOK)

    def ratio(bias2, variance, error):
        return (error / (NOISE**2 + bias2 + variance)).mean(-1)

    return parts(table, ratio, "regions", error, examples=BOOK)


def best_capacity(table):
    """The number of regions with the least bias^2 + variance."""
    levels = np.array(regions_of(table))

    def best(bias2, variance):
        return levels[(bias2 + variance).argmin(-1)]

    predictions = analysis.arrays_by_seed(table, "prediction", "place", "regions", examples=BOOK)
    return analysis.bias_and_variance(best, predictions, truth(PLACES), method="percentile")


def power_of_examples(table):
    """The exponent with which the variance of five regions changes with the number of examples."""
    levels = np.log(sorted({int(n) for n in table.examples[table.regions == 5]}))
    centred = (levels - levels.mean()) / ((levels - levels.mean()) ** 2).sum()
    return parts(table, lambda _, v: (np.log(v) * centred).sum(-1), "examples", regions=5)


def total_at(regions):
    """The sum of squared bias and variance at one number of regions."""

    def estimand(table):
        if regions not in regions_of(table):
            raise analysis.NotApplicable(f"{regions} regions are not in this run")
        return parts(table, lambda b, v: (b + v)[..., 0], regions=[regions], examples=BOOK)

    return estimand


CLAIMS = [
    Claim(
        name="error_decomposes",
        statement="Test error is noise + bias^2 + variance (ratio, mean over capacities).",
        estimand=measured_over_sum,
        region=analysis.Region.between(0.95, 1.05),
        source="Geman et al. 1992; Prince 2023, section 8.3",
        why="An identity: only the test noise of each data set can move the ratio from 1.",
    ),
    Claim(
        name="capacity_lowers_bias",
        statement="Squared bias is lower with eight regions than with two.",
        estimand=lambda table: change(table, 0, 2, 8),
        region=analysis.Region.below(0),
        source="Prince 2023, section 8.3.2",
        why="No change is 0. The knots of two regions are among those of eight.",
    ),
    Claim(
        name="capacity_raises_variance",
        statement="Variance is higher with eight regions than with two.",
        estimand=lambda table: change(table, 1, 2, 8),
        region=analysis.Region.above(0),
        source="Prince 2023, section 8.3.3",
        why="No change is 0.",
    ),
    Claim(
        name="minimum_at_four",
        statement="The sum of squared bias and variance is least at a capacity of four regions.",
        estimand=best_capacity,
        region=analysis.Region.between(4, 4),
        source="Prince 2023, Fig. 8.9",
        why="The figure's minimum; the grid holds every capacity from 2 to 12.",
    ),
    Claim(
        name="data_lower_variance",
        statement="Variance falls with the number of examples, as its inverse (the power).",
        estimand=power_of_examples,
        region=analysis.Region.between(-1.3, -0.9),
        source="Prince 2023, section 8.3.1; least squares theory",
        why="-1 where every region is well filled; steeper from 15 examples, three a region.",
    ),
]

TARGETS = [
    Target(
        name=f"bias^2 + variance, {regions} regions",
        value=value,
        source="simulation of Prince's setting, 15 stratified examples, noise 0.3",
        estimand=total_at(regions),
        # Few examples a region: from ten regions on a mean over data sets settles slowly.
        tolerance=0.05 * value if regions < 10 else 0.2 * value,
        kind="measured",
    )
    for regions, value in SIMULATED.items()
]


def drawn(table, function, across, label, **where):
    """A part of the error along a factor, as a series."""
    levels = sorted({int(level) for level in parts_levels(table, across, where)})
    estimate = parts(table, function, across, **where)
    ends = {"mean": estimate.value, "low": estimate.low, "high": estimate.high}
    return show.Series(show.table(x=levels, **ends, n=estimate.n), label)


def parts_levels(table, across, where):
    ((name, level),) = where.items()
    return table[across][table[name] == level]


def fit_panel(table, regions):
    """The mean fit and its standard deviation over data sets."""
    fits = analysis.arrays_by_seed(table, "prediction", "place", regions=regions, examples=BOOK)
    mean, spread = fits.values.mean(0), fits.values.std(0, ddof=1)
    band = show.table(x=PLACES, mean=mean, low=mean - spread, high=mean + spread, n=fits.n)
    true = show.Series(show.table(x=PLACES, y=truth(PLACES)), "exp(sin 2πx)", "theory")
    fit = show.Series(band, "mean fit")
    return show.Panel([fit, true], "x", "y", f"{regions} regions", y_limits=(-0.5, 3.5))


def figures(table):
    known = [regions for regions in SIMULATED if regions in regions_of(table)]
    points = show.table(x=known, y=[SIMULATED[regions] for regions in known])
    capacity = [
        drawn(table, lambda b, v: b + v, "regions", "bias² + variance", examples=BOOK),
        drawn(table, lambda b, _: b, "regions", "bias²", examples=BOOK),
        drawn(table, lambda _, v: v, "regions", "variance", examples=BOOK),
        show.Series(points, "independent simulation", "published"),
    ]
    data = drawn(table, lambda _, v: v, "examples", "variance", regions=5)
    counts = np.asarray(data.data["x"], dtype=float)
    # 6 coefficients share the noise of n examples.
    theory = show.Series(show.table(x=counts, y=NOISE**2 * 6 / counts), "0.09 · 6 / n", "theory")
    bias = drawn(table, lambda b, _: b, "examples", "bias²", regions=5)
    panels = [
        show.Panel(capacity, "regions", "squared error", "15 examples", y_limits=(0, 0.35)),
        show.Panel([data, bias, theory], "examples", "squared error", "five regions", True, True),
    ]
    caption = (
        "Squared bias and variance of piecewise linear least squares, the noise left out; the band "
        "at 11 and 12 regions reaches beyond the axis."
    )
    fits = [fit_panel(table, regions) for regions in (2, 4, 10)]
    told = "Fits to 15 examples: mean over data sets, and the curve behind the data."
    return [
        show.Figure("bias_variance", panels, caption),
        show.Figure("fits", fits, told, interval="one standard deviation over data sets"),
    ]


def grid(capacities, counts):
    return [(d, BOOK) for d in capacities] + [(5, n) for n in counts]


STUDY = Study(
    topic="generalisation",
    trial=trial,
    claims=CLAIMS,
    figures=figures,
    targets=TARGETS,
    factors={
        "regions": Sized(5, about="equal pieces on which the model is linear: its capacity"),
        "examples": Sized(BOOK, about="one in each of as many equal pieces of [0, 1]"),
        "noise": Traced(NOISE, low=0, about="standard deviation of the noise"),
    },
    presets={
        "quick": Preset(seeds=40, linked={("regions", "examples"): grid((2, 4, 8, 10), (30, 60))}),
        "standard": Preset(
            seeds=1000, linked={("regions", "examples"): grid(range(2, 13), (30, 60, 120, 240))}
        ),
        "paper": Preset(
            seeds=10_000, linked={("regions", "examples"): grid(range(2, 13), (30, 60, 120, 240))}
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
