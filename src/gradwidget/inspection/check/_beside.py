"""What the user gave to compare with: a reference, and the inner problem's residual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._causes import Residual, message_of
from ._differences import Derivative
from ._jobs import Jobs
from ._measured import SOLVER_RTOL, Check, Measured
from ._programs import Program, Subject
from ._report import CheckRow, Outcome
from ._running import close_row, unjudged_row

Array = NDArray[np.float64]


def closed_form_of(reference: Subject | None, jobs: Jobs) -> Derivative | None:
    if reference is None:
        return None
    for program in (reference.forward_program, reference.reverse_program):
        result = program(jobs.z, jobs.v)
        if program.error is None:
            value = result[:, 1]
            size = np.abs(value)
            error = np.where(np.isfinite(value), 1e-9 * size, np.inf)
            return Derivative(value, error, size, np.zeros(value.shape, bool))
    return None


def reference_rows(check: Check, measured: Measured, rtol: float, atol: Array) -> list[CheckRow]:
    reference, dtype = check.reference, check.subject.dtype
    if reference is None:
        return []
    values = reference.value_program(measured.points)
    if reference.value_program.error is not None:
        error = reference.value_program.error
        return [
            unjudged_row("reference", dtype, f"The reference does not run: {message_of(error)}")
        ]
    size = np.max(np.abs(np.nan_to_num(measured.values)), axis=0)
    return [
        close_row(
            "reference",
            check,
            measured.values,
            values,
            size,
            rtol,
            None,
            "The function's values are not those of the reference.",
            "Compare the two functions at the given point.",
        )
    ]


def residual_rows(
    check: Check, points: Array, *, is_needed: bool
) -> tuple[Residual | None, list[CheckRow]]:
    """Whether the inner problem is solved at the points.

    Args:
        check: What is checked.
        points: (P, n).
        is_needed: Whether something has to be explained; if nothing has, a solver may stop at
            its own tolerance.
    """
    if check.residual is None:
        return None, []
    dtype = check.subject.dtype
    program = Program(check.residual, dtype)
    sizes = program(points)
    if program.error is not None:
        text = f"The residual does not run: {message_of(program.error)}"
        return None, [unjudged_row("residual", dtype, text)]
    tolerance = check.settings.tolerance(dtype)
    scale = np.maximum(1.0, np.max(np.abs(points), axis=1))
    is_small = np.asarray(sizes <= tolerance * scale, bool)
    worst = float(np.max(sizes))
    residual = Residual(sizes, is_small)
    if is_small.all():
        return residual, [CheckRow("residual", "", 0, dtype, Outcome.PASS, worst, tolerance)]
    where = "at the given point" if not is_small[0] else "at a point near the given one"
    is_harmless = not is_needed and bool(np.all(sizes <= SOLVER_RTOL * scale))
    return residual, [
        CheckRow(
            "residual",
            "",
            0,
            dtype,
            Outcome.UNJUDGED if is_harmless else Outcome.FAIL,
            worst,
            tolerance,
            f"The inner problem's solver did not converge: its residual is up to {worst:.2g} "
            f"({where})" + (", though no derivative suffers." if is_harmless else "."),
            "Let the solver converge: a safeguarded or a better scaled one, more iterations.",
        )
    ]
