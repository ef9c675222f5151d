"""Convex conjugates: f(x) = -min_y [h(y) - x y], one component at a time."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.stats import norm

from .._numbers import as_number
from ..argmin import Function, Solution, bfgs, minimum, root_finder
from ._parameter import Parameter
from ._problem import Problem, takes
from ._scale import scale_gradient
from ._signature import parameters_of


def conjugate(
    h: Function,
    *,
    closed_form: Function | None = None,
    domain: tuple[float, float] | None = None,
    logdensity: Function | None = None,
    params: Mapping[str, Any] | None = None,
    **sliders: Any,
) -> Problem:
    """f(x) = -min_y [sum h(y) - <x, y>], the convex conjugate of a function of one component.

    ```python
    conjugate(lambda y, a=1.0: jnp.cosh(a * y) / a, a=slider(0.5, 3.0))
    ```

    **Arguments:**

    - `h`: maps a scalar y, and its own parameters after it, to a scalar. Convex in y.
    - `closed_form`: f of one component, as a function of a scalar x and the same parameters.
    - `domain`: `(lower, upper)`, the open interval of y on which h is defined; all of R by
        default.
    - `logdensity`: maps x, the value f(x) and the parameters to a scalar;
        `norm.logpdf(x) + norm.logpdf(f(x))`, summed over the dimensions, by default.
    - `params`: sliders whose names are those of a keyword above.
    - `sliders`: for each parameter of h a [`slider`][], or `(min, max)`, `(min, max, step)` or a
        number as for `ipywidgets.interact`. The start is the slider's value, else the default in
        h's signature, else the middle. A parameter with a number as its default needs no slider.

    **Returns:** a [`Problem`][] for x a scalar or of shape (d,), solved one component at a time.

    **Raises:** `TypeError` for a keyword that is no parameter of h, or for a parameter with
    neither a slider nor a default; `ValueError` for a range or a domain that is none, or an h
    that is no function of one component.
    """
    parameters = parameters_of(h, {**(params or {}), **sliders})
    names = [parameter.name for parameter in parameters]

    def by_name(y: Array, *values: Array) -> Array:
        return h(y, **dict(zip(names, values, strict=True)))

    shape = jax.eval_shape(by_name, 0.5, *(parameter.value for parameter in parameters))
    if not isinstance(shape, jax.ShapeDtypeStruct) or shape.shape != ():
        raise ValueError(f"h must map a scalar y to a scalar, but it returns {shape}.")
    arguments = "; ".join(["y", ", ".join(names)] if names else ["y"])
    return make_conjugate(
        name=getattr(h, "__name__", "h").replace("<lambda>", "h"),
        formula=f"g(y) = h({arguments}) - x y",
        h=by_name,
        closed_form=closed_form,
        logdensity=logdensity,
        domain=_checked_domain(domain),
        parameters=parameters,
        x=Parameter("x", 0.5, -1.0, 1.0),
    )


def _checked_domain(domain: tuple[float, float] | None) -> tuple[float, float]:
    if domain is None:
        return -math.inf, math.inf
    ends = [as_number(end) for end in domain] if isinstance(domain, Sequence) else []
    if len(ends) == 2:
        lower, upper = ends
        if lower is not None and upper is not None and lower < upper:
            return lower, upper
    raise ValueError(f"domain must be (lower, upper) with lower < upper, not {domain!r}.")


def make_conjugate(
    *,
    name: str,
    formula: str,
    h: Function,
    parameters: tuple[Parameter, ...],
    x: Parameter,
    plain_h: Function | None = None,
    closed_form: Function | None = None,
    logdensity: Function | None = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
) -> Problem:
    """The problem of the conjugate of sum h(y), from functions of scalars.

    **Arguments:** as the fields of [`Problem`][], and

    - `h`, `closed_form`: map a scalar and the parameters to a scalar.
    - `plain_h`: h as the tutorial would write it, for its own solver; h itself by default.
    - `logdensity`: maps x, the value f(x) and the parameters to a scalar; standard normal log
        densities of both by default.
    - `domain`: the open interval of y on which h is defined.
    """
    siblings: dict[str, Problem] = {}

    def inner(y: Array, x: Array, *params: Array) -> Array:
        """g(y, x): what is minimised over y."""
        return h(y, *params) - x * y

    def make(solver: str) -> Problem:
        by_tutorial = bfgs(plain_h or h)

        def solve_by_tutorial(x: Array, *params: Array) -> Solution:
            return by_tutorial(x, *params)[1]

        solve_one = solve_by_tutorial if solver == "bfgs" else root_finder(h, domain)
        one = minimum(inner, lambda x, *params: solve_one(x, *params).located, sign=-1.0)

        def f(x: Array, *params: Array) -> tuple[Array, Array]:
            """The value and the argmin."""
            if solver == "bfgs":
                value, solution = _each(by_tutorial)(x, *params)
                return jnp.sum(value), solution.argmin
            return jnp.sum(_each(one.value)(x, *params)), _each(one.argmin)(x, *params)

        def f_with_gradient(x: Array, *params: Array) -> Array:
            """The value, with the derivative rule."""
            return jnp.sum(_each(one.value)(x, *params))

        def true_f(x: Array, *params: Array) -> Array:
            """The value in closed form."""
            return jnp.sum(_each(closed_form)(x, *params))  # type: ignore[arg-type]

        def logdensity_fn(x: Array, *params: Array) -> Array:
            """The log density."""
            return density(x, f_with_gradient(x, *params), *params)

        def scaled_logdensity_fn(x: Array, gradient_scale: Array, *params: Array) -> Array:
            """The log density, with df/dx multiplied by a number."""
            return density(x, f_with_gradient(scale_gradient(x, gradient_scale), *params), *params)

        def density(x: Array, value: Array, *params: Array) -> Array:
            if logdensity is not None:
                return logdensity(x, value, *params)
            return jnp.sum(norm.logpdf(x)) + norm.logpdf(value)

        def argmin(x: Array, *params: Array) -> Array:
            """y*, with the derivative rule."""
            y: Array = _each(one.argmin)(x, *params)
            return y

        def solve(x: Array, *params: Array) -> Solution:
            """The solver's answer."""
            solution: Solution = _each(solve_one)(x, *params)
            return solution

        def total(y: Array, x: Array, *params: Array) -> Array:
            return jnp.sum(_each(inner, 2)(y, x, *params))

        def public(function: Callable[..., Any], before: int = 1) -> Callable[..., Any]:
            return takes(parameters, function, before=before)

        return Problem(
            name=name,
            formula=formula,
            parameters=parameters,
            x=x,
            dim=None,
            solver=solver,
            f=public(f),
            f_with_gradient=public(f_with_gradient),
            true_f=public(true_f) if closed_form is not None else None,
            logdensity_fn=public(logdensity_fn),
            scaled_logdensity_fn=public(scaled_logdensity_fn, before=2),
            inner=public(total, before=2),
            argmin=public(argmin),
            solve=public(solve),
            _make=make,
            _siblings=siblings,
        )

    siblings["safeguarded"] = make("safeguarded")
    return siblings["safeguarded"]


def _each(function: Callable[..., Any], arrays: int = 1) -> Callable[..., Any]:
    """`function` of scalars, applied to each component of its first `arrays` arguments."""

    def apply(*args: Array) -> Any:
        if args[0].ndim == 0:
            return function(*args)
        axes = (0,) * arrays + (None,) * (len(args) - arrays)
        return jax.vmap(function, axes)(*args)

    return apply
