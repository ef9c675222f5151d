"""What a solver says about its answer."""

from enum import IntEnum
from typing import NamedTuple

import jax


class Status(IntEnum):
    """How a solver ended: an integer code, whose `str()` tells what happened and what to do.

    The codes below 10 are those of `jax.scipy.optimize.minimize(method="BFGS")`.
    """

    UNDEFINED = -1
    CONVERGED = 0
    MAX_ITERATIONS = 1
    LINE_SEARCH_FAILED = 2
    ZOOM_FAILED = 3
    SADDLE = 4
    LINE_SEARCH_MAX_ITERATIONS = 5
    OVERFLOW = 10
    UNDERFLOW = 11
    UNBOUNDED = 12
    KINK = 13
    OUTSIDE_DOMAIN = 14
    NOT_FINITE = 15
    NOT_CONVERGED = 16
    NOT_CONVEX = 17

    def __str__(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Status.UNDEFINED: "BFGS ended in a state that it cannot name: do not use the answer.",
    Status.CONVERGED: "The solver reports success.",
    Status.MAX_ITERATIONS: "BFGS used up its iterations: start closer, or allow more of them.",
    Status.LINE_SEARCH_FAILED: "BFGS stopped early, its line search failed: look at the residual.",
    Status.ZOOM_FAILED: (
        "BFGS stopped early, the zoom of its line search failed: look at the residual, "
        "since the answer may be right or wrong."
    ),
    Status.SADDLE: "BFGS stopped at a saddle point: start elsewhere.",
    Status.LINE_SEARCH_MAX_ITERATIONS: (
        "BFGS stopped early, its line search used up its iterations: look at the residual."
    ),
    Status.OVERFLOW: (
        "The answer is too large for this precision: use float64, or bring x and the parameters "
        "closer to 1."
    ),
    Status.UNDERFLOW: (
        "The answer is too close to zero for this precision and was rounded to zero: use float64 "
        "if its digits matter."
    ),
    Status.UNBOUNDED: (
        "The inner problem has no minimum: the slopes of h never reach x, so f is +infinity here."
    ),
    Status.KINK: (
        "h has a kink at the argmin, and x lies between its two slopes there: the argmin is right, "
        "and no residual is expected to vanish."
    ),
    Status.OUTSIDE_DOMAIN: (
        "The minimum lies at the boundary of h's domain, or within rounding of it: choose an x "
        "that is a slope of h inside its domain."
    ),
    Status.NOT_FINITE: (
        "h' or an input is not a number there: check the inputs, and give h's domain if it has one."
    ),
    Status.NOT_CONVERGED: (
        "The solver used up its steps before its bracket closed: check that h is convex."
    ),
    Status.NOT_CONVEX: (
        "h is not convex: the answer is a stationary point, which need not be the minimum."
    ),
}


class Solution(NamedTuple):
    """A solver's answer; every field is an array of the same shape as the point solved for.

    **Attributes:**

    - `argmin`: y*, where g(y) = h(y) - x y is smallest.
    - `residual`: |h'(y*) - x|, zero at an exact minimum.
    - `num_steps`: how often the solver evaluated h' (its iterations, for BFGS).
    - `status`: a code of [`Status`][].
    """

    argmin: jax.Array
    residual: jax.Array
    num_steps: jax.Array
    status: jax.Array
