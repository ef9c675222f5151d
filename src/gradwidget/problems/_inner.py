"""The solvers of an inner problem, with the derivative rule around them."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..argmin import Function, Solution, bfgs, minimum, root_finder, vector_bfgs, vector_minimiser
from ._build import Solved

_EVERYWHERE = (-math.inf, math.inf)


def component_by_component(
    h: Function, plain_h: Function | None = None, domain: tuple[float, float] = _EVERYWHERE
) -> Callable[[str], Solved]:
    """-min_y [sum h(y) - <x, y>] for x a scalar or of shape (d,), each component for itself.

    **Arguments:**

    - `h`: maps a scalar and the parameters to a scalar.
    - `plain_h`: h as the tutorial would write it, for its own solver; h itself by default.
    - `domain`: the open interval of y on which h is defined.

    **Returns:** what is made of that by each solver, by name.
    """

    def inner(y: Array, x: Array, *params: Array) -> Array:
        return h(y, *params) - x * y

    def solved(solver: str) -> Solved:
        by_tutorial = bfgs(plain_h or h)

        def solve_by_tutorial(x: Array, *params: Array) -> Solution:
            return by_tutorial(x, *params)[1]

        solve_one = solve_by_tutorial if solver == "bfgs" else root_finder(h, domain)
        one = minimum(inner, lambda x, *params: solve_one(x, *params).located, sign=-1.0)

        def f(x: Array, *params: Array) -> tuple[Array, Array]:
            if solver == "bfgs":
                value, solution = each(by_tutorial)(x, *params)
                return jnp.sum(value), solution.argmin
            return jnp.sum(each(one.value)(x, *params)), each(one.argmin)(x, *params)

        def f_with_gradient(x: Array, *params: Array) -> Array:
            return jnp.sum(each(one.value)(x, *params))

        return Solved(f, f_with_gradient, each(one.argmin), each(solve_one))

    return solved


def together(
    g: Function,
    sign: float,
    start: Array | None = None,
    domain: tuple[float, float] = _EVERYWHERE,
    y_shape: tuple[int, ...] = (),
) -> Callable[[str], Solved]:
    """The minimum over all of y at once, a scalar or a vector: sign * min_y g(y, x).

    **Arguments:**

    - `g`: maps y, x and the parameters to a scalar.
    - `sign`: +1 or -1.
    - `start`: of y's shape, where a vector's search starts.
    - `domain`: the open interval of each component of y on which g is defined.
    - `y_shape`: () or (k,).

    **Returns:** what is made of that by each solver, by name.
    """

    def solved(solver: str) -> Solved:
        solve = _solver(g, solver, start, domain, y_shape)
        least = minimum(g, lambda x, *params: solve(x, *params).located, sign)

        def f(x: Array, *params: Array) -> tuple[Array, Array]:
            if solver == "bfgs":  # without any derivative rule
                argmin = solve(x, *params).argmin
                return sign * g(argmin, x, *params), argmin
            return least.value(x, *params), least.argmin(x, *params)

        return Solved(f, least.value, least.argmin, solve, least.given)

    return solved


def _solver(
    g: Function,
    solver: str,
    start: Array | None,
    domain: tuple[float, float],
    y_shape: tuple[int, ...],
) -> Callable[..., Solution]:
    if solver == "bfgs":
        return vector_bfgs(g, start, y_shape)
    if y_shape:
        return vector_minimiser(g, start, domain)
    find_root = root_finder(g, domain)  # of dg/dy, here with the slope zero

    def solve(x: Array, *params: Array) -> Solution:
        return find_root(jnp.zeros((), x.dtype), x, *params)

    return solve


def each(function: Callable[..., Any], arrays: int = 1) -> Callable[..., Any]:
    """`function` of scalars, applied to each component of its first `arrays` arguments."""

    def apply(*args: Array) -> Any:
        if args[0].ndim == 0:
            return function(*args)
        axes = (0,) * arrays + (None,) * (len(args) - arrays)
        return jax.vmap(function, axes)(*args)

    return apply
