"""A function's parameters, from its signature and the sliders given for them."""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from .._naming import near_match
from .._numbers import as_number
from ._parameter import Parameter, as_slider

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def parameters_of(
    function: Callable[..., Any], sliders: Mapping[str, Any]
) -> tuple[Parameter, ...]:
    """The parameters after the first argument of `function`, in its order.

    **Arguments:**

    - `function`: its first argument is the variable; what follows are its parameters.
    - `sliders`: maps names to what [`conjugate`][] accepts as a slider.

    **Raises:** `TypeError` for a slider without a parameter, with the near match, and for a
    parameter without a slider and without a default; `ValueError` for a slider that is none.
    """
    try:
        following = list(inspect.signature(function).parameters.values())[1:]
    except ValueError:  # some functions written in C have no signature
        following = []
    named = {p.name: p for p in following if p.kind in _NAMED}
    for name in sliders:
        if name not in named:
            raise TypeError(
                f"{name!r} is neither a keyword nor a parameter of the function, whose parameters "
                f"are: {', '.join(named) or 'none'}.{near_match(name, named)}"
            )
    return tuple(_parameter(p, sliders.get(name)) for name, p in named.items())


def _parameter(parameter: inspect.Parameter, given: Any) -> Parameter:
    name = parameter.name
    if name in ("x", "y"):
        raise ValueError(f"A parameter cannot be called {name!r}: that is the name of a variable.")
    default = as_number(parameter.default)
    if given is None:
        if default is None:
            raise TypeError(f"The parameter {name!r} needs a slider, such as {name}=(0.5, 3.0).")
        given = default
    found = as_slider(name, given)
    value = found.value
    if math.isnan(value):
        middle = math.sqrt(found.min * found.max) if found.log else (found.min + found.max) / 2
        value = middle if default is None else default
    return Parameter(name, value, found.min, found.max, found.log, found.step)
