"""The traits of a widget whose x is a vector: x itself, and the line through it."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from .._numbers import as_number
from ..inspection import unit_direction
from ..problems import Parameter, Problem
from ..sampling import check_position
from ._traits import Checked, setting

#: The name of the position on the line x + t v, which the curves are over.
AXIS = "t"


def dimension(problem: Problem, x: Any) -> int | None:
    """How many components x has, from the problem or from what the user gave; None: a scalar.

    Raises `ValueError` for a vector where the problem's x is a number.
    """
    if problem.dim is not None:
        return problem.dim
    if not isinstance(x, list | np.ndarray) or np.ndim(x) != 1 or not len(x):
        return None
    if not problem.takes_vectors:
        raise ValueError(
            f"{problem.x.name} of this problem is a number, not a vector of {len(x)}: make the "
            f"problem with dim={len(x)} if its function takes one."
        )
    return len(x)


def beside(dim: int | None) -> tuple[str, ...]:
    """The names of the inputs that a vector x has and a scalar has not."""
    if dim is None:
        return ()
    return (AXIS, "direction") if dim == 1 else (AXIS, "direction", "plane")


def axis(problem: Problem) -> Parameter:
    """The range of t: as wide as that of x."""
    half = (problem.x.max - problem.x.min) / 2
    return Parameter(AXIS, 0.0, -half, half)


def vector_traits(problem: Problem, dim: int) -> dict[str, traitlets.TraitType[Any, Any]]:
    """The synced traits that a vector x has beside, or instead of, those of a scalar one.

    Args:
        problem: whose x it is.
        dim: its number of components.

    Returns:
        Traits by name. Vectors are kept as lists, the form in which they travel.
    """
    name = problem.x.name
    start = list(problem.start or [problem.x.value] * dim)

    def x(value: Any) -> list[float]:
        return _vector(name, value, dim)

    def initial_position(value: Any) -> float | list[float]:
        number = as_number(value)
        return _vector("initial_position", value, dim) if number is None else number

    def direction(value: Any) -> int | str | list[float]:
        if isinstance(value, str) and value == "gradient":
            return value
        # Whatever else it is can be judged without an x.
        unit_direction(problem, np.zeros(dim), value)
        if isinstance(value, str):
            return value
        return int(value) if np.ndim(value) == 0 else [float(component) for component in value]

    def plane(value: Any) -> list[int]:
        numbers = value if isinstance(value, list | tuple) else ()
        is_whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
        if not (is_whole and len(set(numbers)) == len(numbers) == 2):
            raise ValueError(f"plane must be the numbers of two coordinates, not {value!r}.")
        if not all(0 <= n < dim for n in numbers):
            raise ValueError(f"plane must be two of the coordinates 0 to {dim - 1}, not {value!r}.")
        return [int(n) for n in numbers]

    together = {"plane": Checked([0, 1], plane).tag(sync=True)} if dim > 1 else {}
    return {
        **together,
        name: Checked(start, x).tag(sync=True),
        "direction": Checked(0, direction).tag(sync=True),
        "initial_position": Checked(start if problem.start else 1.0, initial_position).tag(
            sync=True
        ),
        "inverse_mass_matrix": setting("inverse_mass_matrix", 1.0, dim),
    }


def _vector(name: str, value: Any, dim: int) -> list[float]:
    try:
        array = check_position(value, "float64")
    except ValueError:
        array = np.zeros(())
    if isinstance(value, tuple) or array.shape != (dim,):
        raise ValueError(
            f"{name} must be a list or an array of {dim} finite numbers, not {value!r}."
        )
    return [float(component) for component in array]
