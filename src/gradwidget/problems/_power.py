"""The power problem: h(y) = |y|^p / p, the default."""

from functools import cache, partial

import jax
import jax.numpy as jnp
from jax import Array

from ._conjugate import make_conjugate
from ._parameter import Parameter
from ._problem import Problem


@cache
def power() -> Problem:
    """f(x, p) = -min_y [sum |y|^p / p - <x, y>], the convex conjugate of |y|^p / p, p > 1.

    In closed form f = sum |x|^q / q with 1/p + 1/q = 1, and y* = sign(x) |x|^(q-1). x is a scalar
    or of shape (d,). The solver `"bfgs"` minimises `jnp.abs(y) ** p / p - x * y` as the tutorial
    does.

    **Returns:** a [`Problem`][]: always the same object, so that what is compiled for it is shared.
    """
    return make_conjugate(
        name="power",
        formula="g(y) = |y|^p/p - x y",
        h=_h,
        plain_h=_tutorial_h,
        closed_form=_closed_form,
        plain_closed_form=_tutorial_closed_form,
        parameters=(Parameter("p", 3.0, 1.1, 6.0, lower=1.0),),
        x=Parameter("x", 0.31415, -1.0, 1.0),
        description=(
            "The conjugate of a power is a power: f = |x|^q/q with 1/p + 1/q = 1, and the argmin "
            "is sign(x) |x|^(q-1). For p > 2 the minimum is flat at x = 0, where f'' is infinite; "
            "for p near 1 the argmin changes by many orders of magnitude."
        ),
        source="The worked example on custom gradients in BlackJAX's documentation.",
    )


def _tutorial_h(y: Array, p: Array) -> Array:
    return jnp.abs(y) ** p / p


def _tutorial_closed_form(x: Array, p: Array) -> Array:
    q = p / (p - 1)
    return jnp.abs(x) ** q / q


def _h(y: Array, p: Array) -> Array:
    return even_power(y, p) / p


def _closed_form(x: Array, p: Array) -> Array:
    q = p / (p - 1)
    return even_power(x, q) / q


# Powers of |y| whose derivatives are right at y = 0 as well. With
#     even(y, a, k) = |y|^a log^k |y|   and   odd(y, a, k) = sign(y) |y|^a log^k |y|
# the derivatives close: d even / dy = a odd(a-1, k) + k odd(a-1, k-1), and d even / da is
# even(a, k+1); so do those of odd. Where a factor a or k is zero its term is, although the power
# beside it may be infinite.


def even_power(y: Array, a: Array) -> Array:
    """|y|^a, with right derivatives of every order in y and a, at y = 0 too."""
    return _power(y, a, 0, True)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _power(y: Array, a: Array, k: int, is_even: bool) -> Array:
    size = jnp.abs(y)
    out = size**a
    # Only a derivative has a negative power, and where it underflows the next formula would take
    # zero for the truth and give a number that is finite and wrong.
    out = jnp.where((out == 0) & (a < 0), jnp.nan, out)
    if k:
        # At y = 0 the power wins against the logarithm, unless there is no power.
        out = jnp.where((size == 0) & (a > 0), jnp.zeros_like(out), out * jnp.log(size) ** k)
    return out if is_even else jnp.sign(y) * out


@partial(_power.defjvp, symbolic_zeros=True)
def _power_rule(k, is_even, primals, tangents):  # type: ignore[no-untyped-def]
    y, a = primals
    out = _power(y, a, k, is_even)
    total = jnp.zeros_like(out)
    y_dot, a_dot = tangents
    if not isinstance(y_dot, jax.custom_derivatives.SymbolicZero):
        slope = _scaled(a, _power(y, a - 1, k, not is_even))
        if k:
            slope = slope + k * _power(y, a - 1, k - 1, not is_even)
        total = total + slope * y_dot
    if not isinstance(a_dot, jax.custom_derivatives.SymbolicZero):
        total = total + _power(y, a, k + 1, is_even) * a_dot
    return out, total


def _scaled(factor: Array, power: Array) -> Array:
    return jnp.where(factor == 0, jnp.zeros_like(power), factor * power)
