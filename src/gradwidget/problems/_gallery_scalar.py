"""Problems of one variable, or of several that do not see each other."""

import math

import jax
import jax.numpy as jnp
from jax import Array

from ._conjugate import make_conjugate
from ._envelope import make_envelope
from ._parameter import Parameter
from ._problem import Problem

_BOYD = "S. Boyd and L. Vandenberghe, Convex optimization, Cambridge University Press 2004, "
_ROCKAFELLAR = "R. T. Rockafellar, Convex analysis, Princeton University Press 1970, "


def problems() -> list[Problem]:
    """All of them."""
    return [
        _exponential(),
        _entropy(),
        _logistic(),
        _log_barrier(),
        _huber(),
        _huber_conjugate(),
        _hinge(),
        _smooth_hinge(),
        _moreau(),
    ]


def _exponential() -> Problem:
    return make_conjugate(
        name="exponential",
        formula="g(y) = exp(a y)/a - x y",
        h=lambda y, a: jnp.exp(a * y) / a,
        closed_form=lambda x, a: x * (jnp.log(x) - 1) / a,
        parameters=(Parameter("a", 1.0, 0.2, 5.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, 0.02, 3.0),
        description=(
            "The conjugate of the exponential is the entropy x log x - x, and the argmin is "
            "log(x)/a. The slopes of h are all positive: for x < 0 there is no minimum and f is "
            "infinite, and at x = 0 the minimum is attained only at minus infinity."
        ),
        source=f"{_BOYD}example 3.21.",
    )


def _entropy() -> Problem:
    return make_conjugate(
        name="entropy",
        formula="g(y) = a (y log y - y) - x y, y > 0",
        h=lambda y, a: a * (y * jnp.log(y) - y),
        closed_form=lambda x, a: a * jnp.exp(x / a),
        domain=(0.0, math.inf),
        parameters=(Parameter("a", 1.0, 0.2, 5.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -3.0, 3.0),
        description=(
            "The conjugate of the negative entropy y log y - y is the exponential, its own "
            "gradient: value and argmin are the same number for a = 1. h is defined for y > 0 "
            "only; its slope is minus infinity at zero, so that the minimum is always inside."
        ),
        source=f"{_ROCKAFELLAR}section 12.",
    )


def _logistic() -> Problem:
    return make_conjugate(
        name="logistic",
        formula="g(y) = t (y log y + (1 - y) log(1 - y)) - x y, 0 < y < 1",
        h=lambda y, t: t * (y * jnp.log(y) + (1 - y) * jnp.log1p(-y)),
        closed_form=lambda x, t: t * jax.nn.softplus(x / t),
        domain=(0.0, 1.0),
        parameters=(Parameter("t", 1.0, 0.1, 5.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -5.0, 5.0),
        description=(
            "The logistic loss log(1 + exp(x)) is the conjugate of the entropy of a coin that "
            "falls heads with probability y, and its gradient, the argmin, is the sigmoid: the "
            "probability that logistic regression predicts. The temperature t softens both."
        ),
        source=f"{_BOYD}exercise 3.36 and section 7.1.1.",
    )


def _log_barrier() -> Problem:
    def closed_form(x: Array, t: Array) -> Array:
        size = jnp.sqrt(1 + (x / t) ** 2)
        return t * (size - 1 - jnp.log((1 + size) / 2))

    return make_conjugate(
        name="log_barrier",
        formula="g(y) = -t log(1 - y^2) - x y, -1 < y < 1",
        h=lambda y, t: -t * (jnp.log1p(-y) + jnp.log1p(y)),
        closed_form=closed_form,
        domain=(-1.0, 1.0),
        parameters=(Parameter("t", 1.0, 0.01, 5.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -5.0, 5.0),
        description=(
            "A linear program over the interval from -1 to 1, with a logarithmic barrier at its "
            "ends: as t becomes small, the argmin follows the central path to the end that x "
            "points to, and f becomes |x|. Newton's method must never leave the interval."
        ),
        source=f"{_BOYD}section 11.2.",
    )


def _huber() -> Problem:
    def h(y: Array, delta: Array) -> Array:
        size = jnp.abs(y)
        return jnp.where(size <= delta, y**2 / 2, delta * (size - delta / 2))

    return make_conjugate(
        name="huber",
        formula="g(y) = huber(y; delta) - x y",
        h=h,
        closed_form=lambda x, delta: jnp.where(jnp.abs(x) <= delta, x**2 / 2, jnp.inf),
        parameters=(Parameter("delta", 1.0, 0.2, 3.0, lower=0.0),),
        x=Parameter("x", 0.5, -2.0, 2.0),
        description=(
            "Huber's loss is a parabola near zero and grows linearly beyond delta. Its slopes "
            "never exceed delta, so that f = x^2/2 only for |x| <= delta and is infinite beyond: "
            "the solver has to see that the minimum it looks for does not exist."
        ),
        source="P. J. Huber, Robust estimation of a location parameter, Ann. Math. Stat. 35.",
    )


def _huber_conjugate() -> Problem:
    def closed_form(x: Array, a: Array) -> Array:
        size = jnp.abs(x)
        return jnp.where(size <= a, x**2 / (2 * a), size - a / 2)

    return make_conjugate(
        name="huber_conjugate",
        formula="g(y) = a y^2/2 - x y, -1 < y < 1",
        h=lambda y, a: a * y**2 / 2,
        closed_form=closed_form,
        domain=(-1.0, 1.0),
        parameters=(Parameter("a", 0.5, 0.1, 2.0, lower=0.0),),
        x=Parameter("x", 0.3, -2.0, 2.0),
        description=(
            "Huber's loss again, now as the conjugate of a parabola that is cut off at -1 and 1. "
            "For |x| > a the minimum lies at the end of the interval and stays there: the gradient "
            "is 1 or -1, and the second derivative 0."
        ),
        source=f"{_ROCKAFELLAR}section 16 (a sum of functions and its conjugate).",
    )


def _hinge() -> Problem:
    return make_conjugate(
        name="hinge",
        formula="g(y) = m y - x y, -1 < y < 0",
        h=lambda y, m: m * y,
        closed_form=lambda x, m: jnp.maximum(0.0, m - x),
        domain=(-1.0, 0.0),
        parameters=(Parameter("m", 1.0, -1.0, 2.0),),
        x=Parameter("x", 0.3, -2.0, 2.0),
        description=(
            "The hinge loss max(0, m - x) of support vector machines, with the margin m. g is a "
            "straight line, and its minimum lies at one of the two ends of the interval, for "
            "x = m at both and anywhere between: f has a kink there, and every slope from -1 to 0 "
            "is a subgradient."
        ),
        source="C. Cortes and V. Vapnik, Support-vector networks, Machine Learning 20 (1995).",
    )


def _smooth_hinge() -> Problem:
    def closed_form(x: Array, s: Array) -> Array:
        short = 1 - x
        bend = jnp.where(short < s, short**2 / (2 * s), short - s / 2)
        return jnp.where(short > 0, bend, 0.0)

    return make_conjugate(
        name="smooth_hinge",
        formula="g(y) = y + s y^2/2 - x y, -1 < y < 0",
        h=lambda y, s: y + s * y**2 / 2,
        closed_form=closed_form,
        domain=(-1.0, 0.0),
        parameters=(Parameter("s", 0.5, 0.02, 2.0, log=True, lower=0.0),),
        x=Parameter("x", 0.7, -2.0, 2.0),
        description=(
            "The hinge loss max(0, 1 - x) smoothed by a parabola in the conjugate: as wide as s, "
            "and the gradient runs from -1 to 0 without a jump. This is how a loss with a kink is "
            "made fit for a gradient method."
        ),
        source="Yu. Nesterov, Smooth minimization of non-smooth functions, Math. Prog. 103.",
    )


def _moreau() -> Problem:
    def closed_form(x: Array, t: Array) -> Array:
        size = jnp.abs(x)
        return jnp.where(size <= t, x**2 / (2 * t), size - t / 2)

    return make_envelope(
        name="moreau",
        formula="g(y, x) = |y| + (y - x)^2/(2 t)",
        g=lambda y, x, t: jnp.abs(y) + (y - x) ** 2 / (2 * t),
        sign=1.0,
        x_shape=(),
        y_shape=(),
        closed_form=closed_form,
        parameters=(Parameter("t", 0.5, 0.05, 2.0, lower=0.0),),
        x=Parameter("x", 0.8, -2.0, 2.0),
        description=(
            "The Moreau envelope of |y|, smooth although |y| is not. The argmin is the proximal "
            "point, here the soft threshold sign(x) max(|x| - t, 0), and the gradient is "
            "(x - argmin)/t. For |x| < t the argmin sits on the kink of |y|."
        ),
        source=(
            "J.-J. Moreau, Proximité et dualité dans un espace hilbertien, Bull. Soc. Math. France "
            "93 (1965)."
        ),
    )
