"""Every source of the gradient side by side, and how long each takes."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike, NDArray

from .._context import computing
from ..argmin import Status
from ..problems import Problem
from ._inspect import Inspection, checked, differences_at, inspect
from ._verdict import Verdict, relative_error

CUSTOM_RULE = "argmin custom_jvp"
RULE_ITSELF = "custom rule"
CLOSED_FORM = "closed form"
DIFFERENCE = "finite difference"
THROUGH_SOLVER = "jax.grad through the solver"
FORWARD = "jax.jvp through the solver"

#: A further derivative agrees with the closed form's up to this.
FURTHER_RTOL = 1e-3


class GradientRow(NamedTuple):
    """One source of the value and the gradient; None where something does not apply.

    **Attributes:**

    - `name`: the source.
    - `value`, `gradient`: what it says at x.
    - `rel_error`: against the closed form, or the finite difference where there is none.
    - `residual`: of the inner problem.
    - `time`: of one call of the compiled gradient, in seconds; None also before it is measured.
    - `verdict`: a [`Verdict`][].
    - `message`: what there is to say, such as JAX's own error.
    """

    name: str
    value: Any
    gradient: Any
    rel_error: Any
    residual: Any
    time: float | None
    verdict: Verdict | None
    message: str | None


def gradient_table(
    problem: Problem,
    x: ArrayLike,
    *params: float,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    inspection: Inspection | None = None,
    along: NDArray[np.float64] | None = None,
    times: Mapping[str, float] | None = None,
    forward: tuple[float, float] | None = None,
) -> tuple[GradientRow, ...]:
    """The sources of the gradient at x, side by side.

    **Arguments:** as for [`inspect`][], and

    - `inspection`: that of x, if it is known already; with `along` a point of a line's.
    - `along`: for a vector x the unit vector v along which the derivatives are told, as
        [`inspect_curve`][] does with a direction.
    - `times`: what [`measure_times`][] returned, if it was called.
    - `forward`: what [`forward_through_solver`][] returned, if it was called.

    **Returns:** a [`GradientRow`][] for the custom rule, the closed form (when there is one), the
    finite difference, and `jax.grad` through the solver (when there is one), which JAX refuses: the
    message is its own. For a scalar x also `jax.jvp` through the solver; for a scalar x and along a
    line the second derivative, and the derivative with respect to each parameter, by the rule.
    """
    precision = {"solver": solver, "dtype": dtype, "device": device}
    found = inspection or inspect(problem, x, *params, **precision)  # type: ignore[arg-type]
    refusal = through_solver(problem if solver is None else problem.with_solver(solver))
    names = [p.name for p in problem.parameters]
    references: Sequence[float] = ()
    if np.ndim(found.gradient) == 0:
        references = further_references(problem, x, params, dtype, device, along)
    is_line = along is not None
    closed = problem.has_closed_form
    return rows_of(found, closed, times or {}, forward, refusal, names, references, dtype, is_line)


def rows_of(
    found: Inspection,
    has_closed_form: bool,
    times: Mapping[str, float],
    forward: tuple[float, float] | None,
    refusal: str | None,
    names: Sequence[str],
    references: Sequence[float],
    dtype: str,
    is_line: bool = False,
) -> tuple[GradientRow, ...]:
    """The rows, from all that was computed; the page writes them by this same function.

    **Arguments:** as for [`gradient_table`][], and

    - `refusal`: what [`through_solver`][] returned: None without an inner problem.
    - `names`: of the parameters.
    - `references`: what [`further_references`][] returned; of no interest for a vector x.
    - `is_line`: whether `found` is of a point of a line.
    """
    rows = [
        GradientRow(
            RULE_ITSELF if refusal is None else CUSTOM_RULE,
            found.value,
            found.gradient,
            found.rel_error,
            None if refusal is None else found.residual,
            times.get(CUSTOM_RULE),
            found.verdict,
            str(found.status) if found.status else None,
        )
    ]
    error = None
    if has_closed_form:
        rows.append(
            GradientRow(
                CLOSED_FORM,
                found.reference_value,
                found.reference_gradient,
                None,
                None,
                times.get(CLOSED_FORM),
                None,
                None,
            )
        )
        error = _relative_error(found.fd_gradient, found.reference_gradient)
    is_known, message = _told_of_differences(found)
    rows.append(
        GradientRow(
            DIFFERENCE,
            None,
            found.fd_gradient if is_known else None,
            error if is_known else None,
            None,
            times.get(DIFFERENCE),
            None,
            message,
        )
    )
    if refusal is not None:
        rows.append(GradientRow(THROUGH_SOLVER, None, None, None, None, None, None, refusal))
    if np.ndim(found.gradient) == 0:
        if not is_line and refusal is not None:
            rows.append(_forward_row(forward, found))
        name = "d²f/dt²" if is_line else "d²f/dx²"
        rows.append(_further_row(name, float(found.hessian), references[0], dtype))
        for i in range(len(names)):
            name = names[i]
            value = float(found.param_gradients[name])
            rows.append(_further_row(f"∂f/∂{name}", value, references[i + 1], dtype))
    return tuple(rows)


def _told_of_differences(found: Inspection) -> tuple[bool, str]:
    """Whether the finite differences are a number, and what there is to say of them."""
    if not np.all(np.isfinite(found.fd_error)):
        return False, "unreliable here"
    is_of_f = found.verdict == Verdict.kink and found.status != Status.KINK
    if is_of_f and np.ndim(found.gradient) == 0:
        lower, upper = found.fd_gradient - found.fd_error, found.fd_gradient + found.fd_error
        return False, f"slopes from {lower:.4g} to {upper:.4g}"
    return True, f"± {np.max(found.fd_error):.1e}"


def _forward_row(forward: tuple[float, float] | None, found: Inspection) -> GradientRow:
    if forward is None:
        value, gradient, error = None, None, None
        message = "differentiates the solver's iterations; computed when nothing moves"
    else:
        value, gradient = forward
        error = _relative_error(gradient, found.reference_gradient)
        message = "differentiates the solver's iterations, not the minimum"
    return GradientRow(FORWARD, value, gradient, error, None, None, None, message)


def forward_through_solver(
    problem: Problem,
    x: ArrayLike,
    *params: float,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
) -> tuple[float, float]:
    """Value and derivative that `jax.jvp` gives when it differentiates the solver's own loop.

    Forward mode runs through a while loop: what comes out is the derivative of the iterations,
    which is that of the minimum only in the limit.

    **Arguments:** as for [`inspect`][], with a scalar x.

    **Raises:** `ValueError` for a problem without a solver, too.
    """
    problem, point, numbers = checked(problem, x, params, solver, dtype)
    if problem.inner is None:
        raise ValueError("This problem has no inner problem, and so no solver.")
    if "forward through the solver" not in problem.programs:
        raw = _through(problem)
        problem.programs["forward through the solver"] = jax.jit(
            lambda x, *params: jax.jvp(lambda x: raw(x, *params), (x,), (jnp.ones_like(x),))
        )
    with computing(dtype, device):
        arguments = [jnp.asarray(a, dtype) for a in (point, *numbers)]
        value, gradient = problem.programs["forward through the solver"](*arguments)
    return float(value) + 0.0, float(gradient) + 0.0


def further_references(
    problem: Problem,
    x: ArrayLike,
    params: Sequence[float],
    dtype: str,
    device: str,
    along: NDArray[np.float64] | None = None,
) -> Sequence[float]:
    """The second derivative and those by the parameters, in closed form; NaN without one."""
    problem, point, numbers = checked(problem, x, tuple(params), None, dtype)
    if problem.true_f is None:
        return (math.nan,) * (1 + len(numbers))
    key = "further" if along is None else "further along"
    if key not in problem.programs:
        make = further if along is None else _further_along
        problem.programs[key] = jax.jit(make(problem))
    at = (point, *numbers) if along is None else (point, along, *numbers)
    with computing("float64", device):
        arguments = [np.float64(np.asarray(a).astype(dtype)) for a in at]
        return tuple(map(float, problem.programs[key](*arguments)))


def further(problem: Problem) -> Callable[..., tuple[Array, ...]]:
    """The program of [`further_references`][]: of x and the parameters, scalars."""
    true_f = problem.true_f
    assert true_f is not None

    def derivatives(x: Array, *params: Array) -> tuple[Array, ...]:
        by_params = jax.grad(true_f, tuple(range(1, 1 + len(params))))(x, *params)
        return jax.grad(jax.grad(true_f))(x, *params), *by_params

    return derivatives


def _further_along(problem: Problem) -> Callable[..., tuple[Array, ...]]:
    """The same of a vector x and a direction v, by t on the line x + t v."""
    true_f = problem.true_f
    assert true_f is not None

    def derivatives(x: Array, v: Array, *params: Array) -> tuple[Array, ...]:
        def on_line(t: Array, *params: Array) -> Array:
            value: Array = true_f(x + t * v, *params)
            return value

        by_params = jax.grad(on_line, tuple(range(1, 1 + len(params))))
        zero = jnp.zeros((), x.dtype)
        return jax.grad(jax.grad(on_line))(zero, *params), *by_params(zero, *params)

    return derivatives


def _further_row(name: str, value: float, reference: float, dtype: str) -> GradientRow:
    error = None
    if math.isnan(reference):
        verdict = Verdict.unchecked
    elif value == reference:  # both may be infinite
        error, verdict = 0.0, Verdict.agree
    elif not math.isfinite(value):
        verdict = Verdict.undefined
    else:
        error = _relative_error(value, reference)
        allowed = FURTHER_RTOL * abs(reference) + 1e3 * float(np.finfo(dtype).eps)
        is_close = abs(value - reference) <= allowed
        verdict = Verdict.agree if is_close else Verdict.disagree
    return GradientRow(f"{name} by the rule", None, value + 0.0, error, None, None, verdict, None)


def through_solver(problem: Problem) -> str | None:
    """What JAX says to `jax.grad` of the value without the derivative rule: found by trying.

    None without an inner problem, where there is no solver.
    """
    if problem.inner is None:
        return None
    key = "through the solver"
    if key not in problem.programs:
        problem.programs[key] = _refusal(problem)
    message: str = problem.programs[key]
    return message


def _refusal(problem: Problem) -> str:
    try:
        x = jax.ShapeDtypeStruct(() if problem.dim is None else (problem.dim,), jnp.float32)
        jax.eval_shape(jax.grad(_through(problem)), x)
    except Exception as error:  # whatever JAX raises is the answer
        return f"{type(error).__name__}: {error}"
    return "JAX differentiated the solver's steps without an error."


def _relative_error(gradient: Any, reference: Any) -> float:
    """The largest one."""
    return float(np.max(relative_error(np.asarray(gradient), np.asarray(reference))))


def _through(problem: Problem) -> Callable[..., Array]:
    """The value by the solver's own steps, without any derivative rule."""
    g, solve = problem.inner, problem.solve
    assert g is not None
    assert solve is not None

    def raw(x: Array, *params: Array) -> Array:
        value: Array = problem.sign * g(solve(x, *params).argmin, x, *params)
        return value

    return raw


def measure_times(
    problem: Problem,
    x: ArrayLike,
    *params: float,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    num_calls: int = 200,
) -> dict[str, float]:
    """The time of one gradient by each source of [`gradient_table`][] that gives one.

    **Arguments:** as for [`inspect`][], and `num_calls`, over which the median is taken.

    **Returns:** seconds, by the name of the row; each of a call of a compiled program, warm, from
    Python, with its result waited for.
    """
    problem, point, numbers = checked(problem, x, params, solver, dtype)
    times = {}
    with computing(dtype, device):
        arguments = [jnp.asarray(a, dtype) for a in (point, *numbers)]
        sources = {CUSTOM_RULE: problem.f_with_gradient, CLOSED_FORM: problem.true_f}
        for name, function in sources.items():
            if function is not None:
                key = ("gradient", name)
                program = problem.programs.setdefault(key, jax.jit(jax.grad(function)))
                times[name] = _median_time(lambda: program(*arguments), num_calls)  # noqa: B023
    times[DIFFERENCE] = _median_time(
        lambda: differences_at(problem, point[None], numbers, device), num_calls // 10
    )
    return times


def _median_time(call: Callable[[], Any], num_calls: int) -> float:
    jax.block_until_ready(call())
    seconds = []
    for _ in range(num_calls):
        start = time.perf_counter()
        jax.block_until_ready(call())
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))
