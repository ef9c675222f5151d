"""Does it run, compiled and over a batch, and with the same results?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._causes import message_of
from ._jaxpr import RULES, iterates, uses
from ._measured import SOLVER_RTOL, Check, Measured
from ._programs import Program
from ._report import CheckRow, Outcome

Array = NDArray[np.float64]


def known(error: Exception | None) -> Exception:
    return error if error is not None else RuntimeError("unknown")


def unjudged_row(
    name: str, dtype: str, cause: str, *, argument: str = "", order: int = 0
) -> CheckRow:
    return CheckRow(name, argument, order, dtype, Outcome.UNJUDGED, cause=cause)


def loose_tolerance(check: Check) -> float:
    return 1e-6 if check.subject.dtype == "float64" else 1e-2


def has_iterations(check: Check) -> bool:
    return check.subject.jaxpr is not None and iterates(check.subject.jaxpr)


def close_row(
    name: str,
    check: Check,
    found: Array,
    expected: Array,
    size: Any,
    tolerance: float,
    other: Measured | None,
    cause: str,
    what_to_do: str,
) -> CheckRow:
    with np.errstate(all="ignore"):
        both = np.isfinite(found) & np.isfinite(expected)
        relative = np.abs(found - expected) / np.maximum(
            np.maximum(np.abs(found), np.abs(expected)), np.maximum(size, 1e-300)
        )
        error = float(np.max(np.where(both, relative, 0.0), initial=0.0))
        if np.any(np.isfinite(found) != np.isfinite(expected)):
            error = float("inf")
    dtype = check.subject.dtype
    order = 1 if name == "vmap" else 0
    if error <= tolerance:
        return CheckRow(name, "", order, dtype, Outcome.PASS, error, tolerance)
    if other is not None and other.rows[name, ""].outcome == Outcome.PASS:
        return CheckRow(
            name,
            "",
            order,
            dtype,
            Outcome.UNJUDGED,
            error,
            tolerance,
            "They differ in float32 only; consistent with rounding.",
        )
    if error <= SOLVER_RTOL and has_iterations(check):
        return CheckRow(
            name,
            "",
            order,
            dtype,
            Outcome.UNJUDGED,
            error,
            tolerance,
            "They differ by no more than an iteration's own tolerance may explain.",
        )
    return CheckRow(name, "", order, dtype, Outcome.FAIL, error, tolerance, cause, what_to_do)


def running_rows(check: Check, measured: Measured, other: Measured | None) -> list[CheckRow]:
    subject, dtype = check.subject, check.subject.dtype
    rows = []
    programs = {"function": subject.value_program}
    programs |= {f"{mode} derivative": m.program for mode, m in measured.modes.items()}
    failing = {
        what: program.jit_error
        for what, program in programs.items()
        if program.jit_error is not None
    }
    tolerance = loose_tolerance(check)
    if failing:
        what, error = next(iter(failing.items()))
        rows.append(
            CheckRow(
                "jit",
                "",
                0,
                dtype,
                Outcome.FAIL,
                tolerance=tolerance,
                cause=f"The {what} fails under `jax.jit` and works outside of it: "
                f"{_jit_cause(error)}",
                what_to_do="Replace the Python branch by `jnp.where` or `jax.lax.cond`, and "
                "NumPy by jax.numpy.",
            )
        )
    else:
        plain = np.concatenate(
            [
                c @ np.ravel(np.asarray(output, np.float64))[:, None]
                for c, output in zip(subject.cotangents, check.plain, strict=True)
            ],
            axis=1,
        ).sum(axis=1)
        size = [
            np.abs(c) @ np.abs(np.ravel(np.asarray(output, np.float64)))
            for c, output in zip(subject.cotangents, check.plain, strict=True)
        ]
        rows.append(
            close_row(
                "jit",
                check,
                measured.values[:1],
                plain[None],
                sum(size),
                tolerance,
                other,
                "The value under `jax.jit` is not that outside of it; consistent with a "
                "function that keeps a state or reads the clock.",
                "Make the function pure.",
            )
        )
    rows.append(_vmap_row(check, measured, bool(failing), tolerance, other))
    return rows


def _jit_cause(error: Exception) -> str:
    text = message_of(error)
    if "TracerBool" in text or "boolean" in text:
        return f"a Python branch on a traced value ({type(error).__name__})."
    return text


def _vmap_row(
    check: Check, measured: Measured, fails_in_jit: bool, tolerance: float, other: Measured | None
) -> CheckRow:
    subject, dtype = check.subject, check.subject.dtype
    working = [mode for mode in ("reverse", "forward") if measured.modes[mode].error is None]
    if working:
        function = (
            subject.contraction.along_reverse
            if working[0] == "reverse"
            else subject.contraction.along_forward
        )
        mode = measured.modes[working[0]]
        plain = np.stack([mode.value, mode.slope], axis=1)
    else:
        function = None
    jobs = measured.jobs
    rows = np.unique(np.linspace(0, len(jobs.z) - 1, min(len(jobs.z), 27)).astype(int))
    if function is None:
        program = Program(subject.contraction.value, dtype, use_vmap=True)
        result = program(measured.points)
        expected = measured.values
    else:
        program = Program(function, dtype, use_vmap=True)
        result = program(jobs.z[rows], jobs.v[rows])
        expected = plain[rows]
    if program.error is not None:
        cause = (
            "It cannot be traced, by `jax.vmap` no more than by `jax.jit`."
            if fails_in_jit
            else f"It fails under `jax.vmap`: {message_of(program.error)}"
        )
        return CheckRow(
            "vmap",
            "",
            1,
            dtype,
            Outcome.FAIL,
            tolerance=tolerance,
            cause=cause,
            what_to_do="Make every operation work on a batch; a callback needs `vmap_method=`.",
        )
    return close_row(
        "vmap",
        check,
        result,
        expected,
        np.max(np.abs(np.nan_to_num(expected)), axis=0),
        tolerance,
        other,
        "The results under `jax.vmap` are not those one by one; consistent with an operation "
        "that mixes the elements of a batch.",
        "Look at sums over all axes in callbacks and in `custom_vmap`, and at loops whose "
        "condition looks at the whole batch.",
    )


def value_rows(measured: Measured, other: Measured | None) -> list[CheckRow]:
    """Whether the primal outputs of a rule are the function's values."""
    check = measured.check
    dtype = check.subject.dtype
    found = [mode.value for mode in measured.modes.values() if mode.error is None]
    if not found:
        return []
    values = measured.values[measured.jobs.point]
    size = np.max(np.abs(np.nan_to_num(values)), axis=0)
    tolerance = check.settings.tolerance(dtype)
    return [
        close_row(
            "value with the rule",
            check,
            np.stack(found),
            np.stack([values] * len(found)),
            size,
            tolerance,
            other,
            "The value that comes with the derivative is not the function's value"
            + (
                ": the custom rule returns another primal output."
                if check.subject.jaxpr is None or uses(check.subject.jaxpr, *RULES)
                else "; consistent with a function that keeps a state."
            ),
            "Return from the rule the very value that the function returns.",
        )
    ]
