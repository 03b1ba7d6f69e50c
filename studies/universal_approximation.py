"""Universal approximation: a wide enough shallow network comes as near to a continuous function.

Question: how fast does the error of one hidden layer of N ReLU units fall with N, when the weights
are constructed, fitted with knots held fixed, or found by gradient descent?
Claims: each tolerance is reached at some width for each continuous function, and none below half
the jump for one that is not; the piecewise linear interpolant errs by max|f''|/(8 N^2) on a smooth
function, and by a power of N set by its cusp on another; training does no better than construction.
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

import numpy as np

import nnlab
from nnlab import Claim, Preset, Sized, Static, Study, Target, Traced, analysis, learn, nn, show

GRID = 4096
PLACE = 1365 / GRID  # of cusp and jump: about a third, on the grid and never on a knot
CONTINUOUS = ("sin", "exp_sin", "root")
TOLERANCES = (0.3, 0.1, 0.05)
POWERS = (2, 4, 8, 16, 32, 64, 128, 256)


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

    def constructed(_):
        knots = jnp.arange(p.width.capacity + 1, dtype=float) / p.width.count(float)
        heights = target(p.function, jnp.minimum(knots, 1.0))
        hats = learn.hat_functions(x, p.width)
        if p.method == "least_squares":
            heights = learn.minimum_norm_least_squares(
                hats, target(p.function, x), active=p.width + 1
            )
        return errors(hats @ heights)

    def trained_error(snapshot):
        return errors(snapshot.apply(snapshot.params, 2.0 * x[:, None] - 1.0)[:, 0])

    if p.method != "trained":
        return learn.Trial(lambda: (), lambda i, state: state, constructed)
    # Inputs reach from -1 to 1, where PyTorch's initial biases put half of the knots.
    places = jnp.linspace(-1.0, 1.0, p.examples)[:, None]
    between = 2.0 * nn.entry_uniform(nn.stream(key, "validation"), p.examples, 1) - 1.0
    values = [target(p.function, (at + 1.0) / 2.0) for at in (places, between)]
    return learn.supervised(
        key,
        nn.MLP(hidden=(p.width,), out=1, kernel_init="pytorch"),
        learn.optimizer("adam", learn.scheduled("cosine", p.learning_rate, p.steps)),
        places,
        values[0],
        batch=None,
        loss="squared",
        evaluate={"train": (places, values[0]), "validation": (between, values[1])},
        measures=[trained_error],
    )


def rows_of(table, method):
    """Trained networks at the rate that is best for their function and width, on new places."""
    rows = table[table.method == method]
    if method != "trained":
        return rows
    return analysis.at_best(rows, "learning_rate", "validation_loss", by=("function", "width"))


def errors_of(table, method, function, measure="sup_error", least=1):
    widths = [int(n) for n in sorted(set(table.width[table.method == method])) if n >= least]
    rows = rows_of(table, method)
    return analysis.by_seed(rows, measure, across="width", function=function, width=widths)


def bound(pieces):
    """Largest distance of sin(2 pi x) from its interpolant, to leading order: max|f''|/(8 N^2)."""
    return (2 * np.pi) ** 2 / (8 * np.asarray(pieces, dtype=float) ** 2)


def tolerances_missed(table):
    """Of all pairs of a continuous function and a tolerance, those that no width is enough for."""
    nearest = [errors_of(table, "interpolant", name).values.min(1) for name in CONTINUOUS]
    missed = np.stack(nearest, axis=1)[:, :, None] > np.array(TOLERANCES)
    return analysis.mean(missed.sum((1, 2)))


def interpolant_against_theory(table):
    """The sup error over its bound, averaged over widths from 16."""
    curves = errors_of(table, "interpolant", "sin", least=16)
    return analysis.mean((curves.values / bound(curves.levels)).mean(1))


def trained_against_interpolant(table):
    """Ratio of sup errors on sin(2 pi x) at the largest width trained."""
    trained = errors_of(table, "trained", "sin")
    width = int(trained.levels[-1])
    interpolant = errors_of(table, "interpolant", "sin").at(width=width)
    return analysis.paired_ratio(trained.at(width=width), interpolant)


def nearest_to_jump(table):
    methods = sorted(set(table.method))
    nearest = [errors_of(table, method, "jump").values.min(1) for method in methods]
    return analysis.mean(np.stack(nearest, axis=1).min(1))


CLAIMS = [
    Claim(
        name="each_tolerance_reached",
        statement="For each continuous function each tolerance is met at some width (misses).",
        estimand=tolerances_missed,
        region=analysis.Region.between(0, 0),
        source="Cybenko 1989; Goodfellow et al. 2016, section 6.4.1",
        why="The theorem allows no exception; the tolerances are those that the modulus of "
        "continuity promises within 256 pieces: sqrt(1/512) = 0.044 for the cusp.",
    ),
    Claim(
        name="smooth_rate",
        statement="On sin(2 pi x) the interpolant's sup error is max|f''|/(8 N^2) (ratio to it).",
        estimand=interpolant_against_theory,
        region=analysis.Region.between(0.95, 1.001),
        source="de Boor 1978, chapter III",
        why="An upper bound, met as N grows: exactly 0.978 of it at N = 16; float32 adds 0.1%.",
    ),
    Claim(
        name="least_squares_rate",
        statement="Least squares on the same knots changes the constant, not the power -2.",
        estimand=lambda t: analysis.slope(errors_of(t, "least_squares", "sin", least=16)),
        region=analysis.Region.between(-2.1, -1.9),
        source="de Boor 1978, chapter III",
        why="The power is exact for large N; a tenth leaves room for N from 16.",
    ),
    Claim(
        name="cusp_rate",
        statement="On the square root's cusp the interpolant's sup error falls as N^(-1/2) only.",
        estimand=lambda t: analysis.slope(errors_of(t, "interpolant", "root", least=8)),
        region=analysis.Region.between(-0.6, -0.4),
        source="de Boor 1978, chapter III (modulus of continuity)",
        why="The power is exact; the cusp's place between its knots moves the constant a little.",
    ),
    Claim(
        name="barron_rate",
        statement="The squared error of trained networks falls as fast as 1/N or faster (power).",
        estimand=lambda t: analysis.slope(errors_of(t, "trained", "sin", "squared_error", least=4)),
        region=analysis.Region(-np.inf, -1.0),
        source="Barron 1993, for the best network of each width",
        why="The power of his bound.",
    ),
    Claim(
        name="training_falls_short",
        statement="At the largest width trained, training errs more than the construction (ratio).",
        estimand=trained_against_interpolant,
        region=analysis.Region.above(1),
        source="Goodfellow et al. 2016, section 6.4.1: learning may fail to find what exists",
        why="Equal sup errors have ratio 1.",
    ),
    Claim(
        name="jump_not_reached",
        statement="No network comes nearer to a jump of 1 than half of it (sup error).",
        estimand=nearest_to_jump,
        region=analysis.Region.between(0.45, 1.0),
        source="The theorem's condition (Cybenko 1989): the function is continuous",
        why="Half the jump for any continuous function; the grid may miss a twentieth on a slope.",
    ),
]

EXACT = {16: 1.9e-2, 32: 4.8e-3, 64: 1.2e-3}
TARGETS = [
    Target(
        name=f"largest error of {pieces} pieces on sin(2 pi x)",
        value=value,
        source="max|f''|/(8 N^2), to two digits",
        estimand=lambda t, n=pieces: analysis.mean(errors_of(t, "interpolant", "sin").at(width=n)),
        tolerance=0.03 * value,
        kind="exact",
    )
    for pieces, value in EXACT.items()
]


def panel(table, function, measure, title, more=(), notes=()):
    labels = {
        "interpolant": "constructed: interpolant",
        "least_squares": "fitted: same knots, least squares",
        "trained": "trained: Adam, best of the rates",
    }
    series = []
    for method, label in labels.items():
        curve = analysis.curve(rows_of(table, method), "width", measure, function=function)
        series.append(show.Series(curve, label, x="width"))
    name = {"sup_error": "largest error", "squared_error": "mean squared error"}[measure]
    series += more
    return show.Panel(series, "hidden units N", name, title, True, True, notes=notes)


def figures(table):
    n = np.array(sorted(set(table.width)), dtype=float)
    exact = show.Series(show.table(x=n, y=bound(n)), "max|f''| / (8 N²)", "theory")
    cusp = show.Series(show.table(x=n, y=np.sqrt(0.5 / n)), "modulus of continuity", "theory")
    # His constant: radius 1/2, and 2 pi for the first moment of the Fourier transform.
    barron = show.Series(
        show.table(x=n, y=(2 * np.pi) ** 2 / n), "Barron's bound, O(1/N)", "theory"
    )
    half = show.HLine(0.5, "half the jump")
    panels = [
        panel(table, "sin", "sup_error", "sin(2πx)", [exact]),
        panel(table, "root", "sup_error", "cusp: √|x - 1/3|", [cusp]),
        panel(table, "jump", "sup_error", "a jump at 1/3", notes=[half]),
        panel(table, "sin", "squared_error", "sin(2πx)", [barron]),
    ]
    caption = (
        "Error of one hidden layer of N ReLU units against N, for a smooth function, one with a "
        "cusp and one with a jump (a, b, c: largest error; d: mean squared error). With N units "
        "the constructed network interpolates at N + 1 equidistant knots."
    )
    return [show.Figure("universal_approximation", panels, caption)]


def grid(powers, trained, rates):
    """Widths by method; only training has a learning rate."""
    made = [("interpolant", n, 0.0) for n in powers]
    made += [("least_squares", n, 0.0) for n in powers if n <= 128]
    return made + [("trained", n, rate) for n in trained for rate in rates]


KEYS = ("method", "width", "learning_rate")
RATES = (0.003, 0.01, 0.03)

STUDY = Study(
    topic="architecture",
    trial=trial,
    claims=CLAIMS,
    figures=figures,
    targets=TARGETS,
    factors={
        "method": Static("interpolant", choices=("interpolant", "least_squares", "trained")),
        "function": Static("sin", "exp_sin", "root", "jump", choices=(*CONTINUOUS, "jump")),
        "width": Sized(*POWERS, about="hidden units N, or pieces of the interpolant"),
        "learning_rate": Traced(0.0, low=0, about="of Adam, falling along a cosine"),
        "examples": Static(128, about="places to train on, evenly spaced"),
    },
    presets={
        "quick": Preset(
            seeds=2,
            steps=lambda p: 300 if p.method == "trained" else 0,
            linked={KEYS: grid(POWERS[:6], (4, 16, 32), (0.01,))},
        ),
        "standard": Preset(
            seeds=10,
            steps=lambda p: 20_000 if p.method == "trained" else 0,
            linked={KEYS: grid(POWERS, (2, 4, 8, 16, 32, 64), RATES)},
        ),
        "paper": Preset(
            seeds=30,
            steps=lambda p: 50_000 if p.method == "trained" else 0,
            linked={KEYS: grid(POWERS, POWERS, (0.001, *RATES))},
            examples=512,
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
