"""Envelopes: f(x) = ± min_y g(y, x)."""

import math
from collections.abc import Mapping
from typing import Any

from ..argmin import Function
from ._build import build, formula_of, name_of
from ._given import checked_dim, checked_domain, checked_start, given_function, x_range
from ._inner import together
from ._problem import Problem
from ._recipe import Recipe
from ._signature import by_name, parameters_of
from ._user_code import check_function, guarded


def envelope(
    g: Function,
    *,
    sign: int = +1,
    dim: int | None = None,
    start: Any = None,
    closed_form: Function | None = None,
    domain: tuple[float, float] | None = None,
    logdensity: Function | None = None,
    x: Any = None,
    params: Mapping[str, Any] | None = None,
    **sliders: Any,
) -> Problem:
    """f(x) = sign * min_y g(y, x), such as a Moreau envelope or a profile likelihood.

    Its gradient is sign * dg/dx at the argmin.

    ```python
    envelope(lambda y, x, t=0.5: jnp.abs(y) + (y - x) ** 2 / (2 * t), t=(0.1, 2.0))
    envelope(lambda b, x: jnp.sum((data - x[0] - features @ b) ** 2), dim=1, start=jnp.zeros(3))
    ```

    **Arguments:**

    - `g`: maps y, x and its own parameters after them to a scalar; twice differentiable in y.
    - `sign`: +1, or -1 as for a convex conjugate or a maximum.
    - `dim`: the number of components of x, an array of shape (dim,); by default x is a scalar.
    - `start`: a number or an array of shape (k,), inside of g's domain: gives the shape of y, and
        where the search for a vector starts. By default y has the shape of x, and starts at zero.
    - `closed_form`: f as a function of x and the same parameters, where it is known.
    - `domain`: `(lower, upper)`, the open interval of each component of y on which g is defined;
        all of R by default.
    - `logdensity`: maps x, the value f(x) and the parameters to a scalar;
        `norm.logpdf(x) + norm.logpdf(f(x))`, summed over the dimensions, by default.
    - `x`: the range of x, or of each of its components; -1 to 1 by default.
    - `params`, `sliders`: as for [`conjugate`][].

    **Returns:** a [`Problem`][].

    **Raises:** as [`conjugate`][].
    """
    if sign not in (+1, -1):
        raise ValueError(f"sign must be +1 or -1, not {sign!r}.")
    parameters = parameters_of(g, {**(params or {}), **sliders}, before=2)
    checked = guarded(by_name(g, parameters, before=2), "g")
    x_shape = () if dim is None else (checked_dim(dim),)
    y_start = checked_start(start)
    y_shape = x_shape if y_start is None else y_start.shape
    check_function(checked, [y_shape, x_shape, *(() for _ in parameters)], "g", order=2)
    return make_envelope(
        name=name_of(g, "g"),
        formula=formula_of("g", "y, x", parameters),
        g=checked,
        sign=float(sign),
        x_shape=x_shape,
        y_shape=y_shape,
        y_start=y_start,
        domain=checked_domain(domain),
        parameters=parameters,
        x=x_range(x),
        closed_form=given_function(closed_form, "closed_form", parameters, [x_shape]),
        logdensity=given_function(logdensity, "logdensity", parameters, [x_shape, ()]),
    )


def make_envelope(
    *,
    g: Function,
    sign: float,
    y_shape: tuple[int, ...],
    y_start: Any = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
    **more: Any,
) -> Problem:
    """The problem of sign * min_y g(y, x), from a function of arrays.

    **Arguments:** as for [`envelope`][], and

    - `y_shape`: of y, () or (k,).
    - `more`: what [`build`][] takes.
    """
    return build(
        inner=g,
        solved_by=together(g, sign, y_start, domain, y_shape),
        sign=sign,
        is_joint=True,
        recipe=Recipe(
            "envelope",
            g,
            sign=sign,
            y_shape=y_shape,
            start=y_start,
            domain=domain,
            closed_form=more.get("closed_form"),
            logdensity=more.get("logdensity"),
        ),
        **more,
    )
