"""The derivative rule: a minimum differentiates by its theorems, not through its solver.

For `value = sign * min_y g(y, *theta)` with a scalar y and scalars `theta`, at the minimum y*:

- d value = sign * sum_i (dg/dtheta_i) dtheta_i               the envelope theorem
- d y*    = - (d2g/dy2)^-1 sum_i (d2g/dy dtheta_i) dtheta_i   the implicit function theorem

Both are written in terms of y* itself, which carries the second rule, so that differentiating the
rules again gives every higher order exactly, forward and reverse. Every entry of `theta` is an
ordinary differentiable argument.

The structure follows `optimistix._ad.implicit_jvp` (P. Kidger).
"""

import functools
import operator
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
    partial = _PartialDerivatives(g)

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
        curvature = partial(0, 0)(y, *theta)
        force = [
            _product(partial(0, i)(y, *theta), theta_dot, curvature)
            for i, theta_dot in _known_nonzero(tangents, first=1)
        ]
        return y, -_divide(_sum(force, y), curvature)

    def envelope_rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
        # At a minimum the value does not see y move: the tangent of y is left out.
        change = [
            partial.along(i)(theta_dot, *primals)
            for i, theta_dot in _known_nonzero(tangents[1:], first=1)
        ]
        return value_at(*primals), sign * _sum(change, primals[0])

    argmin.defjvp(argmin_rule, symbolic_zeros=True)
    value_at.defjvp(envelope_rule, symbolic_zeros=True)
    return Minimum(value, argmin)


class _PartialDerivatives:
    """`partial(i, j, ...)` is the derivative of g(y, *theta) with respect to arguments i, j, ...

    Argument 0 is y. Each is a function of all of g's arguments, whose own derivatives are the next
    partial derivatives times the tangents, and the same at every order.
    """

    def __init__(self, g: Function):
        self._g = g
        self._made: dict[tuple[int, ...], Function] = {}

    def __call__(self, *arguments: int) -> Function:
        order = tuple(sorted(arguments))
        if order not in self._made:
            self._made[order] = self._make(order)
        return self._made[order]

    def _make(self, order: tuple[int, ...]) -> Function:
        raw = self._g
        for i in order:
            raw = jax.grad(raw, argnums=i)

        @jax.custom_jvp
        def derivative(*args: Array) -> Array:
            # NaN where an argument is. Also, a derivative that is constant has to depend on its
            # arguments: under vmap inside jit, JAX 0.10 loses the batch of a custom_jvp function
            # whose tangent has one and whose value has none.
            is_number = functools.reduce(operator.and_, (arg == arg for arg in args))
            return jnp.where(is_number, raw(*args), jnp.nan)

        def rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
            out = derivative(*primals)
            return out, _sum(self._changes(order, jnp.ones_like(out), primals, tangents), out)

        derivative.defjvp(rule, symbolic_zeros=True)
        return derivative

    def along(self, i: int) -> Function:
        """The function `(t, y, *theta) -> t * partial(i)(y, *theta)`.

        A function of its own, since its derivative has to know t: where t is zero the product is,
        although `partial(i)` may change infinitely fast.
        """

        @jax.custom_jvp
        def product(t: Array, *point: Array) -> Array:
            return t * self(i)(*point)

        def rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
            t, *point = primals
            changes = self._changes((i,), t, tuple(point), tangents[1:])
            changes += [product(t_dot, *point) for _, t_dot in _known_nonzero(tangents[:1])]
            return product(*primals), _sum(changes, t)

        product.defjvp(rule, symbolic_zeros=True)
        return product

    def _changes(
        self, order: tuple[int, ...], t: Array, point: tuple[Array, ...], tangents: _Tangents
    ) -> list[Array]:
        """The terms of t times the derivative of `partial(*order)` along the tangents."""
        changes = []
        for i, tangent in _known_nonzero(tangents):
            coefficient = t * self(*order, i)(*point)
            if i == 0 and len(order) == 1:
                changes.append(_product(coefficient, tangent, self(0, 0)(*point)))
            else:
                changes.append(coefficient * tangent)
        return changes


def _product(coefficient: Array, tangent: Array, curvature: Array) -> Array:
    """The product, linear in the tangent, where 0 * inf = 0 if g is flat.

    Where d2g/dy2 = 0, y* moves infinitely fast with theta. A first derivative of g that does not
    see y there, such as dh/dp at y = 0 with h(y) = |y|^p/p and p > 2, does not move at all: of a
    convex g that grows like a power, (d2g/dy dtheta) (d2g/dy2)^-1 vanishes there like y. Nothing
    is known about the derivatives of that zero, which are NaN.
    """
    wins = (coefficient == 0) & (curvature == 0)
    coefficient = _scale_tangent(jnp.where(wins, 0, coefficient), jnp.where(wins, jnp.nan, 1))
    return coefficient * jnp.where(wins, 0, tangent)


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


def _known_nonzero(tangents: _Tangents, first: int = 0) -> list[tuple[int, Array]]:
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
