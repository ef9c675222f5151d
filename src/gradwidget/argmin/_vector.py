"""The minimum of g(y) over a vector y: BFGS to come near, Newton's method to get there.

BFGS (optimistix) needs no second derivatives and comes down from anywhere, but stops when its
steps are small, not when the gradient is. Newton's method then starts from its answer and is
guarded: a step is taken only if it makes the gradient or the value smaller, and halved until it
does, and where g is not convex the second derivatives are shifted until they are positive definite.
Whether the point it ends at is a minimum is judged by what is left of the gradient there, and by
how far Newton's method would still go.

Where Newton's method is stuck, some components may sit on a kink of g, as those of an elastic net
do. Such a kink is looked for along each axis, by bisection on the sign of the slope; the components
that have one are held there while Newton's method goes on with the others, until nothing changes.
If the part of g that is not smooth is a sum over components, the point is then the minimum
(P. Tseng, "Convergence of a block coordinate descent method for nondifferentiable minimization",
J. Optim. Theory Appl. 109 (2001)); a kink across several components remains NOT_CONVERGED.
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


#: A jump of the slope that is a kink, relative to the size of the gradient at the start.
_JUMP = {"float64": 1e-6, "float32": 1e-2}
#: A kink is looked for this far to both sides of where the search is stuck, relative to 1 + |y|...
_BESIDE = 0.5
#: ... by so many bisections.
_HALVINGS = 64


class _Point(NamedTuple):
    """A point y with what Newton's method knows there."""

    y: Array
    value: Array
    gradient: Array  # zero in the components that are held
    stride: Array  # Newton's step, of the components that are not held
    is_convex: Array  # whether the second derivatives are positive semidefinite


class _Search(NamedTuple):
    at: _Point
    held: Array  # 1 for components that sit on a kink, else 0
    scale: Array  # of the gradient at the start
    fraction: Array  # of the stride, to be tried next
    is_convex: Array  # wherever the search went
    num_steps: Array
    phase: Array  # what is looked at next, see `_START` and the following
    rounds: Array  # how often kinks were looked for


# The start; where BFGS came to; a point on kinks; and from then on Newton's steps.
_START, _NEAR, _KINK, _NEWTON = 0, 1, 2, 3


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

        def look(y: Array, held: Array) -> _Point:
            value, gradient = jax.value_and_grad(objective)(y)
            second = jax.hessian(objective)(y)
            # What is held is left out: no slope, and a curvature of its own.
            free = 1 - held
            gradient = jnp.where(held == 0, gradient, 0)
            second = jnp.where(jnp.outer(free, free) == 1, second, jnp.diag(held))
            stride, is_convex = _newton(second, gradient)
            return _Point(y, value, gradient, stride, is_convex)

        rough = math.sqrt(np.finfo(dtype).eps)
        near: Any = optimistix.minimise(
            objective,
            optimistix.BFGS(rtol=rough, atol=rough),
            y,
            max_steps=_BFGS_STEPS,
            throw=False,
        )
        bfgs_steps = jnp.asarray(near.stats["num_steps"], jnp.int32)
        zeros, one = jnp.zeros_like(y), jnp.ones((), dtype)
        eps, small = np.finfo(dtype).eps, np.asarray(1e-9, dtype)

        def is_done(search: _Search) -> Array:
            at = search.at
            # Rounding of the gradient: nothing is to be gained below it.
            is_flat = _size(at.gradient) <= eps * search.scale
            done: Array = is_flat & (_relative(at) <= _STRIDE[dtype.name])
            return done

        def goes_on(search: _Search) -> Array:
            more: Array = search.phase < _NEWTON
            more |= (
                ~is_done(search)
                & jnp.all(jnp.isfinite(search.at.gradient))
                & (search.fraction > small)
                & (search.num_steps < bfgs_steps + _NEWTON_STEPS * (1 + search.rounds))
            )
            return more

        def step(search: _Search) -> _Search:
            """One look, at whatever is next: so that its program is there once."""
            at, phase = search.at, search.phase
            is_start, is_near, is_kink = (phase == p for p in (_START, _NEAR, _KINK))
            candidate = jnp.where(is_near, near.value, at.y + search.fraction * at.stride)
            there = look(jnp.where(is_start | is_kink, at.y, candidate), search.held)
            slope = search.fraction * jnp.sum(at.gradient * at.stride)
            is_lower = there.value < at.value + 1e-4 * slope
            is_lower &= at.value - there.value > 8 * eps * jnp.abs(at.value)
            is_flatter = at.is_convex & (_size(there.gradient) < 0.9 * _size(at.gradient))
            is_good = jnp.isfinite(there.value) & jnp.all(jnp.isfinite(there.gradient))
            is_good &= is_lower | is_flatter
            came_down = jnp.all(jnp.isfinite(near.value)) & (there.value <= at.value)
            is_good = jnp.where(is_near, came_down, is_good) | is_start | is_kink
            # Where the gradient is rounding already, a step that does not improve it ends the
            # search.
            is_over = ~is_good & (_size(at.gradient) <= 1e3 * eps * search.scale)
            is_over &= phase == _NEWTON
            tried = jnp.where(phase == _NEWTON, search.fraction / 2, one)
            return search._replace(
                at=_choose(is_good, there, at),
                scale=jnp.where(is_start, _size(there.gradient), search.scale),
                fraction=jnp.where(is_good, 1.0, jnp.where(is_over, 0.0, tried)).astype(dtype),
                is_convex=search.is_convex & (~is_good | there.is_convex),
                num_steps=search.num_steps + (phase == _NEWTON),
                phase=jnp.where(is_start, _NEAR, _NEWTON).astype(jnp.int32),
            )

        def is_stuck(search: _Search) -> Array:
            """Whether the search has ended where a smooth convex function has no minimum."""
            is_flat = _size(search.at.gradient) <= _TOLERANCE[dtype.name] * jnp.maximum(
                1, search.scale
            )
            stuck: Array = ~is_flat & search.is_convex & jnp.all(jnp.isfinite(search.at.gradient))
            return stuck

        def wants_kinks(search: _Search) -> Array:
            """On kinks, also whether they are still what holds the components."""
            return is_stuck(search) | jnp.any(search.held == 1)

        def find_kinks(search: _Search) -> _Search:
            trips = jnp.where(wants_kinks(search), _HALVINGS, 0)
            y, held = _kinks(jax.grad(objective), search.at.y, search.scale, trips)
            held = jnp.where(wants_kinks(search), held, search.held)
            is_new = wants_kinks(search) & jnp.any(held != search.held)
            # What is held no longer leaves its kink, where no slope is to be relied on.
            moves = (held == 1) | (search.held == 1)
            moved = search.at._replace(y=jnp.where(moves, y, search.at.y))
            return search._replace(
                at=_choose(is_new, moved, search.at),
                held=held,
                phase=jnp.where(is_new, _KINK, search.phase).astype(jnp.int32),
                rounds=search.rounds + 1,
            )

        def searches_on(search: _Search) -> Array:
            more: Array = (search.phase < _NEWTON) & (search.rounds <= 2 + 2 * y.size)
            return more

        search = _Search(
            at=_Point(y, jnp.full((), jnp.inf, dtype), zeros, zeros, jnp.array(True)),
            held=zeros,
            scale=one,
            fraction=one,
            is_convex=jnp.array(True),
            num_steps=bfgs_steps,
            phase=jnp.asarray(_START, jnp.int32),
            rounds=jnp.asarray(0, jnp.int32),
        )
        end = jax.lax.while_loop(
            searches_on, lambda s: find_kinks(jax.lax.while_loop(goes_on, step, s)), search
        )
        return _conclude(end, theta, domain)

    return solve


def _kinks(slope: Function, y: Array, scale: Array, trips: Array) -> tuple[Array, Array]:
    """Where the slope along each axis through y changes its sign near y, and where it jumps there.

    **Arguments:**

    - `slope`: the gradient as a function of y.
    - `scale`: of the gradient.
    - `trips`: the number of bisections; without any, nothing is found.

    **Returns:** for each component where g is least along its axis, not far from y, and 1 where
    the slope jumps from negative to positive there, and no other component's slope does.
    """
    reach = _BESIDE * (1 + jnp.abs(y))
    is_own = jnp.eye(y.size, dtype=bool)

    def slopes(at: Array) -> Array:
        """Row by row the gradient where one component of y is replaced by that of `at`."""
        return jax.vmap(slope)(jnp.where(is_own, at, y))

    def halve(_: int, ends: tuple[Array, ...]) -> tuple[Array, ...]:
        low, high, left, right = ends
        middle = low + (high - low) / 2
        here = slopes(middle)
        is_left = jnp.sum(jnp.where(is_own, here, 0), axis=1) < 0
        return (
            jnp.where(is_left, middle, low),
            jnp.where(is_left, high, middle),
            jnp.where(is_left[:, None], here, left),
            jnp.where(is_left[:, None], right, here),
        )

    unknown = jnp.full((y.size, y.size), jnp.nan, y.dtype)
    ends = (y - reach, y + reach, unknown, unknown)
    low, high, left, right = jax.lax.fori_loop(0, trips, halve, ends)
    # Zero is where most kinks are, and bisection comes near it without an end.
    kink = jnp.where((low <= 0) & (high >= 0), 0, high)
    # Along its own axis the slope is negative before and not after.
    jumps = jnp.abs(right - left) > _JUMP[y.dtype.name] * jnp.maximum(1, scale)
    is_kink = jnp.all(jumps == is_own, axis=1)
    return jnp.where(is_kink, kink, low), is_kink.astype(y.dtype)


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


def _conclude(search: _Search, theta: tuple[Array, ...], domain: tuple[float, float]) -> Solution:
    """What the search found, once it has ended."""
    at, scale = search.at, search.scale
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
        (is_flat & is_there & jnp.any(search.held == 1), Status.KINK),
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
        follows=(search.held == 0) & (status != Status.OUTSIDE_DOMAIN),
    )


def _size(vector: Array) -> Array:
    return jnp.max(jnp.abs(vector))


def _relative(at: _Point) -> Array:
    """How far Newton's method would go from here, relative to 1 + |y|."""
    return _size(at.stride) / (1 + _size(at.y))


def _choose(condition: Array, yes: _Point, no: _Point) -> _Point:
    return _Point(*(jnp.where(condition, a, b) for a, b in zip(yes, no, strict=True)))
