"""What a solver says about its answer."""

import functools
import operator
from enum import IntEnum
from typing import NamedTuple

import jax
import jax.numpy as jnp


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
    AT_INFINITY = 18

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
        "The inner problem has no minimum: its slope keeps its sign, so f is infinite here (the "
        "slopes of h never reach x)."
    ),
    Status.KINK: (
        "The inner problem has a kink at the argmin, where its slope jumps from negative to "
        "positive: the argmin is right, and no residual is expected to vanish."
    ),
    Status.OUTSIDE_DOMAIN: (
        "The minimum lies at the boundary of the inner problem's domain, or within rounding of it, "
        "so that no residual is expected to vanish."
    ),
    Status.NOT_FINITE: (
        "The slope of the inner problem, or an input, is not a number there: check the inputs, and "
        "give the domain of h if it has one."
    ),
    Status.NOT_CONVERGED: (
        "The solver could not make the residual vanish: check that the inner problem is convex "
        "and smooth, and that its numbers are not too far from 1."
    ),
    Status.NOT_CONVEX: (
        "The inner problem is not convex: the answer is a stationary point, which need not be the "
        "minimum."
    ),
    Status.AT_INFINITY: (
        "The inner problem is flat from the argmin on, out to infinity: its minimum is attained "
        "only at infinity, or all along the way there, and the argmin shown is where the slope "
        "rounds to zero."
    ),
}


# Where the argmin stands still as the problem changes.
_HELD = (Status.KINK, Status.OUTSIDE_DOMAIN)


class Solution(NamedTuple):
    """A solver's answer.

    **Attributes:**

    - `argmin`: y*, where g is smallest, such as h(y) - x y: a scalar, or of shape (d,).
    - `residual`: |dg/dy| at y*, zero at an exact minimum; the largest component's where all are
        solved together, else of the argmin's shape, as the fields below.
    - `num_steps`: how often the solver evaluated h' (its iterations, for BFGS).
    - `status`: a code of [`Status`][].
    - `follows`: of y's shape, whether each component moves with the problem, where some may sit on
        a kink and others not; None if the status tells.
    """

    argmin: jax.Array
    residual: jax.Array
    num_steps: jax.Array
    status: jax.Array
    follows: jax.Array | None = None

    @property
    def located(self) -> tuple[jax.Array, jax.Array]:
        """y*, and whether it moves with the problem rather than sit on a kink or a boundary."""
        if self.follows is not None:
            return self.argmin, self.follows
        is_held = functools.reduce(operator.or_, (self.status == code for code in _HELD))
        return self.argmin, ~is_held


def first(*cases: tuple[jax.Array, Status], otherwise: Status | jax.Array) -> jax.Array:
    """The code of the first case that holds."""
    status = jnp.asarray(otherwise, jnp.int32)
    for holds, code in reversed(cases):
        status = jnp.where(holds, jnp.asarray(code, jnp.int32), status)
    return status
