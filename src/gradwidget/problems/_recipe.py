"""What a problem was made from, so that it can be written down again."""

import math
from typing import Any, Literal, NamedTuple

from ..argmin import Function


class Recipe(NamedTuple):
    """The functions that a problem was made from.

    **Attributes:**

    - `kind`: how: f = -min_y [h(y) - <x, y>], f = sign * min_y g(y, x), or f itself.
    - `function`: h, g or f.
    - `is_elementwise`: whether h and the closed form see one component, over which f is the sum.
    - `sign`: of the minimum.
    - `y_shape`: of y, () or (k,).
    - `start`: where the search for a vector starts; None for zeros.
    - `domain`: the open interval of each component of y.
    - `closed_form`: of x and the parameters, or None.
    - `logdensity`: of x, the value and the parameters, or None for the default.
    """

    kind: Literal["conjugate", "envelope", "function"]
    function: Function
    is_elementwise: bool = False
    sign: float = 1.0
    y_shape: tuple[int, ...] = ()
    start: Any = None
    domain: tuple[float, float] = (-math.inf, math.inf)
    closed_form: Function | None = None
    logdensity: Function | None = None
