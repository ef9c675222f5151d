"""Any differentiable JAX function, with whatever derivative rule is inside."""

from collections.abc import Mapping
from typing import Any

from ..argmin import Function
from ._build import build, formula_of, name_of
from ._given import checked_dim, given_function, x_range
from ._problem import Problem
from ._recipe import Recipe
from ._signature import by_name, parameters_of
from ._user_code import UserFunctionError, check_function, guarded


def from_function(
    f: Function,
    *,
    reference: Function | None = None,
    dim: int | None = None,
    logdensity: Function | None = None,
    x: Any = None,
    params: Mapping[str, Any] | None = None,
    **sliders: Any,
) -> Problem:
    """A function of x as it is: its own derivative is what is looked at.

    ```python
    from_function(my_f, reference=my_closed_form, p=slider(1.1, 6.0, value=3.0))
    ```

    **Arguments:**

    - `f`: maps x, and its own parameters after it, to a scalar: any function that JAX can
        differentiate, whatever `custom_jvp`, `custom_vjp` or implicit rule is inside.
    - `reference`: the same value in a way that is known to be right, such as a closed form, as a
        function of x and the same parameters; without one, finite differences are the reference.
    - `dim`: the number of components of x, an array of shape (dim,); by default x is a scalar.
    - `logdensity`: maps x, the value f(x) and the parameters to a scalar, such as
        `lambda x, value: value` for an f that is a log density;
        `norm.logpdf(x) + norm.logpdf(f(x))`, summed over the dimensions, by default.
    - `x`: the range of x, or of each of its components; -1 to 1 by default.
    - `params`, `sliders`: as for [`conjugate`][].

    **Returns:** a [`Problem`][] without an inner problem.

    **Raises:** as [`conjugate`][]; f need be differentiable once only.
    """
    parameters = parameters_of(f, {**(params or {}), **sliders})
    checked = guarded(by_name(f, parameters), "f")
    x_shape = () if dim is None else (checked_dim(dim),)
    try:
        check_function(checked, [x_shape, *(() for _ in parameters)], "f", order=1)
    except UserFunctionError as error:
        if dim is None and str(error).startswith("f raised"):
            hint = (
                "x is a scalar here: give `dim`, the number of its components, if f expects some."
            )
            raise error.with_hint(hint) from error.__cause__
        raise
    return make_function(
        name=name_of(f, "f"),
        formula=formula_of("f", "x", parameters),
        function=checked,
        parameters=parameters,
        x=x_range(x),
        x_shape=x_shape,
        closed_form=given_function(reference, "reference", parameters, [x_shape]),
        logdensity=given_function(logdensity, "logdensity", parameters, [x_shape, ()]),
    )


def make_function(**parts: Any) -> Problem:
    """The problem of a function without an inner problem: [`build`][]'s arguments."""
    recipe = Recipe(
        "function",
        parts["function"],
        closed_form=parts.get("closed_form"),
        logdensity=parts.get("logdensity"),
    )
    return build(sign=1.0, recipe=recipe, **parts)
