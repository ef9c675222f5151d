"""What the user gives for a parameter: a value, or a range for its slider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..problems import Parameter, slider


def with_range(parameter: Parameter, given: Any) -> tuple[Parameter, Any]:
    """The parameter with the range that was given, and the value to start from.

    Args:
        parameter: as the problem declares it.
        given: None, a value, a :func:`~gradwidget.slider`, ``(min, max)`` or ``(min, max, step)``
            as in ``ipywidgets.interact``: whole numbers make steps of 1.

    Returns:
        The parameter, and the start value, not yet checked.

    Raises:
        ValueError: for a tuple that is not a range, or a range outside what is valid.
    """
    if given is None:
        return parameter, parameter.value
    if isinstance(given, tuple):
        if len(given) not in (2, 3):
            raise ValueError(
                f"{parameter.name} takes a value, slider(min, max), (min, max) or "
                f"(min, max, step); got {given!r}."
            )
        low, high, *rest = given
        step = rest[0] if rest else 1 if all(isinstance(end, int) for end in given) else None
        given = slider(low, high, step=step)
    if not isinstance(given, Parameter):
        return parameter, given
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
