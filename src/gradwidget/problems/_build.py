"""A problem out of its parts: what all kinds of problems have in common."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.scipy.stats import norm

from ..argmin import Function, Solution
from ._parameter import Parameter
from ._problem import Problem, takes
from ._recipe import Recipe
from ._scale import scale_gradient


class Solved(NamedTuple):
    """An inner problem with one of its solvers: functions of x and the parameters."""

    f: Callable[..., tuple[Array, Array | None]]
    f_with_gradient: Function
    argmin: Function
    solve: Callable[..., Solution]
    given: Function | None = None


def build(
    *,
    name: str,
    formula: str,
    recipe: Recipe,
    parameters: tuple[Parameter, ...],
    x: Parameter,
    x_shape: tuple[int, ...] | None,
    solved_by: Callable[[str], Solved] | None = None,
    inner: Function | None = None,
    function: Function | None = None,
    closed_form: Function | None = None,
    logdensity: Function | None = None,
    sign: float = -1.0,
    is_joint: bool = False,
    is_conjugate: bool = False,
    start: tuple[float, ...] | None = None,
    description: str = "",
    source: str = "",
) -> Problem:
    """A [`Problem`][] from functions of arrays: x of its shape, parameters of shape ().

    **Arguments:** as the fields of [`Problem`][], and

    - `x_shape`: what x must be: () for a scalar, (d,), or None for anything.
    - `solved_by`: maps a solver's name to what it makes of `inner`; or else
    - `function`: the value itself, with whatever derivative it has, where there is no `inner`.
    - `closed_form`: maps x and the parameters to the value.
    - `logdensity`: maps x, the value and the parameters to a scalar; the sum of the standard
        normal log densities of all components of x and of the value by default.
    """
    siblings: dict[str, Problem] = {}

    def make(solver: str) -> Problem:
        solved = None if solved_by is None else solved_by(solver)
        valued: Function = solved.f_with_gradient if solved else function  # type: ignore[assignment]

        def f(x: Array, *params: Array) -> tuple[Array, Array | None]:
            """The value and the argmin."""
            return solved.f(x, *params) if solved else (valued(x, *params), None)

        def f_with_gradient(x: Array, *params: Array) -> Array:
            """The value, with the derivative rule."""
            return valued(x, *params)

        def true_f(x: Array, *params: Array) -> Array:
            """The value in closed form."""
            return closed_form(x, *params)  # type: ignore[misc]

        def logdensity_fn(x: Array, *params: Array) -> Array:
            """The log density."""
            return density(x, valued(x, *params), *params)

        def true_logdensity_fn(x: Array, *params: Array) -> Array:
            """The log density of the value in closed form."""
            return density(x, closed_form(x, *params), *params)  # type: ignore[misc]

        def scaled_logdensity_fn(x: Array, gradient_scale: Array, *params: Array) -> Array:
            """The log density, with df/dx multiplied by a number."""
            return density(x, valued(scale_gradient(x, gradient_scale), *params), *params)

        def density(x: Array, value: Array, *params: Array) -> Array:
            if logdensity is not None:
                return logdensity(x, value, *params)
            return jnp.sum(norm.logpdf(x)) + norm.logpdf(value)

        def argmin(x: Array, *params: Array) -> Array:
            """y*, with the derivative rule."""
            return solved.argmin(x, *params)  # type: ignore[union-attr]

        def solve(x: Array, *params: Array) -> Solution:
            """The solver's answer."""
            return solved.solve(x, *params)  # type: ignore[union-attr]

        def g(y: Array, x: Array, *params: Array) -> Array:
            """What is minimised over y."""
            return inner(y, x, *params)  # type: ignore[misc]

        def public(
            function: Callable[..., Any], before: int = 1, x_at: int = 0
        ) -> Callable[..., Any]:
            return takes(parameters, function, before=before, x_at=x_at, x_shape=x_shape)

        return Problem(
            name=name,
            formula=formula,
            parameters=parameters,
            recipe=recipe,
            x=x,
            dim=x_shape[0] if x_shape else None,
            solver=solver,
            f=public(f),
            f_with_gradient=public(f_with_gradient),
            true_f=public(true_f) if closed_form is not None else None,
            logdensity_fn=public(logdensity_fn),
            true_logdensity_fn=public(true_logdensity_fn) if closed_form is not None else None,
            scaled_logdensity_fn=public(scaled_logdensity_fn, before=2),
            inner=public(g, before=2, x_at=1) if solved else None,
            argmin=public(argmin) if solved else None,
            solve=public(solve) if solved else None,
            given=solved.given if solved else None,
            sign=sign,
            is_joint=is_joint,
            is_conjugate=is_conjugate,
            start=start,
            description=description,
            source=source,
            _make=make,
            _siblings=siblings,
        )

    siblings["safeguarded"] = make("safeguarded")
    return siblings["safeguarded"]


def formula_of(name: str, variables: str, parameters: tuple[Parameter, ...]) -> str:
    """A function as it is called: `h(y; a, b)`."""
    names = ", ".join(parameter.name for parameter in parameters)
    return f"{name}({variables}; {names})" if names else f"{name}({variables})"


def name_of(function: Any, default: str) -> str:
    """What a function is called, or `default` for a lambda."""
    name: str = getattr(function, "__name__", default)
    return name.replace("<lambda>", default)
