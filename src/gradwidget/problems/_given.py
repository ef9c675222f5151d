"""What the user gives for a problem besides the function itself: checked, with what is allowed."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .._numbers import as_number, as_numbers
from ..argmin import Function
from ._parameter import Parameter, as_slider
from ._user_code import check_function, guarded

_X = Parameter("x", 0.5, -1.0, 1.0)


def checked_dim(dim: object) -> int:
    """A number of components, at least one."""
    if isinstance(dim, int | np.integer) and not isinstance(dim, bool) and dim >= 1:
        return int(dim)
    raise ValueError(f"dim must be a whole number of components, at least 1, not {dim!r}.")


def checked_domain(domain: tuple[float, float] | None) -> tuple[float, float]:
    """An open interval; all numbers by default."""
    if domain is None:
        return -math.inf, math.inf
    ends = [as_number(end) for end in domain] if isinstance(domain, Sequence) else []
    if len(ends) == 2:
        lower, upper = ends
        if lower is not None and upper is not None and lower < upper:
            return lower, upper
    raise ValueError(f"domain must be (lower, upper) with lower < upper, not {domain!r}.")


def checked_start(
    start: object, shape: tuple[int, ...] | None = None
) -> NDArray[np.float64] | None:
    """Finite numbers of a shape, or of any shape () or (k,); or None."""
    if start is None:
        return None
    array = as_numbers(start)
    is_right = array is not None and np.all(np.isfinite(array)) and array.ndim <= 1 and array.size
    if is_right and array is not None and shape in (None, array.shape):
        return array
    wanted = "numbers" if shape is None else f"finite numbers of shape {shape}"
    raise ValueError(f"start must be {wanted}, not {start!r}.")


def x_range(given: object) -> Parameter:
    """The range of x, or of each of its components."""
    if given is None:
        return _X
    found = as_slider("x", given)
    if found.choices:
        raise ValueError(f"x needs a range, not choices: {given!r}.")
    return Parameter(
        "x",
        found.middle if math.isnan(found.value) else found.value,
        found.min,
        found.max,
        found.log,
        found.step,
        lower=0.0 if found.log else -math.inf,
    )


def given_function(
    function: Function | None,
    what: str,
    parameters: tuple[Parameter, ...],
    shapes: Sequence[tuple[int, ...]],
    *,
    order: int = 1,
) -> Function | None:
    """A further function of the user's, such as a closed form, traced once; or None.

    **Arguments:**

    - `function`: takes arrays of `shapes`, then the parameters by position.
    - `what`: what it is called in messages.
    - `order`: how many derivatives are needed.
    """
    if function is None:
        return None
    checked = guarded(function, what)
    check_function(checked, [*shapes, *(() for _ in parameters)], what, order=order)
    return checked
