"""Universal approximation: a wide enough shallow network comes as near to a continuous function.

Question: how fast does the error of one hidden layer of N ReLU units fall with N, when the weights
are constructed, fitted with knots held fixed, or found by gradient descent?
Claims: each tolerance is reached at some width for each continuous function, and none below half
the jump for one that is not; errors fall as theory has it; training does no better than
construction.
Reference: Cybenko 1989; Barron 1993 (squared error of order 1/N); de Boor, A Practical Guide to
Splines (1978), chapter III; Goodfellow et al., Deep Learning (2016), section 6.4.1.
Command: nnlab run universal_approximation
Cost: standard trains 720 networks for 20,000 steps, one to two minutes on two cores.
Expected result: all claims supported.
Found: all supported. The interpolant errs by 0.0189, 0.0048 and 0.0012 at 16, 32 and 64 pieces; on
the cusp its power is -0.50, so that 256 units leave 0.04. Least squares on the same knots gains a
third. Trained networks do not show the theorem at work: on the sine 64 units err 11 times (10 to
14) as much as the construction, though every rate fell to zero over 20,000 steps, and of small
networks some seeds stay where the error is 1. But their knots move: on the cusp, where equidistant
knots are poor, they do better than interpolation at every width. Barron's bound holds with four
orders of magnitude to spare at 64 units: in one dimension it says little (power -2.6, not -1).
"""

from functools import partial

import numpy as np

import nnlab
from nnlab import analysis, learn, nn, show
from nnlab.analysis import Region
from nnlab.study import Claims, Preset, Sized, Static, Study, Target, Traced

GRID = 4096
PLACE = 1365 / GRID  # of cusp and jump: about a third, on the grid and never on a knot
CONTINUOUS = ("sin", "exp_sin", "root")
TOLERANCES = (0.3, 0.1, 0.05)
POWERS = (2, 4, 8, 16, 32, 64, 128, 256)
METHODS = {
    "interpolant": "constructed: interpolant",
    "least_squares": "fitted: same knots, least squares",
    "trained": "trained: Adam, best of the rates",
}


def target(name, x):
    """The functions on [0, 1], for JAX arrays."""
    import jax.numpy as jnp

    if name in ("sin", "exp_sin"):
        wave = jnp.sin(2 * jnp.pi * x)
        return jnp.exp(wave) if name == "exp_sin" else wave
    return jnp.sqrt(jnp.abs(x - PLACE)) if name == "root" else jnp.where(x >= PLACE, 1.0, 0.0)


def trial(key, p, _):
    import jax.numpy as jnp

    x = jnp.linspace(0.0, 1.0, GRID + 1)

    def errors(guess):
        gap = guess - target(p.function, x)
        return {"sup_error": jnp.max(jnp.abs(gap)), "squared_error": jnp.mean(jnp.square(gap))}

    def constructed():
        hats = learn.hat_functions(x, p.width)
        if p.method == "least_squares":
            values = target(p.function, x)
            heights = learn.minimum_norm_least_squares(hats, values, active=p.width + 1)
        else:
            knots = jnp.arange(p.width.capacity + 1, dtype=float) / p.width.count(float)
            heights = target(p.function, jnp.minimum(knots, 1.0))
        return errors(hats @ heights)

    def trained(snapshot):
        return errors(snapshot.apply(snapshot.params, 2.0 * x[:, None] - 1.0)[:, 0])

    if p.method != "trained":
        return learn.measured(constructed)
    # Inputs reach from -1 to 1, where PyTorch's initial biases put half of the knots.
    places = jnp.linspace(-1.0, 1.0, p.examples)[:, None]
    between = 2.0 * nn.entry_uniform(nn.stream(key, "validation"), p.examples, 1) - 1.0
    values, new_values = (target(p.function, (at + 1.0) / 2.0) for at in (places, between))
    net = nn.MLP(hidden=(p.width,), out=1, kernel_init="pytorch")
    optimizer = learn.optimizer("adam", learn.scheduled("cosine", p.learning_rate, p.steps))
    sets = {"train": (places, values), "validation": (between, new_values)}
    plan = {"batch": None, "loss": "squared", "evaluate": sets, "measures": [trained]}
    return learn.supervised(key, net, optimizer, places, values, **plan)


def rows_of(table, method):
    """Rows of a method; trained networks at the rate best for their function and width."""
    rows = analysis.select(table, method=method)
    if method != "trained":
        return rows
    return analysis.at_best(rows, "learning_rate", "validation_loss", by=("function", "width"))


def errors_of(table, method, function, measure="sup_error", least=1):
    """Errors [seeds, widths] on a function, at these widths or more."""
    rows = rows_of(table, method)
    return analysis.by_seed(rows[rows.width >= least], measure, "width", function=function)


def bound(pieces):
    """Largest distance of sin(2 pi x) from its interpolant, to leading order: max|f''|/(8 N^2)."""
    return (2 * np.pi) ** 2 / (8 * np.asarray(pieces, dtype=float) ** 2)


CYBENKO, DE_BOOR = "Cybenko 1989", "de Boor 1978, chapter III"
GOODFELLOW = "Goodfellow et al. 2016, section 6.4.1"
claims = Claims()


@claims(
    Region.between(0, 0),
    f"{CYBENKO}; {GOODFELLOW}",
    "The theorem allows no exception; the tolerances are those that the modulus of continuity "
    "promises within 256 pieces: sqrt(1/512) = 0.044 for the cusp.",
)
def each_tolerance_reached(table):
    """For each continuous function each tolerance is met at some width (misses)."""
    nearest = [errors_of(table, "interpolant", name).values.min(1) for name in CONTINUOUS]
    missed = np.stack(nearest, axis=1)[:, :, None] > np.array(TOLERANCES)
    return analysis.mean(missed.sum((1, 2)))


@claims(
    Region.between(0.95, 1.001),
    DE_BOOR,
    "An upper bound, met as N grows: exactly 0.978 of it at N = 16; float32 adds 0.1%.",
)
def smooth_rate(table):
    """On sin(2 pi x) the interpolant's sup error is max|f''|/(8 N^2) (ratio to it)."""
    errors, pieces = errors_of(table, "interpolant", "sin", least=16)
    return analysis.mean((errors / bound(pieces)).mean(1))


@claims(
    Region.between(-2.1, -1.9),
    DE_BOOR,
    "The power is exact for large N; a tenth leaves room for N from 16.",
)
def least_squares_rate(table):
    """Least squares on the same knots changes the constant, not the power -2."""
    return analysis.slope(errors_of(table, "least_squares", "sin", least=16))


@claims(
    Region.between(-0.6, -0.4),
    f"{DE_BOOR} (modulus of continuity)",
    "The power is exact; the cusp's place between its knots moves the constant a little.",
)
def cusp_rate(table):
    """On the square root's cusp the interpolant's sup error falls as N^(-1/2) only."""
    return analysis.slope(errors_of(table, "interpolant", "root", least=8))


@claims(
    Region(high=-1), "Barron 1993, for the best network of each width", "The power of his bound."
)
def barron_rate(table):
    """The squared error of trained networks falls as fast as 1/N or faster (power)."""
    return analysis.slope(errors_of(table, "trained", "sin", "squared_error", least=4))


@claims(
    Region.above(1),
    f"{GOODFELLOW}: learning may fail to find what exists",
    "Equal sup errors have ratio 1.",
)
def training_falls_short(table):
    """At the largest width trained, training errs more than the construction (ratio)."""
    trained, constructed = (errors_of(table, name, "sin") for name in ("trained", "interpolant"))
    width = trained.levels[-1]
    return analysis.paired_ratio(trained.at(width=width), constructed.at(width=width))


@claims(
    Region.between(0.45, 1.0),
    f"The theorem's condition ({CYBENKO}): the function is continuous",
    "Half the jump for any continuous function; the grid may miss a twentieth on a slope.",
)
def jump_not_reached(table):
    """No network comes nearer to a jump of 1 than half of it (sup error)."""
    nearest = [errors_of(table, method, "jump").values.min(1) for method in METHODS]
    return analysis.mean(np.stack(nearest, axis=1).min(1))


def error_target(pieces, error):
    return Target(
        f"largest error of {pieces} pieces on sin(2 pi x)",
        error,
        "max|f''|/(8 N^2), to two digits",
        lambda table: analysis.mean(errors_of(table, "interpolant", "sin").at(width=pieces)),
        tolerance=0.03 * error,
        kind="exact",
    )


def lines(function, measure="sup_error"):
    """Errors on a function against width, a line for each method."""

    def line(method, table):
        curve = analysis.curve(rows_of(table, method), "width", measure, function=function)
        return show.Series(curve, METHODS[method])

    return [partial(line, method) for method in METHODS]


def law(label, errors_at, table):
    widths = np.unique(table.width)
    return show.exact(label, widths, errors_at(widths))


def panel(title, series, name="largest error", notes=()):
    return show.Panel(series, "hidden units N", name, title, True, True, notes=notes)


SMOOTH = partial(law, "max|f''| / (8 N²)", bound)
CUSP = partial(law, "modulus of continuity", lambda pieces: np.sqrt(0.5 / pieces))
# His constant: radius 1/2, and 2 pi for the first moment of the Fourier transform.
BARRON = partial(law, "Barron's bound, O(1/N)", lambda units: (2 * np.pi) ** 2 / units)
FIGURE = show.Figure(
    "universal_approximation",
    [
        panel("sin(2πx)", [*lines("sin"), SMOOTH]),
        panel("cusp: √|x - 1/3|", [*lines("root"), CUSP]),
        panel("a jump at 1/3", lines("jump"), notes=[show.HLine(0.5, "half the jump")]),
        panel("sin(2πx)", [*lines("sin", "squared_error"), BARRON], "mean squared error"),
    ],
    "Error of one hidden layer of N ReLU units against N, for a smooth function, one with a cusp "
    "and one with a jump (a, b, c: largest error; d: mean squared error). With N units the "
    "constructed network interpolates at N + 1 equidistant knots.",
)


def grid(powers, trained, rates):
    """Widths by method; only training has a learning rate."""
    cells = [("interpolant", n, 0.0) for n in powers]
    cells += [("least_squares", n, 0.0) for n in powers if n <= 128]
    cells += [("trained", n, rate) for n in trained for rate in rates]
    return {("method", "width", "learning_rate"): cells}


def steps(trained):
    return lambda p: trained if p.method == "trained" else 0


RATES = (0.003, 0.01, 0.03)

STUDY = Study(
    topic="architecture",
    trial=trial,
    claims=claims,
    figures=[FIGURE],
    targets=[error_target(16, 1.9e-2), error_target(32, 4.8e-3), error_target(64, 1.2e-3)],
    factors={
        "method": Static("interpolant", choices=tuple(METHODS)),
        "function": Static("sin", "exp_sin", "root", "jump", choices=(*CONTINUOUS, "jump")),
        "width": Sized(*POWERS, about="hidden units N, or pieces of the interpolant"),
        "learning_rate": Traced(0.0, low=0, about="of Adam, falling along a cosine"),
        "examples": Static(128, about="places to train on, evenly spaced"),
    },
    presets={
        "quick": Preset(2, steps(300), linked=grid(POWERS[:6], (4, 16, 32), (0.01,))),
        "standard": Preset(10, steps(20_000), linked=grid(POWERS, POWERS[:6], RATES)),
        "paper": Preset(
            30, steps(50_000), linked=grid(POWERS, POWERS, (0.001, *RATES)), examples=512
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
