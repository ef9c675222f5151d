"""The sampler's settings, and what may start a chain: checked once, in one place."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._numbers import as_number, as_numbers

#: The replayed leapfrog path has room for this many steps.
MAX_INTEGRATION_STEPS = 1_000

MAX_CHAINS = 16

#: Without x64 a key of JAX takes its seed from 32 bits.
MAX_SEED = 2**32 - 1


class Settings(NamedTuple):
    """What may change in the middle of a chain; it applies from the next draw on.

    Attributes:
        step_size: of the integrator, in units of the position; positive.
        num_integration_steps: leapfrog steps in one transition, 1 to 1,000. HMC only.
        inverse_mass_matrix: a positive number (the same for every dimension), a vector `(d,)` of
            positive numbers or a positive definite matrix `(d, d)`. HMC and NUTS only.
    """

    step_size: float = 0.3
    num_integration_steps: int = 5
    inverse_mass_matrix: ArrayLike = 1.0

    def same_as(self, other: Settings) -> bool:
        """Whether both say the same (`==` cannot compare arrays)."""
        return self[:2] == other[:2] and np.array_equal(self[2], other[2])

    def as_arrays(self, dtype: str | np.dtype[Any]) -> Settings:
        """The same as arrays of the dtype, so that the values are arguments of a program."""
        step_size: Any = np.asarray(self.step_size, dtype)
        num_integration_steps: Any = np.asarray(self.num_integration_steps, np.int32)
        return Settings(
            step_size, num_integration_steps, np.asarray(self.inverse_mass_matrix, dtype)
        )


def check_settings(settings: Settings, dim: int) -> Settings:
    """The settings, cast and with the inverse mass matrix in the shape that BlackJAX takes.

    Args:
        settings: as the user gave them.
        dim: the number of dimensions of the position; 1 for a scalar.

    Returns:
        Settings with a Python float, a Python int and a float64 array `(dim,)` or `(dim, dim)`.

    Raises:
        ValueError: a sentence that says which setting is wrong and what is allowed.
    """
    step_size, num_integration_steps, inverse_mass_matrix = settings
    return Settings(
        _positive("step_size", step_size),
        check_integer("num_integration_steps", num_integration_steps, 1, MAX_INTEGRATION_STEPS),
        _positive_definite(inverse_mass_matrix, dim),
    )


def check_integer(name: str, value: Any, smallest: int, largest: int) -> int:
    """`value` as a Python int between two limits, or a ValueError that names all four."""
    number = as_number(value)
    if number is None or not number.is_integer() or not smallest <= number <= largest:
        raise ValueError(
            f"{name} must be a whole number from {smallest:,} to {largest:,}, got {value!r}"
        )
    return int(number)


def check_position(position: ArrayLike, dtype: str) -> NDArray[Any]:
    """A position as a fresh array of the chain's dtype, of shape `()` or `(d,)`.

    Raises:
        ValueError: not numbers, not finite in that dtype, or of another shape.
    """
    array = _numbers("initial_position", position)
    if array.ndim > 1 or array.size == 0:
        raise ValueError(
            f"initial_position must be a number or a vector (d,), got an array of shape "
            f"{array.shape}"
        )
    with np.errstate(over="ignore"):
        array = array.astype(dtype)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"initial_position must be finite in {dtype}, got {position!r}")
    return array


def _positive(name: str, value: Any) -> float:
    number = as_number(value)
    if number is None or not 0 < number < math.inf:
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return number


def _numbers(name: str, value: ArrayLike) -> NDArray[np.float64]:
    array = as_numbers(value)
    if array is None:
        raise ValueError(f"{name} must consist of numbers, got {value!r}")
    return array


def _positive_definite(value: ArrayLike, dim: int) -> NDArray[np.float64]:
    array = _numbers("inverse_mass_matrix", value)
    if array.ndim == 0:
        array = np.full(dim, array)
    if array.shape not in ((dim,), (dim, dim)):
        raise ValueError(
            f"inverse_mass_matrix must be a number, a vector ({dim},) or a matrix ({dim}, {dim}) "
            f"for a position of {dim} dimension{'s' * (dim > 1)}, got shape {array.shape}"
        )
    if not _is_positive_definite(array):
        raise ValueError(
            "inverse_mass_matrix must be positive: every number above 0 and finite, a matrix "
            f"symmetric and positive definite, got {value!r}"
        )
    return array


def _is_positive_definite(array: NDArray[np.float64]) -> bool:
    if not np.all(np.isfinite(array)):
        return False
    if array.ndim == 1:
        return bool(np.all(array > 0))
    if not np.allclose(array, array.T, rtol=1e-12, atol=0):
        return False
    try:
        np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        return False
    return True
