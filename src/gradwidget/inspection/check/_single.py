"""float32, held against float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._beside import residual_rows
from ._causes import explain_not_finite, message_of
from ._differences import Derivative
from ._evidence import Comparison, compare
from ._first_order import agreement_row, raised_row
from ._jaxpr import iterates, structure
from ._jobs import Jobs
from ._measure import first_derivatives, second_derivatives
from ._measured import MODES, RTOL, Check, Measured
from ._report import CheckRow, Outcome
from ._running import running_rows, unjudged_row, value_rows
from ._second_order import second_raised_row

Array = NDArray[np.float64]


def check_by_float64(check: Check, double: Measured) -> list[CheckRow]:
    subject, settings = check.subject, check.settings
    dtype = "float32"
    rtol = max(settings.tolerance(dtype), RTOL[dtype])
    # The same points: the random ones are float32 numbers already.
    points = double.points.astype(np.float32).astype(np.float64)
    jobs = double.jobs._replace(z=points[double.jobs.point])
    second_jobs = double.second_jobs._replace(z=points[double.second_jobs.point])
    values = subject.value_program(points)
    if subject.value_program.error is not None:
        text = f"It does not run: {message_of(subject.value_program.error)}"
        return [unjudged_row("value", dtype, text)]
    modes = {
        "forward": first_derivatives(subject.forward_program, jobs),
        "reverse": first_derivatives(subject.reverse_program, jobs),
    }
    measured = Measured(check, points, jobs, second_jobs, values, modes, {})
    for mode in MODES:
        measured.comparisons[mode] = _against_double(
            modes[mode].slope if modes[mode].error is None else None,
            _double_slopes(double, mode, jobs),
            double.comparisons[mode],
            rtol,
        )
    is_known = _has_its_value(double, measured)
    rows = running_rows(check, measured, double)
    rows += value_rows(measured, double)
    for index, name in enumerate(subject.arguments.names):
        for mode in MODES:
            rows.append(_single_row(measured, double, mode, name, index, rtol, is_known))
        rows.append(agreement_row(measured, index, name, max(rtol, 1e-2), double))
    rows += _single_second_rows(measured, double, rtol, is_known)
    is_solved = residual_rows(check, points, is_needed=True)[1]
    rows += [_lenient(row, double) for row in is_solved]
    return rows


def _lenient(row: CheckRow, double: Measured) -> CheckRow:
    twin = double.rows.get((row.name, row.argument))
    if row.outcome == Outcome.FAIL and twin is not None and twin.outcome == Outcome.PASS:
        return row._replace(
            outcome=Outcome.UNJUDGED,
            cause="It is larger in float32 only; consistent with rounding.",
            what_to_do="",
        )
    return row


def _double_slopes(double: Measured, mode: str, jobs: Jobs) -> Array | None:
    """The float64 derivatives at the points of the float32 ones."""
    program = double.modes[mode].program
    if program.error is not None:
        return None
    slopes = double.modes[mode].slope.copy()
    moved = np.any(jobs.z != double.jobs.z, axis=1)
    if moved.any():
        slopes[moved] = program(jobs.z[moved], jobs.v[moved])[:, 1]
    return slopes


def _against_double(
    found: Array | None, slopes: Array | None, comparison: Comparison | None, rtol: float
) -> Comparison | None:
    if found is None or slopes is None or comparison is None:
        return None
    truth = comparison.truth
    # What is wrong in float64 is held against the truth, all else against float64.
    value = np.where(comparison.is_wrong, truth.value, slopes)
    error = np.where(np.isfinite(value), 0.0, np.inf)
    scale = np.maximum(np.abs(value), truth.variation)
    reference = Derivative(value, error, np.nan_to_num(scale), truth.is_kink)
    return compare(found, reference, rtol, rtol * np.min(np.nan_to_num(scale), axis=1))


def _has_its_value(double: Measured, single: Measured) -> NDArray[np.bool_]:
    """(P,) where float32 is precise enough for the value itself."""
    size = np.abs(double.values)
    with np.errstate(all="ignore"):
        close = np.abs(single.values - double.values) <= 1e-2 * size
    return np.asarray(np.all(close, axis=1), bool)


def _single_row(
    measured: Measured,
    double: Measured,
    mode: str,
    name: str,
    index: int,
    rtol: float,
    is_known: NDArray[np.bool_],
) -> CheckRow:
    mine = measured.jobs.argument == index
    subject = measured.check.subject
    function = (
        subject.contraction.along_forward
        if mode == "forward"
        else subject.contraction.along_reverse
    )
    if measured.modes[mode].error is not None:
        return raised_row(measured, mode, name)
    whole = measured.comparisons[mode]
    return _row_beside(
        double.rows[mode, name],
        measured.jobs.of(mine),
        whole.of(mine) if whole is not None else None,
        rtol,
        is_known,
        measured,
        double,
        function,
    )


def _single_second_rows(
    measured: Measured, double: Measured, rtol: float, is_known: NDArray[np.bool_]
) -> list[CheckRow]:
    check = measured.check
    subject, jobs = check.subject, measured.second_jobs
    names = subject.arguments.names
    if double.second is None:
        return [
            unjudged_row(
                "second order", "float32", double.rows["second order", n].cause, argument=n, order=2
            )
            for n in names
        ]
    second = second_derivatives(subject, jobs, double.second.inner)
    if second.error is not None:
        return [second_raised_row(measured, name, second.error) for name in names]
    comparison = None
    if double.second.error is None:
        slopes = double.second.program(jobs.z, jobs.v, jobs.w)
        comparison = _against_double(
            second.slope, slopes, double.second_comparison, max(rtol, 1e-2)
        )
    rows = []
    for index, name in enumerate(names):
        mine = jobs.argument == index
        rows.append(
            _row_beside(
                double.rows["second order", name],
                jobs.of(mine),
                comparison.of(mine) if comparison is not None else None,
                max(rtol, 1e-2),
                is_known,
                measured,
                double,
                second.function,
            )
        )
    return rows


def _row_beside(
    twin: CheckRow,
    jobs: Jobs,
    comparison: Comparison | None,
    rtol: float,
    is_known: NDArray[np.bool_],
    measured: Measured,
    double: Measured,
    function: Callable[..., Any],
) -> CheckRow:
    """The float32 row beside its twin in float64."""
    row = twin._replace(dtype="float32", tolerance=rtol)
    if comparison is None:
        return row._replace(
            outcome=Outcome.UNJUDGED,
            cause="There is no float64 derivative to compare with.",
            what_to_do="",
        )
    known = is_known[jobs.point][:, None] & np.isfinite(comparison.truth.value)
    right, wrong = comparison.is_right & known, comparison.is_wrong & known
    errors = comparison.error[right | wrong]
    row = row._replace(error=float(np.max(errors)) if errors.size else float("nan"))
    if twin.outcome != Outcome.PASS:
        if twin.outcome == Outcome.FAIL and not wrong.any():
            return row._replace(
                outcome=Outcome.UNJUDGED,
                what_to_do="",
                cause="It fails in float64; float32 is too coarse to show it.",
            )
        return row
    broken = np.asarray(np.any(wrong & ~np.isfinite(comparison.found), axis=1), bool)
    if broken.any():
        cause = explain_not_finite(
            measured.check.subject, function, jobs, broken, "float32 derivative"
        )
        return row._replace(
            outcome=Outcome.FAIL, error=float("inf"), cause=cause.text, what_to_do=cause.what_to_do
        )
    if not known.any():
        return row._replace(
            outcome=Outcome.UNJUDGED,
            cause="The value itself is not known to two digits in float32.",
        )
    if not wrong.any():
        return row
    return row._replace(outcome=Outcome.UNJUDGED, cause=_rounding(measured, double, row.error))


def _rounding(measured: Measured, double: Measured, error: float) -> str:
    single_jaxpr, double_jaxpr = measured.check.subject.jaxpr, double.check.subject.jaxpr
    text = f"It is right in float64 and differs by {error:.1g} in float32"
    if (
        single_jaxpr is not None
        and double_jaxpr is not None
        and structure(single_jaxpr) == structure(double_jaxpr)
        and not iterates(single_jaxpr)
    ):
        return f"{text}, with the same operations: that is float32 rounding (cancellation)."
    return f"{text}; consistent with rounding, or with a solver's tolerance, in float32."
