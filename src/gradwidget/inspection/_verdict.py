"""Whether a gradient is right: the rule, apart from how its ingredients are computed."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..argmin import Status

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Verdict(IntEnum):
    """What is known of a gradient: an integer code, whose `str()` is a sentence."""

    agree = 0
    disagree = 1
    not_converged = 2
    unbounded = 3
    kink = 4
    undefined = 5
    unchecked = 6

    def __str__(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Verdict.agree: (
        "The gradient agrees with the reference, and no inner problem's residual contradicts it."
    ),
    Verdict.disagree: "The gradient differs from the reference by more than the tolerance.",
    Verdict.not_converged: (
        "The inner problem is not solved: its residual is too large for this argmin to be trusted."
    ),
    Verdict.unbounded: "The inner problem has no minimum here: f is +infinity and has no gradient.",
    Verdict.kink: (
        "There is a kink here: the slopes to the left and to the right differ, of f at x or of the "
        "inner problem at its minimum, and what is shown lies between them."
    ),
    Verdict.undefined: (
        "The value or the gradient is no number of this precision here: there is nothing to "
        "compare."
    ),
    Verdict.unchecked: (
        "There is no reference to compare with: no closed form, and the finite differences are "
        "unreliable here."
    ),
}

# A status that explains a residual which does not vanish.
_EXPLAINED = (Status.KINK, Status.OUTSIDE_DOMAIN, Status.UNDERFLOW)


class Evidence(NamedTuple):
    """What a verdict is based on: arrays of one shape, an entry for each component of a gradient.

    All in float64, whatever the precision of the gradient in question.
    """

    x: Floats
    value: Floats
    gradient: Floats
    argmin: Floats
    status: Codes
    reference: Floats  # NaN where there is none
    reference_error: Floats
    is_kink: Flags  # whether f's slopes to the left and to the right differ
    lower: Floats  # the lesser and
    upper: Floats  # the greater of these slopes
    residual: Floats  # h'(y) - x at the argmin; NaN without an inner problem
    curvature: Floats  # h''(y) there


def judge(evidence: Evidence, rtol: float, atol: Floats, eps: float) -> Codes:
    """The verdict on each entry, as codes of [`Verdict`][] of the same shape.

    **Arguments:**

    - `evidence`: what is known.
    - `rtol`, `atol`: the gradient agrees if it differs from the reference by no more than
        `rtol |reference| + atol` and the reference's own error.
    - `eps`: the rounding unit of the precision in which the gradient was computed.
    """
    e = evidence
    has_reference = np.isfinite(e.reference)
    is_finite = np.isfinite(e.value) & np.isfinite(e.gradient)
    # A gradient that is no number is wrong where the answer is one, unless it had to overflow.
    is_excused = ~has_reference | np.isin(e.status, (Status.OVERFLOW, Status.NOT_FINITE))
    with np.errstate(invalid="ignore"):
        tolerance = rtol * np.abs(e.reference) + atol + e.reference_error
        agrees = np.abs(e.gradient - e.reference) <= tolerance
        slack = rtol * np.maximum(np.abs(e.lower), np.abs(e.upper)) + atol
        is_between = (e.lower - slack <= e.gradient) & (e.gradient <= e.upper + slack)
    return np.select(
        [
            e.status == Status.UNBOUNDED,
            ~is_finite & is_excused,
            e.is_kink & is_between,
            has_reference & ~agrees,
            residual_contradicts(e, rtol, eps) & ~np.isin(e.status, _EXPLAINED),
            ~has_reference,
            e.status == Status.KINK,
        ],
        [
            Verdict.unbounded,
            Verdict.undefined,
            Verdict.kink,
            Verdict.disagree,
            Verdict.not_converged,
            Verdict.unchecked,
            Verdict.kink,
        ],
        Verdict.agree,
    )


def residual_contradicts(e: Evidence, rtol: float, eps: float) -> Flags:
    """Whether the inner residual shows an argmin that is off by more than `rtol`, relatively.

    To first order the argmin errs by residual / h''. Its own rounding, and that of h' in the
    precision of the computation, are no contradiction: they move it by about
    eps (1 + h' / (y h'')), relatively. `atol` has no say here, since the residual sees a wrong
    argmin where the gradient is small and float32's `atol` hides it.
    """
    with np.errstate(all="ignore"):
        error = np.abs(e.residual / e.curvature)
        # h'' = 0 or infinity at y = 0 tells nothing of an argmin elsewhere.
        error = np.where(e.argmin == 0, np.inf, error)
        error = np.where(e.residual == 0, 0.0, error)
        rounding = 100 * eps * (1 + np.abs((e.x + e.residual) / (e.argmin * e.curvature)))
        # The estimate is of first order: it keeps away from the tolerance by more than it errs.
        tolerance = 0.99 * np.maximum(rtol, np.nan_to_num(rounding)) * np.abs(e.argmin)
        return error > tolerance


def relative_error(gradient: Floats, reference: Floats) -> Floats:
    """|gradient - reference| / |reference|, or the numerator where the reference is 0."""
    with np.errstate(all="ignore"):
        return np.abs(gradient - reference) / np.where(reference == 0, 1.0, np.abs(reference))


def severity(verdicts: Codes) -> Codes:
    """How much a component's verdict counts for the whole: the greatest is the whole's."""
    order = (
        Verdict.agree,
        Verdict.kink,
        Verdict.unchecked,
        Verdict.not_converged,
        Verdict.disagree,
        Verdict.undefined,
        Verdict.unbounded,
    )
    return np.select([verdicts == one for one in order], list(range(len(order))))
