"""Bias and variance: a richer model errs less on average, and scatters more from data to data.

Question: how do the bias, the variance and the test error of piecewise linear models change with
the number of their regions and the number of examples?
Claims: more regions lower the bias and raise the variance, so that the sum of both has a minimum;
more data lower the variance.
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

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, learn, nn, show
from nnlab.analysis import Region
from nnlab.study import Claims, Preset, Sized, Study, Target, Traced

BOOK = 15  # examples in Prince's figure
PLACES = np.linspace(0.0, 1.0, 101)
NOISE = 0.3
# Sum of squared bias and variance by regions, from an independent simulation of the same setting.
SIMULATED = {2: 0.331, 3: 0.086, 4: 0.037, 5: 0.051, 8: 0.069, 10: 0.112, 12: 0.262}
PARTS = {
    "bias² + variance": lambda b, v: b + v,
    "bias²": lambda b, v: b,
    "variance": lambda b, v: v,
}


def truth(x, library=np):
    """The curve behind the data; `library` is NumPy or jax.numpy."""
    return library.exp(library.sin(2 * np.pi * x))


def trial(key, p, _):
    """The seed is a data set: fitted once, with nothing to train."""
    return learn.measured(fit, key, p)


def fit(key, p):
    import jax.numpy as jnp

    count = p.examples.capacity
    # One example in each of n equal pieces of [0, 1].
    shift = nn.entry_uniform(nn.stream(key, "places"), count, 1)[:, 0]
    x = (jnp.arange(count, dtype=float) + shift) / p.examples.count(float)
    y = truth(x, jnp) + p.noise * nn.entry_normal(nn.stream(key, "noise"), count, 1)[:, 0]
    hats = learn.hat_functions(x, p.regions)
    heights = learn.minimum_norm_least_squares(hats, y, p.regions + 1, p.examples)
    places = jnp.asarray(PLACES, jnp.float32)
    guess = learn.hat_functions(places, p.regions) @ heights
    unseen = nn.entry_normal(nn.stream(key, "test_noise"), len(PLACES), 1)[:, 0]
    error = jnp.mean(jnp.square(guess - truth(places, jnp) - p.noise * unseen))
    return {"test_error": error, "prediction": learn.along(guess, "place")}


def predictions(table, across="regions", **where):
    """Fits of all data sets, [seeds, levels, places]."""
    return analysis.arrays_by_seed(table, "prediction", "place", across, **where)


def statistic(function, fits, *others, **options):
    """A function of squared bias b and variance v [..., levels], with its interval."""
    return analysis.bias_and_variance(function, fits, truth(PLACES), *others, **options)


def two_and_eight(table):
    return predictions(table, regions=[2, 8], examples=BOOK)


claims = Claims()


@claims(
    Region.between(0.95, 1.05),
    "Geman et al. 1992; Prince 2023, section 8.3",
    "An identity: only the test noise of each data set can move the ratio from 1.",
)
def error_decomposes(table):
    """Test error is noise + bias^2 + variance (ratio, mean over capacities)."""
    error = analysis.by_seed(table, "test_error", across="regions", examples=BOOK)
    fits = predictions(table, examples=BOOK)
    return statistic(lambda b, v, error: (error / (NOISE**2 + b + v)).mean(-1), fits, error)


@claims(
    Region.below(0),
    "Prince 2023, section 8.3.2",
    "No change is 0. The knots of two regions are among those of eight.",
)
def capacity_lowers_bias(table):
    """Squared bias is lower with eight regions than with two."""
    return statistic(lambda b, v: b[..., 1] - b[..., 0], two_and_eight(table))


@claims(Region.above(0), "Prince 2023, section 8.3.3", "No change is 0.")
def capacity_raises_variance(table):
    """Variance is higher with eight regions than with two."""
    return statistic(lambda b, v: v[..., 1] - v[..., 0], two_and_eight(table))


@claims(
    Region.between(4, 4),
    "Prince 2023, Fig. 8.9",
    "The figure's minimum; the grid holds every capacity from 2 to 12.",
)
def minimum_at_four(table):
    """The sum of squared bias and variance is least at a capacity of four regions."""
    fits = predictions(table, examples=BOOK)
    capacities = fits.axes["regions"]
    return statistic(lambda b, v: capacities[(b + v).argmin(-1)], fits, method="percentile")


@claims(
    Region.between(-1.3, -0.9),
    "Prince 2023, section 8.3.1; least squares theory",
    "-1 where every region is well filled; steeper from 15 examples, three a region.",
)
def data_lower_variance(table):
    """Variance falls with the number of examples, as its inverse (the power)."""
    fits = predictions(table, "examples", regions=5)
    counts = np.log(fits.axes["examples"])
    centred = (counts - counts.mean()) / ((counts - counts.mean()) ** 2).sum()
    return statistic(lambda b, v: (np.log(v) * centred).sum(-1), fits)


def simulated(table):
    """Numbers of regions in this run whose error is known from the independent simulation."""
    return [n for n in SIMULATED if n in set(table.regions[table.examples == BOOK])]


def known(regions, value):
    def ours(table):
        if regions not in simulated(table):
            raise analysis.NotApplicable(f"{regions} regions are not in this run")
        fits = predictions(table, regions=[regions], examples=BOOK)
        return statistic(lambda b, v: (b + v)[..., 0], fits)

    source = "simulation of Prince's setting, 15 stratified examples, noise 0.3"
    # Few examples a region: from ten regions on a mean over data sets settles slowly.
    tolerance = 0.05 * value if regions < 10 else 0.2 * value
    name = f"bias^2 + variance, {regions} regions"
    return Target(name, value, source, ours, tolerance, kind="measured")


def drawn(part, fits):
    """A part of the error along the factor across which the fits are."""
    found = statistic(PARTS[part], fits)
    ends = {"mean": found.value, "low": found.low, "high": found.high}
    return show.Series(show.table(x=next(iter(fits.axes.values())), **ends, n=found.n), part)


def capacity_panel(table):
    fits = predictions(table, examples=BOOK)
    places = simulated(table)
    points = show.table(x=places, y=[SIMULATED[regions] for regions in places])
    series = [drawn(part, fits) for part in PARTS]
    series += [show.Series(points, "independent simulation", "published")]
    return show.Panel(series, "regions", "squared error", "15 examples", y_limits=(0, 0.35))


def data_panel(table):
    fits = predictions(table, "examples", regions=5)
    counts = fits.axes["examples"]
    series = [drawn("variance", fits), drawn("bias²", fits)]
    # 6 coefficients share the noise of n examples.
    series += [show.exact("0.09 · 6 / n", counts, NOISE**2 * 6 / counts)]
    return show.Panel(series, "examples", "squared error", "five regions", True, True)


def fit_panel(table, regions):
    """The mean fit and its standard deviation over data sets."""
    fits = predictions(table, examples=BOOK).at(regions=regions)
    mean, spread = fits.values.mean(0), fits.values.std(0, ddof=1)
    band = show.table(x=PLACES, mean=mean, low=mean - spread, high=mean + spread, n=fits.n)
    series = [show.Series(band, "mean fit"), show.exact("exp(sin 2πx)", PLACES, truth(PLACES))]
    return show.Panel(series, "x", "y", f"{regions} regions", y_limits=(-0.5, 3.5))


CAPTION = (
    "Squared bias and variance of piecewise linear least squares, the noise left out; the band "
    "at 11 and 12 regions reaches beyond the axis."
)
FITS = "Fits to 15 examples: mean over data sets, and the curve behind the data."
SPREAD = "one standard deviation over data sets"
FIT_PANELS = [partial(fit_panel, regions=regions) for regions in (2, 4, 10)]


def grid(capacities, counts):
    cells = [(d, BOOK) for d in capacities] + [(5, n) for n in counts]
    return {("regions", "examples"): cells}


FULL = grid(range(2, 13), (30, 60, 120, 240))

STUDY = Study(
    topic="generalisation",
    trial=trial,
    claims=claims,
    figures=[
        show.Figure("bias_variance", [capacity_panel, data_panel], CAPTION),
        show.Figure("fits", FIT_PANELS, FITS, interval=SPREAD),
    ],
    targets=[known(regions, value) for regions, value in SIMULATED.items()],
    factors={
        "regions": Sized(5, about="equal pieces on which the model is linear: its capacity"),
        "examples": Sized(BOOK, about="one in each of as many equal pieces of [0, 1]"),
        "noise": Traced(NOISE, low=0, about="standard deviation of the noise"),
    },
    presets={
        "quick": Preset(seeds=40, linked=grid((2, 4, 8, 10), (30, 60))),
        "standard": Preset(seeds=1000, linked=FULL),
        "paper": Preset(seeds=10_000, linked=FULL),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
