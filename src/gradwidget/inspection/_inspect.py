"""What is true of a gradient: at a point, and over a map."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._context import DTYPES
from .._naming import one_of
from ..argmin import Status
from ..problems import Problem
from ._programs import Answer, Comparison, answer, argmin_shape, comparison
from ._verdict import Evidence, Verdict, judge, relative_error, severity
from .check._differences import STEPS, differentiate


class Inspection(NamedTuple):
    """What is known of a problem's gradient at x; NumPy arrays and Python numbers.

    x is a scalar, or of shape (d,); along a curve and over a map every field has leading axes,
    and codes are integers.

    **Attributes:**

    - `value`: f(x), a scalar.
    - `gradient`: df/dx by the rule in question, of x's shape.
    - `argmin`: y*, of its own shape, which is x's where components are solved one by one; NaN
        without an inner problem.
    - `hessian`: d2f/dx2, a scalar or of shape (d, d); NaN where the rule has no second derivative.
    - `residual`: |h'(y*) - x| as the solver computed it; the largest one for a vector; NaN without
        an inner problem.
    - `num_steps`, `status`: the solver's, a [`Status`][]; of the worst component.
    - `reference_value`, `reference_gradient`: in closed form, else the value by the safeguarded
        solver and the finite difference, in float64; NaN where that is unreliable.
    - `fd_gradient`, `fd_error`: by differences of the value, in float64, and what their error is
        estimated to be. Where f's slopes to the left and to the right differ, these are the middle
        and half the width of the interval between them: of f's subgradients.
    - `rel_error`: |gradient - reference| / |reference|, or the numerator where the reference is
        0; the largest one for a vector.
    - `param_gradients`: the derivatives with respect to the parameters, by name.
    - `verdict`: a [`Verdict`][].
    """

    value: Any
    gradient: Any
    argmin: Any
    hessian: Any
    residual: Any
    num_steps: Any
    status: Any
    reference_value: Any
    reference_gradient: Any
    fd_gradient: Any
    fd_error: Any
    rel_error: Any
    param_gradients: Mapping[str, Any]
    verdict: Any


def inspect(
    problem: Problem,
    x: ArrayLike,
    *params: float,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    rtol: float = 1e-3,
    atol: float | None = None,
) -> Inspection:
    """The value and the gradient at x, beside everything they can be compared with.

    **Arguments:**

    - `problem`: what is differentiated.
    - `x`: a number, or an array or a list of shape (d,).
    - `params`: the parameters, in order; their start values by default.
    - `solver`: how the inner problem is solved: `"safeguarded"` or `"bfgs"`; as the problem says
        by default.
    - `dtype`: the precision of what is in question, `"float64"` or `"float32"`. What it is
        compared with is always computed in float64.
    - `device`: the JAX platform.
    - `rtol`, `atol`: the gradient agrees with its reference if they differ by no more than
        `rtol |reference| + atol` and the reference's own error, and if the inner residual does not
        contradict it. `atol` is 1e3 eps max(1, |x|) by default.

    **Returns:** an [`Inspection`][] of Python numbers, or arrays of x's shape.

    **Raises:** `ValueError`, saying what is allowed, for anything that is not valid.
    """
    problem, point, numbers = checked(problem, x, params, solver, dtype)
    if point.ndim > 1 or not point.size:
        raise ValueError(f"x must be a number or of shape (d,), not of shape {point.shape}.")
    batch = inspect_points(problem, point[None], numbers, dtype, device, rtol, atol, True)
    found = _map(lambda field: _plain(field[0]), batch)
    return found._replace(status=Status(found.status), verdict=Verdict(found.verdict))


def inspect_map(
    problem: Problem,
    xs: ArrayLike,
    ps: ArrayLike,
    *params: float,
    parameter: str | None = None,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    rtol: float = 1e-3,
    atol: float | None = None,
    differences: bool = False,
) -> Inspection:
    """[`inspect`][] over x and one parameter, in one call of a compiled program.

    **Arguments:** as for [`inspect_curve`][], and

    - `xs`, `ps`: numbers of shape (n,) and (m,).
    - `params`: the parameters, in order, of which the one that `ps` replaces is ignored.
    - `parameter`: the name of the parameter that `ps` replaces; the first by default.

    **Returns:** an [`Inspection`][] of arrays with leading axes (m, n).

    **Raises:** `ValueError`, saying what is allowed, for anything that is not valid.
    """
    names = [p.name for p in problem.parameters]
    if not names:
        raise ValueError("A map needs a parameter, and this problem has none.")
    parameter = names[0] if parameter is None else parameter
    one_of("parameter", parameter, names)
    problem, across, numbers = checked(problem, xs, params, solver, dtype)
    along = np.asarray(ps, float)
    if across.ndim != 1 or along.ndim != 1 or not len(across) or not len(along):
        raise ValueError(f"xs and ps must be of shape (n,), not {across.shape} and {along.shape}.")
    which = names.index(parameter)
    values = [problem.parameters[which].check(p) for p in along]
    shape = (len(along), len(across))
    grid: list[Any] = list(numbers)
    grid[which] = np.repeat(values, len(across))
    points = np.tile(across, len(along))
    differences = differences or not problem.has_closed_form
    flat = inspect_points(problem, points, grid, dtype, device, rtol, atol, differences)
    return _map(lambda field: field.reshape(shape), flat)


def checked(
    problem: Problem, x: ArrayLike, params: tuple[float, ...], solver: str | None, dtype: str
) -> tuple[Problem, NDArray[np.float64], list[float]]:
    """The problem with its solver, x as an array, and every parameter as a number."""
    one_of("dtype", dtype, DTYPES)
    if solver is not None:
        problem = problem.with_solver(solver)
    if len(params) > len(problem.parameters):
        names = ", ".join(p.name for p in problem.parameters) or "none"
        raise ValueError(f"There are {len(params)} parameters too many: the problem has {names}.")
    given = (*params, *(p.value for p in problem.parameters[len(params) :]))
    numbers = [p.check(value) for p, value in zip(problem.parameters, given, strict=True)]
    return problem, checked_x(x), numbers


def checked_x(x: ArrayLike) -> NDArray[np.float64]:
    """The array of x; raises `ValueError`, saying what is allowed, if it is none."""
    allowed = "x must be a finite number, or an array or a list of them"
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):
        raise ValueError(f"{allowed}, not {x!r}.") from None
    if isinstance(x, tuple) or array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)):
        raise ValueError(f"{allowed}, not {x!r}.")
    return array.astype(np.float64)


def inspect_points(
    problem: Problem,
    xs: NDArray[np.float64],
    params: list[Any],
    dtype: str,
    device: str,
    rtol: float,
    atol: float | None,
    differences: bool,
) -> Inspection:
    """Along the leading axis of xs and of the parameters that have one."""
    eps = float(np.finfo(dtype).eps)
    said = answer(problem, xs, params, dtype, device)
    # What the precision in question makes of the inputs is the question.
    xs = xs.astype(dtype).astype(np.float64)
    params = [np.asarray(p).astype(dtype).astype(np.float64) for p in params]
    truth = comparison(problem, xs, params, said.argmin, device, differences)
    names = [p.name for p in problem.parameters]
    return judged(xs, said, truth, _differences(truth), names, rtol, atol, eps)


def judged(
    xs: NDArray[np.float64],
    said: Answer,
    truth: Comparison,
    fd: "Differences",
    names: Sequence[str],
    rtol: float,
    atol: float | None,
    eps: float,
) -> Inspection:
    """The inspection, from all that was computed; decides nothing by values, so it can be traced.

    Every array has the leading axis of xs.
    """
    reference, is_known = best_reference(truth.gradient, fd, said.status, rtol, eps)

    evidence = Evidence(
        x=truth.slope,
        value=np.broadcast_to(_beside(said.value, xs), xs.shape),
        gradient=said.gradient.astype(np.float64),
        argmin=truth.output,
        status=said.status,
        reference=reference,
        reference_error=np.where(is_known, 0.0, fd.error),
        is_kink=fd.is_kink,
        lower=fd.lower,
        upper=fd.upper,
        residual=truth.residual,
        curvature=truth.curvature,
    )
    verdict = judge(evidence, rtol, absolute_tolerance(xs, atol, eps), eps)
    rel_error = relative_error(evidence.gradient, reference)
    residual, num_steps, status = said.residual, said.num_steps, said.status
    if xs.ndim == 2:
        worst = np.argmax(severity(verdict), axis=1)[:, None]
        status = np.take_along_axis(status, worst, 1)[:, 0]
        verdict = np.take_along_axis(verdict, worst, 1)[:, 0]
        residual, num_steps = np.max(residual, axis=1), np.max(num_steps, axis=1)
        rel_error = np.max(rel_error, axis=1)
    return Inspection(
        value=said.value,
        gradient=said.gradient,
        argmin=said.argmin,
        hessian=said.hessian,
        residual=residual,
        num_steps=num_steps,
        status=status,
        reference_value=truth.value,
        reference_gradient=reference,
        fd_gradient=np.where(fd.is_kink, fd.middle, fd.gradient),
        fd_error=np.where(fd.is_kink, fd.half_width, fd.error),
        rel_error=rel_error,
        param_gradients=dict(zip(names, said.param_gradients, strict=True)),
        verdict=verdict,
    )


def best_reference(
    in_closed_form: NDArray[np.float64],
    fd: "Differences",
    status: NDArray[np.int64],
    rtol: float,
    eps: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The closed form, else the differences where they are reliable; and where it is the former.

    Differences that cannot resolve the tolerance, and those of a value that may not be the least
    one, accuse nobody.
    """
    is_reliable = fd.error <= rtol * np.abs(fd.gradient) + 1e3 * eps
    is_reliable &= status != Status.NOT_CONVEX
    is_known = np.isfinite(in_closed_form)
    return np.where(is_known, in_closed_form, np.where(is_reliable, fd.gradient, np.nan)), is_known


def absolute_tolerance(
    xs: NDArray[np.float64], atol: float | None, eps: float
) -> NDArray[np.float64]:
    """`atol` for each x: 1e3 eps max(1, |x|) where None is given."""
    return 1e3 * eps * np.maximum(1, np.abs(xs)) if atol is None else np.full_like(xs, atol)


class Differences(NamedTuple):
    """By differences of the value: all of x's shape."""

    gradient: NDArray[np.float64]
    error: NDArray[np.float64]
    is_kink: NDArray[np.bool_]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @property
    def middle(self) -> NDArray[np.float64]:
        """Of the two slopes."""
        with np.errstate(invalid="ignore"):  # outside of a domain both may be infinite
            return (self.lower + self.upper) / 2

    @property
    def half_width(self) -> NDArray[np.float64]:
        """Of the interval between the two slopes."""
        with np.errstate(invalid="ignore"):
            return (self.upper - self.lower) / 2


# A slope that differs from one side to the other at both of these steps is a kink; where the
# function only bends, even as sharply as |x|^1.02, the difference fades with the step.
_WIDE, _NARROW = 3, 10


def _differences(truth: Comparison) -> Differences:
    """Derivatives of the value by differences, and its one-sided slopes, of x's shape."""
    return differences_of(truth.shifted, truth.scale)


def differences_of(shifted: NDArray[np.float64], scale: NDArray[np.float64]) -> Differences:
    """The same from the values at the shifts of the scheme, on the last axis, times `scale`."""
    shape, values = scale.shape, shifted.reshape(scale.size, -1)
    scale = scale.reshape(-1)
    if np.all(np.isnan(values)):
        return no_differences(shape)
    return known_differences(values, scale, shape)


def no_differences(shape: tuple[int, ...]) -> Differences:
    """What is known without differences."""
    nan = np.full(shape, np.nan)
    return Differences(nan, nan, np.zeros(shape, bool), nan, nan)


def known_differences(
    values: NDArray[np.float64], scale: NDArray[np.float64], shape: tuple[int, ...]
) -> Differences:
    """From values of shape (n, 27) and scales (n,), in the shape asked for; can be traced."""
    eps = float(np.finfo(np.float64).eps)
    found = differentiate(values, eps)
    with np.errstate(invalid="ignore"):
        levels = len(STEPS)
        steps = STEPS * scale[:, None]
        right = (values[:, 1 : 1 + levels] - values[:, :1]) / steps
        left = (values[:, :1] - values[:, 1 + levels :]) / steps
        jump = np.abs(right - left)
        noise = 1e3 * eps * np.max(np.abs(values), axis=1) / steps[:, _NARROW]
        is_kink = (jump[:, _NARROW] > 0.9 * jump[:, _WIDE]) & (jump[:, _NARROW] > noise)
    sides = np.sort(np.stack([left[:, _NARROW], right[:, _NARROW]]), axis=0)
    columns = found.value / scale, found.error / scale, is_kink, *sides
    return Differences(*(column.reshape(shape) for column in columns))


def differences_at(
    problem: Problem, xs: NDArray[np.float64], params: Sequence[Any], device: str
) -> NDArray[np.float64]:
    """The finite differences of the value along the leading axis of xs."""
    argmins = np.zeros((len(xs), *argmin_shape(problem, xs[0], params)))
    return _differences(comparison(problem, xs, params, argmins, device, True)).gradient


def _beside(value: NDArray[Any], xs: NDArray[Any]) -> NDArray[np.float64]:
    """A number for each x, as an array that can be broadcast against the components of x."""
    return value.astype(np.float64).reshape(value.shape + (1,) * (xs.ndim - value.ndim))


def _map(function: Callable[[Any], Any], found: Inspection) -> Inspection:
    """`function` of every array of an inspection."""
    fields = found._asdict()
    by_name = fields.pop("param_gradients")
    return Inspection(
        **{name: function(field) for name, field in fields.items()},
        param_gradients={name: function(gradient) for name, gradient in by_name.items()},
    )


def _plain(value: Any) -> Any:
    """A Python number instead of an array without axes."""
    return value.item() if np.ndim(value) == 0 else value
