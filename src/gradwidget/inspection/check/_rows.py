"""The rows of a report: every check of one function, in float64 and then in float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arguments import Arguments
from ._causes import (
    Cause,
    Residual,
    Suspect,
    explain_exception,
    explain_first,
    explain_not_finite,
    explain_residual,
    explain_second,
    message_of,
)
from ._differences import Derivative
from ._evidence import Comparison, compare, true_derivatives
from ._jaxpr import closed_over_float32, iterates, lowering, structure, uses
from ._jobs import Budget, Jobs, draw_jobs, draw_points, draw_second_jobs
from ._measure import (
    EPS,
    Mode,
    Second,
    first_derivatives,
    judge_first,
    judge_second,
    second_derivatives,
)
from ._programs import Program, Subject
from ._report import CheckRow, Outcome

Array = NDArray[np.float64]

_RTOL = {"float64": 1e-5, "float32": 1e-3}
_SOLVER_RTOL = 1e-3
"""Up to here, a disagreement may come from an iteration that stops at its own tolerance."""
_FLOAT32_DATA_RTOL = 1e-5
"""Up to here, a disagreement may come from float32 data inside of the function."""
_MODES = ("forward", "reverse")


class Settings(NamedTuple):
    """What the user chose.

    Attributes:
        rtol, atol: The tolerances, None for the default.
        budget: How many points and directions.
        seed: The seed.
    """

    rtol: float | None
    atol: float | None
    budget: Budget
    seed: int

    def tolerance(self, dtype: str) -> float:
        """The relative error allowed."""
        return _RTOL[dtype] if self.rtol is None else self.rtol

    def absolute(self, jobs: Jobs) -> Array:
        """(B,) the absolute error allowed, on the scale of each direction."""
        return (self.atol or 0.0) * np.max(np.abs(jobs.v), axis=1)


class Check(NamedTuple):
    """What is checked in one precision.

    Attributes:
        subject: The function.
        plain: The floating-point results of a plain call.
        reference: The function to compare with.
        residual: (n,) -> the largest element of the inner problem's residual.
        settings: What the user chose.
    """

    subject: Subject
    plain: list[Any]
    reference: Subject | None
    residual: Callable[[Any], Any] | None
    settings: Settings


@dataclass
class Measured:
    """What the check in float64 found, for the one in float32 to be held against."""

    check: Check
    points: Array
    jobs: Jobs
    second_jobs: Jobs
    values: Array
    modes: dict[str, Mode]
    comparisons: dict[str, Comparison | None]
    second: Second | None = None
    second_comparison: Comparison | None = None
    rows: dict[tuple[str, str], CheckRow] = field(default_factory=dict)


def check_float64(check: Check) -> tuple[list[CheckRow], Measured | None]:
    """All rows in float64, and what was measured."""
    return _check_by_differences(check)


def check_float32(check: Check, measured: Measured | None) -> list[CheckRow]:
    """All rows in float32.

    Where float64 is to be had, its derivatives are what float32 is held against: they are far
    more precise than finite differences of float32 numbers. What is right in float64 and differs
    in float32 differs by rounding, which is no fault of a rule, so that it "cannot be judged".
    """
    if measured is None:
        return _check_by_differences(check)[0]
    return _check_by_float64(check, measured)


# -- In the precision's own right --------------------------------------------------------------


def _check_by_differences(check: Check) -> tuple[list[CheckRow], Measured | None]:
    subject, settings = check.subject, check.settings
    dtype, arguments = subject.dtype, subject.arguments
    rng = np.random.default_rng([settings.seed, 1])
    program = subject.value_program
    if not program.works(arguments.z):
        return [_unjudged("value", dtype, f"It does not run: {message_of(_known(program.error))}")], None
    value = program(arguments.z[None])
    if not np.all(np.isfinite(value)):
        return [_unjudged("value", dtype, "The value is not finite at the given point.")], None

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

    modes = dict(zip(_MODES, (first_derivatives(p, jobs) for p in probes), strict=True))
    closed_form = _closed_form(check.reference, jobs)
    judged = judge_first(subject, jobs, list(modes.values()), rtol, atol, closed_form)
    measured = Measured(
        check, points, jobs, second_jobs, values, modes, dict(zip(_MODES, judged, strict=True))
    )
    residual, residual_rows = _residual(check, points)

    rows = _running_rows(check, measured, None)
    rows += _precision_rows(check, measured)
    rows += _value_rows(measured, None)
    for index, name in enumerate(arguments.names):
        for mode in _MODES:
            rows.append(_first_row(measured, mode, index, name, rtol, atol, residual, rng))
        rows.append(_agreement_row(measured, index, name, rtol, None))
    rows += _second_rows(measured, rtol, residual, rng)
    rows += _reference_rows(check, measured, rtol, atol)
    rows += residual_rows
    measured.rows = {(row.name, row.argument): row for row in rows}
    return rows, measured


def _known(error: Exception | None) -> Exception:
    return error if error is not None else RuntimeError("unknown")


def _unjudged(name: str, dtype: str, cause: str, *, argument: str = "", order: int = 0) -> CheckRow:
    return CheckRow(name, argument, order, dtype, Outcome.UNJUDGED, cause=cause)


def _closed_form(reference: Subject | None, jobs: Jobs) -> Derivative | None:
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


# -- jit, vmap ---------------------------------------------------------------------------------


def _running_rows(check: Check, measured: Measured, other: Measured | None) -> list[CheckRow]:
    subject, dtype = check.subject, check.subject.dtype
    rows = []
    programs = {"function": subject.value_program}
    programs |= {f"{mode} derivative": m.program for mode, m in measured.modes.items()}
    failing = {
        what: program.jit_error
        for what, program in programs.items()
        if program.jit_error is not None
    }
    tolerance = _loose(check)
    if failing:
        what, error = next(iter(failing.items()))
        rows.append(
            CheckRow(
                "jit", "", 0, dtype, Outcome.FAIL, tolerance=tolerance,
                cause=f"The {what} fails under `jax.jit` and works outside of it: {_jit_cause(error)}",
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
            _close_row(
                "jit", check, measured.values[:1], plain[None], sum(size), tolerance, other,
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


def _loose(check: Check) -> float:
    return 1e-6 if check.subject.dtype == "float64" else 1e-2


def _vmap_row(
    check: Check, measured: Measured, fails_in_jit: bool, tolerance: float, other: Measured | None
) -> CheckRow:
    subject, dtype = check.subject, check.subject.dtype
    working = [mode for mode in ("reverse", "forward") if measured.modes[mode].error is None]
    if working:
        function = subject.along_reverse if working[0] == "reverse" else subject.along_forward
        mode = measured.modes[working[0]]
        plain = np.stack([mode.value, mode.slope], axis=1)
    else:
        function = None
    jobs = measured.jobs
    rows = np.unique(np.linspace(0, len(jobs.z) - 1, min(len(jobs.z), 27)).astype(int))
    if function is None:
        program = Program(subject.contracted, dtype, use_vmap=True)
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
            "vmap", "", 1, dtype, Outcome.FAIL, tolerance=tolerance, cause=cause,
            what_to_do="Make every operation work on a batch; a callback needs `vmap_method=`.",
        )
    return _close_row(
        "vmap", check, result, expected, np.max(np.abs(np.nan_to_num(expected)), axis=0),
        tolerance, other,
        "The results under `jax.vmap` are not those one by one; consistent with an operation "
        "that mixes the elements of a batch.",
        "Look at sums over all axes in callbacks and in `custom_vmap`, and at loops whose "
        "condition looks at the whole batch.",
    )


def _close_row(
    name: str, check: Check, found: Array, expected: Array, size: Any, tolerance: float,
    other: Measured | None, cause: str, what_to_do: str,
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
            name, "", order, dtype, Outcome.UNJUDGED, error, tolerance,
            "They differ in float32 only; consistent with rounding.",
        )
    if error <= _SOLVER_RTOL and _iterates(check):
        return CheckRow(
            name, "", order, dtype, Outcome.UNJUDGED, error, tolerance,
            "They differ by no more than an iteration's own tolerance may explain.",
        )
    return CheckRow(name, "", order, dtype, Outcome.FAIL, error, tolerance, cause, what_to_do)


def _iterates(check: Check) -> bool:
    return check.subject.jaxpr is not None and iterates(check.subject.jaxpr)


# -- The precision -----------------------------------------------------------------------------


def _precision_rows(check: Check, measured: Measured) -> list[CheckRow]:
    subject = check.subject
    if subject.dtype != "float64" or subject.jaxpr is None:
        return []
    lowered = lowering(subject.jaxpr)
    where = "function"
    if lowered is None:
        for mode, function in (
            ("forward", subject.along_forward), ("reverse", subject.along_reverse)
        ):
            if measured.modes[mode].error is None and lowered is None:
                try:
                    lowered = lowering(subject.trace(function, subject.arguments.z, subject.arguments.scale))
                except Exception:  # runs outside of jit only
                    lowered = None
                where = f"{mode} derivative"
    data = closed_over_float32(subject.jaxpr)
    shapes = ", ".join(str(shape) if shape else "a number" for shape in data[:3])
    if lowered is not None and _is_felt(measured):
        if data:
            return [
                _unjudged(
                    "precision", "float64",
                    f"The function closes over float32 data ({shapes}) and computes in float32 "
                    f"({lowered}): derivatives can be judged to single precision only.",
                )
            ]
        return [
            CheckRow(
                "precision", "", 0, "float64", Outcome.FAIL,
                cause=f"The {where} silently lowers float64 arguments to a lower precision "
                f"({lowered}).",
                what_to_do="Remove the conversion, or create arrays with the dtype of the argument.",
            )
        ]
    if data:
        return [
            _unjudged(
                "precision", "float64",
                f"The function closes over float32 data ({shapes}): what is checked is the "
                "function of the rounded data, which is the limit of what can be judged.",
            )
        ]
    return [CheckRow("precision", "", 0, "float64", Outcome.PASS)]


def _is_felt(measured: Measured) -> bool:
    """Whether a lowered precision shows in the numbers, rather than in an index or a message."""
    for output in measured.check.plain:
        if np.asarray(output).dtype != np.float64:
            return True
    numbers = [measured.values.ravel()]
    for mode, comparison in zip(_MODES, measured.comparisons.values(), strict=True):
        if comparison is not None:
            numbers.append(measured.modes[mode].slope.ravel())
            truth = comparison.truth
            size = np.maximum(np.abs(truth.value), truth.variation)
            noisy = truth.error > 1e-8 * size
            if np.mean(noisy) > 0.5 or comparison.worst > 1e-9:
                return True
    return any(_fits_float32(values) for values in numbers)


def _fits_float32(values: Array) -> bool:
    values = values[np.isfinite(values) & (values != 0)]
    return len(values) > 2 and bool(np.all(values.astype(np.float32) == values))


# -- The value that comes with a derivative ----------------------------------------------------


def _value_rows(measured: Measured, other: Measured | None) -> list[CheckRow]:
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
        _close_row(
            "value with the rule", check, np.stack(found), np.stack([values] * len(found)), size,
            tolerance, other,
            "The value that comes with the derivative is not the function's value: the custom "
            "rule returns another primal output.",
            "Return from the rule the very value that the function returns.",
        )
    ]


# -- First derivatives -------------------------------------------------------------------------


def _first_row(
    measured: Measured, mode: str, index: int, name: str, rtol: float, atol: Array,
    residual: Residual | None, rng: np.random.Generator,
) -> CheckRow:
    check = measured.check
    subject, dtype = check.subject, check.subject.dtype
    whole = measured.comparisons[mode]
    if whole is None:
        return _raised_row(measured, mode, name)
    mine = measured.jobs.argument == index
    jobs, comparison = measured.jobs.of(mine), whole.of(mine)
    if not comparison.is_wrong.any():
        return _judged_row(mode, name, 1, dtype, jobs, comparison, rtol)
    excuse = _excuse(check, comparison) or _symmetric_excuse(measured, mode, index, rtol, rng)
    if excuse is not None:
        return CheckRow(mode, name, 1, dtype, Outcome.UNJUDGED, comparison.worst, rtol, excuse)
    forward = measured.comparisons["forward"]
    suspect = Suspect(
        subject, mode, name, index, jobs, comparison,
        forward.of(mine) if forward is not None else None,
        residual, rtol, atol[mine], rng,
    )
    cause = explain_first(suspect)
    return CheckRow(mode, name, 1, dtype, Outcome.FAIL, comparison.worst, rtol, *cause)


def _raised_row(measured: Measured, mode: str, name: str) -> CheckRow:
    check = measured.check
    error = _known(measured.modes[mode].error)
    dtype = check.subject.dtype
    if mode == "forward" and _has_no_forward_rule(error):
        return CheckRow(
            mode, name, 1, dtype, Outcome.NOT_APPLICABLE,
            cause="A `custom_vjp` has no forward rule, which is no fault.",
        )
    return CheckRow(
        mode, name, 1, dtype, Outcome.FAIL,
        cause=f"JAX cannot take the {mode} derivative: {message_of(error)}",
        what_to_do=explain_exception(error),
    )


def _has_no_forward_rule(error: Exception) -> bool:
    text = str(error)
    return "custom_vjp" in text and ("forward-mode" in text or "jvp" in text)


def _judged_row(
    check_name: str, argument: str, order: int, dtype: str, jobs: Jobs, comparison: Comparison,
    rtol: float,
) -> CheckRow:
    """The row of derivatives none of which is wrong."""
    right = comparison.is_right
    at_point = right[jobs.point == 0]
    # At the given point most have to be known to be right, and half of all.
    if right.mean() >= 0.5 and at_point.mean() > 0.5:
        return CheckRow(
            check_name, argument, order, dtype, Outcome.PASS, comparison.worst, rtol
        )
    return CheckRow(
        check_name, argument, order, dtype, Outcome.UNJUDGED, comparison.worst, rtol,
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


def _excuse(check: Check, comparison: Comparison) -> str | None:
    """Why a small disagreement is no ground for an accusation, if it is none."""
    if check.settings.rtol is not None or check.subject.jaxpr is None:
        return None
    worst = float(np.max(comparison.error[comparison.is_wrong]))
    if worst <= _SOLVER_RTOL and iterates(check.subject.jaxpr):
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
    """Whether a function of a symmetric matrix is right for symmetric changes of it."""
    subject = measured.check.subject
    leaves = [
        leaf
        for leaf in subject.arguments.leaves
        if leaf.argument == index and leaf.is_symmetric
    ]
    if not leaves:
        return None
    count, z = 6, subject.arguments.z
    v = np.zeros((count, len(z)))
    for leaf in leaves:
        scale = np.max(np.abs(z[leaf.start : leaf.stop]))
        matrix = rng.standard_normal((count, *leaf.shape))
        matrix = scale * (matrix + np.swapaxes(matrix, -1, -2)) / 4
        v[:, leaf.start : leaf.stop] = matrix.reshape(count, -1)
    zeros = np.zeros(count, np.intp)
    jobs = Jobs(np.tile(z, (count, 1)), v, zeros, zeros, np.zeros((0, 0)))
    truth = true_derivatives(subject.arguments, subject.value_program, jobs, EPS[subject.dtype])
    found = first_derivatives(measured.modes[mode].program, jobs)
    comparison = compare(found.slope, truth, rtol, np.zeros(count))
    if not comparison.is_right.all():
        return None
    return (
        "The derivative is right for symmetric changes of the symmetric matrix and differs for "
        "others; consistent with a function that presumes a symmetric argument."
    )


def _agreement_row(
    measured: Measured, index: int, name: str, rtol: float, other: Measured | None
) -> CheckRow:
    """Forward against reverse: no finite differences are needed."""
    check_name, dtype = "forward = reverse", measured.check.subject.dtype
    forward, reverse = (measured.modes[mode] for mode in _MODES)
    if forward.error is not None or reverse.error is not None:
        return CheckRow(
            check_name, name, 1, dtype, Outcome.NOT_APPLICABLE, tolerance=rtol,
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
            check_name, name, 1, dtype, Outcome.UNJUDGED, error, rtol,
            "They differ in float32 only; consistent with rounding.",
        )
    if error <= _SOLVER_RTOL and _iterates(measured.check):
        return CheckRow(
            check_name, name, 1, dtype, Outcome.UNJUDGED, error, rtol,
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
        check_name, name, 1, dtype, Outcome.FAIL, error, rtol, cause,
        "Look at the rule of the mode that is wrong.",
    )


# -- Second derivatives ------------------------------------------------------------------------


def _second_rows(
    measured: Measured, rtol: float, residual: Residual | None, rng: np.random.Generator
) -> list[CheckRow]:
    check = measured.check
    subject, dtype, names = check.subject, check.subject.dtype, check.subject.arguments.names
    name = "second order"
    inner = next((m for m in ("reverse", "forward") if measured.modes[m].error is None), None)
    if inner is None:
        return [
            CheckRow(
                name, argument, 2, dtype, Outcome.UNJUDGED,
                cause="There is no first derivative to differentiate.",
            )
            for argument in names
        ]
    jobs = measured.second_jobs
    atol = check.settings.absolute(jobs) * np.max(np.abs(jobs.w), axis=1)
    second = measured.second = second_derivatives(subject, jobs, inner)
    measured.second_comparison = judge_second(subject, jobs, second, rtol, atol)
    first = measured.comparisons[inner]
    rows = []
    for index, argument in enumerate(names):
        first_is_wrong = first is not None and (
            first.of(measured.jobs.argument == index).is_wrong.any()
        )
        rows.append(
            _second_row(measured, index, argument, rtol, atol, residual, rng, first_is_wrong)
        )
    return rows


def _second_row(
    measured: Measured, index: int, argument: str, rtol: float, atol: Array,
    residual: Residual | None, rng: np.random.Generator, first_is_wrong: bool,
) -> CheckRow:
    subject, dtype = measured.check.subject, measured.check.subject.dtype
    name, second = "second order", measured.second
    assert second is not None
    if second.error is not None:
        return _second_raised_row(measured, argument, second.error)
    assert measured.second_comparison is not None
    mine = measured.second_jobs.argument == index
    jobs, comparison = measured.second_jobs.of(mine), measured.second_comparison.of(mine)
    if first_is_wrong:
        return CheckRow(
            name, argument, 2, dtype, Outcome.UNJUDGED, comparison.worst, rtol,
            "The first derivative is wrong already, so there is nothing to compare with.",
        )
    if not comparison.is_wrong.any():
        return _judged_row(name, argument, 2, dtype, jobs, comparison, rtol)
    excuse = _excuse(measured.check, comparison)
    if excuse is not None:
        return CheckRow(name, argument, 2, dtype, Outcome.UNJUDGED, comparison.worst, rtol, excuse)
    suspect = Suspect(
        subject, second.inner, argument, index, jobs, comparison, None, residual, rtol,
        atol[mine], rng,
    )
    cause = explain_second(suspect, second.function, second.inner)
    return CheckRow(name, argument, 2, dtype, Outcome.FAIL, comparison.worst, rtol, *cause)


def _second_raised_row(measured: Measured, argument: str, error: Exception) -> CheckRow:
    subject = measured.check.subject
    is_reverse_only = subject.jaxpr is not None and uses(subject.jaxpr, "custom_vjp_call")
    if is_reverse_only:
        return CheckRow(
            "second order", argument, 2, subject.dtype, Outcome.NOT_APPLICABLE,
            cause="This `custom_vjp` can be differentiated once only; JAX says so when asked for "
            f"more: {message_of(error)}",
        )
    return CheckRow(
        "second order", argument, 2, subject.dtype, Outcome.FAIL,
        cause=f"The second derivative is missing: {message_of(error)}",
        what_to_do=explain_exception(error),
    )


# -- The reference and the residual ------------------------------------------------------------


def _reference_rows(
    check: Check, measured: Measured, rtol: float, atol: Array
) -> list[CheckRow]:
    reference, dtype = check.reference, check.subject.dtype
    if reference is None:
        return []
    values = reference.value_program(measured.points)
    if reference.value_program.error is not None:
        error = reference.value_program.error
        return [_unjudged("reference", dtype, f"The reference does not run: {message_of(error)}")]
    size = np.max(np.abs(np.nan_to_num(measured.values)), axis=0)
    return [
        _close_row(
            "reference", check, measured.values, values, size, rtol, None,
            "The function's values are not those of the reference.",
            "Compare the two functions at the given point.",
        )
    ]


def _residual(check: Check, points: Array) -> tuple[Residual | None, list[CheckRow]]:
    if check.residual is None:
        return None, []
    subject = check.subject
    program = Program(check.residual, subject.dtype)
    sizes = program(points)
    if program.error is not None:
        text = f"The residual does not run: {message_of(program.error)}"
        return None, [_unjudged("residual", subject.dtype, text)]
    tolerance = check.settings.tolerance(subject.dtype)
    is_small = sizes <= tolerance * np.maximum(1.0, np.max(np.abs(points), axis=1))
    worst = float(np.max(sizes))
    if is_small.all():
        row = CheckRow("residual", "", 0, subject.dtype, Outcome.PASS, worst, tolerance)
    else:
        where = "at the given point" if not is_small[0] else "at a point near the given one"
        row = CheckRow(
            "residual", "", 0, subject.dtype, Outcome.FAIL, worst, tolerance,
            f"The inner problem's solver did not converge: its residual is up to {worst:.2g} "
            f"({where}).",
            "Let the solver converge: a safeguarded or a better scaled one, more iterations.",
        )
    return Residual(sizes, is_small), [row]


# -- float32, held against float64 -------------------------------------------------------------


def _check_by_float64(check: Check, double: Measured) -> list[CheckRow]:
    subject, settings = check.subject, check.settings
    dtype = "float32"
    rtol = max(settings.tolerance(dtype), _RTOL[dtype])
    # The same points: the random ones are float32 numbers already.
    points = double.points.astype(np.float32).astype(np.float64)
    jobs = double.jobs._replace(z=points[double.jobs.point])
    second_jobs = double.second_jobs._replace(z=points[double.second_jobs.point])
    values = subject.value_program(points)
    if subject.value_program.error is not None:
        text = f"It does not run: {message_of(subject.value_program.error)}"
        return [_unjudged("value", dtype, text)]
    modes = {
        "forward": first_derivatives(subject.forward_program, jobs),
        "reverse": first_derivatives(subject.reverse_program, jobs),
    }
    measured = Measured(check, points, jobs, second_jobs, values, modes, {})
    for mode in _MODES:
        measured.comparisons[mode] = _against_double(
            modes[mode].slope if modes[mode].error is None else None,
            _double_slopes(double, mode, jobs), double.comparisons[mode], rtol,
        )
    is_known = _has_its_value(double, measured)
    rows = _running_rows(check, measured, double)
    rows += _value_rows(measured, double)
    for index, name in enumerate(subject.arguments.names):
        for mode in _MODES:
            rows.append(_single_row(measured, double, mode, name, index, rtol, is_known))
        rows.append(_agreement_row(measured, index, name, max(rtol, 1e-2), double))
    rows += _single_second_rows(measured, double, rtol, is_known)
    residual_rows = _residual(check, points)[1]
    rows += [_lenient(row, double) for row in residual_rows]
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
    return np.all(close, axis=1)


def _single_row(
    measured: Measured, double: Measured, mode: str, name: str, index: int, rtol: float,
    is_known: NDArray[np.bool_],
) -> CheckRow:
    mine = measured.jobs.argument == index
    subject = measured.check.subject
    function = subject.along_forward if mode == "forward" else subject.along_reverse
    if measured.modes[mode].error is not None:
        return _single_raised(_raised_row(measured, mode, name), double)
    whole = measured.comparisons[mode]
    return _row_beside(
        double.rows[mode, name], measured.jobs.of(mine),
        whole.of(mine) if whole is not None else None, rtol, is_known, measured, double, function,
    )


def _single_raised(row: CheckRow, double: Measured) -> CheckRow:
    return row if row.outcome != Outcome.FAIL else row._replace(
        cause=f"{row.cause}"
    )


def _single_second_rows(
    measured: Measured, double: Measured, rtol: float, is_known: NDArray[np.bool_]
) -> list[CheckRow]:
    check = measured.check
    subject, jobs = check.subject, measured.second_jobs
    names = subject.arguments.names
    if double.second is None:
        return [
            _unjudged("second order", "float32", double.rows["second order", n].cause,
                      argument=n, order=2)
            for n in names
        ]
    second = second_derivatives(subject, jobs, double.second.inner)
    if second.error is not None:
        return [_second_raised_row(measured, name, second.error) for name in names]
    comparison = None
    if double.second.error is None:
        program = subject_program(double, double.second)
        slopes = program(jobs.z, jobs.v, jobs.w)
        comparison = _against_double(
            second.slope, slopes, double.second_comparison, max(rtol, 1e-2)
        )
    rows = []
    for index, name in enumerate(names):
        mine = jobs.argument == index
        rows.append(
            _row_beside(
                double.rows["second order", name], jobs.of(mine),
                comparison.of(mine) if comparison is not None else None, max(rtol, 1e-2),
                is_known, measured, double, second.function,
            )
        )
    return rows


def subject_program(double: Measured, second: Second) -> Program:
    """A program for second derivatives in float64."""
    return Program(second.function, double.check.subject.dtype)


def _row_beside(
    twin: CheckRow, jobs: Jobs, comparison: Comparison | None, rtol: float,
    is_known: NDArray[np.bool_], measured: Measured, double: Measured, function: Callable[..., Any],
) -> CheckRow:
    """The float32 row beside its twin in float64."""
    row = twin._replace(dtype="float32", tolerance=rtol)
    if comparison is None:
        return row._replace(
            outcome=Outcome.UNJUDGED, cause="There is no float64 derivative to compare with.",
            what_to_do="",
        )
    known = is_known[jobs.point][:, None] & np.isfinite(comparison.truth.value)
    right, wrong = comparison.is_right & known, comparison.is_wrong & known
    errors = comparison.error[right | wrong]
    row = row._replace(error=float(np.max(errors)) if errors.size else float("nan"))
    if twin.outcome != Outcome.PASS:
        if twin.outcome == Outcome.FAIL and not wrong.any():
            return row._replace(
                outcome=Outcome.UNJUDGED, what_to_do="",
                cause="It fails in float64; float32 is too coarse to show it.",
            )
        return row
    broken = (wrong & ~np.isfinite(comparison.found)).any(axis=1)
    if broken.any():
        cause = explain_not_finite(
            measured.check.subject, function, jobs, broken, "float32 derivative"
        )
        return row._replace(outcome=Outcome.FAIL, error=float("inf"), cause=cause.text,
                            what_to_do=cause.what_to_do)
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


__all__ = ["Arguments", "Cause", "Check", "Settings", "check_float32", "check_float64"]
