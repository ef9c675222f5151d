"""The rows of a report: every check of one function, in float64 and then in float32."""

from __future__ import annotations

import numpy as np

from ._beside import closed_form_of, reference_rows, residual_rows
from ._causes import message_of
from ._first_order import agreement_row, first_row
from ._jobs import draw_jobs, draw_points, draw_second_jobs
from ._measure import first_derivatives, judge_first
from ._measured import MODES, Check, Measured
from ._precision import precision_rows
from ._report import CheckRow
from ._running import known, running_rows, unjudged_row, value_rows
from ._second_order import second_rows
from ._single import check_by_float64


def check_float64(check: Check) -> tuple[list[CheckRow], Measured | None]:
    """All rows in float64, and what was measured."""
    return check_by_differences(check)


def check_float32(check: Check, measured: Measured | None) -> list[CheckRow]:
    """All rows in float32.

    Where float64 is to be had, its derivatives are what float32 is held against: they are far
    more precise than finite differences of float32 numbers. What is right in float64 and differs
    in float32 differs by rounding, which is no fault of a rule, so that it "cannot be judged".
    """
    if measured is None:
        return check_by_differences(check)[0]
    return check_by_float64(check, measured)


def check_by_differences(check: Check) -> tuple[list[CheckRow], Measured | None]:
    subject, settings = check.subject, check.settings
    dtype, arguments = subject.dtype, subject.arguments
    rng = np.random.default_rng([settings.seed, 1])
    program = subject.value_program
    if not program.works(arguments.z):
        return [
            unjudged_row("value", dtype, f"It does not run: {message_of(known(program.error))}")
        ], None
    value = program(arguments.z[None])
    if not np.all(np.isfinite(value)):
        return [unjudged_row("value", dtype, "The value is not finite at the given point.")], None

    probes = [subject.forward_program, subject.reverse_program]
    for probe in probes:
        probe.works(arguments.z, arguments.scale)
    in_python = any(p.jit_error is not None for p in (program, *probes))
    budget = settings.budget.in_python() if in_python else settings.budget

    points = draw_points(arguments, program, budget.num_points, rng)
    jobs = draw_jobs(arguments, points, budget, rng)
    second_jobs = draw_second_jobs(arguments, points, rng)
    values = program(points)
    rtol, atol = settings.tolerance(dtype), settings.absolute(jobs)
    if dtype == "float32":
        rtol = max(rtol, 1e-2)  # held against differences of float32 numbers

    modes = dict(zip(MODES, (first_derivatives(p, jobs) for p in probes), strict=True))
    closed_form = closed_form_of(check.reference, jobs)
    judged = judge_first(subject, jobs, list(modes.values()), rtol, atol, closed_form)
    measured = Measured(
        check, points, jobs, second_jobs, values, modes, dict(zip(MODES, judged, strict=True))
    )
    residual, solved = residual_rows(check, points, is_needed=_is_any_wrong(measured))

    rows = running_rows(check, measured, None)
    rows += precision_rows(check, measured)
    rows += value_rows(measured, None)
    for index, name in enumerate(arguments.names):
        for mode in MODES:
            rows.append(first_row(measured, mode, index, name, rtol, atol, residual, rng))
        rows.append(agreement_row(measured, index, name, rtol, None))
    rows += second_rows(measured, rtol, residual, rng)
    rows += reference_rows(check, measured, rtol, atol)
    rows += solved
    measured.rows = {(row.name, row.argument): row for row in rows}
    return rows, measured


def _is_any_wrong(measured: Measured) -> bool:
    return any(c is not None and bool(c.wrong_jobs.any()) for c in measured.comparisons.values())
