"""First derivatives against finite differences, and forward against reverse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._arguments import Leaf
from ._causes import Residual, Suspect, explain_exception, explain_first, message_of
from ._evidence import Comparison, compare, true_derivatives
from ._jaxpr import closed_over_float32, iterates
from ._jobs import Jobs
from ._measure import EPS, first_derivatives
from ._measured import MODES, SOLVER_RTOL, Check, Measured
from ._programs import Subject
from ._report import CheckRow, Outcome
from ._running import has_iterations, known

Array = NDArray[np.float64]

_FLOAT32_DATA_RTOL = 1e-5
"""Up to here, a disagreement may come from float32 data inside of the function."""


def first_row(
    measured: Measured,
    mode: str,
    index: int,
    name: str,
    rtol: float,
    atol: Array,
    residual: Residual | None,
    rng: np.random.Generator,
) -> CheckRow:
    check = measured.check
    subject, dtype = check.subject, check.subject.dtype
    whole = measured.comparisons[mode]
    if whole is None:
        return raised_row(measured, mode, name)
    mine = measured.jobs.argument == index
    jobs, comparison = measured.jobs.of(mine), whole.of(mine)
    if not comparison.is_wrong.any():
        return judged_row(mode, name, 1, dtype, jobs, comparison, rtol)
    excuse = excuse_of(check, comparison) or _symmetric_excuse(measured, mode, index, rtol, rng)
    if excuse is not None:
        return CheckRow(mode, name, 1, dtype, Outcome.UNJUDGED, comparison.worst, rtol, excuse)
    forward = measured.comparisons["forward"]
    suspect = Suspect(
        subject,
        mode,
        name,
        index,
        jobs,
        comparison,
        forward.of(mine) if forward is not None else None,
        residual,
        rtol,
        atol[mine],
        rng,
    )
    cause = explain_first(suspect)
    return CheckRow(mode, name, 1, dtype, Outcome.FAIL, comparison.worst, rtol, *cause)


def raised_row(measured: Measured, mode: str, name: str) -> CheckRow:
    check = measured.check
    error = known(measured.modes[mode].error)
    dtype = check.subject.dtype
    if mode == "forward" and _has_no_forward_rule(error):
        return CheckRow(
            mode,
            name,
            1,
            dtype,
            Outcome.NOT_APPLICABLE,
            cause="A `custom_vjp` has no forward rule, which is no fault.",
        )
    return CheckRow(
        mode,
        name,
        1,
        dtype,
        Outcome.FAIL,
        cause=f"JAX cannot take the {mode} derivative: {message_of(error)}",
        what_to_do=explain_exception(error),
    )


def _has_no_forward_rule(error: Exception) -> bool:
    text = str(error)
    return "custom_vjp" in text and ("forward-mode" in text or "jvp" in text)


def judged_row(
    check_name: str,
    argument: str,
    order: int,
    dtype: str,
    jobs: Jobs,
    comparison: Comparison,
    rtol: float,
) -> CheckRow:
    """The row of derivatives none of which is wrong."""
    right = comparison.is_right
    at_point = right[jobs.point == 0]
    # At the given point most have to be known to be right, and half of all.
    if right.mean() >= 0.5 and at_point.mean() > 0.5:
        return CheckRow(check_name, argument, order, dtype, Outcome.PASS, comparison.worst, rtol)
    return CheckRow(
        check_name,
        argument,
        order,
        dtype,
        Outcome.UNJUDGED,
        comparison.worst,
        rtol,
        _why_unreliable(comparison, at_point.mean() <= 0.5),
    )


def _why_unreliable(comparison: Comparison, is_at_point: bool) -> str:
    truth = comparison.truth
    unknown = ~comparison.is_right
    where = "at the given point" if is_at_point else "at most points"
    if truth.is_kink[unknown].mean() > 0.5:
        return (
            f"Finite differences are unreliable {where}: the slope differs from left to right, "
            "as at a kink."
        )
    if not np.isfinite(truth.error[unknown]).any():
        return (
            f"Finite differences are unreliable {where}: the values around it are not finite, "
            "jump or lie on a grid."
        )
    if not np.isfinite(comparison.found[unknown]).all():
        return f"The derivative is not finite {where}, and finite differences do not settle either."
    error = float(np.median(truth.error[unknown & np.isfinite(truth.error)]))
    return (
        f"Finite differences are unreliable {where}: their own error is about {error:.1g} in the "
        "units of the value, consistent with cancellation or with noise of a solver."
    )


def excuse_of(check: Check, comparison: Comparison) -> str | None:
    """Why a small disagreement is no ground for an accusation, if it is none."""
    if check.settings.rtol is not None or check.subject.jaxpr is None:
        return None
    worst = float(np.max(comparison.error[comparison.is_wrong]))
    if worst <= SOLVER_RTOL and iterates(check.subject.jaxpr):
        return (
            f"The derivative differs by {worst:.1g}; consistent with an inner iteration that stops "
            "at its own tolerance."
        )
    if worst <= _FLOAT32_DATA_RTOL and closed_over_float32(check.subject.jaxpr):
        return (
            f"The derivative differs by {worst:.1g}; consistent with the float32 data that the "
            "function closes over."
        )
    return None


def _symmetric_excuse(
    measured: Measured, mode: str, index: int, rtol: float, rng: np.random.Generator
) -> str | None:
    """Whether a function that reads one triangle of a symmetric matrix is right in its own way.

    Its derivative as a function of symmetric matrices is no derivative of what it computes from
    one triangle, and both are legitimate.
    """
    subject = measured.check.subject
    leaves = [
        leaf for leaf in subject.arguments.leaves if leaf.argument == index and leaf.is_symmetric
    ]
    if not leaves:
        return None
    general, symmetric = _matrix_directions(subject, leaves, rng)
    upper, lower = true_derivatives(
        subject.arguments, subject.value_program, general, EPS[subject.dtype]
    ).value
    if np.any(upper != 0) and np.any(lower != 0):
        return None
    truth = true_derivatives(
        subject.arguments, subject.value_program, symmetric, EPS[subject.dtype]
    )
    found = first_derivatives(measured.modes[mode].program, symmetric)
    comparison = compare(found.slope, truth, rtol, np.zeros(len(symmetric.z)))
    if not comparison.is_right.all():
        return None
    return (
        "The function reads one triangle of a symmetric matrix only. Its derivative is right for "
        "symmetric changes of the matrix, and differs for others."
    )


def _matrix_directions(
    subject: Subject, leaves: list[Leaf], rng: np.random.Generator
) -> tuple[Jobs, Jobs]:
    """Changes of the upper and the lower triangle, and symmetric changes, at the given point."""
    z = subject.arguments.z
    count = 8
    v = np.zeros((count, len(z)))
    for leaf in leaves:
        scale = np.max(np.abs(z[leaf.start : leaf.stop]))
        matrix = rng.uniform(-0.5, 0.5, (count, *leaf.shape))
        matrix[0], matrix[1] = np.triu(matrix[0], 1), np.tril(matrix[1], -1)
        matrix[2:] = (matrix[2:] + np.swapaxes(matrix[2:], -1, -2)) / 2
        v[:, leaf.start : leaf.stop] = scale * matrix.reshape(count, -1)
    zeros = np.zeros(count, np.intp)
    jobs = Jobs(np.tile(z, (count, 1)), v, zeros, zeros, np.zeros((0, 0)))
    is_general = np.arange(count) < 2
    return jobs.of(is_general), jobs.of(~is_general)


def agreement_row(
    measured: Measured, index: int, name: str, rtol: float, other: Measured | None
) -> CheckRow:
    """Forward against reverse: no finite differences are needed."""
    check_name, dtype = "forward = reverse", measured.check.subject.dtype
    forward, reverse = (measured.modes[mode] for mode in MODES)
    if forward.error is not None or reverse.error is not None:
        return CheckRow(
            check_name,
            name,
            1,
            dtype,
            Outcome.NOT_APPLICABLE,
            tolerance=rtol,
            cause="Only one of the two can be had.",
        )
    mine = measured.jobs.argument == index
    a, b = forward.slope[mine], reverse.slope[mine]
    truths = [c.truth for c in measured.comparisons.values() if c is not None]
    variation = np.max([t.variation[mine] for t in truths], axis=0)
    with np.errstate(all="ignore"):
        size = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.maximum(variation, 1e-300))
        both = np.isfinite(a) & np.isfinite(b)
        error = float(np.max(np.where(both, np.abs(a - b) / size, 0.0)))
        if np.any(np.isfinite(a) != np.isfinite(b)):
            error = float("inf")
    if error <= rtol:
        return CheckRow(check_name, name, 1, dtype, Outcome.PASS, error, rtol)
    if other is not None and other.rows[check_name, name].outcome == Outcome.PASS:
        return CheckRow(
            check_name,
            name,
            1,
            dtype,
            Outcome.UNJUDGED,
            error,
            rtol,
            "They differ in float32 only; consistent with rounding.",
        )
    if error <= SOLVER_RTOL and has_iterations(measured.check):
        return CheckRow(
            check_name,
            name,
            1,
            dtype,
            Outcome.UNJUDGED,
            error,
            rtol,
            f"They differ by {error:.1g}; consistent with an inner iteration that stops at its "
            "own tolerance.",
        )
    wrong = [
        mode
        for mode, comparison in measured.comparisons.items()
        if comparison is not None and comparison.of(mine).is_wrong.any()
    ]
    if wrong:
        cause = f"They differ: the {' and the '.join(wrong)} derivative is wrong, see there."
    elif error == float("inf"):
        cause = "One of the two is not finite."
    else:
        cause = "They differ, so at least one is wrong; consistent with a wrong transposition."
    return CheckRow(
        check_name,
        name,
        1,
        dtype,
        Outcome.FAIL,
        error,
        rtol,
        cause,
        "Look at the rule of the mode that is wrong.",
    )
