"""The minimum of g(y) over a vector y: BFGS to come near, Newton's method to get there.

BFGS (optimistix) needs no second derivatives and comes down from anywhere, but stops when its
steps are small, not when the gradient is. Newton's method then starts from its answer and is
guarded: a step is taken only if it makes the gradient or the value smaller, and halved until it
does, and where g is not convex the second derivatives are shifted until they are positive definite.
Whether the point it ends at is a minimum is judged by what is left of the gradient there, and by
how far Newton's method would still go.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ._rule import Function
from ._status import Solution, Status, first

_BFGS_STEPS = 256
_NEWTON_STEPS = 128
#: What may be left of the gradient, relative to what it was at the start if that was more than 1.
_TOLERANCE = {"float64": 1e-10, "float32": 1e-3}
#: How far Newton's method may still want to go, relative to 1 + |y|.
_STRIDE = {"float64": 1e-6, "float32": 1e-2}
#: Beyond this a y that still moves is on its way to infinity.
_FAR = 1e6


class _Point(NamedTuple):
    """A point y with what Newton's method knows there."""

    y: Array
    value: Array
    gradient: Array
    stride: Array  # Newton's step
    is_convex: Array  # whether the second derivatives are positive semidefinite


class _Search(NamedTuple):
    at: _Point
    fraction: Array  # of the stride, to be tried next
    is_convex: Array  # wherever the search went
    num_steps: Array


def vector_minimiser(
    g: Function,
    start: Array | None = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
) -> Callable[..., Solution]:
    """The solver of min_y g(y, *theta), all components of y together, as a function of theta.

    **Arguments:**

    - `g`: maps y of shape (d,) and `theta` to a scalar; twice differentiable by JAX. What is not
        finite is taken for outside of its domain.
    - `start`: of shape (d,), where the search starts, inside the domain; by default zeros of the
        shape of the first of `theta`, or the number inside `domain` that is closest to zero.
    - `domain`: the open interval of every component on which g is defined.

    **Returns:** a function that maps `theta`, arrays of one floating dtype, to a [`Solution`][]
    with an argmin of shape (d,) and scalars. `num_steps` counts the steps of both methods.

    **Source:** `optimistix.BFGS` (J. Rader, T. Lyons and P. Kidger, "Optimistix: modular
    optimisation in JAX and Equinox", 2024); Newton's method as in J. Nocedal and S. J. Wright,
    "Numerical optimization", section 3.4.
    """
    lower, upper = domain
    is_bounded = math.isfinite(lower) or math.isfinite(upper)

    def solve(*theta: Array) -> Solution:
        import optimistix

        y = jnp.asarray(_inside(domain) if start is None else start, theta[0].dtype)
        y = jnp.broadcast_to(y, theta[0].shape) if start is None else y
        dtype = y.dtype

        def objective(y: Array, _: object = None) -> Array:
            value = g(y, *theta)
            if is_bounded:
                value = jnp.where(jnp.all((y > lower) & (y < upper)), value, jnp.inf)
            return value

        def look(y: Array) -> _Point:
            value, gradient = jax.value_and_grad(objective)(y)
            second = jax.hessian(objective)(y)
            stride, is_convex = _newton(second, gradient)
            return _Point(y, value, gradient, stride, is_convex)

        start_point = look(y)
        scale = _size(start_point.gradient)
        rough = math.sqrt(np.finfo(dtype).eps)
        near: Any = optimistix.minimise(
            objective,
            optimistix.BFGS(rtol=rough, atol=rough),
            y,
            max_steps=_BFGS_STEPS,
            throw=False,
        )
        came_down = jnp.all(jnp.isfinite(near.value)) & (objective(near.value) <= start_point.value)
        first_point = look(jnp.where(came_down, near.value, y))
        search = _Search(
            first_point,
            jnp.ones((), dtype),
            first_point.is_convex & start_point.is_convex,
            jnp.asarray(near.stats["num_steps"], jnp.int32),
        )
        limit = search.num_steps + _NEWTON_STEPS
        # Rounding of the gradient: nothing is to be gained below it.
        floor = np.finfo(dtype).eps * scale

        def goes_on(search: _Search) -> Array:
            at = search.at
            is_done = (_size(at.gradient) <= floor) & (_relative(at) <= _STRIDE[dtype.name])
            goes_on: Array = (
                ~is_done
                & jnp.all(jnp.isfinite(at.gradient))
                & (search.fraction > 1e-9)
                & (search.num_steps < limit)
            )
            return goes_on

        def step(search: _Search) -> _Search:
            at = search.at
            there = look(at.y + search.fraction * at.stride)
            slope = search.fraction * jnp.sum(at.gradient * at.stride)
            is_lower = there.value < at.value + 1e-4 * slope
            is_lower &= at.value - there.value > 8 * np.finfo(dtype).eps * jnp.abs(at.value)
            is_flatter = at.is_convex & (_size(there.gradient) < 0.9 * _size(at.gradient))
            is_good = jnp.isfinite(there.value) & jnp.all(jnp.isfinite(there.gradient))
            is_good &= is_lower | is_flatter
            # Where the gradient is rounding already, a step that does not improve it ends the
            # search.
            is_over = ~is_good & (_size(at.gradient) <= 1e3 * floor)
            return _Search(
                _choose(is_good, there, at),
                jnp.where(is_good, 1.0, jnp.where(is_over, 0.0, search.fraction / 2)).astype(dtype),
                search.is_convex & (~is_good | there.is_convex),
                search.num_steps + 1,
            )

        end = jax.lax.while_loop(goes_on, step, search)
        return _conclude(end, theta, scale, domain)

    return solve


def _inside(domain: tuple[float, float]) -> float:
    """The number inside the domain that is closest to zero, or a little inside of its ends."""
    lower, upper = domain
    if lower < 0 < upper:
        return 0.0
    if math.isfinite(lower) and math.isfinite(upper):
        return (lower + upper) / 2
    return lower + 1 if math.isfinite(lower) else upper - 1


def _newton(second: Array, gradient: Array) -> tuple[Array, Array]:
    """Newton's step, downhill in any case, and whether the second derivatives allow it as it is."""
    eps = float(np.finfo(gradient.dtype).eps)
    size = jnp.max(jnp.abs(second))
    one = jnp.eye(len(gradient), dtype=gradient.dtype)
    factor = jnp.linalg.cholesky(second)
    is_definite = jnp.all(jnp.isfinite(factor))
    is_semidefinite = jnp.all(
        jnp.isfinite(jnp.linalg.cholesky(second + (math.sqrt(eps) * size + eps) * one))
    )
    is_semidefinite |= ~jnp.isfinite(size)  # nothing is known there
    # By Gershgorin's theorem no eigenvalue lies further below zero than this.
    radius = jnp.sum(jnp.abs(second), axis=1) - jnp.abs(jnp.diag(second))
    shift = jnp.maximum(-jnp.min(jnp.diag(second) - radius), 0) + math.sqrt(eps) * size + eps
    factor = jnp.where(is_definite, factor, jnp.linalg.cholesky(second + shift * one))
    half = jax.scipy.linalg.solve_triangular(factor, gradient, lower=True)
    return -jax.scipy.linalg.solve_triangular(factor, half, lower=True, trans=1), is_semidefinite


def _conclude(
    search: _Search, theta: tuple[Array, ...], scale: Array, domain: tuple[float, float]
) -> Solution:
    """What the search found, once it has ended."""
    at = search.at
    dtype = at.y.dtype
    residual = _size(at.gradient)
    are_finite = jnp.isfinite(at.value) & jnp.all(jnp.isfinite(at.y)) & jnp.isfinite(residual)
    for value in theta:
        are_finite &= jnp.all(jnp.isfinite(value))
    is_flat = residual <= _TOLERANCE[dtype.name] * jnp.maximum(1, scale)
    is_there = _relative(at) <= _STRIDE[dtype.name]
    is_far = _size(at.y) > _FAR
    is_at_boundary = jnp.array(False)
    for bound in domain:
        if math.isfinite(bound):
            gap = jnp.min(jnp.abs(at.y - bound))
            is_at_boundary |= gap <= 1e-5 * max(1.0, abs(bound))
    status = first(
        (~are_finite, Status.NOT_FINITE),
        (~search.is_convex & is_flat, Status.NOT_CONVEX),
        (is_flat & is_there, Status.CONVERGED),
        (is_flat, Status.AT_INFINITY),
        (is_at_boundary, Status.OUTSIDE_DOMAIN),
        (is_far, Status.UNBOUNDED),
        (~search.is_convex, Status.NOT_CONVEX),
        otherwise=Status.NOT_CONVERGED,
    )
    # Where there is no minimum, y is on its way to infinity, and f is infinite.
    far = jnp.where(jnp.abs(at.y) > _FAR / 10, jnp.sign(at.y) * jnp.inf, at.y)
    argmin = jnp.where(status == Status.UNBOUNDED, far, at.y)
    return Solution(
        argmin=jnp.where(are_finite, argmin, jnp.nan),
        residual=jnp.where(are_finite, residual, jnp.nan),
        num_steps=search.num_steps,
        status=status,
    )


def _size(vector: Array) -> Array:
    return jnp.max(jnp.abs(vector))


def _relative(at: _Point) -> Array:
    """How far Newton's method would go from here, relative to 1 + |y|."""
    return _size(at.stride) / (1 + _size(at.y))


def _choose(condition: Array, yes: _Point, no: _Point) -> _Point:
    return _Point(*(jnp.where(condition, a, b) for a, b in zip(yes, no, strict=True)))
