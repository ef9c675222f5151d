"""Products and factorisations of small dense matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Type
from .._values import (
    SMALL,
    Element,
    Value,
    allocate,
    cheap,
    copied,
    indices,
    known,
    parts,
    settle,
    stored,
)
from .._writer import Index, Writer, linear, times
from . import elementwise
from ._scalar import Parts, Scalar
from .convert import converted
from .reductions import assign, combined, small


def _dot_general(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    (left_sum, right_sum), (left_batch, right_batch) = op.params["dimension_numbers"]
    type_ = op.out_types[0]
    left, right = (cheap(e.w, arg) for arg in args)
    left_free = [n for n in range(len(left.shape)) if n not in {*left_sum, *left_batch}]
    right_free = [n for n in range(len(right.shape)) if n not in {*right_sum, *right_batch}]
    lengths = tuple(left.shape[axis] for axis in left_sum)
    n_batch, n_left = len(left_batch), len(left_free)
    product = Op("mul", {}, (), (type_, type_), (type_,))

    def placed(
        rank: int, axes: Sequence[Sequence[int]], index: Sequence[Sequence[Index]]
    ) -> tuple[Index, ...]:
        out: list[Index] = [0] * rank
        for group, coordinates in zip(axes, index, strict=True):
            for axis, at in zip(group, coordinates, strict=True):
                out[axis] = at
        return tuple(out)

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        s = Scalar(w, product)
        batch, free = index[:n_batch], index[n_batch:]

        def term(inner: tuple[Index, ...]) -> Parts:
            factors = []
            for x, axes, own in (
                (left, (left_batch, left_free, left_sum), free[:n_left]),
                (right, (right_batch, right_free, right_sum), free[n_left:]),
            ):
                at = placed(len(x.shape), axes, (batch, own, inner))
                out = converted(s, x.kind, type_.kind, x.text(w, at))
                factors.append(tuple(map(w.const, (out,) if isinstance(out, str) else out)))
            return combined(elementwise.multiplied, s, *factors)

        if 0 < math.prod(lengths) <= SMALL:
            total, *rest = map(term, indices(lengths))
            for one in rest:
                total = combined(elementwise.added, s, total, one)
            return total
        zero = parts(known(type_.kind, 0), type_.kind)
        total = tuple(map(w.variable, zero))
        with w.loops(lengths) as inner:
            assign(w, total, combined(elementwise.added, s, total, term(inner)))
        return total

    return e.lazy(type_, recipe, left, right)


RULES["dot_general"] = _dot_general


def _round(type_: Type) -> str:
    return "fround" if type_.kind.name == "float32" else "identity"


def _block(w: Writer, batch: tuple[Index, ...], type_: Type, rank: int) -> str:
    """Where the block of a batch index begins; a block spans the last `rank` axes."""
    shape = type_.shape
    cut = len(shape) - rank
    return str(times(linear(batch, shape[:cut]), math.prod(shape[cut:])))


def _cholesky(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_ = op.out_types[0]
    w, n = e.w, type_.shape[-1]
    out = copied(w, settle(w, args[0]))
    with w.loops(type_.shape[:-2]) as batch:
        w.line(f"cholesky({out.name},{_block(w, batch, type_, 2)},{n},{_round(type_)});")
    return small(e, out, type_)


RULES["cholesky"] = _cholesky


def _triangular_solve(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, p, w = op.out_types[0], op.params, e.w
    matrix = stored(w, settle(w, args[0]))
    out = copied(w, settle(w, args[1]))
    n = matrix.shape[-1]
    rows, columns = type_.shape[-2:]
    # x A = b is A^T x^T = b^T, and a transposed matrix is the same one read the other way.
    left = p["left_side"]
    transposed = bool(p["transpose_a"]) == left
    strides = (1, n) if transposed else (n, 1)
    lower = bool(p["lower"]) != transposed
    b_strides, m = ((columns, 1), columns) if left else ((1, columns), rows)
    flags = ",".join("true" if flag else "false" for flag in (lower, p["unit_diagonal"]))
    with w.loops(type_.shape[:-2]) as batch:
        w.line(
            f"solveTriangular({matrix.name},{_block(w, batch, matrix.type, 2)},{strides[0]},"
            f"{strides[1]},{out.name},{_block(w, batch, type_, 2)},{b_strides[0]},{b_strides[1]},"
            f"{n},{m},{flags},{_round(type_)});"
        )
    return small(e, out, type_)


RULES["triangular_solve"] = _triangular_solve


def _lu(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    type_, pivot_type, permutation_type = op.out_types
    w, (m, n) = e.w, type_.shape[-2:]
    out = copied(w, settle(w, args[0]))
    pivots, permutation = allocate(w, pivot_type), allocate(w, permutation_type)
    with w.loops(type_.shape[:-2]) as batch:
        w.line(
            f"lu({out.name},{_block(w, batch, type_, 2)},"
            f"{pivots.name},{_block(w, batch, pivot_type, 1)},"
            f"{permutation.name},{_block(w, batch, permutation_type, 1)},{m},{n},{_round(type_)});"
        )
    return [small(e, value, value.type) for value in (out, pivots, permutation)]


RULES["lu"] = _lu


def _pivots_to_permutation(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, w = op.out_types[0], e.w
    pivots = stored(w, settle(w, args[0]))
    out = allocate(w, type_)
    size, count = type_.shape[-1], pivots.shape[-1]
    with w.loops(type_.shape[:-1]) as batch:
        w.line(
            f"permutationOf({pivots.name},{_block(w, batch, pivots.type, 1)},{count},"
            f"{out.name},{_block(w, batch, type_, 1)},{size});"
        )
    return small(e, out, type_)


RULES["lu_pivots_to_permutation"] = _pivots_to_permutation
