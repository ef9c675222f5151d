"""All derivatives of one function in one precision, beside what they should be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._differences import Derivative
from ._evidence import (
    Comparison,
    coarsely_wrong,
    compare,
    confirmed,
    confirmed_second,
    second_slopes,
    true_derivatives,
    true_second_derivatives,
)
from ._jobs import Jobs
from ._programs import Program, Subject

Array = NDArray[np.float64]

EPS = {"float64": 2.0**-52, "float32": 2.0**-23}


class Mode(NamedTuple):
    """First derivatives in one mode.

    Attributes:
        program: What computes them.
        value: (B, K) the value that comes with them; empty if they cannot be computed.
        slope: (B, K) the derivatives; empty likewise.
    """

    program: Program
    value: Array
    slope: Array

    @property
    def error(self) -> Exception | None:
        """Why they cannot be computed."""
        return self.program.error


class Second(NamedTuple):
    """Second derivatives.

    Attributes:
        program: What computes them.
        function: (z, v, w) -> (K,), the same for one job.
        inner: How the first derivative inside is taken.
        slope: (B, K); empty if they cannot be computed.
        error: Why not.
    """

    program: Program
    function: Callable[..., Any]
    inner: str
    slope: Array
    error: Exception | None


def first_derivatives(program: Program, jobs: Jobs) -> Mode:
    """The derivatives that a program computes, one per job."""
    result = program(jobs.z, jobs.v)
    if program.error is not None:
        return Mode(program, np.zeros((0, 0)), np.zeros((0, 0)))
    return Mode(program, result[:, 0], result[:, 1])


def second_derivatives(subject: Subject, jobs: Jobs, inner: str) -> Second:
    """Second derivatives, forward over the given mode, else reverse over it."""
    first_error: Exception | None = None
    for outer in ("forward", "reverse"):
        function = partial(subject.contraction.second, inner=inner, outer=outer)
        program = Program(function, subject.dtype)
        slope = program(jobs.z, jobs.v, jobs.w)
        if program.error is None:
            return Second(program, function, inner, slope, None)
        first_error = first_error or program.error
    return Second(program, function, inner, np.zeros((0, 0)), first_error)


def judge_first(
    subject: Subject,
    jobs: Jobs,
    modes: list[Mode],
    rtol: float,
    atol: Array,
    closed_form: Derivative | None,
) -> list[Comparison | None]:
    """Holds first derivatives against finite differences of the value, or the closed form's.

    A finite difference that accuses somebody is measured twice. The closed form stands in where
    finite differences say nothing.
    """
    eps = EPS[subject.dtype]
    truth = true_derivatives(subject.arguments, subject.value_program, jobs, eps)
    for mode in modes:
        if mode.error is None:
            comparison = compare(mode.slope, truth, rtol, atol)
            truth = confirmed(comparison, subject.value_program, jobs, eps)
    if closed_form is not None:
        silent = compare(closed_form.value, truth, rtol, atol)
        use = ~(silent.is_right | silent.is_wrong) | silent.is_right
        truth = Derivative._make(
            np.where(use, new, old) for new, old in zip(closed_form, truth, strict=True)
        )
    return [
        None if mode.error is not None else compare(mode.slope, truth, rtol, atol) for mode in modes
    ]


def judge_second(
    subject: Subject, jobs: Jobs, second: Second, rtol: float, atol: Array
) -> tuple[Comparison, Comparison]:
    """Holds second derivatives against finite differences of the first ones.

    Returns:
        The comparison, and that of `coarsely_wrong`.
    """
    first = subject.reverse_program if second.inner == "reverse" else subject.forward_program
    # A gradient carries more rounding errors than a value.
    eps = 4 * EPS[subject.dtype]
    slopes = second_slopes(first, jobs)
    truth = true_second_derivatives(slopes, eps)
    comparison = compare(second.slope, truth, rtol, atol)
    truth = confirmed_second(comparison, first, jobs, eps)
    comparison = compare(second.slope, truth, rtol, atol)
    return comparison, coarsely_wrong(comparison, slopes, eps, atol)
