"""The derivative rule: a minimum differentiates by its theorems, not through its solver.

For `value = sign * min_y g(y, *theta)`, where y and every entry of `theta` is a scalar or an array,
at the minimum y*:

- d value = sign * sum_i (dg/dtheta_i) dtheta_i               the envelope theorem
- d y*    = - (d2g/dy2)^-1 sum_i (d2g/dy dtheta_i) dtheta_i   the implicit function theorem

Where y* lies on a kink of g, or at the boundary of its domain, it stays there: d y* = 0. Of a
vector some components may, while the others move.

Both are written in terms of y* itself, which carries the second rule, so that differentiating the
rules again gives every higher order exactly, forward and reverse. Every entry of `theta` is an
ordinary differentiable argument.

The structure follows `optimistix._ad.implicit_jvp` (P. Kidger).
"""

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero

Function = Callable[..., Array]
Located = tuple[Array, Array]
_Tangents = tuple[Array | SymbolicZero, ...]


class Minimum(NamedTuple):
    """Two functions of `theta`, with their derivative rules: a scalar, and y's shape.

    And `given(located, *theta)`, the same scalar with the same rule where the solver's answer is
    known already, so that nothing is solved.
    """

    value: Function
    argmin: Function
    given: Callable[..., Array]


def minimum(g: Function, solve: Callable[..., Located], sign: float = 1.0) -> Minimum:
    """`sign * min_y g(y, *theta)` and its argmin, as differentiable functions of `theta`.

    **Arguments:**

    - `g`: maps y, a scalar or of shape (d,), and `theta`, of any shapes, to a scalar;
        differentiable by JAX.
    - `solve`: maps `theta` to y* and to whether it follows `theta`, as [`Solution.located`][]
        gives them; never differentiated. An infinite y* says that g has no lower bound there, or
        none that is representable.
    - `sign`: +1 for a minimum (a Moreau envelope), -1 for a convex conjugate.

    **Returns:** a [`Minimum`][], whose first two functions are defined under any nesting of `jit`,
    `vmap`, `jvp` and `grad`.
    """
    partial = _PartialDerivatives(g)

    @jax.custom_jvp
    def locate(*theta: Array) -> Located:
        y, follows = solve(*theta)
        return y, jnp.asarray(follows, y.dtype)  # a number: truth values have no tangents

    @jax.custom_jvp
    def value_at(y: Array, *theta: Array) -> Array:
        return sign * jnp.where(jnp.any(jnp.isinf(y)), -jnp.inf, g(y, *theta))

    def argmin(*theta: Array) -> Array:
        return locate(*theta)[0]

    def value(*theta: Array) -> Array:
        return value_at(argmin(*theta), *theta)

    def given(located: Located, *theta: Array) -> Array:
        return minimum(g, lambda *_: located, sign).value(*theta)

    def argmin_rule(theta: tuple[Array, ...], tangents: _Tangents) -> tuple[Located, Located]:
        y, follows = locate(*theta)
        curvature = partial(0, 0)(y, *theta)
        force = [
            _contract(partial(0, i)(y, *theta), theta_dot, curvature)
            for i, theta_dot in _known_nonzero(tangents, first=1)
        ]
        total = _sum(force, y)
        if follows.ndim:  # what is held takes no part: no force, and a curvature of its own
            total = jnp.where(follows == 0, jnp.zeros_like(y), total)
            is_free = jnp.outer(follows, follows) == 1
            curvature = jnp.where(is_free, curvature, jnp.eye(len(y), dtype=y.dtype))
        y_dot = -_divide(total, curvature)
        y_dot = jnp.where(follows == 0, jnp.zeros_like(y), y_dot)
        return (y, follows), (y_dot, jnp.zeros_like(follows))

    def envelope_rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
        # At a minimum the value does not see y move: the tangent of y is left out.
        change = [
            partial.along(i)(theta_dot, *primals)
            for i, theta_dot in _known_nonzero(tangents[1:], first=1)
        ]
        value = value_at(*primals)
        return value, sign * _sum(change, value)

    locate.defjvp(argmin_rule, symbolic_zeros=True)
    value_at.defjvp(envelope_rule, symbolic_zeros=True)
    return Minimum(value, argmin, given)


class _PartialDerivatives:
    """`partial(i, j, ...)` is the derivative of g(y, *theta) with respect to arguments i, j, ...

    Argument 0 is y. Each is a function of all of g's arguments, whose own derivatives are the next
    partial derivatives times the tangents, and the same at every order. Its value has the axes of
    the arguments i, j, ... in ascending order.
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
        def raw(*args: Array) -> Any:
            derived, is_scalar = self._g, True
            for i in order:
                derived = (jax.grad if is_scalar else jax.jacfwd)(derived, argnums=i)
                is_scalar &= jnp.ndim(args[i]) == 0
            return derived(*args)

        @jax.custom_jvp
        def derivative(*args: Array) -> Array:
            # NaN where an argument is. Also, a derivative that is constant has to depend on its
            # arguments: under vmap inside jit, JAX 0.10 loses the batch of a custom_jvp function
            # whose tangent has one and whose value has none.
            is_number = functools.reduce(operator.and_, (jnp.all(arg == arg) for arg in args))
            return jnp.where(is_number, raw(*args), jnp.nan)

        def rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
            out = derivative(*primals)
            return out, _sum(self._changes(order, None, primals, tangents), out)

        derivative.defjvp(rule, symbolic_zeros=True)
        return derivative

    def along(self, i: int) -> Function:
        """The function `(t, y, *theta) -> <t, partial(i)(y, *theta)>`, a scalar.

        A function of its own, since its derivative has to know t: where t is zero the product is,
        although `partial(i)` may change infinitely fast.
        """

        @jax.custom_jvp
        def product(t: Array, *point: Array) -> Array:
            return _dot(t, self(i)(*point))

        def rule(primals: tuple[Array, ...], tangents: _Tangents) -> tuple[Array, Array]:
            t, *point = primals
            out = product(*primals)
            changes = self._changes((i,), t, point, tangents[1:])
            changes += [product(t_dot, *point) for _, t_dot in _known_nonzero(tangents[:1])]
            return out, _sum(changes, out)

        product.defjvp(rule, symbolic_zeros=True)
        return product

    def _changes(
        self,
        order: tuple[int, ...],
        t: Array | None,
        point: Sequence[Array],
        tangents: _Tangents,
    ) -> list[Array]:
        """The terms of the derivative of `partial(*order)` along the tangents.

        Of <t, partial(*order)> if t, of the shape of that partial derivative, is given.
        """
        changes = []
        for i, tangent in _known_nonzero(tangents):
            every = sorted((*order, i))
            before = sum(jnp.ndim(point[j]) for j in every[: every.index(i)])
            axes = range(before, before + tangent.ndim)
            coefficient = self(*every)(*point)
            # The axes of argument i last: those that the tangent meets.
            coefficient = jnp.moveaxis(coefficient, axes, range(-len(axes), 0))
            if t is not None:
                coefficient = _dot(t, coefficient)
            may_be_flat = i == 0 and len(order) == 1
            curvature = self(0, 0)(*point) if may_be_flat else None
            changes.append(_contract(coefficient, tangent, curvature))
        return changes


def _dot(t: Array, coefficient: Array) -> Array:
    """The sum of products over all axes of t, the first ones of the coefficient."""
    return t * coefficient if jnp.ndim(t) == 0 else jnp.tensordot(t, coefficient, t.ndim)


def _contract(coefficient: Array, tangent: Array, curvature: Array | None) -> Array:
    """The sum of products over all axes of the tangent, the last ones of the coefficient.

    `curvature` is d2g/dy2 where the tangent is, or makes, that of y.
    """
    if tangent.ndim:
        return jnp.tensordot(coefficient, tangent, tangent.ndim)
    if curvature is None or curvature.ndim:
        return coefficient * tangent
    return _product(coefficient, tangent, curvature)


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
    return [
        (i, jnp.asarray(t))
        for i, t in enumerate(tangents, first)
        if not isinstance(t, SymbolicZero)
    ]


def _sum(terms: list[Array], like: Array) -> Array:
    return sum(terms[1:], terms[0]) if terms else jnp.zeros_like(like)


def _divide(force: Array, curvature: Array) -> Array:
    """The quotient curvature^-1 force, linear in the force; of scalars, 0 / 0 = 0.

    A linear solve rather than a division, since only a solve may look at its linear argument in
    forward mode (a zero tangent over a zero curvature) and still be transposed for reverse mode.
    """

    def solve(_: Callable[[Array], Array], b: Array) -> Array:
        if curvature.ndim:
            solution: Array = jnp.linalg.solve(curvature, b)
            return solution
        return jnp.where(b == 0, jnp.zeros_like(b), b / curvature)

    def multiply(u: Array) -> Array:
        return curvature @ u if curvature.ndim else curvature * u

    out: Array = jax.lax.custom_linear_solve(multiply, force, solve, symmetric=True)
    return out
