"""The derivative rule: a minimum differentiates by its theorems, not through its solver.

For `value = sign * min_y g(y, *theta)` with a scalar y and scalars `theta`, at the minimum y*:

- d value = sign * sum_i (dg/dtheta_i) dtheta_i               the envelope theorem
- d y*    = - (d2g/dy2)^-1 sum_i (d2g/dy dtheta_i) dtheta_i   the implicit function theorem

Both are written in terms of y* itself, which carries the second rule, so that differentiating the
rules again gives every higher order exactly, forward and reverse. Every entry of `theta` is an
ordinary differentiable argument.

The structure follows `optimistix._ad.implicit_jvp` (P. Kidger).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero

Function = Callable[..., Array]
_Tangents = tuple[Array | SymbolicZero, ...]


class Minimum(NamedTuple):
    """Two functions of `theta`, with their derivative rules; scalars in, a scalar out."""

    value: Function
    argmin: Function


def minimum(g: Function, solve: Function, sign: float = 1.0) -> Minimum:
    """`sign * min_y g(y, *theta)` and its argmin, as differentiable functions of `theta`.

    **Arguments:**

    - `g`: maps the scalar y and the scalars `theta` to a scalar; differentiable by JAX.
    - `solve`: maps `theta` to y*; never differentiated. An infinite y* says that g has no lower
        bound there, or none that is representable.
    - `sign`: +1 for a minimum (a Moreau envelope), -1 for a convex conjugate.

    **Returns:** a [`Minimum`][], whose functions are defined under any nesting of `jit`, `vmap`,
    `jvp` and `grad`.
    """
    partial = _partial_derivatives(g)

    @jax.custom_jvp
    def argmin(*theta: Array) -> Array:
        return solve(*theta)

    @jax.custom_jvp
    def value_at(y: Array, *theta: Array) -> Array:
        return sign * jnp.where(jnp.isinf(y), -jnp.inf, g(y, *theta))

    def value(*theta: Array) -> Array:
        return value_at(argmin(*theta), *theta)

    def argmin_rule(theta: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
        y = argmin(*theta)
        force = _sum(
            [partial(0, i)(y, *theta) * theta_dot for i, theta_dot in _known_nonzero(tangents)], y
        )
        return y, -_divide(force, partial(0, 0)(y, *theta))

    def envelope_rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
        y = primals[0]
        # At a minimum the value does not see y move: the tangent of y is left out.
        change = _sum(
            [partial(i)(*primals) * theta_dot for i, theta_dot in _known_nonzero(tangents[1:])], y
        )
        return value_at(*primals), sign * change

    argmin.defjvp(argmin_rule, symbolic_zeros=True)
    value_at.defjvp(envelope_rule, symbolic_zeros=True)
    return Minimum(value, argmin)


def _partial_derivatives(g: Function) -> Callable[..., Function]:
    """`partial(i, j, ...)`: the derivative of g(y, *theta) with respect to arguments i, j, ...

    Argument 0 is y. Each derivative is a function of all of g's arguments, whose own derivatives
    are the next partial derivatives times the tangents. Where g is flat, d2g/dy2 = 0, y* moves
    infinitely fast with theta; a first derivative of g that does not see y there, such as dh/dp at
    y = 0 with h(y) = |y|^p/p and p > 2, does not move at all. So there, and only there, 0 * inf =
    0: of a convex g that grows like a power, (d2g/dy dtheta) (d2g/dy2)^-1 vanishes there like y.
    Nothing is known about the derivatives of that product, which are NaN.
    """
    made: dict[tuple[int, ...], Function] = {}

    def partial(*arguments: int) -> Function:
        order = tuple(sorted(arguments))
        if order not in made:
            made[order] = make(order)
        return made[order]

    def make(order: tuple[int, ...]) -> Function:
        raw = g
        for i in order:
            raw = jax.grad(raw, argnums=i)
        derivative = jax.custom_jvp(raw)

        def rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
            out = derivative(*primals)
            changes = []
            for i, tangent in _known_nonzero(tangents, first=0):
                coefficient = partial(*order, i)(*primals)
                if i == 0 and len(order) == 1:
                    wins = (coefficient == 0) & (partial(0, 0)(*primals) == 0)
                    coefficient = _scale_tangent(coefficient, jnp.where(wins, jnp.nan, 1))
                    tangent = jnp.where(wins, 0, tangent)
                changes.append(coefficient * tangent)
            return out, _sum(changes, out)

        derivative.defjvp(rule, symbolic_zeros=True)
        return derivative

    return partial


@jax.custom_jvp
def _scale_tangent(value: Array, _: Array) -> Array:
    """`value`, whose tangent is multiplied by the second argument."""
    return value


@_scale_tangent.defjvp
def _scale_tangent_rule(
    primals: tuple[Array, Array], tangents: tuple[Array, Array]
) -> tuple[Array, Array]:
    value, scale = primals
    return value, tangents[0] * scale


def _known_nonzero(tangents: _Tangents, first: int = 1) -> list[tuple[int, Array]]:
    """The tangents that are not zero for certain, numbered from `first`."""
    return [(i, t) for i, t in enumerate(tangents, first) if not isinstance(t, SymbolicZero)]


def _sum(terms: list[Array], like: Array) -> Array:
    return sum(terms[1:], terms[0]) if terms else jnp.zeros_like(like)


def _divide(force: Array, curvature: Array) -> Array:
    """The quotient force / curvature, linear in the force, where an exact zero wins: 0 / 0 = 0.

    A linear solve rather than a division, since only a solve may look at its linear argument in
    forward mode (a zero tangent over a zero curvature) and still be transposed for reverse mode.
    """

    def solve(_: Callable[[Array], Array], b: Array) -> Array:
        return jnp.where(b == 0, jnp.zeros_like(b), b / curvature)

    out: Array = jax.lax.custom_linear_solve(lambda u: curvature * u, force, solve, symmetric=True)
    return out
