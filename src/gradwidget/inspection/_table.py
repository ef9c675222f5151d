"""Every source of the gradient side by side, and how long each takes."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from .._context import computing
from ..problems import Problem
from ._inspect import Inspection, checked, differences_at, inspect
from ._verdict import Verdict, relative_error

CUSTOM_RULE = "argmin custom_jvp"
CLOSED_FORM = "closed form"
DIFFERENCE = "finite difference"
THROUGH_SOLVER = "jax.grad through the solver"


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
    times: Mapping[str, float] | None = None,
) -> tuple[GradientRow, ...]:
    """The sources of the gradient at x, side by side.

    **Arguments:** as for [`inspect`][], and

    - `inspection`: that of x, if it is known already.
    - `times`: what [`measure_times`][] returned, if it was called.

    **Returns:** a [`GradientRow`][] for the custom rule, the closed form (when there is one), the
    finite difference, and `jax.grad` through the solver, which JAX refuses: the message is its own.
    """
    precision = {"solver": solver, "dtype": dtype, "device": device}
    found = inspection or inspect(problem, x, *params, **precision)  # type: ignore[arg-type]
    times = times or {}
    rows = [
        GradientRow(
            CUSTOM_RULE,
            found.value,
            found.gradient,
            found.rel_error,
            found.residual,
            times.get(CUSTOM_RULE),
            found.verdict,
            str(found.status) if found.status else None,
        )
    ]
    error = None
    if problem.has_closed_form:
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
        error = np.max(relative_error(found.fd_gradient, found.reference_gradient)).item()
    is_known = bool(np.all(np.isfinite(found.fd_error)))
    rows.append(
        GradientRow(
            DIFFERENCE,
            None,
            found.fd_gradient if is_known else None,
            error if is_known else None,
            None,
            times.get(DIFFERENCE),
            None,
            f"± {np.max(found.fd_error):.1e}" if is_known else "unreliable here",
        )
    )
    refusal = through_solver(problem if solver is None else problem.with_solver(solver))
    rows.append(GradientRow(THROUGH_SOLVER, None, None, None, None, None, None, refusal))
    return tuple(rows)


def through_solver(problem: Problem) -> str:
    """What JAX says to `jax.grad` of the value without the derivative rule: found by trying."""
    key = "through the solver"
    if key not in problem.programs:
        problem.programs[key] = _refusal(problem)
    message: str = problem.programs[key]
    return message


def _refusal(problem: Problem) -> str:
    g, solve = problem.inner, problem.solve
    assert g is not None
    assert solve is not None

    def raw(x: Array) -> Array:
        value: Array = -g(solve(x).argmin, x)
        return value

    try:
        jax.eval_shape(jax.grad(raw), jnp.float32(0.5))
    except Exception as error:  # whatever JAX raises is the answer
        return f"{type(error).__name__}: {error}"
    return "JAX differentiated the solver's steps without an error."


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
