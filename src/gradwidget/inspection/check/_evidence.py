"""Derivatives beside the truth, and how far the truth can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arguments import Arguments
from ._differences import Derivative, differentiate
from ._jobs import Jobs
from ._programs import Program, along

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_WORST_ERROR = 1e-2
"""The relative error of a finite difference above which it says nothing."""
_ACCUSES = 10.0
"""A derivative is wrong if it is farther from the truth than so many errors of the truth..."""
_ABSOLVES = 3.0
"""...and right if it is nearer than so many."""


class Comparison(NamedTuple):
    """Derivatives against the truth, one entry per job and contraction, shape (B, K).

    Attributes:
        found: The derivatives in question.
        truth: What they should be.
        is_right: They agree.
        is_wrong: They do not; what is neither could not be judged.
        error: The relative error; NaN where there is no truth to compare with.
    """

    found: Array
    truth: Derivative
    is_right: Mask
    is_wrong: Mask
    error: Array

    def of(self, mask: Mask) -> Comparison:
        """Some of the jobs."""
        truth = Derivative._make(field[mask] for field in self.truth)
        return Comparison(
            self.found[mask], truth, self.is_right[mask], self.is_wrong[mask], self.error[mask]
        )

    @property
    def wrong_jobs(self) -> Mask:
        """(B,) the jobs with anything wrong."""
        return np.asarray(np.any(self.is_wrong, axis=1), bool)

    @property
    def broken_jobs(self) -> Mask:
        """(B,) the jobs that are wrong for not being finite."""
        return np.asarray(np.any(self.is_wrong & ~np.isfinite(self.found), axis=1), bool)

    @property
    def worst(self) -> float:
        """The largest relative error where one is known; NaN if none is."""
        known = self.error[self.is_right | self.is_wrong]
        return float(np.max(known)) if known.size else float("nan")


def compare(found: Array, truth: Derivative, rtol: float, atol: Array) -> Comparison:
    """Holds derivatives against the truth.

    Args:
        found: (B, K).
        truth: Fields (B, K).
        rtol: The relative error allowed.
        atol: (B,) the absolute error allowed, on the scale of each direction.
    """
    with np.errstate(all="ignore"):
        difference = np.abs(found - truth.value)
        size = np.maximum(np.abs(found), np.abs(truth.value))
        allowed = rtol * size + atol[:, None]
        is_flat = truth.variation == 0
        is_reliable = np.isfinite(truth.error) & (
            (truth.error <= _WORST_ERROR * np.maximum(np.abs(truth.value), truth.variation))
            | (is_flat & (truth.value == 0))
        )
        is_finite = np.isfinite(found)
        is_right = is_finite & is_reliable & (difference <= allowed + _ABSOLVES * truth.error)
        is_wrong = is_reliable & ~(is_finite & (difference <= allowed + _ACCUSES * truth.error))
        scale = np.maximum(np.where(is_finite, size, np.abs(truth.value)), truth.variation)
        error = np.where(difference == 0, 0.0, difference / scale)
        error = np.where(is_reliable, np.where(is_finite, error, np.inf), np.nan)
    return Comparison(found, truth, is_right, is_wrong, error)


def true_derivatives(arguments: Arguments, program: Program, jobs: Jobs, eps: float) -> Derivative:
    """First derivatives by finite differences of the values, (B, K).

    Where a number is so small that moving it by a part of itself changes nothing, it is moved
    by its next larger natural scale.
    """
    truth = differentiate(along(program, jobs.z, jobs.v), eps)
    factors = np.ones(len(jobs.v))
    for i, direction in enumerate(jobs.v):
        moved = np.flatnonzero(direction)
        if len(moved) == 1 and not _is_informative(truth)[i].all():
            factors[i] = arguments.wide_scale[moved[0]] / arguments.scale[moved[0]]
    again = factors > 1
    if not again.any():
        return truth
    factor = factors[again][:, None]
    wide = differentiate(along(program, jobs.z[again], jobs.v[again] * factor), eps)
    wide = Derivative(
        wide.value / factor, wide.error / factor, wide.variation / factor, wide.is_kink
    )
    return _replace(truth, again, wide, _is_informative(wide) & ~_is_informative(truth)[again])


def _is_informative(truth: Derivative) -> Mask:
    size = np.maximum(np.abs(truth.value), truth.variation)
    return np.isfinite(truth.error) & (truth.error <= _WORST_ERROR * size) & (size > 0)


def _replace(truth: Derivative, rows: Mask, new: Derivative, where: Mask) -> Derivative:
    fields = []
    for old_field, new_field in zip(truth, new, strict=True):
        field = old_field.copy()
        field[rows] = np.where(where, new_field, old_field[rows])
        fields.append(field)
    return Derivative._make(fields)


_CONFIRMING_FACTOR = 0.37


def confirmed(comparison: Comparison, program: Program, jobs: Jobs, eps: float) -> Derivative:
    """The truth, with the finite differences that accuse somebody measured again on other points.

    Where the two measurements differ by more than their errors, the truth is not known.
    """
    return _confirmed(
        comparison,
        eps,
        lambda rows: along(program, jobs.z[rows], jobs.v[rows] * _CONFIRMING_FACTOR),
    )


def second_slopes(program: Program, jobs: Jobs) -> Array:
    """The first derivatives on the lines along the second directions, (B, S, K)."""
    return along(program, jobs.z, jobs.w, jobs.v)[:, :, 1]


def true_second_derivatives(slopes: Array, eps: float) -> Derivative:
    """Second derivatives by finite differences of the first ones, (B, K).

    They count as known if they are known on the scale of the first derivative: many functions
    are straight lines, or nearly so.
    """
    truth = differentiate(slopes, eps)
    straight = 1e-6 * np.abs(np.nan_to_num(slopes[:, 0]))
    return truth._replace(variation=np.maximum(truth.variation, straight))


_COARSE_LEVELS = 6
_COARSE_ERROR = 0.05


def coarsely_wrong(comparison: Comparison, slopes: Array, eps: float, atol: Array) -> Comparison:
    """What cannot be judged by all steps, and is far from the truth by the larger steps alone.

    An iteration that stops at a tolerance has a derivative of its own on smaller scales than
    that. This is no ground for an accusation by itself.
    """
    truth = differentiate(slopes, eps, _COARSE_LEVELS)
    coarse = compare(comparison.found, truth, _COARSE_ERROR, atol)
    is_unknown = ~comparison.is_right & ~comparison.is_wrong
    return coarse._replace(is_right=comparison.is_right, is_wrong=coarse.is_wrong & is_unknown)


def confirmed_second(
    comparison: Comparison, program: Program, jobs: Jobs, eps: float
) -> Derivative:
    """As `confirmed`, for second derivatives."""
    return _confirmed(
        comparison,
        eps,
        lambda rows: along(program, jobs.z[rows], jobs.w[rows] * _CONFIRMING_FACTOR, jobs.v[rows])[
            :, :, 1
        ],
    )


def _confirmed(
    comparison: Comparison, eps: float, values_of: Callable[[Mask], Array]
) -> Derivative:
    truth = comparison.truth
    rows = comparison.wrong_jobs
    if not rows.any():
        return truth
    again = differentiate(values_of(rows), eps)
    value, error = again.value / _CONFIRMING_FACTOR, again.error / _CONFIRMING_FACTOR
    with np.errstate(all="ignore"):
        doubt = np.abs(value - truth.value[rows])
        is_confirmed = doubt <= _ABSOLVES * (error + truth.error[rows])
        is_confirmed |= doubt <= 1e-3 * np.abs(comparison.found[rows] - value)
    errors = truth.error.copy()
    errors[rows] = np.where(is_confirmed, errors[rows], np.inf)
    return truth._replace(error=errors)
