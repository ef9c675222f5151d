"""What is true of a gradient along a curve: over a scalar x, or along a line through a vector."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..problems import Problem
from ._inspect import (
    Differences,
    Inspection,
    absolute_tolerance,
    best_reference,
    checked,
    checked_x,
    differences_of,
    inspect_points,
    no_differences,
)
from ._programs import differences_along, gradient_at
from ._verdict import Evidence, Verdict, judge, relative_error

#: What a direction may be, beside a coordinate's number and a vector.
DIRECTIONS = ("gradient", "random")

_ALLOWED = (
    'direction must be the number of a coordinate, "gradient", "random", or a vector of {} numbers '
    "that are not all 0"
)


def inspect_curve(
    problem: Problem,
    xs: ArrayLike,
    *params: float,
    x0: ArrayLike | None = None,
    direction: int | str | ArrayLike | None = None,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    rtol: float = 1e-3,
    atol: float | None = None,
    differences: bool = True,
) -> Inspection:
    """[`inspect`][] at many x, in one call of a compiled program.

    With a `direction`, the curve is that of t -> f(x0 + t v), for a unit vector v, so that an x of
    any length can be looked at: the value, and as gradients the derivatives along v.

    **Arguments:** as for [`inspect`][], and

    - `xs`: the points, of shape (n,), or (n, d) for vectors; with a `direction` the t, of shape
        (n,).
    - `x0`: the point of shape (d,) that the line goes through.
    - `direction`: the number of a coordinate; `"gradient"`, the reference's at x0; `"random"`,
        the same each time; or a vector of shape (d,). It is scaled to length 1.
    - `differences`: whether to compute finite differences where there is a closed form; without
        them a call is many times faster, and `fd_gradient` and `fd_error` are NaN.

    **Returns:** an [`Inspection`][] of arrays with a leading axis of n. Along a line `gradient`,
    `reference_gradient`, `fd_gradient` and `fd_error` are of shape (n,), the scalar products with
    v, `hessian` is <v, H v>, and `argmin` is that of the whole inner problem. The verdict is on the
    derivative along v, and on whether the inner problem is solved.

    **Raises:** `ValueError`, saying what is allowed, for anything that is not valid.
    """
    problem, points, numbers = checked(problem, xs, params, solver, dtype)
    settings = (dtype, device, rtol, atol)
    if direction is not None:
        if x0 is None:
            raise ValueError("With a direction, x0 must be given: the curve is f(x0 + t v).")
        if points.ndim != 1 or not points.size:
            raise ValueError(f"With a direction, xs must be of shape (n,), not {points.shape}.")
        v = unit_direction(problem, x0, direction, *numbers, device=device)
        line = checked_x(x0) + points[:, None] * v
        return inspect_along(problem, line, points, v, numbers, *settings, differences)
    if x0 is not None:
        raise ValueError("x0 is the point of a line: it needs a direction.")
    if points.ndim not in (1, 2) or not points.size:
        raise ValueError(f"xs must be of shape (n,) or (n, d), not of shape {points.shape}.")
    differences = differences or not problem.has_closed_form
    return inspect_points(problem, points, numbers, *settings, differences)


def unit_direction(
    problem: Problem,
    x0: ArrayLike,
    direction: int | str | ArrayLike,
    *params: float,
    device: str = "cpu",
) -> NDArray[np.float64]:
    """The vector of length 1 that a direction stands for.

    **Arguments:** as for [`inspect_curve`][].

    **Raises:** `ValueError`, saying what is allowed, for anything that is not valid.
    """
    point = checked_x(x0)
    if point.ndim != 1 or not point.size:
        raise ValueError(f"A line goes through an x0 of shape (d,), not of shape {point.shape}.")
    allowed = _ALLOWED.format(len(point))
    if isinstance(direction, str):
        if direction not in DIRECTIONS:
            raise ValueError(f"{allowed}, not {direction!r}.")
        if direction == "random":
            v = random_direction(len(point))
        else:
            v = gradient_at(problem, point, params, device)
            if not np.all(np.isfinite(v)) or not np.any(v):
                raise ValueError(
                    "The gradient at x0 has no direction: it is 0 or not finite. Choose another "
                    "direction or another x0."
                )
    elif isinstance(direction, int | np.integer) and not isinstance(direction, bool):
        if not 0 <= direction < len(point):
            raise ValueError(f"There is no coordinate {direction}: x0 has 0 to {len(point) - 1}.")
        v = np.eye(len(point))[direction]
    else:
        try:
            v = np.asarray(direction, float)
        except (TypeError, ValueError):
            raise ValueError(f"{allowed}, not {direction!r}.") from None
        if v.shape != point.shape or not np.all(np.isfinite(v)) or not np.any(v):
            raise ValueError(f"{allowed}, not {direction!r}.")
    return unit(v)


def unit(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector of length 1 in the direction of v; can be traced."""
    v = v / np.max(np.abs(v))  # so that no square overflows
    scaled: NDArray[np.float64] = v / np.sqrt(np.sum(v**2))
    return scaled


def random_direction(dim: int) -> NDArray[np.float64]:
    """What `"random"` stands for, not scaled: the same each time."""
    found: NDArray[np.float64] = np.random.default_rng(0).normal(size=dim)
    return found


def _times(gradients: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """<g, v> for each gradient; where one is not finite, so is what comes out."""
    with np.errstate(invalid="ignore"):
        products: NDArray[np.float64] = gradients @ v
    return products


def inspect_along(
    problem: Problem,
    points: NDArray[np.float64],
    ts: NDArray[np.float64],
    v: NDArray[np.float64],
    params: list[float],
    dtype: str,
    device: str,
    rtol: float,
    atol: float | None,
    differences: bool,
) -> Inspection:
    """The inspection at points, (n, d), at t along v, and what it says of the derivative there."""
    eps = float(np.finfo(dtype).eps)
    whole = inspect_points(problem, points, params, dtype, device, rtol, atol, False)
    points = points.astype(dtype).astype(np.float64)
    fd = None
    if differences or not problem.has_closed_form:
        shifted, scale = differences_along(problem, points, v, params, device)
        value = whole.reference_value if problem.has_closed_form else shifted[:, 0]
        whole = whole._replace(reference_value=value)
        fd = differences_of(shifted, scale)
    return judged_along(whole, points, ts, v, fd, problem.has_closed_form, rtol, atol, eps)


def judged_along(
    whole: Inspection,
    points: NDArray[np.float64],
    ts: NDArray[np.float64],
    v: NDArray[np.float64],
    fd: Differences | None,
    has_closed_form: bool,
    rtol: float,
    atol: float | None,
    eps: float,
) -> Inspection:
    """What inspections of vectors say of the derivative along v; can be traced, as `judged` can.

    **Arguments:** as for [`inspect_curve`][], and

    - `whole`: of the points, without differences.
    - `fd`: differences along v, if they were taken.
    """
    nan = np.full(np.shape(ts), np.nan)
    fd = no_differences(np.shape(ts)) if fd is None else fd
    in_closed_form = _times(whole.reference_gradient, v) if has_closed_form else nan
    reference, is_known = best_reference(in_closed_form, fd, whole.status, rtol, eps)
    gradient = _times(whole.gradient.astype(np.float64), v)
    evidence = Evidence(
        x=ts,
        value=whole.value.astype(np.float64),
        gradient=gradient,
        argmin=nan,
        status=whole.status,
        reference=reference,
        reference_error=np.where(is_known, 0.0, fd.error),
        is_kink=fd.is_kink,
        lower=fd.lower,
        upper=fd.upper,
        residual=nan,  # each component's own is judged in `whole`
        curvature=nan,
    )
    size = np.max(np.abs(points), axis=1)
    verdict = judge(evidence, rtol, absolute_tolerance(size, atol, eps), eps)
    unsolved = (Verdict.not_converged, Verdict.undefined, Verdict.unbounded)
    is_open = np.isin(verdict, (Verdict.agree, Verdict.unchecked))
    verdict = np.where(is_open & np.isin(whole.verdict, unsolved), whole.verdict, verdict)
    # Where v is 0, another component's infinite curvature has no say.
    weight = v[:, None] * v[None, :]
    with np.errstate(invalid="ignore"):
        curved = np.where(weight == 0, 0.0, whole.hessian.astype(np.float64) * weight)
    return whole._replace(
        gradient=gradient,
        hessian=np.sum(curved, axis=(1, 2)),
        reference_gradient=reference,
        fd_gradient=np.where(fd.is_kink, fd.middle, fd.gradient),
        fd_error=np.where(fd.is_kink, fd.half_width, fd.error),
        rel_error=relative_error(gradient, reference),
        verdict=verdict,
    )
