"""One trait type for every input: what is allowed is said by whoever computes with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import traitlets

from .._context import computing
from .._naming import one_of
from .._numbers import as_number
from ..sampling import (
    Settings,
    check_integer,
    check_position,
    check_settings,
)


class Checked(traitlets.TraitType[Any, Any]):
    """A trait whose values pass through a function that casts them or raises a ValueError.

    Args:
        default: the value to start from; not checked.
        check: maps what the user gave to what is kept; its ValueError says what is allowed.
    """

    def __init__(self, default: Any, check: Callable[[Any], Any], **kwargs: Any) -> None:
        self.check = check
        super().__init__(default, **kwargs)

    def validate(self, obj: Any, value: Any) -> Any:
        """The checked value, or a TraitError with the check's own sentence."""
        try:
            return self.check(value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None


def choice(name: str, default: str, names: tuple[str, ...]) -> Checked:
    """One of a few names.

    Args:
        name: of the trait.
        default: the value to start from.
        names: what is allowed.

    Returns:
        A synced trait.
    """

    def check(value: Any) -> Any:
        one_of(name, value, names)
        return value

    return Checked(default, check).tag(sync=True)


def setting(name: str, default: Any, dim: int = 1) -> Checked:
    """One of the sampler's settings, as :func:`~gradwidget.sampling.check_settings` allows it.

    Args:
        name: a field of :class:`~gradwidget.sampling.Settings`.
        default: the value to start from.
        dim: of the position.

    Returns:
        A synced trait that keeps plain numbers and lists, the form in which they travel.
    """

    def check(value: Any) -> Any:
        check_settings(Settings()._replace(**{name: value}), dim)
        return np.asarray(value).tolist()

    return Checked(default, check).tag(sync=True)


def whole(name: str, default: int, smallest: int, largest: int) -> Checked:
    """A whole number between two limits.

    Args:
        name: of the trait.
        default: the value to start from.
        smallest: allowed value.
        largest: allowed value.

    Returns:
        A synced trait.
    """
    check = partial(check_integer, name, smallest=smallest, largest=largest)
    return Checked(default, check).tag(sync=True)


def number(name: str, default: float) -> Checked:
    """A finite number.

    Args:
        name: of the trait.
        default: the value to start from.

    Returns:
        A synced trait.
    """

    def check(value: Any) -> float:
        found = as_number(value)
        if found is None or not math.isfinite(found):
            raise ValueError(f"{name} must be a finite number, not {value!r}.")
        return found

    return Checked(default, check).tag(sync=True)


def position(default: float) -> Checked:
    """Where a chain in one dimension starts.

    Args:
        default: the value to start from.

    Returns:
        A synced trait.
    """

    def check(value: Any) -> float:
        array = check_position(value, "float64")
        if array.shape not in ((), (1,)):
            raise ValueError(f"initial_position must be one number, got {value!r}")
        return float(array.reshape(()))

    return Checked(default, check).tag(sync=True)


def platform(default: str) -> Checked:
    """A platform that JAX finds on this machine.

    Args:
        default: the value to start from.

    Returns:
        A synced trait.
    """

    def check(value: Any) -> str:
        with computing("float64", str(value)):
            return str(value)

    return Checked(default, check).tag(sync=True)
