"""A function's value and derivatives as programs over many points, compiled once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr
from numpy.typing import NDArray

from ..._context import computing
from ._arguments import Arguments, cast, is_floating
from ._differences import SHIFTS
from ._jaxpr import Handler, run

Array = NDArray[np.float64]
Cotangents = list[Array]
"""For every floating-point leaf of the output, (K, size): what it is contracted with."""

_CHUNK = len(SHIFTS)
"""One line of finite differences at a time."""


class Program:
    """A function of rows, evaluated over many rows with one compilation.

    One row after another in a compiled loop, in chunks of one size. A function that cannot be
    traced runs in Python instead; where a row raises at run time, its result is NaN.

    Attributes:
        error: Why nothing can be computed; None where it can, or nobody has tried.
        jit_error: Why it runs outside of `jax.jit` only; None where it runs inside.
    """

    def __init__(self, function: Callable[..., Any], dtype: str, *, use_vmap: bool = False) -> None:
        self._function = function
        self._dtype = dtype
        mapped = (
            jax.vmap(function)
            if use_vmap
            else lambda *rows: lax.map(lambda row: function(*row), rows)
        )
        self._compiled = jax.jit(mapped)
        self._use_vmap = use_vmap
        self._is_tried = False
        self.error: Exception | None = None
        self.jit_error: Exception | None = None

    def works(self, *row: Array) -> bool:
        """Whether it runs, tried on one row (without the leading axis)."""
        if not self._is_tried:
            self(*(np.asarray(column)[None] for column in row))
        return self.error is None

    def __call__(self, *columns: Array) -> Array:
        """Evaluates all rows.

        Args:
            *columns: Arrays with a common leading axis, one per argument of the function.

        Returns:
            (rows, ...) the results in float64. Empty if the function does not run at all: see
            `error`.
        """
        rows = len(columns[0])
        with computing(self._dtype):
            parts = [
                self._chunk([column[i : i + _CHUNK] for column in columns])
                for i in range(0, rows, _CHUNK)
                if self.error is None
            ]
        return np.concatenate(parts) if parts and self.error is None else np.zeros((0, 0))

    def _chunk(self, columns: list[Array]) -> Array:
        count = len(columns[0])
        columns = [np.asarray(column, self._dtype) for column in columns]
        if self.jit_error is None:
            padding = [(0, _CHUNK - count)]
            padded = [
                np.pad(column, padding + [(0, 0)] * (column.ndim - 1), mode="edge")
                for column in columns
            ]
            try:
                out = np.asarray(self._compiled(*padded), np.float64)[:count]
            except Exception as error:
                if self._is_tried and not self._use_vmap:
                    return self._one_by_one(columns)
                self._is_tried = True
                if self._use_vmap:
                    self.error = _detached(error)
                    return np.zeros((0, 0))
                try:
                    self._eagerly(*(column[0] for column in columns))
                except Exception as eager_error:
                    self.error = _detached(eager_error)
                    return np.zeros((0, 0))
                if _is_about_tracing(error):
                    self.jit_error = _detached(error)
                else:  # a row raises at run time, and the first does not
                    return self._one_by_one(columns)
            else:
                self._is_tried = True
                return out
        return self._one_by_one(columns)

    def _eagerly(self, *row: Array) -> Array:
        return np.asarray(self._function(*(jnp.asarray(value) for value in row)), np.float64)

    def _one_by_one(self, columns: list[Array]) -> Array:
        results: list[Array | None] = []
        for row in zip(*columns, strict=True):
            try:
                if self.jit_error is not None:
                    results.append(self._eagerly(*row))
                else:
                    again = [np.broadcast_to(value, (_CHUNK, *np.shape(value))) for value in row]
                    results.append(np.asarray(self._compiled(*again), np.float64)[0])
            except Exception:
                results.append(None)
        shapes = [np.shape(result) for result in results if result is not None]
        empty = np.full(shapes[0] if shapes else (), np.nan)
        return np.stack([empty if result is None else result for result in results])


def _detached(error: Exception) -> Exception:
    """The exception without its frames, which would keep compiled programs alive in a cycle."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


def _is_about_tracing(error: Exception) -> bool:
    # What JAX raises at run time comes from XLA and is a RuntimeError.
    return not isinstance(error, RuntimeError)


def along(program: Program, z: Array, direction: Array, *others: Array) -> Array:
    """A program's results on the lines z + t direction.

    Args:
        program: A program whose first argument is a point.
        z: (B, n) points.
        direction: (B, n) directions.
        *others: Further arguments of the program, (B, ...).

    Returns:
        (B, S, ...) the results at the S values of t in `SHIFTS`.
    """
    count = len(SHIFTS)
    parts = []
    # A chunk's worth of lines at a time: points may be large.
    for i in range(len(z)):
        lines = z[i] + SHIFTS[:, None] * direction[i]
        repeated = [np.broadcast_to(other[i], (count, *np.shape(other[i]))) for other in others]
        parts.append(program(lines, *repeated))
    return np.stack(parts)


class Contraction(NamedTuple):
    """A function of a vector that returns K numbers, and its derivatives.

    Attributes:
        apply: The floating-point leaves of the arguments -> those of the output.
        arguments: The arguments, with the vector z of the numbers to differentiate.
        cotangents: What the outputs are contracted with.
        dtype: `"float64"` or `"float32"`.
        seed: What is pulled back, and divided by afterwards. Not 1: `jax.grad` passes 1, and a
            backward rule that leaves its cotangent out is right there. A power of two rounds
            nothing.
    """

    apply: Callable[[list[Any]], list[Any]]
    arguments: Arguments
    cotangents: Cotangents
    dtype: str
    seed: float = 2.0

    def value(self, z: Any) -> Any:
        """(n,) -> (K,)."""
        outputs = self.apply(self.arguments.leaf_values(z))
        terms = [
            jnp.asarray(cotangent, self.dtype) @ jnp.ravel(output).astype(self.dtype)
            for cotangent, output in zip(self.cotangents, outputs, strict=True)
        ]
        return sum(terms[1:], start=terms[0])

    def along_forward(self, z: Any, v: Any) -> Any:
        """(2, K): the value with the rule, and its derivative along v, forward."""
        return jnp.stack(jax.jvp(self.value, (z,), (v,)))

    def along_reverse(self, z: Any, v: Any) -> Any:
        """(2, K): the value with the rule, and its derivative along v, reverse."""
        value, pullback = jax.vjp(self.value, z)

        def one(cotangent: Any) -> Any:
            # An element that is not asked for must not spoil the sum with a NaN of its own.
            slopes = pullback(self.seed * cotangent)[0] / self.seed
            return jnp.sum(jnp.where(v == 0, 0, slopes * v))

        return jnp.stack([value, _by_row(one, value)])

    def second(self, z: Any, v: Any, w: Any, *, inner: str, outer: str) -> Any:
        """(K,): the second derivative along v, then w."""
        first = self.along_reverse if inner == "reverse" else self.along_forward

        def slope(point: Any) -> Any:
            return first(point, v)[1]

        if outer == "forward":
            return jax.jvp(slope, (z,), (w,))[1]
        value, pullback = jax.vjp(slope, z)
        return _by_row(lambda cotangent: jnp.sum(pullback(cotangent)[0] * w), value)


class Subject:
    """A function under check, in one precision: its contraction, compiled and traced.

    Attributes:
        contraction: The function, from the vector of `arguments` to K numbers.
        arguments, cotangents, dtype: As of the contraction.
    """

    def __init__(self, contraction: Contraction) -> None:
        self.contraction = contraction
        self.arguments = contraction.arguments
        self.cotangents = contraction.cotangents
        self.dtype = contraction.dtype

    @classmethod
    def of(
        cls,
        fun: Callable[..., Any],
        arguments: Arguments,
        kwargs: dict[str, Any],
        cotangents: Cotangents,
        dtype: str,
    ) -> Subject:
        """The subject that calls `fun` with its arguments in `dtype`."""

        def apply(values: list[Any]) -> list[Any]:
            out = fun(*arguments.rebuild(values, dtype), **cast(kwargs, dtype))
            return floating_leaves(out)

        return cls(Contraction(apply, arguments, cotangents, dtype))

    @cached_property
    def value_program(self) -> Program:
        return Program(self.contraction.value, self.dtype)

    @cached_property
    def forward_program(self) -> Program:
        return Program(self.contraction.along_forward, self.dtype)

    @cached_property
    def reverse_program(self) -> Program:
        return Program(self.contraction.along_reverse, self.dtype)

    def trace(self, function: Callable[..., Any], *values: Any) -> ClosedJaxpr:
        """The jaxpr of one of the functions above."""
        with computing(self.dtype):
            arrays = [jnp.asarray(value, self.dtype) for value in values]
            return jax.make_jaxpr(function)(*arrays)

    @cached_property
    def jaxpr(self) -> ClosedJaxpr | None:
        """The jaxpr of the function itself, from its leaves to its leaves; None if untraceable."""
        values = self.arguments.leaf_values(self.arguments.z)
        apply = self.contraction.apply
        try:
            return self.trace(lambda *leaves: apply(list(leaves)), *values)
        except Exception:  # the row "jit" tells
            return None

    def with_handler(self, handler: Handler) -> Subject:
        """The same function, some of its operations evaluated by a handler."""
        jaxpr = self.jaxpr
        if jaxpr is None:
            raise ValueError("The function cannot be traced.")
        return Subject(self.contraction._replace(apply=lambda values: run(jaxpr, handler, values)))


def _by_row(function: Callable[[Any], Any], value: Any) -> Any:
    """(K,): a function of a cotangent, for each of the K unit cotangents of `value`."""
    basis = jnp.eye(len(value), dtype=value.dtype)
    # Not with vmap, which is under suspicion itself.
    return function(basis[0])[None] if len(value) == 1 else lax.map(function, basis)


def floating_leaves(tree: Any) -> list[Any]:
    """The floating-point leaves of an output."""
    return [leaf for leaf in jax.tree.leaves(tree) if is_floating(leaf)]


def draw_cotangents(outputs: Sequence[Any], rng: np.random.Generator) -> Cotangents:
    """Random cotangents: one for a single number, two for every array, four for many arrays.

    Args:
        outputs: The floating-point leaves of the output.
        rng: The source of randomness.
    """
    sizes = [int(np.size(output)) for output in outputs]
    if sizes == [1]:
        return [np.ones((1, 1))]
    if len(sizes) > 4:
        # Weighted, so that a leaf with small numbers is not lost beside one with large numbers.
        scales = [float(np.max(np.abs(np.asarray(o, np.float64)), initial=0.0)) for o in outputs]
        weights = [1 / s if np.isfinite(s) and s > 0 else 1.0 for s in scales]
        return [w * rng.standard_normal((4, n)) for w, n in zip(weights, sizes, strict=True)]
    counts = [min(size, 2) for size in sizes]
    cotangents = [np.zeros((sum(counts), size)) for size in sizes]
    row = 0
    for cotangent, count in zip(cotangents, counts, strict=True):
        cotangent[row : row + count] = rng.standard_normal((count, cotangent.shape[1]))
        row += count
    return cotangents
