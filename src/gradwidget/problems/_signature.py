"""A function's parameters, from its signature and the sliders given for them."""

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._naming import near_match
from .._numbers import as_number
from ._parameter import Parameter, as_slider

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def parameters_of(
    function: Callable[..., Any], sliders: Mapping[str, Any], *, before: int = 1
) -> tuple[Parameter, ...]:
    """The parameters of `function` after its variables, in its order.

    **Arguments:**

    - `function`: its first arguments are variables; what follows are its parameters.
    - `sliders`: maps names to what [`as_slider`][] accepts.
    - `before`: the number of variables.

    **Raises:** `TypeError` for a slider without a parameter, with the near match, and for a
    parameter without a slider and without a default; `ValueError` for a slider that is none.
    """
    try:
        following = list(inspect.signature(function).parameters.values())[before:]
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


def by_name(
    function: Callable[..., Any], parameters: Sequence[Parameter], *, before: int = 1
) -> Callable[..., Any]:
    """`function`, called with all arguments by position, gets its parameters by name."""
    names = [parameter.name for parameter in parameters]

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return function(*args[:before], **dict(zip(names, args[before:], strict=True)))

    return call


def _parameter(parameter: inspect.Parameter, given: Any) -> Parameter:
    name, default = parameter.name, parameter.default
    if name in ("x", "y"):
        raise ValueError(f"A parameter cannot be called {name!r}: that is the name of a variable.")
    if given is None:
        if default is parameter.empty or default is None:
            raise TypeError(f"The parameter {name!r} needs a slider, such as {name}=(0.5, 3.0).")
        given, default = default, parameter.empty
    found = as_slider(name, given)
    if not math.isnan(found.value):
        return found.named(name)
    if found.choices:
        try:
            value = found.check(default)
        except ValueError:  # none of them, so the first, as for interact
            value = found.choices[0][1]
    else:
        number = as_number(default)
        value = found.middle if number is None else number
    return replace(found, name=name, value=value)
