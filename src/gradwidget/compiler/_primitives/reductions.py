"""Reductions over axes, and running ones along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind, Type
from .._values import (
    SMALL,
    Element,
    Value,
    allocate,
    cheap,
    indices,
    known,
    parts,
    write,
)
from .._writer import Index, Writer
from . import elementwise
from ._scalar import Parts, Scalar

Combine = Callable[..., "str | Parts"]


def combined(combine: Combine, s: Scalar, a: Parts, b: Parts) -> Parts:
    """Components of the combination of two elements, named."""
    out = combine(s, a, b)
    return tuple(map(s.w.const, (out,) if isinstance(out, str) else out))


def assign(w: Writer, names: Parts, values: Parts) -> None:
    """Give variables new values, which are constants."""
    for name, value in zip(names, values, strict=True):
        w.line(f"{name}={value};")


def _least(kind: Kind) -> np.generic:
    if kind.group == "float":
        return known(kind, -np.inf)
    return known(kind, 0 if kind.group == "bool" else kind.range[0])


def _greatest(kind: Kind) -> np.generic:
    if kind.group == "float":
        return known(kind, np.inf)
    return known(kind, 1 if kind.group == "bool" else kind.range[1])


def _everything(kind: Kind) -> np.generic:
    return known(kind, np.invert(known(kind, 0)))


def _number(value: int) -> Callable[[Kind], np.generic]:
    return lambda kind: known(kind, value)


_ADD, _MULTIPLY = elementwise.added, elementwise.multiplied

REDUCTIONS: dict[str, tuple[Combine, Callable[[Kind], np.generic]]] = {
    "reduce_sum": (_ADD, _number(0)),
    "reduce_prod": (_MULTIPLY, _number(1)),
    "reduce_max": (elementwise.maximum, _least),
    "reduce_min": (elementwise.minimum, _greatest),
    "reduce_and": (elementwise.both, _everything),
    "reduce_or": (elementwise.either, _number(0)),
    "reduce_xor": (elementwise.differ, _number(0)),
}


def _merged(
    outer: tuple[Index, ...], inner: tuple[Index, ...], axes: Sequence[int]
) -> tuple[Index, ...]:
    """An index into the operand from one into the result and one over the reduced axes."""
    rank = len(outer) + len(inner)
    kept, reduced = iter(outer), iter(inner)
    return tuple(next(reduced) if axis in axes else next(kept) for axis in range(rank))


def _reduction(combine: Combine, identity: Callable[[Kind], np.generic]) -> Any:
    def rule(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
        (x,) = args
        axes = sorted(op.params["axes"])
        if not axes:
            return x
        lengths = tuple(x.shape[axis] for axis in axes)

        def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
            s = Scalar(w, op)
            if 0 < math.prod(lengths) <= SMALL:
                first, *rest = (
                    x.text(w, _merged(index, inner, axes)) for inner in indices(lengths)
                )
                for one in rest:
                    first = combined(combine, s, first, one)
                return first
            total = tuple(w.variable(part) for part in parts(identity(x.kind), x.kind))
            with w.loops(lengths) as inner:
                one = x.text(w, _merged(index, inner, axes))
                assign(w, total, combined(combine, s, total, one))
            return total

        return e.lazy(op.out_types[0], recipe, x)

    return rule


for _name, (_combine, _identity) in REDUCTIONS.items():
    RULES[_name] = _reduction(_combine, _identity)


def _arg_extreme(symbol: str) -> Any:
    """The index of the first extreme element; the first NaN wins."""

    def rule(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
        (x,) = args
        (axis,) = op.params["axes"]
        out = op.out_types[0]

        def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
            def at(i: Index) -> Parts:
                return x.text(w, (*index[:axis], i, *index[axis:]))

            best = tuple(w.variable(part) for part in at(0))
            where = w.variable("0")
            name = w.fresh("i")
            with w.scope(f"for(let {name}=1;{name}<{x.shape[axis]};{name}++){{"):
                one = at(name)
                better = elementwise.comparison(x.kind, symbol, one, best)
                if x.kind.group == "float":
                    better = f"{best[0]}==={best[0]}&&({better}||{one[0]}!=={one[0]})"
                with w.scope(f"if({better}){{"):
                    assign(w, best, one)
                    w.line(f"{where}={name};")
            return (where, "0") if out.kind.is_wide else (where,)

        return e.lazy(out, recipe, cheap(e.w, x))

    return rule


RULES["argmax"] = _arg_extreme(">")
RULES["argmin"] = _arg_extreme("<")


def running(
    e: Emitter, x: Value, axis: int, reverse: bool, step: Callable[[Writer, Parts, Parts], Parts]
) -> Value:
    """Each element combined with all before it along an axis, the first as it is."""
    w = e.w
    buffer = allocate(w, x.type)
    length = x.shape[axis]
    around = (*x.shape[:axis], *x.shape[axis + 1 :])
    with w.loops(around) as index:

        def place(i: str) -> tuple[Index, ...]:
            return (*index[:axis], f"{length - 1}-{i}" if reverse else i, *index[axis:])

        zero = parts(known(x.kind, 0), x.kind)
        total = tuple(w.variable(part) for part in zero)
        name = w.fresh("i")
        with w.scope(f"for(let {name}=0;{name}<{length};{name}++){{"):
            where = tuple(w.const(i) if isinstance(i, str) else i for i in place(name))
            one = x.text(w, where)
            with w.scope(f"if({name}===0){{"):
                assign(w, total, one)
            with w.scope("else{"):
                assign(w, total, step(w, total, one))
            write(w, buffer, where, total)
    return buffer


def _cumulative(combine: Combine) -> Any:
    def rule(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
        def step(w: Writer, total: Parts, one: Parts) -> Parts:
            return combined(combine, Scalar(w, op), total, one)

        return small(
            e, running(e, args[0], op.params["axis"], op.params["reverse"], step), op.out_types[0]
        )

    return rule


def small(e: Emitter, value: Value, type_: Type) -> Value:
    """A small array in local variables, for what follows."""
    return e.lazy(type_, value.at, value, view=True) if type_.size <= SMALL else value


for _name, _combine in (
    ("cumsum", _ADD),
    ("cumprod", _MULTIPLY),
    ("cummax", elementwise.maximum),
    ("cummin", elementwise.minimum),
):
    RULES[_name] = _cumulative(_combine)


def _cumlogsumexp(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    def step(w: Writer, total: Parts, one: Parts) -> Parts:
        high = w.const(f"Math.max({total[0]},{one[0]})")
        low = w.const(f"Math.min({total[0]},{one[0]})")
        return (
            w.const(f"{high}==={low}?{high}+Math.LN2:{high}+Math.log1p(Math.exp({low}-{high}))"),
        )

    sums = running(e, args[0], op.params["axis"], op.params["reverse"], step)
    return small(e, sums, op.out_types[0])


RULES["cumlogsumexp"] = _cumlogsumexp
