"""What the user gives for a parameter: a value, or a range for its slider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..problems import Parameter, as_slider


def with_range(parameter: Parameter, given: Any) -> tuple[Parameter, Any]:
    """The parameter with the range that was given, and the value to start from.

    Args:
        parameter: as the problem declares it.
        given: None, a value, or a range as :func:`~gradwidget.problems.as_slider` takes it.

    Returns:
        The parameter, and the start value, not yet checked.

    Raises:
        ValueError: for a tuple that is not a range, or a range outside what is valid.
    """
    if given is None:
        return parameter, parameter.value
    if not isinstance(given, tuple | Parameter):
        return parameter, given
    given = as_slider(parameter.name, given)
    start = given.value if given.value == given.value else parameter.value  # NaN: none was given
    ranged = replace(
        parameter,
        value=min(max(start, given.min), given.max),
        min=given.min,
        max=given.max,
        log=given.log,
        step=given.step,
    )
    for end in (ranged.min, ranged.max):
        parameter.check(end)
    return ranged, ranged.value
