"""Which term or factor of the chain rule a wrong derivative lacks, found by leaving each out.

The function is differentiated without its custom rules, equation by equation, forward. In turn
the contribution of every operand is dropped, and every equation's own factor is left out. If one
of these mutilated derivatives is exactly the wrong one, at random points and in random
directions, that is what is missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import JaxprEqn
from numpy.typing import NDArray

from ._evidence import Comparison
from ._jaxpr import bind, nested_call, run
from ._jobs import Jobs
from ._programs import Program, Subject

Array = NDArray[np.float64]

_MOST_EQUATIONS = 200
_MOST_JOBS = 6
_SAME = 1e-6


class _Candidate(NamedTuple):
    equation: int
    operand: int  # -1: the equation's own factor
    sentence: str


class _Dual(NamedTuple):
    value: Any
    tangent: Any


def missing_part(subject: Subject, jobs: Jobs, comparison: Comparison) -> str | None:
    """What a wrong derivative lacks, as a sentence; None if nothing explains it.

    Args:
        subject: The function.
        jobs: The jobs compared.
        comparison: The wrong derivatives beside the truth.
    """
    mutilated = _Mutilated(subject)
    subject.trace(
        mutilated.slope, *(column[0] for column in (jobs.z, jobs.v)), *mutilated.intact(1)
    )
    if not mutilated.candidates or mutilated.count > _MOST_EQUATIONS:
        return None
    program = Program(mutilated.slope, subject.dtype)

    judged = comparison.is_right | comparison.is_wrong
    order = np.argsort(~comparison.is_wrong.any(axis=1), kind="stable")[:_MOST_JOBS]
    z, v, judged = jobs.z[order], jobs.v[order], judged[order]
    found, truth = comparison.found[order], comparison.truth.value[order]

    def slopes(candidate: _Candidate | None) -> Array:
        keep, replace = mutilated.intact(mutilated.count)
        if candidate is not None and candidate.operand >= 0:
            keep[candidate.equation, candidate.operand] = 0.0
        elif candidate is not None:
            replace[candidate.equation] = 1.0
        rows = len(z)
        return program(
            z,
            v,
            np.broadcast_to(keep, (rows, *keep.shape)),
            np.broadcast_to(replace, (rows, len(replace))),
        )

    def is_same(a: Array, b: Array, tolerance: float) -> bool:
        size = np.maximum(np.abs(a), np.abs(b))
        return bool(np.all((np.abs(a - b) <= tolerance * size)[judged]))

    if not is_same(slopes(None), truth, 1e-4):
        return None  # JAX cannot differentiate what the rule stands for, for instance a solver
    for candidate in mutilated.candidates:
        if is_same(slopes(candidate), found, _SAME):
            return candidate.sentence
    return None


class _Mutilated:
    """The forward derivative of a function, parts of which can be left out."""

    def __init__(self, subject: Subject) -> None:
        if subject.jaxpr is None:
            raise ValueError("The function cannot be traced.")
        self._subject = subject
        self._jaxpr = subject.jaxpr
        self.count = 0
        self.candidates: list[_Candidate] = []

    @staticmethod
    def intact(count: int) -> tuple[Array, Array]:
        """(count, 8) what is kept of each operand, and (count,) which factors are left out."""
        return np.ones((count, 8)), np.zeros(count)

    def slope(self, z: Any, v: Any, keep: Any, replace: Any) -> Any:
        """(K,): the derivative along v."""
        self.count, self.candidates = 0, []
        arguments = self._subject.arguments
        duals = [
            _Dual(value, tangent)
            for value, tangent in zip(
                arguments.leaf_values(z), arguments.leaf_values(v), strict=True
            )
        ]

        def differentiate(equation: JaxprEqn, inputs: list[Any]) -> list[Any]:
            nested = nested_call(equation)
            if nested is not None:
                return run(nested, differentiate, inputs)
            return self._differentiate(equation, inputs, keep, replace)

        outputs = run(self._jaxpr, differentiate, duals)
        terms = [
            jnp.asarray(cotangent) @ jnp.ravel(output.tangent)
            for cotangent, output in zip(self._subject.cotangents, outputs, strict=True)
            if isinstance(output, _Dual)
        ]
        return sum(terms[1:], start=terms[0])

    def _differentiate(
        self, equation: JaxprEqn, inputs: list[Any], keep: Any, replace: Any
    ) -> list[Any]:
        values = [i.value if isinstance(i, _Dual) else i for i in inputs]
        active = [j for j, i in enumerate(inputs) if isinstance(i, _Dual)]
        if not active:
            return bind(equation, values)
        index = min(self.count, keep.shape[0] - 1)
        name = equation.primitive.name

        def apply(*moved: Any) -> list[Any]:
            return bind(equation, _merged(values, active, moved))

        tangents = [inputs[j].tangent * keep[index, min(j, keep.shape[1] - 1)] for j in active]
        results, slopes = jax.jvp(apply, tuple(values[j] for j in active), tuple(tangents))
        if len(active) > 1:
            self.candidates += [
                _Candidate(
                    self.count,
                    j,
                    f"the term through operand {j + 1} of `{name}` is left out",
                )
                for j in active
                if j < keep.shape[1]
            ]
        like = [t for t in tangents if jnp.shape(t) == jnp.shape(results[0])]
        if len(active) == 1 and len(results) == 1 and like:
            self.candidates.append(
                _Candidate(self.count, -1, f"the factor of `{name}` is left out")
            )
            slopes = [jnp.where(replace[index] > 0, like[0], slopes[0])]
        self.count += 1
        return [
            _Dual(result, slope)
            if jnp.issubdtype(jnp.result_type(result), jnp.floating)
            else result
            for result, slope in zip(results, slopes, strict=True)
        ]


def _merged(values: list[Any], places: list[int], moved: tuple[Any, ...]) -> list[Any]:
    merged = list(values)
    for place, value in zip(places, moved, strict=True):
        merged[place] = value
    return merged
