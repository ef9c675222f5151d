"""Convex conjugates: f(x) = -min_y [h(y) - <x, y>]."""

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..argmin import Function
from ._build import build, formula_of, name_of
from ._given import checked_dim, checked_domain, checked_start, given_function, x_range
from ._inner import component_by_component, each, together
from ._problem import Problem
from ._recipe import Recipe
from ._signature import by_name, parameters_of
from ._user_code import check_function, guarded


def conjugate(
    h: Function,
    *,
    elementwise: bool = True,
    dim: int = 2,
    closed_form: Function | None = None,
    domain: tuple[float, float] | None = None,
    start: Any = None,
    logdensity: Function | None = None,
    x: Any = None,
    params: Mapping[str, Any] | None = None,
    **sliders: Any,
) -> Problem:
    """f(x) = -min_y [sum h(y) - <x, y>], the convex conjugate of h.

    ```python
    conjugate(lambda y, a=1.0: jnp.cosh(a * y) / a, a=slider(0.5, 3.0))
    conjugate(lambda y, a=1.0: jnp.cosh(a * y).sum() + y.sum()**2, elementwise=False, a=(0.5, 3.0))
    ```

    **Arguments:**

    - `h`: maps y, and its own parameters after it, to a scalar. Convex in y.
    - `elementwise`: whether h sees one component of y, a scalar, and its values are summed; else it
        sees the whole vector, of shape (dim,).
    - `dim`: the number of components of x and y if h is not elementwise. If it is, x may be a
        scalar or have any number of components.
    - `closed_form`: f as a function of x and the same parameters, where it is known: of one
        component, a scalar, if h is elementwise.
    - `domain`: `(lower, upper)`, the open interval of each component of y on which h is defined;
        all of R by default.
    - `start`: where the search for y starts if h is not elementwise, of shape (dim,) and inside
        h's domain; zeros by default.
    - `logdensity`: maps x, the value f(x) and the parameters to a scalar;
        `norm.logpdf(x) + norm.logpdf(f(x))`, summed over the dimensions, by default.
    - `x`: the range of x, or of each of its components; -1 to 1 by default.
    - `params`: sliders whose names are those of a keyword above.
    - `sliders`: for each parameter of h a [`slider`][], or `(min, max)`, `(min, max, step)`, a
        number, or a list or a dict of choices as for `ipywidgets.interact`. The start is the
        slider's value, else the default in h's signature, else the middle. A parameter with a
        number as its default needs no slider.

    **Returns:** a [`Problem`][] for x a scalar or of shape (d,).

    **Raises:** `TypeError` for a keyword that is no parameter of h, or for a parameter with
    neither a slider nor a default; `ValueError` for a range or a domain that is none, or, with the
    line in question, an h that JAX cannot trace or differentiate twice, or that is no function to
    a scalar.
    """
    parameters = parameters_of(h, {**(params or {}), **sliders})
    checked = guarded(by_name(h, parameters), "h")
    shape: tuple[int, ...] = () if elementwise else (checked_dim(dim),)
    check_function(checked, [shape, *(() for _ in parameters)], "h", order=2)
    interval = checked_domain(domain)
    product = "x y" if elementwise else "<x, y>"
    common: dict[str, Any] = {
        "name": name_of(h, "h"),
        "formula": f"g(y) = {formula_of('h', 'y', parameters)} - {product}",
        "parameters": parameters,
        "x": x_range(x),
        "closed_form": given_function(closed_form, "closed_form", parameters, [shape]),
    }
    if elementwise:
        density = logdensity if logdensity is None else guarded(logdensity, "logdensity")
        return make_conjugate(h=checked, domain=interval, logdensity=density, **common)
    return make_joint_conjugate(
        h=checked,
        dim=shape[0],
        domain=interval,
        y_start=checked_start(start, shape),
        logdensity=given_function(logdensity, "logdensity", parameters, [shape, ()]),
        **common,
    )


def make_conjugate(
    *,
    h: Function,
    plain_h: Function | None = None,
    closed_form: Function | None = None,
    plain_closed_form: Function | None = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
    **more: Any,
) -> Problem:
    """The problem of the conjugate of sum h(y), from functions of scalars.

    **Arguments:**

    - `h`, `closed_form`: map a scalar and the parameters to a scalar.
    - `plain_h`, `plain_closed_form`: as the tutorial would write them, for its own solver and for
        scripts; the functions themselves by default.
    - `domain`: the open interval of y on which h is defined.
    - `more`: what [`build`][] takes.
    """

    def inner(y: Array, x: Array, *params: Array) -> Array:
        return jnp.sum(each(lambda y, x, *params: h(y, *params) - x * y, 2)(y, x, *params))

    def total(x: Array, *params: Array) -> Array:
        return jnp.sum(each(closed_form)(x, *params))  # type: ignore[arg-type]

    return build(
        is_conjugate=True,
        x_shape=None,
        inner=inner,
        solved_by=component_by_component(h, plain_h, domain),
        closed_form=total if closed_form is not None else None,
        recipe=Recipe(
            "conjugate",
            plain_h or h,
            is_elementwise=True,
            sign=-1.0,
            domain=domain,
            closed_form=plain_closed_form or closed_form,
            logdensity=more.get("logdensity"),
        ),
        **more,
    )


def make_joint_conjugate(
    *,
    h: Function,
    dim: int,
    domain: tuple[float, float] = (-math.inf, math.inf),
    y_start: Any = None,
    **more: Any,
) -> Problem:
    """The problem of the conjugate of h(y), y of shape (dim,) as a whole."""

    def inner(y: Array, x: Array, *params: Array) -> Array:
        return h(y, *params) - x @ y

    return build(
        is_conjugate=True,
        x_shape=(dim,),
        inner=inner,
        solved_by=together(inner, -1.0, y_start, domain, (dim,)),
        is_joint=True,
        recipe=Recipe(
            "conjugate",
            h,
            sign=-1.0,
            y_shape=(dim,),
            start=y_start,
            domain=domain,
            closed_form=more.get("closed_form"),
            logdensity=more.get("logdensity"),
        ),
        **more,
    )
