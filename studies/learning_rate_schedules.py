"""Learning-rate schedules: start high, then decrease, against a constant rate.

Question: at an equal number of steps, and each at its own best base rate, how do the usual
schedules of the learning rate compare with one another and with a constant? The validation data
that choose the base rates are also what performance scheduling watches; test data judge.
Claims: schedules that decrease beat the best constant rate, and all of them do; they start from a
higher rate; 1cycle beats step decay; performance scheduling does as exponential decay; cyclical
rates beat a constant.
Reference: Geron, Hands-On Machine Learning (2022), chapter 11; Senior et al. 2013, An empirical
study of learning rates in deep neural networks for speech recognition; Smith 2017; Smith and Topin
2018; Loshchilov and Hutter 2017.
Command: nnlab run learning_rate_schedules
Cost: standard trains 480 small networks in one program, one to two minutes on two cores.
Expected result: all claims supported.
Found: every schedule beats the best constant rate, in test error by 3.0 to 5.6 points: step 22.6%,
cosine 22.9, cyclical 23.3, performance 23.4, 1cycle 24.0, exponential 24.1, power 25.3, constant
28.3. They start two to four times higher (0.16 or 0.32 against 0.08). Against its source, 1cycle
does worse than plain step decay, by 1.3 points (0.2 to 2.7), and no better than exponential decay;
here it changes the rate alone, not the momentum. Performance scheduling may do up to 1.4 points
better than exponential decay: whether they are within a point is undecided.
"""

import numpy as np

import nnlab
from nnlab import Claim, Preset, Static, Study, Traced, analysis, data, learn, nn, show

# The place of a schedule in the list is its level of the factor: one program trains them all.
LABELS = {
    "constant": "constant",
    "step": "step",
    "power": "power",
    "exponential": "exponential",
    "cosine": "cosine",
    "one_cycle": "1cycle",
    "cyclical": "cyclical",
    "performance": "performance",
}
PLACE = {name: place for place, name in enumerate(LABELS)}
DECREASING = ("step", "power", "exponential", "cosine", "performance")


def dataset(p):
    return data.mnist1d(p.examples + 2000, 2000, validation_examples=2000)


def trial(key, p, d):
    import jax.numpy as jnp
    import optax

    x, y, held_out = d.train.x, d.train.y, (d.validation.x, d.validation.y)
    is_performance = p.schedule == PLACE["performance"]
    # Performance scheduling multiplies a constant; for the others it is switched off.
    names = [name if name != "performance" else "constant" for name in LABELS]
    rate = learn.scheduled_among(names, p.schedule, p.learning_rate, p.steps)
    optimizer = learn.reduced_on_plateau(
        learn.optimizer("momentum", rate),
        factor=0.5,
        patience=5,
        lowest=jnp.where(is_performance, 0.0, 1.0),
    )

    def rate_now(snapshot):
        step = optax.tree_utils.tree_get(snapshot.opt_state.optimizer, "count")
        return {"rate": rate(step) * snapshot.opt_state.plateau.scale}

    return learn.supervised(
        key,
        nn.MLP(hidden=(p.width, p.width), out=d.classes),
        optimizer,
        x,
        y,
        evaluate={
            "train": (x[:2000], y[:2000]),
            "validation": held_out,
            "test": (d.test.x, d.test.y),
        },
        measures=[rate_now],
        feedback=learn.Feedback(*held_out, every=len(x) // 100),
    )


def at_best_rate(table):
    return analysis.at_best(table, "learning_rate", "validation_error", by="schedule")


def final(table, measure):
    """A measure at the end, each schedule at its best base rate: [seeds, schedules]."""
    return analysis.by_seed(at_best_rate(table), measure, "schedule")


def saved(measure, first, second):
    """What the second schedule has less of than the first, at the end."""

    def estimand(table):
        values = final(table, measure)
        return analysis.paired_difference(
            values.at(schedule=PLACE[first]), values.at(schedule=PLACE[second])
        )

    return estimand


def gains(table, measure):
    """Constant minus each of the schedules that decrease: [seeds, schedules]."""
    values = final(table, measure)
    lower = np.stack([values.at(schedule=PLACE[name]).values for name in DECREASING], axis=1)
    return values.at(schedule=PLACE["constant"]).values[:, None] - lower


def smallest_gain(table):
    smallest = analysis.of_means(lambda means: means.min(axis=-1))
    return analysis.bootstrap(smallest, gains(table, "test_error"))


def start_higher(table):
    """Best base rate of the schedules that decrease, geometric mean, over that of the constant."""
    places = [PLACE[name] for name in ("constant", *DECREASING)]
    errors = analysis.by_seed(
        table, "validation_error", ("schedule", "learning_rate"), schedule=places
    )
    rates = np.log(errors.axes["learning_rate"])
    order = np.searchsorted(errors.axes["schedule"], places)

    def ratio(means):
        best = rates[means.argmin(axis=-1)][..., order]
        return np.exp(best[..., 1:].mean(axis=-1) - best[..., 0])

    return analysis.bootstrap(analysis.of_means(ratio), errors)


BOOK = "Geron 2022, chapter 11"
CLAIMS = [
    Claim(
        name="decreasing_beats_constant",
        statement="Schedules that decrease end with less test error than a constant rate (points).",
        estimand=lambda table: analysis.mean(gains(table, "test_error").mean(axis=1)),
        region=analysis.Region.above(0),
        source=f"{BOOK}: better than the optimal constant rate",
        why="No difference is 0.",
    ),
    Claim(
        name="each_beats_constant",
        statement="So does each of them: the one that gains least still gains (points).",
        estimand=smallest_gain,
        region=analysis.Region.above(0),
        source=BOOK,
        why="No difference is 0.",
    ),
    Claim(
        name="lower_training_loss",
        statement="They end with a lower training loss as well (nats).",
        estimand=lambda table: analysis.mean(gains(table, "train_loss").mean(axis=1)),
        region=analysis.Region.above(0),
        source=f"{BOOK}: a good solution is reached faster",
        why="No difference is 0.",
    ),
    Claim(
        name="they_start_higher",
        statement="Their best base rate is higher than the best constant rate (ratio).",
        estimand=start_higher,
        region=analysis.Region.above(1),
        source=f"{BOOK}: start with a large rate, then reduce it",
        why="Equal rates have ratio 1.",
    ),
    Claim(
        name="one_cycle_beats_step",
        statement="1cycle ends with less test error than step decay (points).",
        estimand=saved("test_error", "step", "one_cycle"),
        region=analysis.Region.above(0),
        source="Smith and Topin 2018: super-convergence against piecewise constant rates",
        why="No difference is 0.",
    ),
    Claim(
        name="one_cycle_beats_exponential",
        statement="1cycle ends with less test error than exponential decay (points).",
        estimand=saved("test_error", "exponential", "one_cycle"),
        region=analysis.Region.above(0),
        source=f"{BOOK}: 1cycle performed even better",
        why="No difference is 0.",
    ),
    Claim(
        name="performance_as_exponential",
        statement="Performance scheduling and exponential decay do equally well (points apart).",
        estimand=saved("test_error", "exponential", "performance"),
        region=analysis.Region.between(-1, 1),
        source="Senior et al. 2013: both performed well",
        why="A point is about the standard error of an error of 30% on 2000 test signals.",
    ),
    Claim(
        name="cyclical_beats_constant",
        statement="Cyclical rates end with less test error than a constant rate (points).",
        estimand=saved("test_error", "constant", "cyclical"),
        region=analysis.Region.above(0),
        source="Smith 2017, Cyclical learning rates for training neural networks",
        why="No difference is 0.",
    ),
]


def lines(table, x, y):
    """A curve for each schedule; so many that the points of single seeds would hide them."""
    curves = {place: analysis.curve(table, x, y, schedule=place) for place in PLACE.values()}
    return [
        show.Series(curves[place].drop(columns="seeds"), LABELS[name], x=x, color=place)
        for name, place in PLACE.items()
    ]


def best_panel(best):
    """Test error against the base rate that is best; equal rates stand side by side."""
    rates = best.groupby("schedule")["learning_rate"].first()
    errors = analysis.by_seed(best, "test_error", "schedule")
    series = []
    for name, place in PLACE.items():
        alike = [int(other) for other in rates.index[rates == rates[place]]]
        aside = 1.08 ** (alike.index(place) - (len(alike) - 1) / 2)
        mean = analysis.mean(errors.at(schedule=place))
        ends = {"mean": [mean.value], "low": [mean.low], "high": [mean.high]}
        point = show.table(x=[rates[place] * aside], **ends)
        series.append(show.Series(point, LABELS[name], "points", color=place))
    return show.Panel(series, "best base rate", "test error (%)", log_x=True)


def figures(table):
    best = at_best_rate(table)
    rates, errors = lines(best, "step", "rate"), lines(best, "step", "test_error")
    chosen = lines(table, "learning_rate", "validation_error")
    axes = {"log_x": True, "y_limits": (20, 50)}
    panels = [
        show.Panel(rates, "step", "learning rate", log_y=True, y_limits=(2e-4, 0.6)),
        show.Panel(errors, "step", "test error (%)", y_limits=(20, 50)),
        show.Panel(chosen, "base rate", "validation error (%)", **axes),
    ]
    told = (
        "MNIST-1D, SGD with momentum 0.9: the rates as they were, each schedule at its best base "
        "rate (of performance scheduling, the mean over seeds); test error in training; and "
        "validation error at the end of training against the base rate."
    )
    end = (
        "Test error at the end of training, each schedule at the base rate that is best for it on "
        "validation data; equal rates stand side by side."
    )
    return [
        show.Figure("schedules", panels, told),
        show.Figure("best", [best_panel(best)], end),
    ]


STUDY = Study(
    topic="optimisation",
    data=dataset,
    trial=trial,
    claims=CLAIMS,
    figures=figures,
    factors={
        "schedule": Traced(
            *PLACE.values(), low=0, high=len(PLACE) - 1, about=f"place in {', '.join(PLACE)}"
        ),
        "learning_rate": Traced(0.02, 0.04, 0.08, 0.16, 0.32, 0.64, low=0, about="the base rate"),
        "width": Static(64, about="units in each of two hidden layers"),
        "examples": Static(8000, about="to train on; 2000 more for validation"),
    },
    presets={
        "quick": Preset(
            seeds=2, steps=400, record=8, learning_rate=(0.08, 0.32), width=32, examples=2000
        ),
        "standard": Preset(seeds=10, steps=4000, record=40),
        "paper": Preset(
            seeds=30,
            steps=40_000,
            record=100,
            learning_rate=(0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
            width=256,
            examples=54_000,
        ),
    },
)

if __name__ == "__main__":
    nnlab.main(__file__)
