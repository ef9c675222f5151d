"""Second derivatives against finite differences of the first ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ._causes import (
    Residual,
    Suspect,
    explain_exception,
    explain_iterations,
    explain_second,
    message_of,
    removes_second_order,
)
from ._first_order import excuse_of, judged_row
from ._measure import judge_second, second_derivatives
from ._measured import Measured
from ._report import CheckRow, Outcome

Array = NDArray[np.float64]


def second_rows(
    measured: Measured, rtol: float, residual: Residual | None, rng: np.random.Generator
) -> list[CheckRow]:
    check = measured.check
    subject, dtype, names = check.subject, check.subject.dtype, check.subject.arguments.names
    name = "second order"
    inner = next((m for m in ("reverse", "forward") if measured.modes[m].error is None), None)
    if inner is None:
        return [
            CheckRow(
                name,
                argument,
                2,
                dtype,
                Outcome.UNJUDGED,
                cause="There is no first derivative to differentiate.",
            )
            for argument in names
        ]
    jobs = measured.second_jobs
    atol = check.settings.absolute(jobs) * np.max(np.abs(jobs.w), axis=1)
    second = measured.second = second_derivatives(subject, jobs, inner)
    if second.error is None:
        measured.second_comparison, measured.coarsely_wrong = judge_second(
            subject, jobs, second, rtol, atol
        )
    first = measured.comparisons[inner]
    rows = []
    for index, argument in enumerate(names):
        mine = measured.jobs.argument == index
        mine_first = first.of(mine) if first is not None else None
        first_is_wrong = (
            mine_first is not None
            and bool(mine_first.wrong_jobs.any())
            and excuse_of(check, mine_first) is None
        )
        rows.append(
            _second_row(measured, index, argument, rtol, atol, residual, rng, first_is_wrong)
        )
    return rows


def _second_row(
    measured: Measured,
    index: int,
    argument: str,
    rtol: float,
    atol: Array,
    residual: Residual | None,
    rng: np.random.Generator,
    first_is_wrong: bool,
) -> CheckRow:
    subject, dtype = measured.check.subject, measured.check.subject.dtype
    name, second = "second order", measured.second
    assert second is not None
    if second.error is not None:
        return second_raised_row(measured, argument, second.error)
    assert measured.second_comparison is not None
    mine = measured.second_jobs.argument == index
    jobs, comparison = measured.second_jobs.of(mine), measured.second_comparison.of(mine)
    if first_is_wrong:
        return CheckRow(
            name,
            argument,
            2,
            dtype,
            Outcome.UNJUDGED,
            comparison.worst,
            rtol,
            "The first derivative is not known to be right, so there is nothing to compare with.",
        )
    suspect = Suspect(
        subject,
        second.inner,
        argument,
        index,
        jobs,
        comparison,
        None,
        residual,
        rtol,
        atol[mine],
        rng,
    )
    if not comparison.is_wrong.any():
        assert measured.coarsely_wrong is not None
        coarse = measured.coarsely_wrong.of(mine)
        iterated = explain_iterations(replace(suspect, comparison=coarse), second.inner)
        if iterated is None:
            return judged_row(name, argument, 2, dtype, jobs, comparison, rtol)
        return CheckRow(name, argument, 2, dtype, Outcome.FAIL, coarse.worst, rtol, *iterated)
    excuse = excuse_of(measured.check, comparison)
    if excuse is not None:
        return CheckRow(name, argument, 2, dtype, Outcome.UNJUDGED, comparison.worst, rtol, excuse)
    cause = explain_second(suspect, second.function, second.inner)
    return CheckRow(name, argument, 2, dtype, Outcome.FAIL, comparison.worst, rtol, *cause)


def second_raised_row(measured: Measured, argument: str, error: Exception) -> CheckRow:
    """A second derivative at which JAX raises.

    That is a fault of a rule that could have one. It is none where JAX itself has none, nor with
    `custom_vjp`, which promises one derivative.
    """
    subject, name = measured.check.subject, "second order"
    message = message_of(error)
    if not removes_second_order(subject, measured.second_jobs, error):
        return CheckRow(
            name,
            argument,
            2,
            subject.dtype,
            Outcome.NOT_APPLICABLE,
            cause=f"There is no second derivative, and JAX says so when asked for it: {message}",
        )
    return CheckRow(
        name,
        argument,
        2,
        subject.dtype,
        Outcome.FAIL,
        cause="The second derivative is missing, for the custom rule cannot be differentiated: "
        f"{message}",
        what_to_do=explain_exception(error),
    )
