"""Learning-rate schedules: plain functions `(step, total_steps, ...) -> factor` of the base rate.

The factor multiplies the base rate and is 1 where the schedule is at its full height. All numbers,
the total and the options included, may be traced: no value compiles a program of its own. Times
are given as fractions of the total, so that a schedule keeps its shape when a run gets longer.

    rate = lambda step: p.learning_rate * learn.cosine(step, total_steps)
    learn.optimizer("momentum", rate)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from nnlab.nn.choose import choose

__all__ = [
    "constant",
    "cosine",
    "cyclical",
    "exponential",
    "one_cycle",
    "power",
    "scheduled",
    "scheduled_among",
    "schedules",
    "step_decay",
    "warmup",
]

Schedule = Callable[..., jax.Array]


def constant(step, total_steps) -> jax.Array:
    """1 at every step."""
    return jnp.ones_like(_progress(step, total_steps))


def step_decay(step, total_steps, factor=0.1, drops=(0.5, 0.75)) -> jax.Array:
    """Multiplied by `factor` at each of the fractions `drops` of the run."""
    passed = sum((_progress(step, total_steps) >= at).astype(float) for at in drops)
    return jnp.power(_float(factor), passed)


def exponential(step, total_steps, factor=0.1, every=0.5) -> jax.Array:
    """`factor ** (t / s)`: divided by 1/`factor` in each fraction `every` of the run."""
    return jnp.power(_float(factor), _progress(step, total_steps) / _float(every))


def power(step, total_steps, exponent=1.0, every=0.1) -> jax.Array:
    """`1 / (1 + t / s) ** exponent` with s the fraction `every` of the run."""
    return jnp.power(1.0 + _progress(step, total_steps) / _float(every), -_float(exponent))


def cosine(step, total_steps, final=0.0) -> jax.Array:
    """Half a cosine from 1 down to `final` (Loshchilov and Hutter 2017, without restarts)."""
    wave = 0.5 * (1.0 + jnp.cos(jnp.pi * _progress(step, total_steps)))
    return _float(final) + (1.0 - _float(final)) * wave


def one_cycle(step, total_steps, rise=0.3, start=0.04, final=4e-6) -> jax.Array:
    """Up from `start` to 1 in the first fraction `rise`, then down to `final`, along cosines.

    Smith and Topin 2018; the defaults are those of fastai and PyTorch (start 1/25, final 4e-6).
    """
    progress, rise = _progress(step, total_steps), _float(rise)
    up = _between(_float(start), 1.0, progress / jnp.maximum(rise, 1e-12))
    down = _between(1.0, _float(final), (progress - rise) / jnp.maximum(1.0 - rise, 1e-12))
    return jnp.where(progress < rise, up, down)


def cyclical(step, total_steps, cycles=4.0, low=0.1) -> jax.Array:
    """`cycles` triangles between `low` and 1, each starting and ending low (Smith 2017)."""
    phase = jnp.mod(_progress(step, total_steps) * _float(cycles), 1.0)
    return _float(low) + (1.0 - _float(low)) * (1.0 - jnp.abs(2.0 * phase - 1.0))


def warmup(step, total_steps, fraction=0.05, then: Schedule = constant, **options) -> jax.Array:
    """Linear from 0 to 1 in the first `fraction`, then the schedule `then` over the rest.

    Step i has the factor (i + 1) / steps of warm-up, so that no step is wasted at rate zero
    (Goyal et al. 2017).
    """
    total, at = _float(total_steps), _float(step)
    rising = total * _float(fraction)
    ramp = (at + 1.0) / jnp.maximum(rising, 1.0)
    rest = then(jnp.maximum(at - rising, 0.0), jnp.maximum(total - rising, 1.0), **options)
    return jnp.where(at < rising, jnp.minimum(ramp, 1.0), rest)


schedules: dict[str, Schedule] = {
    "constant": constant,
    "step": step_decay,
    "exponential": exponential,
    "power": power,
    "cosine": cosine,
    "one_cycle": one_cycle,
    "cyclical": cyclical,
    "warmup": warmup,
}


def scheduled(
    name: str | Schedule, learning_rate, total_steps, **options
) -> Callable[[jax.Array], jax.Array]:
    """A learning rate that follows the named schedule, to be given to an optimizer.

    Args:
      name: a name in `schedules`, or a function of that signature.
      learning_rate: the base rate, which the factor multiplies; may be traced.
      total_steps: the length of the run; may be traced.
      **options: passed to the schedule.
    """
    schedule = choose(schedules, "schedule", name)
    return lambda step: learning_rate * schedule(step, total_steps, **options)


def scheduled_among(
    names: Sequence[str | Schedule], choice, learning_rate, total_steps
) -> Callable[[jax.Array], jax.Array]:
    """A learning rate that follows one of several schedules, so that one program serves them all.

    Args:
      names: names in `schedules`, or functions of that signature.
      choice: the place of the schedule in `names`, a number from 0; may be traced.
      learning_rate, total_steps: as in `scheduled`.

    All schedules are computed at every step, once for all lanes: they are a few numbers.
    """
    among = [choose(schedules, "schedule", name) for name in names]
    place = jnp.asarray(choice).astype(jnp.int32)

    def rate(step):
        factors = jnp.stack([schedule(step, total_steps) for schedule in among])
        return learning_rate * factors[place]

    return rate


def _float(x) -> jax.Array:
    return jnp.asarray(x, float)


def _progress(step, total_steps) -> jax.Array:
    """The fraction of the run that is over, 0 at step 0 and never above 1."""
    return jnp.clip(_float(step) / jnp.maximum(_float(total_steps), 1.0), 0.0, 1.0)


def _between(start, end, progress):
    return end + (start - end) * 0.5 * (1.0 + jnp.cos(jnp.pi * progress))
