"""Why a derivative is wrong: each explanation is tested before it is stated.

An explanation is stated as a fact where an experiment separates it from the others: the same
function without its `stop_gradient`, without its custom rules, with one term left out, and so on.
What fits but could not be separated is introduced by "consistent with".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, JaxprEqn
from numpy.typing import NDArray

from ..._context import computing
from ._ablation import missing_part
from ._arguments import Leaf
from ._evidence import Comparison, compare, true_derivatives
from ._jaxpr import (
    RULES,
    Handler,
    count_stops,
    iterates,
    linear_solve_fault,
    origin_of_nan,
    rule_name,
    rule_names,
    run,
    stopped_operands,
    uses,
    without_iterations,
    without_rules,
    without_rules_and_stops,
    without_stops,
)
from ._jobs import Jobs
from ._measure import second_derivatives
from ._programs import Program, Subject

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_EPS = float(np.finfo(np.float64).eps)
_CONSTANT = 1e-4
"""How little a ratio varies that is called constant."""


class Cause(NamedTuple):
    """Why, and what to do about it."""

    text: str
    what_to_do: str


class Residual(NamedTuple):
    """The inner problem's residual at the points.

    Attributes:
        size: (P,) its largest element.
        is_small: (P,) whether the inner problem counts as solved.
    """

    size: Array
    is_small: Mask


@dataclass(frozen=True)
class Suspect:
    """A wrong derivative with respect to one argument.

    Attributes:
        subject: The function, in float64.
        mode: `"forward"` or `"reverse"`.
        name: The argument's name.
        index: Its index among those checked.
        jobs: The directions in it.
        comparison: Its derivatives beside the truth.
        forward: The forward ones, if this is reverse and they exist.
        residual: The inner problem's residual, if it was given.
        rtol: The relative error allowed.
        atol: (B,) the absolute error allowed.
        rng: The source of randomness.
    """

    subject: Subject
    mode: str
    name: str
    index: int
    jobs: Jobs
    comparison: Comparison
    forward: Comparison | None
    residual: Residual | None
    rtol: float
    atol: Array
    rng: np.random.Generator

    def agrees(self, found: Array) -> bool:
        """Whether derivatives at the same jobs agree with the truth wherever that is known."""
        if found.shape != self.comparison.found.shape:
            return False
        judged = self.comparison.is_right | self.comparison.is_wrong
        again = compare(found, self.comparison.truth, max(self.rtol, 1e-4), self.atol)
        return bool(np.all(again.is_right[judged]))

    def agrees_with(self, handler: Handler) -> bool:
        """Whether the function, some operations evaluated by a handler, has a right derivative."""
        try:
            subject = self.subject.with_handler(handler)
            program = subject.forward_program
            if self.mode == "reverse":
                program = subject.reverse_program
            found = program(self.jobs.z, self.jobs.v)
            if program.error is not None and self.is_wrong_forward:
                # What the rule hides, a loop for instance, has no reverse derivative.
                found = subject.forward_program(self.jobs.z, self.jobs.v)
            return bool(found.ndim == 3 and self.agrees(found[:, 1]))
        except Exception:  # an experiment that cannot be made proves nothing
            return False

    @property
    def is_wrong_forward(self) -> bool:
        """Whether the forward derivative is not known to be right."""
        return self.forward is None or bool(self.forward.is_wrong.any())


def message_of(error: Exception) -> str:
    """The first sentence of an exception, short enough for a table."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    text = text if len(text) <= 240 else text[:237] + "..."
    return f"{type(error).__name__}: {text}"


def explain_exception(error: Exception) -> str:
    """What to do about an exception that JAX raised while differentiating."""
    text = str(error)
    if "while_loop" in text and "Reverse-mode" in text:
        return (
            "Give the function a custom rule (for a solver: implicit differentiation, "
            "`jax.lax.custom_root`), or use `lax.scan`."
        )
    if "nondiff_argnums" in text:
        return "Take the argument out of `nondiff_argnums` and give its derivative."
    if "callback" in text.lower():
        return "Wrap the callback in `jax.custom_jvp` with the derivative of what it computes."
    return "Differentiate the function by hand at this point to see JAX's whole message."


def removes_second_order(subject: Subject, jobs: Jobs, error: Exception) -> bool:
    """Whether a `custom_jvp` is why JAX has no second derivative of a function."""
    if subject.jaxpr is None or not uses(subject.jaxpr, "custom_jvp_call"):
        return False
    if uses(subject.jaxpr, "custom_vjp_call"):
        return False
    if uses(subject.jaxpr, "pure_callback", "io_callback"):
        return "callback" in str(error)
    bare = subject.with_handler(without_rules)
    second = second_derivatives(bare, jobs.of(np.arange(len(jobs.z)) < 1), "forward")
    return second.error is None or str(second.error) != str(error)


def explain_first(suspect: Suspect) -> Cause:
    """Why a first derivative is wrong."""
    for explanation in (
        _not_finite,
        _stopped,
        _without_cotangent,
        _ratio,
        _wrongly_transposed,
        _transposed_jacobian,
        _transposed_elements,
        _missing_part,
        _unconverged,
        _rule_at_fault,
    ):
        try:
            cause = explanation(suspect)
        except Exception:  # an experiment that cannot be made proves nothing
            cause = None
        if cause is not None:
            return cause
    wrong = f"The {suspect.mode} derivative differs from the change of the value"
    if suspect.subject.jaxpr is not None and uses(suspect.subject.jaxpr, *RULES):
        return Cause(
            f"{wrong}; consistent with a wrong custom rule of {_rules(suspect.subject)}.",
            "Compare the rule with the formula, term by term.",
        )
    return Cause(
        f"{wrong}; consistent with a rule that does not belong to the value, or with an operation "
        "through which JAX does not differentiate.",
        "Look for rounding, integers, comparisons, callbacks and hand-written rules.",
    )


def _rules(subject: Subject) -> str:
    names = rule_names(subject.jaxpr) if subject.jaxpr is not None else []
    if not names:
        return "the function"
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


# -- Not a number ------------------------------------------------------------------------------


def _not_finite(suspect: Suspect) -> Cause | None:
    broken = suspect.comparison.broken_jobs
    if not broken.any():
        return None
    function = (
        suspect.subject.contraction.along_forward
        if suspect.mode == "forward"
        else suspect.subject.contraction.along_reverse
    )
    return explain_not_finite(suspect.subject, function, suspect.jobs, broken, "derivative")


def explain_not_finite(
    subject: Subject, function: Callable[..., object], jobs: Jobs, broken: Mask, what: str
) -> Cause:
    """Why a derivative is not finite though the value is."""
    job = int(np.flatnonzero(broken)[0])
    number = jobs.point[job]
    if broken.all():
        where = "at every point"
    elif set(jobs.point[broken]) == {0} and (jobs.point != 0).any():
        where = "at the given point, though not at those around it,"
    else:
        where = "at the given point" if number == 0 else "at a point near the given one"
    vectors = [jobs.z[job], jobs.v[job]] + ([jobs.w[job]] if len(jobs.w) else [])
    try:
        with computing(subject.dtype):
            origin = origin_of_nan(subject.trace(function, *vectors), _arrays(subject, vectors))
    except Exception:  # not traceable
        origin = None
    source = f" It comes from {origin}." if origin else ""
    return Cause(
        f"The {what} is not finite (NaN or inf) {where} although the value is finite and changes "
        f"smoothly.{source}",
        "Mask the operand (not only the result) with `jnp.where` where the formula breaks down.",
    )


def _arrays(subject: Subject, vectors: list[Array]) -> list[Array]:
    return [np.asarray(vector, subject.dtype) for vector in vectors]


# -- stop_gradient -----------------------------------------------------------------------------


def _stopped(suspect: Suspect) -> Cause | None:
    jaxpr = suspect.subject.jaxpr
    if jaxpr is None or count_stops(jaxpr) <= stopped_operands(jaxpr):
        return None
    if not suspect.agrees_with(without_stops):
        return None
    return Cause(
        "A `stop_gradient` is left in: without it the derivative is right.",
        "Remove the `stop_gradient`, or move it to what is really a constant.",
    )


# -- The cotangent -----------------------------------------------------------------------------


def _without_cotangent(suspect: Suspect) -> Cause | None:
    if suspect.mode != "reverse":
        return None
    contraction = suspect.subject.contraction._replace(seed=1.0)
    found = Subject(contraction).reverse_program(suspect.jobs.z, suspect.jobs.v)
    if found.ndim != 3 or not suspect.agrees(found[:, 1]):
        return None
    return Cause(
        f"The backward rule of {_rules(suspect.subject)} does not multiply by its cotangent: where "
        "that is 1 the derivative is right, and where it is 2 it is not twice as large. So the "
        "gradient of the function is right, and that of anything computed from it wrong.",
        "Multiply what the backward function returns by the cotangent that it is given.",
    )


# -- A constant ratio --------------------------------------------------------------------------


def constant_ratio(
    comparison: Comparison, points: NDArray[np.intp], where: Mask
) -> tuple[float, bool] | None:
    """The ratio of the derivatives found to the true ones, if it is the same everywhere.

    Args:
        comparison: The derivatives, (B, K).
        points: (B,) the number of each job's point.
        where: (B, K) what to look at.

    Returns:
        The ratio, and whether more than one point shows it.
    """
    judged = where & (comparison.is_right | comparison.is_wrong)
    truth, found = comparison.truth.value, comparison.found
    # Each contraction on its own scale: a small output may be the wrong one.
    size = np.max(np.where(judged, np.abs(truth), 0.0), axis=0)
    significant = judged & (np.abs(truth) > 1e-3 * size) & np.isfinite(found)
    if significant.sum() < 2 or not (significant & comparison.is_wrong).any():
        return None
    with np.errstate(all="ignore"):
        ratios = (found / truth)[significant]
        doubt = np.max((comparison.truth.error / np.abs(truth))[significant])
    ratio = float(np.median(ratios))
    if np.max(np.abs(ratios - ratio)) > (_CONSTANT + 3 * doubt) * max(abs(ratio), 1e-3):
        return None
    shown_at = points[significant.any(axis=1)]
    return ratio, len(set(shown_at)) > 1


def _groups(suspect: Suspect) -> Iterator[tuple[Mask, str, bool]]:
    """Where a ratio may be constant: everywhere, in one leaf, or in one leaf of the output."""
    everything = np.ones(suspect.comparison.found.shape, bool)
    yield everything, suspect.name, True
    leaves = [leaf for leaf in suspect.subject.arguments.leaves if leaf.argument == suspect.index]
    for leaf in leaves if len(leaves) > 1 else []:
        yield everything & _only_in(leaf, suspect.jobs)[:, None], leaf.name, False
    cotangents = suspect.subject.cotangents
    for number, cotangent in enumerate(cotangents if len(cotangents) > 1 else []):
        rows = np.any(cotangent != 0, axis=1)
        yield everything & rows[None, :], f"{suspect.name} of output {number}", False


def _only_in(leaf: Leaf, jobs: Jobs) -> Mask:
    outside = np.ones(jobs.v.shape[1], bool)
    outside[leaf.start : leaf.stop] = False
    return np.asarray(~np.any(jobs.v[:, outside] != 0, axis=1), bool)


def _ratio(suspect: Suspect) -> Cause | None:
    for where, name, _ in _groups(suspect):
        result = constant_ratio(suspect.comparison, suspect.jobs.point, where)
        if result is None:
            continue
        ratio, is_shown = result
        if abs(ratio) <= 1e-9:
            return _dropped(suspect, name)
        return describe_ratio(ratio, is_shown, f"derivative with respect to {name}")
    return None


def describe_ratio(ratio: float, is_shown: bool, what: str) -> Cause:
    """The cause of a ratio that is the same everywhere, and not 0."""
    places = "at every point and in every direction" if is_shown else "here"
    if abs(ratio + 1) <= _CONSTANT:
        text = f"The {what} has the wrong sign {places}."
        action = "Change the sign in the rule."
    else:
        text = (
            f"The {what} is wrong by a constant factor: {places} it is {ratio:.6g} times the truth."
        )
        action = f"Divide what the rule returns by {ratio:.6g}, or find what the factor stands for."
    if not is_shown:
        text = "Consistent with this: " + text[0].lower() + text[1:]
    return Cause(text, action)


def _dropped(suspect: Suspect, name: str) -> Cause:
    jaxpr = suspect.subject.jaxpr
    zero = f"The derivative with respect to {name} is silently 0"
    if (
        jaxpr is not None
        and stopped_operands(jaxpr)
        and suspect.agrees_with(without_rules_and_stops)
        and not suspect.agrees_with(without_rules)
    ):
        return Cause(
            f"{zero}: it is in `nondiff_argnums` of the custom rule of "
            f"{_rules(suspect.subject)}, which passes it through a stop_gradient. Without "
            "the rule the derivative is right.",
            f"Take {name} out of `nondiff_argnums` and give its derivative in the rule.",
        )
    if jaxpr is not None and stopped_operands(jaxpr):
        return Cause(
            f"{zero} although the value changes with it; consistent with its being in "
            f"`nondiff_argnums` of the custom rule of {_rules(suspect.subject)}.",
            f"Take {name} out of `nondiff_argnums` and give its derivative in the rule.",
        )
    if jaxpr is not None and suspect.agrees_with(without_rules):
        return Cause(
            f"{zero}: the custom rule of {_rules(suspect.subject)} drops it. Without the rule the "
            "derivative is right.",
            f"Add the term of {name} to the rule.",
        )
    if jaxpr is not None and uses(jaxpr, *RULES):
        return Cause(
            f"{zero} although the value changes with it; consistent with a custom rule of "
            f"{_rules(suspect.subject)} that leaves it out.",
            f"Add the term of {name} to the rule.",
        )
    return Cause(
        f"{zero} although the value changes with it; consistent with an operation through which "
        "JAX does not differentiate, such as rounding or a conversion to integers.",
        "Replace the operation, or give the function a custom rule.",
    )


# -- Transposition -----------------------------------------------------------------------------


def _wrongly_transposed(suspect: Suspect) -> Cause | None:
    if suspect.mode != "reverse" or suspect.forward is None or suspect.forward.is_wrong.any():
        return None
    if not suspect.forward.is_right.any():
        return None
    job = int(np.flatnonzero(suspect.comparison.wrong_jobs)[0])
    vectors = [suspect.jobs.z[job], suspect.jobs.v[job]]
    closed = suspect.subject.trace(suspect.subject.contraction.along_forward, *vectors)
    with computing(suspect.subject.dtype):
        fault = linear_solve_fault(
            closed, _arrays(suspect.subject, vectors), suspect.rng, max(suspect.rtol, 1e-5)
        )
    right = "The forward derivative is right, the reverse one is not."
    if fault is not None:
        return Cause(
            f"{right} {fault}.",
            "Let `transpose_solve(vecmat, b)` solve vecmat(x) = b, or leave it out and pass "
            "`symmetric=True` if the matrix is symmetric.",
        )
    return Cause(
        f"{right} Consistent with a wrong rule of transposition.",
        "Look at `transpose_solve`, `linear_call` and the backward rule.",
    )


def _transposed_jacobian(suspect: Suspect) -> Cause | None:
    arguments, subject = suspect.subject.arguments, suspect.subject
    for leaf in arguments.leaves:
        size = leaf.stop - leaf.start
        if leaf.argument != suspect.index or not 2 <= size <= 64:
            continue
        for number, cotangent in enumerate(subject.cotangents):
            if cotangent.shape[1] != size:
                continue
            cotangents = [np.zeros((size, c.shape[1])) for c in subject.cotangents]
            cotangents[number] = np.eye(size)
            square = Subject(subject.contraction._replace(cotangents=cotangents))
            jobs = _coordinates(suspect, leaf)
            # [i, k] is the derivative of output k along coordinate i.
            truth = true_derivatives(arguments, square.value_program, jobs, _EPS)
            program = (
                square.forward_program if suspect.mode == "forward" else square.reverse_program
            )
            found = program(jobs.z, jobs.v)[:, 1]
            scale = arguments.scale[leaf.start : leaf.stop, None]
            jacobian, other = truth.value / scale, found / scale
            tolerance = 1e-4 * np.max(np.abs(jacobian)) + np.max(truth.error / scale)
            if np.max(np.abs(other - jacobian.T)) <= tolerance < np.max(np.abs(other - jacobian)):
                return Cause(
                    f"The Jacobian with respect to {leaf.name} is transposed: it equals the "
                    "transpose of the true one, element by element.",
                    "Transpose the matrix in the rule: forward J @ v, reverse J.T @ ct.",
                )
    return None


def _transposed_elements(suspect: Suspect) -> Cause | None:
    """Whether a derivative with respect to a square matrix is that of its transpose."""
    subject, arguments = suspect.subject, suspect.subject.arguments
    for leaf in arguments.leaves:
        is_square = len(leaf.shape) == 2 and leaf.shape[0] == leaf.shape[1]
        if leaf.argument != suspect.index or not is_square or not 4 <= leaf.stop - leaf.start <= 64:
            continue
        jobs = _coordinates(suspect, leaf)
        truth = true_derivatives(arguments, subject.value_program, jobs, _EPS)
        program = subject.forward_program
        if suspect.mode == "reverse":
            program = subject.reverse_program
        scale = arguments.scale[leaf.start : leaf.stop, None]
        found = (program(jobs.z, jobs.v)[:, 1] / scale).reshape(*leaf.shape, -1)
        true = (truth.value / scale).reshape(*leaf.shape, -1)
        tolerance = 1e-4 * np.max(np.abs(true)) + np.max(truth.error / scale)
        is_transposed = np.max(np.abs(found - np.swapaxes(true, 0, 1))) <= tolerance
        if is_transposed and np.max(np.abs(found - true)) > tolerance:
            return Cause(
                f"The derivative with respect to {leaf.name} is transposed: element [i, j] is "
                "the derivative with respect to element [j, i].",
                "Transpose what the rule returns for it.",
            )
    return None


def _coordinates(suspect: Suspect, leaf: Leaf) -> Jobs:
    z = suspect.subject.arguments.z
    size = leaf.stop - leaf.start
    v = np.zeros((size, len(z)))
    v[:, leaf.start : leaf.stop] = np.diag(suspect.subject.arguments.scale[leaf.start : leaf.stop])
    zeros = np.zeros(size, np.intp)
    return Jobs(np.tile(z, (size, 1)), v, zeros, zeros, np.zeros((0, 0)))


# -- What is missing, and who is to blame ------------------------------------------------------


def _missing_part(suspect: Suspect) -> Cause | None:
    if suspect.subject.jaxpr is None or not uses(suspect.subject.jaxpr, *RULES):
        return None
    part = missing_part(suspect.subject, suspect.jobs, suspect.comparison)
    if part is None:
        return None
    return Cause(
        f"A part of the chain rule is missing in the custom rule of {_rules(suspect.subject)}: "
        f"at every point the derivative is the one in which {part}.",
        "Add what is missing to the rule.",
    )


def _unconverged(suspect: Suspect) -> Cause | None:
    wrong = suspect.comparison.wrong_jobs
    return explain_residual(suspect.residual, suspect.jobs.point, wrong)


def explain_residual(
    residual: Residual | None, points: NDArray[np.intp], wrong: Mask
) -> Cause | None:
    """Whether an unsolved inner problem explains where a derivative is wrong."""
    if residual is None or residual.is_small.all():
        return None
    at_wrong, at_right = set(points[wrong]), set(points) - set(points[wrong])
    size = float(np.max(residual.size))
    if not all(~residual.is_small[list(at_wrong)]):
        return None
    action = "Let the solver converge: a safeguarded or a better scaled one, more iterations."
    if at_right and residual.is_small[list(at_right)].all():
        return Cause(
            "The inner problem is not solved where the derivative is wrong (residual up to "
            f"{size:.2g}), and solved where it is right.",
            action,
        )
    return Cause(
        f"The inner problem is not solved: its residual is up to {size:.2g}. The derivative's "
        "error is consistent with that.",
        action,
    )


def _rule_at_fault(suspect: Suspect) -> Cause | None:
    jaxpr = suspect.subject.jaxpr
    if jaxpr is None or not uses(jaxpr, *RULES) or not suspect.agrees_with(without_rules):
        return None
    names = rule_names(jaxpr)
    culprits = [name for name in names[:6] if suspect.agrees_with(_without_rule(name))]
    whose = culprits[0] if culprits else _rules(suspect.subject)
    is_solved = suspect.residual is not None and bool(suspect.residual.is_small.all())
    if iterates(jaxpr) and not is_solved:
        # Differentiating an unfinished iteration agrees with the value's differences as well.
        return Cause(
            f"The derivative by the custom rule of {whose} is not that of the value; consistent "
            "with an inner solver that stops before the rule's assumption holds, or with a wrong "
            "rule.",
            "Tighten the solver's tolerance and check again: what then remains is the rule's.",
        )
    solved = " The inner problem is solved." if is_solved else ""
    return Cause(
        f"The custom rule of {whose} is wrong: without it JAX's own derivative is right.{solved} "
        "Consistent with a missing term or factor of the chain rule.",
        "Compare the rule with the formula, term by term.",
    )


def _without_rule(name: str) -> Handler:
    def handler(equation: JaxprEqn, values: list[object]) -> list[object] | None:
        if equation.primitive.name in RULES and rule_name(equation) == name:
            return without_rules(equation, values)
        return None

    return handler


# -- Second order ------------------------------------------------------------------------------


def explain_second(suspect: Suspect, second: Callable[..., object], inner: str) -> Cause:
    """Why a second derivative is wrong though the first one is right.

    Args:
        suspect: The second derivatives beside finite differences of the first ones.
        second: (z, v, w) -> (K,) the second derivative in question.
        inner: How the first one is taken, `"forward"` or `"reverse"`.
    """
    comparison, jobs, subject = suspect.comparison, suspect.jobs, suspect.subject
    what = f"second derivative with respect to {suspect.name}"
    broken = comparison.broken_jobs
    if broken.any():
        return explain_not_finite(subject, second, jobs, broken, "second derivative")
    try:
        cause = _stopped_or_iterated(suspect, inner)
    except Exception:  # an experiment that cannot be made proves nothing
        cause = None
    if cause is not None:
        return cause
    everywhere = np.ones(comparison.found.shape, bool)
    result = constant_ratio(comparison, jobs.point, everywhere)
    if result is not None and abs(result[0]) <= 1e-9:
        return Cause(
            f"The {what} is missing: it is 0 although the first one changes; consistent with a "
            "rule whose coefficients JAX takes for constants.",
            "Compute the coefficients of the rule from its arguments with differentiable "
            "operations, or call the function with the rule inside of its own rule.",
        )
    if result is not None:
        return describe_ratio(*result, what)
    cause = explain_residual(suspect.residual, jobs.point, comparison.wrong_jobs)
    if cause is not None:
        return cause
    return Cause(
        f"The {what} differs from the change of the first one; consistent with a rule that is "
        "right to first order only.",
        "Let the rule itself be differentiable: call the function with the rule inside of it.",
    )


def explain_iterations(suspect: Suspect, inner: str) -> Cause | None:
    """Whether second derivatives are those of a loop of unknown length, shown by experiment."""
    if not suspect.comparison.is_wrong.any():
        return None
    try:
        closed = _first_derivative(suspect, inner)
        return _iterated(suspect, closed, ("while",))
    except Exception:  # an experiment that cannot be made proves nothing
        return None


def _first_derivative(suspect: Suspect, inner: str) -> ClosedJaxpr:
    contraction = suspect.subject.contraction
    first = contraction.along_reverse if inner == "reverse" else contraction.along_forward
    return suspect.subject.trace(lambda z, v: first(z, v)[1], suspect.jobs.z[0], suspect.jobs.v[0])


def _second_with(suspect: Suspect, closed: ClosedJaxpr, handler: Handler) -> Array:
    """The second derivatives, some operations of the first one evaluated by a handler."""

    def second(z: object, v: object, w: object) -> object:
        def slope(point: object) -> object:
            return run(closed, handler, [point, v])[0]

        return jax.jvp(slope, (z,), (w,))[1]

    jobs = suspect.jobs
    return Program(second, suspect.subject.dtype)(jobs.z, jobs.v, jobs.w)


def _stopped_or_iterated(suspect: Suspect, inner: str) -> Cause | None:
    subject = suspect.subject
    what = f"second derivative with respect to {suspect.name}"
    closed = _first_derivative(suspect, inner)
    if count_stops(closed) > stopped_operands(closed) and suspect.agrees(
        _second_with(suspect, closed, without_stops)
    ):
        if subject.jaxpr is not None and stopped_operands(subject.jaxpr):
            return Cause(
                f"The {what} is wrong because of a `stop_gradient`, consistent with that of "
                "`nondiff_argnums`: without it, it is right.",
                "Take what is differentiated out of `nondiff_argnums`.",
            )
        return Cause(
            f"The {what} is wrong because of a `stop_gradient`: without it, it is right.",
            "Remove the `stop_gradient` from the rule.",
        )
    return _iterated(suspect, closed, ("while",)) or _iterated(suspect, closed, ("while", "scan"))


def _iterated(suspect: Suspect, closed: ClosedJaxpr, loops: tuple[str, ...]) -> Cause | None:
    if not uses(closed, *loops):
        return None
    frozen = _second_with(suspect, closed, without_iterations(loops))
    found, wrong = suspect.comparison.found, suspect.comparison.is_wrong
    size = np.maximum(np.abs(found), np.abs(frozen))
    if not np.all((np.abs(frozen - found) > 1e-6 * size)[wrong]):
        return None
    what = f"second derivative with respect to {suspect.name}"
    action = (
        "Call the function with the rule inside of its own rule, or use `jax.lax.custom_root`, "
        "whose derivatives of every order are right."
    )
    if "scan" not in loops:
        return Cause(
            f"The {what} is that of the solver's iterations, not of its solution: it changes "
            "when the loop's result is held constant.",
            action,
        )
    # A scan may also be an honest part of the function.
    return Cause(
        f"The {what} is wrong and runs through a loop of fixed length; consistent with its "
        "being that of a solver's iterations, not of their limit.",
        action,
    )
