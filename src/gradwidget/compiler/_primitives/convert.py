"""Conversions between dtypes, by value and by bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind
from .._values import Buffer, Element, Value, is_constant, parts, settle, stored
from .._writer import Index, Writer
from . import wide
from ._cast import as_float
from ._scalar import Parts, Scalar, wrapped


def converted(s: Scalar, source: Kind, target: Kind, a: Parts) -> str | Parts:
    """An element of one kind as the nearest of another: floats are cut off and saturate."""
    if source == target:
        return a
    if target.group == "bool":
        return f"({a[0]}|{a[1]})!==0" if source.is_wide else f"{a[0]}!==0"
    if target.group == "float":
        return as_float(source, target, a)
    if source.group == "float":
        return _float_to_integer(s, target, a)
    if target.is_wide:
        return wide.widened(source, a)
    if source.group == "bool":
        return f"{a[0]}?1:0"
    return wrapped(target, f"({a[0]})")


def _float_to_integer(s: Scalar, target: Kind, a: Parts) -> str | Parts:
    if target.is_wide:
        return s.pair(f"floatTo{target.group.capitalize()}64({a[0]})")
    low, high = target.range
    return wrapped(target, f"saturate({a[0]},{low},{high})")


def _constant(value: np.generic, target: Kind) -> np.generic | None:
    """A constant in another dtype, where NumPy's rule is the same."""
    if isinstance(value, np.floating) and target.is_integer:
        low, high = target.range
        if not low <= float(value) <= min(high, 2**53):
            return None
    with np.errstate(all="ignore"):
        converted_value: np.generic = value.astype(target.dtype)
    return converted_value


def _convert(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    (x,) = args
    type_ = op.out_types[0]
    if x.kind == type_.kind:
        return x

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        element = x.at(w, index)
        if is_constant(element):
            known = _constant(element, type_.kind)
            if known is not None:
                return known
        out = converted(Scalar(w, op), x.kind, type_.kind, parts(element, x.kind))
        return tuple(w.const(part) for part in ((out,) if isinstance(out, str) else out))

    return e.lazy(type_, recipe, x, cost=2)


RULES["convert_element_type"] = _convert


def _reinterpreted(source: Kind, target: Kind, a: Parts) -> Parts:
    """The bits of an element as an element of another kind of the same width."""
    if target.name == "float64":
        return (f"bitsToFloat64({a[0]},{a[1]})",)
    if source.name == "float64":
        return f"float64Low({a[0]})", f"float64High({a[0]})"
    if target.name == "float32":
        return (f"bitsToFloat32({a[0]})",)
    if source.name == "float32":
        return (wrapped(target, f"float32Bits({a[0]})"),)
    return a if source.is_wide else (wrapped(target, f"({a[0]})"),)


def _bitcast(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    (x,) = args
    type_: Any = op.out_types[0]
    if x.kind == type_.kind:
        return x
    if x.kind.bits != type_.kind.bits:
        # Another number of elements: the same bytes in another typed array.
        bytes_ = stored(e.w, settle(e.w, x))
        array = e.w.const(f"new {type_.kind.array}({bytes_.name}.buffer)")
        return Buffer(type_, array)

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        texts = _reinterpreted(x.kind, type_.kind, x.text(w, index))
        return tuple(map(w.const, texts))

    return e.lazy(type_, recipe, x, cost=2)


RULES["bitcast_convert_type"] = _bitcast
