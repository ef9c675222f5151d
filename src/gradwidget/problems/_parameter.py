"""A number that the user turns: its range, its start, and what it may be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    - `choices`: pairs of a label and its number, for a menu instead of a slider; else empty.
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
    choices: tuple[tuple[str, float], ...] = ()

    @property
    def is_integer(self) -> bool:
        """Whether the slider moves over whole numbers; a menu does not."""
        if self.choices or self.step is None:
            return False
        return float(self.step).is_integer() and float(self.min).is_integer()

    @property
    def middle(self) -> float:
        """The middle of the range, on the slider's own scale; of whole numbers the lower one."""
        if self.is_integer:
            return float((self.min + self.max) // 2)
        return math.sqrt(self.min * self.max) if self.log else (self.min + self.max) / 2

    def check(self, value: object) -> float:
        """`value` as a float; raises `ValueError`, saying what is allowed, if it is not valid.

        Of choices, the label or the number.
        """
        if self.choices:
            return self._chosen(value)
        number = as_number(value)
        if number is not None and math.isfinite(number) and self.lower < number < self.upper:
            return number
        raise ValueError(f"{self.name} must be {self._allowed()}, not {value!r}.")

    def named(self, name: str) -> "Parameter":
        """The same parameter under another name."""
        return replace(self, name=name)

    def _chosen(self, value: object) -> float:
        number = as_number(value)
        for label, choice in self.choices:
            if value == label or number == choice:
                return choice
        labels = ", ".join(repr(label) for label, _ in self.choices)
        raise ValueError(f"{self.name} must be one of {labels}, not {value!r}.")

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


def choices(given: Mapping[Any, Any] | Sequence[Any], value: object = None) -> Parameter:
    """A menu for a parameter, of what `ipywidgets.interact` makes a menu.

    The functions are traced, so that what they are given is always a number.

    **Arguments:**

    - `given`: a dict of labels and their numbers; a list of numbers, or of pairs
        `(label, number)`; or a list or a tuple of labels, whose numbers are 0, 1, 2, ..., for
        `jnp.select` or `jax.lax.switch`.
    - `value`: the label or the number chosen at the start; the first by default.

    **Returns:** a [`Parameter`][] that has no name yet.

    **Raises:** `ValueError` if these are no choices.
    """
    items = list(given.items() if isinstance(given, Mapping) else given)
    pairs = [_choice(item, index) for index, item in enumerate(items)]
    labels = [label for label, _ in pairs]
    if not pairs or len(set(labels)) < len(labels):
        raise ValueError(f"Choices must be at least one, with different labels, not {given!r}.")
    numbers = [number for _, number in pairs]
    menu = Parameter("", math.nan, min(numbers), max(numbers), choices=tuple(pairs))
    return menu if value is None else replace(menu, value=menu.check(value))


def _are_labels(given: tuple[Any, ...]) -> bool:
    return all(isinstance(item, str | tuple) for item in given)


def _choice(item: object, index: int) -> tuple[str, float]:
    if isinstance(item, str):
        return item, float(index)
    label, number = item if isinstance(item, tuple) and len(item) == 2 else (item, item)
    value = as_number(number)
    if value is None or not math.isfinite(value):
        raise ValueError(
            f"A choice must be a label, a number or a pair of both, not {item!r}: a traced "
            "function can be given numbers only."
        )
    return str(label), value


def as_slider(name: str, given: object) -> Parameter:
    """What `ipywidgets.interact` makes of an abbreviation; whole numbers make steps of 1.

    **Arguments:**

    - `name`: of the parameter, for the message.
    - `given`: a [`slider`][], `(min, max)`, `(min, max, step)`, a number, or [`choices`][]: a dict,
        a list, or a tuple of labels. True and False make a choice between both.

    **Raises:** `ValueError` for anything else.
    """
    if isinstance(given, Parameter):
        return given
    if isinstance(given, bool):
        return choices({"False": 0, "True": 1}, int(given))
    number = as_number(given)
    if number is not None:
        low, high = sorted((-number, 3 * number)) if number else (0.0, 1.0)
        return slider(low, high, value=number)
    if isinstance(given, tuple) and len(given) in (2, 3) and not _are_labels(given):
        low, high, *rest = given
        is_whole = all(isinstance(number, int) for number in given)
        return slider(low, high, step=rest[0] if rest else 1 if is_whole else None)
    if isinstance(given, Mapping | list) or (isinstance(given, tuple) and _are_labels(given)):
        return choices(given)
    raise ValueError(
        f"{name} must be a slider, (min, max), (min, max, step), a number, or a list or a dict of "
        f"choices, not {given!r}."
    )
