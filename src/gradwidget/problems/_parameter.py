"""A number that the user turns: its range, its start, and what it may be."""

import math
from dataclasses import dataclass, replace

from .._numbers import as_number


@dataclass(frozen=True)
class Parameter:
    """A scalar parameter of a problem.

    **Attributes:**

    - `name`: as in the function's signature; empty as long as a [`slider`][] has no function.
    - `value`: the start value.
    - `min`, `max`: the slider's range. A value outside it is valid.
    - `log`: whether the slider is logarithmic.
    - `step`: the slider's step, or None for a continuous one.
    - `lower`, `upper`: the open interval of values that are valid.
    """

    name: str
    value: float
    min: float
    max: float
    log: bool = False
    step: float | None = None
    lower: float = -math.inf
    upper: float = math.inf

    def check(self, value: object) -> float:
        """`value` as a float; raises `ValueError`, saying what is allowed, if it is not valid."""
        number = as_number(value)
        if number is not None and math.isfinite(number) and self.lower < number < self.upper:
            return number
        raise ValueError(f"{self.name} must be {self._allowed()}, not {value!r}.")

    def named(self, name: str) -> "Parameter":
        """The same parameter under another name."""
        return replace(self, name=name)

    def _allowed(self) -> str:
        allowed = "a finite number"
        if self.lower > -math.inf:
            allowed += f" greater than {self.lower:g}"
        if self.upper < math.inf:
            allowed += f"{' and' if self.lower > -math.inf else ''} less than {self.upper:g}"
        return allowed


def slider(
    min: float,
    max: float,
    value: float | None = None,
    log: bool = False,
    step: float | None = None,
) -> Parameter:
    """A range for a parameter, to be given by keyword: `conjugate(h, a=slider(0.5, 3.0))`.

    **Arguments:**

    - `min`, `max`: the ends of the slider; `min < max`, and `0 < min` for a logarithmic one.
    - `value`: the start value; the middle of the range if neither it nor the function's signature
        gives one.
    - `log`: make the slider logarithmic.
    - `step`: the slider's step.

    **Returns:** a [`Parameter`][] that has no name yet.

    **Raises:** `ValueError` if the numbers do not make a range.
    """
    ends = as_number(min), as_number(max)
    low, high = ends
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"A slider needs two finite numbers, not ({min!r}, {max!r}).")
    if not low < high:
        raise ValueError(f"A slider needs min < max, not ({min!r}, {max!r}).")
    if log and low <= 0:
        raise ValueError(f"A logarithmic slider needs 0 < min, not {min!r}.")
    if step is not None and ((size := as_number(step)) is None or not 0 < size <= high - low):
        raise ValueError(f"A slider's step must be positive and at most max - min, not {step!r}.")
    start = math.nan
    if value is not None:
        number = as_number(value)
        if number is None or not math.isfinite(number):
            raise ValueError(f"A slider's value must be a finite number, not {value!r}.")
        start = number
    return Parameter("", start, low, high, log=log, step=None if step is None else float(step))


def as_slider(name: str, given: object) -> Parameter:
    """What `ipywidgets.interact` makes of an abbreviation; whole numbers make steps of 1.

    **Arguments:**

    - `name`: of the parameter, for the message.
    - `given`: a [`slider`][], `(min, max)`, `(min, max, step)` or a number.

    **Raises:** `ValueError` for anything else.
    """
    if isinstance(given, Parameter):
        return given
    number = as_number(given)
    if number is not None:
        low, high = sorted((-number, 3 * number)) if number else (0.0, 1.0)
        return slider(low, high, value=number)
    if isinstance(given, tuple) and len(given) in (2, 3):
        low, high, *rest = given
        is_whole = all(isinstance(number, int) for number in given)
        return slider(low, high, step=rest[0] if rest else 1 if is_whole else None)
    raise ValueError(
        f"{name} must be a slider, (min, max), (min, max, step) or a number, not {given!r}."
    )
