"""The minimum of h(y) - x y over a scalar y: the root of h'(y) = x, for any convex h.

A bracket of two floats is kept, and every step evaluates h' and h'' at one float strictly between
them. That float is proposed by Newton's method on log |h'| as a function of log |y| (exact for
powers), else by Newton's method on h', else on h' as a function of log |y| (exact for logarithms),
else by bisection on the *ordered integers* of the floats, which halves the number of floats in the
bracket and so is as fast near 1e-300 as near 1. The
search ends when the slope is x to rounding or when no float is left in the bracket; which of the
ends is the answer, and what it means that no float has the slope x, is then decided from the
slopes there.
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

# Newton's steps are quadratic or they are hopeless: after so many, only bisection, which needs at
# most 64 steps more.
_QUICK_STEPS = 3
_NEWTON_STEPS = 40
_MAX_STEPS = _NEWTON_STEPS + 72


class _Point(NamedTuple):
    """A float y, with h' - x and h'' there (NaN where they are of no use)."""

    y: Array
    excess: Array
    curvature: Array


class _Search(NamedTuple):
    low: _Point
    high: _Point
    next: Array  # the y to evaluate next, strictly between low and high
    stride: Array  # how far to step beyond a point at which Newton's method stands still
    num_steps: Array
    is_convex: Array


def root_finder(
    h: Function, domain: tuple[float, float] = (-math.inf, math.inf)
) -> Callable[..., Solution]:
    """The solver of min_y h(y, *params) - x y, as a function of x and the parameters.

    **Arguments:**

    - `h`: maps a scalar y and scalar parameters to a scalar; convex in y, twice differentiable by
        JAX but for kinks.
    - `domain`: the open interval of y on which h is defined.

    **Returns:** a function that maps the scalars `x, *params`, all of one floating dtype, to a
    [`Solution`][] of scalars. Numbers below the smallest normal one count as zero, as they do for
    XLA on a CPU.
    """
    slope_of = jax.grad(h)

    def solve(x: Array, *params: Array) -> Solution:
        floats = _OrderedFloats(x.dtype)
        one = jnp.ones_like(x)

        def evaluate(y: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda y: slope_of(y, *params), (y,), (one,))

        are_finite = jnp.isfinite(x)
        for param in params:
            are_finite &= jnp.all(jnp.isfinite(param)) if param.ndim else jnp.isfinite(param)

        def search(quick: Array) -> Solution:
            nan = jnp.full_like(x, jnp.nan)
            low, high = (_Point(jnp.full_like(x, end), nan, nan) for end in domain)
            # Where there is nothing left to search (in a batch, of which others need it) the
            # bracket is closed.
            found = _Point(quick, jnp.zeros_like(x), jnp.zeros_like(x))
            start = _Search(
                _choose(jnp.isnan(quick), low, found),
                _choose(jnp.isnan(quick), high, found),
                next=floats.between(low.y, high.y),
                stride=jnp.ones_like(floats.index(x)),
                num_steps=jnp.int32(_QUICK_STEPS),
                is_convex=jnp.array(True),
            )
            end = jax.lax.while_loop(
                lambda search: (
                    ~floats.are_neighbours(search.low.y, search.high.y)
                    & (search.num_steps < _MAX_STEPS)
                ),
                lambda search: _step(search, evaluate, x, floats, domain),
                start,
            )
            return _conclude(end, evaluate, x, are_finite, floats, domain)

        def found(quick: Array) -> Solution:
            residual = jnp.zeros_like(x)
            return Solution(quick, residual, jnp.int32(_QUICK_STEPS), jnp.int32(Status.CONVERGED))

        quick = _try_quickly(evaluate, x, domain)
        solution: Solution = jax.lax.cond(jnp.isnan(quick), search, found, quick)
        return _complete(solution, quick, evaluate, x, are_finite, domain)

    return solve


def _try_quickly(
    evaluate: Callable[[Array], tuple[Array, Array]], x: Array, domain: tuple[float, float]
) -> Array:
    """The root by Newton's method from y = x in a few steps; NaN if it is not there by then.

    For a power the first step is exact and the next corrects its rounding. Written out, with one
    number as the result, the steps are one piece of code for XLA, while every pass through a loop
    costs as much as all of them together.
    """
    low, high = (jnp.asarray(end, x.dtype) for end in domain)
    y, root = x, jnp.full_like(x, jnp.nan)
    for _ in range(_QUICK_STEPS):
        slope, curvature = evaluate(y)
        is_root = (low < y) & (y < high) & _is_root(y, slope - x, curvature, x, domain)
        root = jnp.where(jnp.isnan(root) & is_root, y, root)
        y = _newton(y, slope, curvature, x, low, high)
    return root


def _complete(
    solution: Solution,
    quick: Array,
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Array,
    are_finite: Array,
    domain: tuple[float, float],
) -> Solution:
    """With what is not needed for the argmin, and is not computed where only that is used."""
    slope, curvature = evaluate(quick)
    is_concave = _is_concave(slope, curvature, quick, x)
    # The steps see few points; two wells with zero between them are common enough to look there.
    if domain[0] < 0 < domain[1]:
        zero = jnp.zeros_like(x)
        is_concave |= are_finite & _is_concave(*evaluate(zero), zero, x)
    is_endless = _is_flat_from(solution.argmin, evaluate, x, domain)
    is_endless &= solution.status == Status.CONVERGED
    return solution._replace(
        residual=jnp.where(jnp.isnan(quick), solution.residual, jnp.abs(slope - x)),
        status=first(
            (is_concave, Status.NOT_CONVEX),
            (is_endless, Status.AT_INFINITY),
            otherwise=solution.status,
        ),
    )


def _is_flat_from(
    y: Array,
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Array,
    domain: tuple[float, float],
) -> Array:
    """Whether h' is still x far beyond the root y, so that h' only tends to x, or stays there.

    Asked at twice y and a thousand times y, where a formula may break down; not in a domain that
    ends on that side.
    """
    eps = float(np.finfo(x.dtype).eps)
    is_open = jnp.where(y > 0, domain[1] == math.inf, domain[0] == -math.inf)
    is_flat = (y != 0) & is_open
    near, _ = evaluate(2 * y)
    far, _ = evaluate(1000 * (y + jnp.sign(y)))
    is_flat &= jnp.abs(near - x) <= 4 * eps * jnp.abs(x)
    return is_flat & ((jnp.abs(far - x) <= 4 * eps * jnp.abs(x)) | jnp.isnan(far))


def _is_root(
    y: Array, excess: Array, curvature: Array, x: Array, domain: tuple[float, float]
) -> Array:
    """Whether h' is x to rounding, or is so one rounding of y away."""
    eps = float(np.finfo(x.dtype).eps)
    by_y = jnp.where(jnp.isfinite(curvature), jnp.abs(y * curvature), 0)
    for bound in domain:
        # A few roundings from the end of the domain h' may have a pole, and h'' does not tell what
        # one rounding does.
        if math.isfinite(bound):
            by_y = jnp.where(jnp.abs(y - bound) > 16 * eps * jnp.abs(y), by_y, 0)
    return jnp.abs(excess) <= eps * jnp.maximum(2 * jnp.abs(x), by_y)


def _newton(y: Array, slope: Array, curvature: Array, x: Array, low: Array, high: Array) -> Array:
    """Where Newton's method goes from y: the best of three, none of which need be inside."""
    excess = slope - x
    newton = y - excess / curvature
    elasticity = y * curvature / slope
    ratio = x / slope
    log_newton = y * jnp.exp(jnp.log(ratio) / elasticity)  # log |h'| over log |y|
    half_log_newton = y * jnp.exp(-excess / (y * curvature))  # h' over log |y|
    is_inside = (newton > low) & (newton < high)
    guess = jnp.where(is_inside | (y == 0), newton, half_log_newton)
    return jnp.where((ratio > 0) & (elasticity > 0), log_newton, guess)


def _step(
    search: _Search,
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Array,
    floats: "_OrderedFloats",
    domain: tuple[float, float],
) -> _Search:
    eps = np.finfo(x.dtype).eps
    low, high, y = search.low, search.high, search.next
    slope, curvature = evaluate(y)
    excess = slope - x

    # A slope that is NaN, or that falls on the way out to where nothing is known, is h's formula
    # breaking down (y^2 = inf in y / sqrt(1 + y^2)): what lies beyond is out of reach. At zero
    # there is no way out, and the search ends.
    def falls(excess: Array, below: _Point) -> Any:
        scale = jnp.maximum(jnp.abs(below.y), 1)
        noise = 8 * eps * (jnp.abs(below.excess) + jnp.abs(x) + jnp.abs(below.curvature) * scale)
        return excess < below.excess - noise

    is_broken = (
        jnp.isnan(slope)
        | ((y > 0) & jnp.isnan(high.excess) & falls(excess, low))
        | ((y < 0) & jnp.isnan(low.excess) & falls(-excess, high._replace(excess=-high.excess)))
    )
    is_hit = _is_root(y, excess, curvature, x, domain) | (is_broken & (y == 0))
    is_below = jnp.where(is_broken, y < 0, excess < 0)
    nan = jnp.full_like(x, jnp.nan)
    here = _Point(
        y,
        jnp.where(is_broken, nan, excess),
        jnp.where(is_broken, nan, curvature),
    )
    low = _choose(is_hit | is_below, here, low)
    high = _choose(is_hit | ~is_below, here, high)

    guess = _newton(y, slope, curvature, x, low.y, high.y)
    # An overflow is settled by the last float there is.
    largest = np.finfo(x.dtype).max
    guess = jnp.clip(guess, -largest, largest)
    # Where Newton's method stands still the other end of the bracket is still far away: step
    # beyond the root, further each time, to bring that end near.
    index = floats.index(y)
    is_still = jnp.abs(floats.index(guess) - index) <= search.stride
    beyond = floats.number(index + jnp.where(is_below, search.stride, -search.stride))
    guess = jnp.where(is_still, beyond, guess)
    is_usable = (
        ~is_broken
        & (low.y < guess)
        & (guess < high.y)
        & (jnp.abs(guess) >= np.finfo(x.dtype).tiny)
        & (search.num_steps < _NEWTON_STEPS)
    )
    return _Search(
        low,
        high,
        next=jnp.where(is_usable, guess, floats.between(low.y, high.y)),
        stride=jnp.where(is_still, 4 * search.stride, search.stride),
        num_steps=search.num_steps + 1,
        is_convex=search.is_convex & (is_broken | ~_is_concave(slope, curvature, y, x)),
    )


def _is_concave(slope: Array, curvature: Array, y: Array, x: Array) -> Array:
    """Whether h'' is negative, by more than rounding makes of a curvature that is zero."""
    size = math.sqrt(np.finfo(x.dtype).eps) * (jnp.abs(slope) + jnp.abs(x))
    return (curvature < -size / jnp.maximum(jnp.abs(y), 1)) & jnp.isfinite(curvature)


def _conclude(
    search: _Search,
    evaluate: Callable[[Array], tuple[Array, Array]],
    x: Array,
    inputs_are_finite: Array,
    floats: "_OrderedFloats",
    domain: tuple[float, float],
) -> Solution:
    """What the search found, once it has ended."""
    low, high = search.low, search.high
    eps = np.finfo(x.dtype).eps
    is_hit = low.y == high.y
    low_is_known, high_is_known = ~jnp.isnan(low.excess), ~jnp.isnan(high.excess)
    is_finite = inputs_are_finite & (low_is_known | high_is_known)
    is_end = ~is_hit & (low_is_known != high_is_known)
    is_near_low = jnp.abs(low.y) < jnp.abs(high.y)
    inner, outer = _choose(is_near_low, low, high), _choose(is_near_low, high, low)
    nearest = _choose(jnp.abs(low.excess) <= jnp.abs(high.excess), low, high)
    reached = _choose(low_is_known, low, high)
    beyond = jnp.where(low_is_known, high.y, low.y)
    touches_zero = jnp.where(is_end, beyond, inner.y) == 0

    # Does h' still move where the search ended: down to its limit inside the last gap before zero
    # (|y|^0.01 does), or on and on towards the largest float? Asked of the slope a little further
    # in, since h'' itself may have underflowed.
    last = jnp.where(is_end, reached.y, outer.y)
    last_slope, _ = evaluate(last)
    inward_slope, _ = evaluate(jnp.where(touches_zero, last * 2, last / 2))
    moves = jnp.abs(last_slope - inward_slope) > 8 * eps * jnp.abs(last_slope)

    # Between two neighbouring floats, h' changes by rounding and by h'', or it jumps.
    spacing = jnp.abs(high.y - low.y)
    steepness = jnp.maximum(jnp.abs(low.curvature), jnp.abs(high.curvature))
    rounding = jnp.abs(last_slope) + jnp.abs(x)
    rounding += jnp.abs(outer.curvature) * jnp.maximum(1, jnp.abs(last))
    jumps = high.excess - low.excess > 1e3 * (steepness * spacing + eps * rounding)

    is_boundary = jnp.array(False)
    for bound in domain:
        if math.isfinite(bound):
            is_boundary |= beyond == jnp.asarray(bound, x.dtype)

    status = first(
        (~is_finite, Status.NOT_FINITE),
        (~search.is_convex, Status.NOT_CONVEX),
        (is_hit, Status.CONVERGED),
        (~floats.are_neighbours(low.y, high.y), Status.NOT_CONVERGED),
        (touches_zero & moves, Status.UNDERFLOW),
        (is_end & is_boundary, Status.OUTSIDE_DOMAIN),
        (is_end & moves, Status.OVERFLOW),
        (is_end, Status.UNBOUNDED),
        (jumps, Status.KINK),
        otherwise=Status.CONVERGED,
    )
    # Where there is no such float the slopes do not reach x: also for an h that is not convex.
    is_infinite = is_end & ~is_boundary & ~(touches_zero & moves)
    is_inner = (status == Status.UNDERFLOW) | (status == Status.KINK)
    answer = _choose(is_end, reached, _choose(is_inner, inner, nearest))
    argmin = jnp.where(is_infinite, jnp.where(low_is_known, jnp.inf, -jnp.inf), answer.y)
    return Solution(
        argmin=jnp.where(is_finite, argmin, jnp.nan),
        residual=jnp.where(is_finite, jnp.abs(answer.excess), jnp.nan),
        num_steps=search.num_steps,
        status=status,
    )


def _choose(condition: Array, yes: _Point, no: _Point) -> _Point:
    return _Point(*(jnp.where(condition, a, b) for a, b in zip(yes, no, strict=True)))


class _OrderedFloats:
    """The normal floats, zero and the infinities, numbered in their order; zero is number 0."""

    def __init__(self, dtype: np.dtype[Any]):
        info = np.finfo(dtype)
        self._float = dtype
        self._int = jnp.int64 if dtype.itemsize == 8 else jnp.int32
        # The bits of the largest subnormal number: the smallest normal one becomes number 1.
        self._offset = (1 << info.nmant) - 1

    def index(self, y: Array) -> Array:
        bits = jax.lax.bitcast_convert_type(jnp.abs(y), self._int)
        index = jnp.maximum(bits - self._offset, 0)
        return jnp.where(y < 0, -index, index)

    def number(self, index: Array) -> Array:
        size = jnp.abs(index)
        bits = jnp.where(size == 0, 0, size + self._offset)
        y = jax.lax.bitcast_convert_type(bits.astype(self._int), self._float)
        return jnp.where(index < 0, -y, y)

    def are_neighbours(self, low: Array, high: Array) -> Array:
        return self.index(low) + 1 >= self.index(high)

    def between(self, low: Array, high: Array) -> Array:
        """The number half-way in the order."""
        i, j = self.index(low), self.index(high)
        return self.number((i >> 1) + (j >> 1) + (i & j & 1))  # (i + j) // 2 without overflow
