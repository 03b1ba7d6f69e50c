"""A new study: a file that runs as it is, to be changed."""

from __future__ import annotations

from pathlib import Path

from nnlab.errors import NnlabError
from nnlab.files import write_atomically
from nnlab.study.names import is_study_name

__all__ = ["new_study"]


def new_study(name: str, folder: Path | None = None) -> Path:
    """Write `studies/NAME.py` below the current folder. Raises `NnlabError` if it is there."""
    if not is_study_name(name):
        raise NnlabError(f"a study's name must be a plain identifier, such as my_study: {name!r}")
    path = (folder or Path("studies")) / f"{name}.py"
    if path.exists():
        raise NnlabError(f"{path} exists already; choose another name")
    write_atomically(path, _TEMPLATE.replace("NAME", name).encode())
    return path


_TEMPLATE = '''"""Does a wider hidden layer fit noisy labels sooner? (the title: one line)

Question: what you want to know. Claims: what is believed, and where that is written.
Reference: the paper or book. Command: nnlab run NAME. Cost: seconds.
Expected result: write it down before you run.
"""

import nnlab
from nnlab import Claims, Preset, Sized, Static, Study, Traced, analysis, data, learn, nn, show

claims = Claims()


def dataset(p):
    return data.mnist1d(examples=1000, test_examples=1000)


def trial(key, p, d):
    labels = learn.corrupt(nn.stream(key, "label_noise"), d.train.y, p.label_noise, d.classes)
    net = nn.MLP(hidden=(p.width,) * p.depth, out=d.classes)
    optimizer = learn.optimizer("momentum", p.learning_rate)
    evaluate = {"train": (d.train.x, labels), "test": d.test}
    return learn.supervised(key, net, optimizer, d.train.x, labels, batch=100, evaluate=evaluate)


@claims(analysis.Region.above(0), source="your textbook", why="No difference is 0.")
def wider_fits_noise(table):
    """With noisy labels the widest network has the lower training error (points)."""
    errors = analysis.by_seed(table, "train_error", across="width", label_noise=0.15)
    widths = errors.levels
    return analysis.paired_difference(errors.at(width=widths[0]), errors.at(width=widths[-1]))


def error_panel(table):
    curves = analysis.curve(table, "width", "train_error", by="label_noise")
    series = show.series_by(curves, "label_noise", label="{:.0%} label noise")
    return show.Panel(series, "hidden units", "training error (%)", log_x=True)


STUDY = Study(
    data=dataset,
    trial=trial,
    factors={
        "width": Sized(8, 32, 128),
        "label_noise": Traced(0.0, 0.15, low=0, high=1),
        "learning_rate": Traced(0.01, low=0),
        "depth": Static(2),
    },
    presets={
        "quick": Preset(seeds=3, steps=500, width=(8, 32)),
        "standard": Preset(seeds=10, steps=5000),
    },
    claims=claims,
    figures=[show.Figure("train_error", [error_panel], "Training error against width.")],
)

if __name__ == "__main__":
    nnlab.main(__file__)
'''
