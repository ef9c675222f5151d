"""The answer in words."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..argmin import Status
from ..problems import Problem
from ._inspect import Inspection
from ._programs import slopes_of_inner
from ._verdict import Verdict


class Headline(NamedTuple):
    """What an inspection found, as plain text.

    **Attributes:**

    - `claim`: the number in question, such as "f′(0.18) = 0.4044".
    - `judgement`: what is true of it, such as "is wrong by 4.7 %"; continues the claim.
    - `verdict_name`: the verdict's name.
    - `why`: one to three sentences: the solver, the residual, the reference, the tolerance.
    """

    claim: str
    judgement: str
    verdict_name: str
    why: str


def headline(
    problem: Problem,
    inspection: Inspection,
    x: Any,
    params: Sequence[float] = (),
    *,
    dtype: str = "float64",
    rtol: float = 1e-3,
    atol: float | None = None,
) -> Headline:
    """The answer in words, from an [`inspect`][] at x with the same settings."""
    reference = reference_name(problem)
    is_of_inner = inspection.verdict == Verdict.kink and inspection.status == Status.KINK
    slopes = slopes_of_inner(problem, inspection.argmin, x, params) if is_of_inner else None
    return headline_of(inspection, reference, slopes, x, dtype, rtol, atol)


def reference_name(problem: Problem) -> str:
    """What a gradient of the problem is compared with, in words."""
    return "the closed form" if problem.has_closed_form else "finite differences"


def headline_of(
    found: Inspection,
    reference: str,
    slopes: tuple[Any, Any] | None,
    x: Any,
    dtype: str,
    rtol: float,
    atol: float | None,
) -> Headline:
    """The same, from all that was computed; the page writes it by this same function.

    **Arguments:** as for [`headline`][], and

    - `reference`: what the gradient is compared with, in words.
    - `slopes`: of the inner problem beside y*, where it has a kink there.
    """
    verdict = Verdict(found.verdict)
    reasons = (
        [_slopes(found, slopes)]
        if verdict == Verdict.kink
        else _reasons(found, verdict, reference, x, dtype, rtol, atol)
    )
    return Headline(
        claim=_claim(found.gradient, x),
        judgement=_judgement(found, verdict, reference),
        verdict_name=verdict.name,
        why=" ".join(reasons),
    )


def _claim(gradient: Any, x: Any) -> str:
    if np.ndim(gradient) == 0:
        return f"f′({_number(float(x), 3)}) = {_number(float(gradient))}"
    shown = ", ".join(_number(float(g)) for g in gradient[:3])
    return f"∇f(x) = ({shown}{', …' if len(gradient) > 3 else ''})"


def _number(value: float, digits: int = 4) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{digits}g}".replace("-", "−")


def _judgement(found: Inspection, verdict: Verdict, reference: str) -> str:
    match verdict:
        case Verdict.agree:
            return f"agrees with {reference} {_digits(found.rel_error)}"
        case Verdict.disagree:
            return _size_of(found)
        case Verdict.not_converged:
            return "cannot be trusted: the inner problem is not solved"
        case Verdict.unbounded:
            return f"is no gradient: f is {'−' if found.value < 0 else '+'}∞ here"
        case Verdict.kink:
            if Status(found.status) != Status.KINK:
                return "lies between the slopes at a kink"
            return (
                f"agrees with {reference} {_digits(found.rel_error)}: a kink of the inner problem"
            )
        case Verdict.undefined:
            return "cannot be computed in this precision"
        case Verdict.unchecked:
            return "could not be checked"


def _digits(rel_error: float) -> str:
    if rel_error == 0:
        return "to every digit"
    digits = math.floor(-math.log10(rel_error)) if rel_error < 1 else 0
    return f"to {digits} digit{'s' * (digits > 1)}" if digits > 0 else "within the tolerance"


def _size_of(found: Inspection) -> str:
    gradient, reference = np.asarray(found.gradient), np.asarray(found.reference_gradient)
    if not np.all(np.isfinite(gradient)):
        return "is wrong: the true gradient is finite"
    error = float(found.rel_error)
    if gradient.ndim == 0 and reference == 0:
        return f"is wrong by {error:.2g}: the true gradient is 0"
    if error < 10:
        percent = 100 * error
        return f"is wrong by {percent:.0f} %" if percent >= 10 else f"is wrong by {percent:.2g} %"
    return f"is wrong by a factor of {error:.2g}"


def _slopes(found: Inspection, slopes: tuple[Any, Any] | None) -> str:
    """The interval of subgradients, and of what: of f at x, or of h at its minimum."""
    if slopes is None:
        middle, half_width = np.ravel(found.fd_gradient), np.ravel(found.fd_error)
        i = int(np.argmax(half_width))
        ends = [_number(float(middle[i] + side * half_width[i])) for side in (-1, 1)]
        return f"Every slope from {ends[0]} to {ends[1]} is a subgradient of f here."
    lower, upper = np.ravel(slopes[0]), np.ravel(slopes[1])
    i = int(np.argmax([upper[k] - lower[k] for k in range(len(lower))]))
    shown = [_number(float(side[i])) for side in (lower, upper)]
    return (
        f"The inner problem has a kink at its minimum: its slopes there run from {shown[0]} to "
        f"{shown[1]}, and 0 lies between them, so that the minimum is exact."
    )


def _solved(residual: float, num_steps: int) -> str:
    plural = "s" * (num_steps != 1)
    return f"The inner residual is {residual:.2g} after {num_steps} iteration{plural}."


def _reasons(
    found: Inspection,
    verdict: Verdict,
    reference: str,
    x: Any,
    dtype: str,
    rtol: float,
    atol: float | None,
) -> list[str]:
    status = Status(found.status)
    said = str(status) if status == Status.CONVERGED else f"{status} (Status {int(status)}.)"
    if verdict in (Verdict.unbounded, Verdict.undefined):
        return [said]
    allowed = 1e3 * float(np.finfo(dtype).eps) * max(1.0, float(np.max(np.abs(x))))
    absolute = allowed if atol is None else atol
    tolerance = f"Tolerance: {100 * rtol:g} % of the reference and {_number(absolute, 2)}."
    # Without an inner problem there is no residual, and no solver to report anything.
    is_solved = not math.isnan(found.residual)
    solved = [_solved(found.residual, int(found.num_steps))] if is_solved else []
    if verdict == Verdict.agree:
        return [*solved, tolerance]
    reasons = [said, *solved] if is_solved or status != Status.CONVERGED else []
    if verdict == Verdict.disagree and np.ndim(found.reference_gradient) == 0:
        verb = "says" if reference == "the closed form" else "say"
        told = f"{reference[0].upper()}{reference[1:]} {verb} {_number(found.reference_gradient)}."
        return [*reasons, told, tolerance]
    if verdict == Verdict.unchecked:
        return [*reasons, str(verdict)]
    return [*reasons, tolerance]
