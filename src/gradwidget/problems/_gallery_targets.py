"""Two log densities that samplers are tried on, with gradients written by hand."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ._function import make_function
from ._parameter import Parameter
from ._problem import Problem


def problems() -> list[Problem]:
    """All of them."""
    return [_banana_problem(), _funnel_problem()]


_WIDTH = 2.0  # of the banana


def _banana_plain(x: Array, bend: Array) -> Array:
    across = x[1] + bend * (x[0] ** 2 - _WIDTH**2)
    return x[0] ** 2 / (2 * _WIDTH**2) + across**2 / 2


@jax.custom_jvp
def _banana(x: Array, bend: Array) -> Array:
    return _banana_plain(x, bend)


@_banana.defjvp
def _banana_rule(primals: tuple[Array, Array], tangents: tuple[Any, Any]) -> tuple[Array, Array]:
    (x, bend), (x_dot, bend_dot) = primals, tangents
    across = x[1] + bend * (x[0] ** 2 - _WIDTH**2)
    by_x = jnp.stack([x[0] / _WIDTH**2 + 2 * bend * x[0] * across, across])
    by_bend = across * (x[0] ** 2 - _WIDTH**2)
    return _banana(x, bend), by_x @ x_dot + by_bend * bend_dot


def _banana_problem() -> Problem:
    return make_function(
        name="banana",
        formula="f(x) = x1^2/8 + (x2 + bend (x1^2 - 4))^2/2",
        function=_banana,
        closed_form=_banana_plain,
        logdensity=lambda x, value, bend: -value,
        x_shape=(2,),
        parameters=(Parameter("bend", 0.3, 0.0, 1.0),),
        x=Parameter("x", 0.5, -6.0, 6.0),
        start=(1.0, 0.5),
        description=(
            "A normal density bent into a banana; f is its negative logarithm, up to a constant, "
            "with a gradient written by hand as a custom rule. Both marginals are known: x1 is "
            "normal. The step size that suits the middle is too long for the ends."
        ),
        source=(
            "H. Haario, E. Saksman and J. Tamminen, Adaptive proposal distribution for random walk "
            "Metropolis algorithm, Comput. Stat. 14 (1999)."
        ),
    )


def _funnel_plain(x: Array, s: Array) -> Array:
    return x[0] ** 2 / (2 * s**2) + x[0] / 2 + x[1] ** 2 * jnp.exp(-x[0]) / 2


@jax.custom_jvp
def _funnel(x: Array, s: Array) -> Array:
    return _funnel_plain(x, s)


@_funnel.defjvp
def _funnel_rule(primals: tuple[Array, Array], tangents: tuple[Any, Any]) -> tuple[Array, Array]:
    (x, s), (x_dot, s_dot) = primals, tangents
    precision = jnp.exp(-x[0])
    by_x = jnp.stack([x[0] / s**2 + (1 - x[1] ** 2 * precision) / 2, x[1] * precision])
    return _funnel(x, s), by_x @ x_dot - x[0] ** 2 / s**3 * s_dot


def _funnel_problem() -> Problem:
    return make_function(
        name="funnel",
        formula="f(x) = x1^2/(2 s^2) + x1/2 + x2^2 exp(-x1)/2",
        function=_funnel,
        closed_form=_funnel_plain,
        logdensity=lambda x, value, s: -value,
        x_shape=(2,),
        parameters=(Parameter("s", 1.5, 0.5, 3.0, lower=0.0),),
        x=Parameter("x", 0.5, -6.0, 6.0),
        start=(1.0, 0.5),
        description=(
            "Neal's funnel: x1 is normal with standard deviation s, and x2 given x1 is normal with "
            "the variance exp(x1); f is the negative logarithm of their density, up to a constant, "
            "with a gradient written by hand. In the neck no step size is small enough, and the "
            "trajectories diverge."
        ),
        source="R. M. Neal, Slice sampling, Ann. Stat. 31 (2003), section 8.",
    )
