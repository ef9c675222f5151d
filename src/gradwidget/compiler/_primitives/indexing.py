"""Shapes, slices, gathers and scatters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.lax import GatherScatterMode

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind, Type
from .._values import (
    SMALL,
    Buffer,
    Element,
    Elements,
    Lazy,
    Value,
    allocate,
    cheap,
    copied,
    indices,
    is_constant,
    known,
    parts,
    settle,
    traverse,
    write,
)
from .._writer import Index, Writer, linear, plus, times
from . import elementwise, wide
from ._scalar import Parts, Scalar, wrapped
from .reductions import combined, small

# --- Views: the same elements, arranged differently -------------------------------------------


def reshaped(e: Emitter, x: Value, shape: tuple[int, ...]) -> Value:
    """The same elements in C order in another shape."""
    x = settle(e.w, x)
    type_ = Type(x.kind, shape)
    return Elements(type_, x.elements) if isinstance(x, Elements) else Buffer(type_, x.name)


def _reshape(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, shape = args[0], op.out_types[0].shape
    if op.name == "reshape" and op.params["dimensions"] is not None:
        x = _transposed(e, x, op.params["dimensions"])
    long = [axis for axis, length in enumerate(x.shape) if length != 1]
    if isinstance(x, Lazy) and [x.shape[axis] for axis in long] == [n for n in shape if n != 1]:
        # Only axes of length one come and go: each element stays where it is.
        kept = [axis for axis, length in enumerate(shape) if length != 1]

        def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
            inner: list[Index] = [0] * len(x.shape)
            for axis, at in zip(long, kept, strict=True):
                inner[axis] = index[at]
            return x.at(w, tuple(inner))

        return e.lazy(op.out_types[0], recipe, x, view=True)
    return reshaped(e, x, shape)


for _name in ("reshape", "squeeze", "expand_dims"):
    RULES[_name] = _reshape


def _broadcast_in_dim(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, axes = op.out_types[0], op.params["broadcast_dimensions"]
    x = args[0]
    if type_.size > x.type.size:
        x = cheap(e.w, x)

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        at = (index[axis] if length != 1 else 0 for axis, length in zip(axes, x.shape, strict=True))
        return x.at(w, tuple(at))

    return e.lazy(type_, recipe, x, view=True)


RULES["broadcast_in_dim"] = _broadcast_in_dim


def _transposed(e: Emitter, x: Value, permutation: Sequence[int]) -> Value:
    type_ = Type(x.kind, tuple(x.shape[axis] for axis in permutation))

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        inner: list[Index] = [0] * len(index)
        for axis, at in zip(permutation, index, strict=True):
            inner[axis] = at
        return x.at(w, tuple(inner))

    return e.lazy(type_, recipe, x, view=True)


RULES["transpose"] = lambda e, op, args: _transposed(e, args[0], op.params["permutation"])


def sliced(
    e: Emitter, x: Value, starts: Sequence[int], strides: Sequence[int], shape: tuple[int, ...]
) -> Value:
    """Every `strides`-th element from `starts` on."""

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        at = (
            plus(times(i, stride), start)
            for i, start, stride in zip(index, starts, strides, strict=True)
        )
        return x.at(w, tuple(at))

    return e.lazy(Type(x.kind, shape), recipe, x, view=True)


def _slice(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    strides = op.params["strides"] or (1,) * len(args[0].shape)
    return sliced(e, args[0], op.params["start_indices"], strides, op.out_types[0].shape)


RULES["slice"] = _slice


def _split(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    x, axis = cheap(e.w, args[0]), op.params["axis"]
    ends = list(itertools.accumulate(op.params["sizes"], initial=0))
    ones = (1,) * len(x.shape)
    return [
        sliced(e, x, [start if a == axis else 0 for a in range(len(x.shape))], ones, type_.shape)
        for start, type_ in zip(ends, op.out_types, strict=False)
    ]


RULES["split"] = _split


def _rev(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, axes = args[0], op.params["dimensions"]
    starts = [length - 1 if axis in axes else 0 for axis, length in enumerate(x.shape)]
    strides = [-1 if axis in axes else 1 for axis in range(len(x.shape))]
    return sliced(e, x, starts, strides, x.shape)


RULES["rev"] = _rev


def from_index(w: Writer, kind: Kind, index: Index) -> Element:
    """A coordinate as an element."""
    if isinstance(index, int):
        return known(kind, index)
    if kind.is_wide:
        return w.const(f"{index}|0"), "0"
    if kind.group == "bool":
        return (w.const(f"({index})!==0"),)
    if kind.is_integer and kind.bits < 32:
        return (w.const(wrapped(kind, f"({index})")),)
    return (w.const(index),)


def _iota(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, axis = op.out_types[0], op.params["dimension"]
    return e.lazy(type_, lambda w, index: from_index(w, type_.kind, index[axis]), view=True)


RULES["iota"] = _iota

# --- Joining -----------------------------------------------------------------------------------


def _concatenate(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, axis = op.out_types[0], op.params["dimension"]
    w = e.w
    ends = list(itertools.accumulate((x.shape[axis] for x in args), initial=0))
    if type_.size <= SMALL:

        def element(index: tuple[int, ...]) -> Element:
            piece = next(n for n in range(len(args)) if ends[n] <= index[axis] < ends[n + 1])
            inner = (*index[:axis], index[axis] - ends[piece], *index[axis + 1 :])
            return args[piece].at(w, inner)

        return Elements(type_, tuple(map(element, indices(type_.shape))))
    buffer = allocate(w, type_)
    for x, start in zip(args, ends, strict=False):

        def copy(index: tuple[Index, ...], x: Value = x, start: int = start) -> None:
            place = (*index[:axis], plus(index[axis], start), *index[axis + 1 :])
            write(w, buffer, place, x.text(w, index))

        traverse(w, x, copy)
    return buffer


RULES["concatenate"] = _concatenate


def _stack(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    type_, axis = op.out_types[0], op.params["axis"]
    if type_.size <= SMALL:
        return Elements(
            type_,
            tuple(
                args[index[axis]].at(e.w, (*index[:axis], *index[axis + 1 :]))
                for index in indices(type_.shape)
            ),
        )
    buffer = allocate(e.w, type_)
    for n, x in enumerate(args):

        def copy(index: tuple[Index, ...], x: Value = x, n: int = n) -> None:
            write(e.w, buffer, (*index[:axis], n, *index[axis:]), x.text(e.w, index))

        traverse(e.w, x, copy)
    return buffer


RULES["stack"] = _stack


def _unstack(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    x, axis = cheap(e.w, args[0]), op.params["axis"]

    def row(n: int) -> Value:
        return e.lazy(
            op.out_types[n],
            lambda w, index: x.at(w, (*index[:axis], n, *index[axis:])),
            x,
            view=True,
        )

    return [row(n) for n in range(len(op.out_types))]


RULES["unstack"] = _unstack


def _tile(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x = cheap(e.w, args[0])

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        at = (
            i % length if isinstance(i, int) else f"({i})%{length}" if length > 1 else 0
            for i, length in zip(index, x.shape, strict=True)
        )
        return x.at(w, tuple(at))

    return e.lazy(op.out_types[0], recipe, x, view=True)


RULES["tile"] = _tile


def _pad(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, filler = args
    type_, config, w = op.out_types[0], op.params["padding_config"], e.w
    fill = filler.at(w, ())
    if type_.size <= SMALL and x.type.size <= SMALL:
        places = {
            tuple(
                low + i * (inside + 1) for i, (low, _, inside) in zip(index, config, strict=True)
            ): x.at(w, index)
            for index in indices(x.shape)
        }
        return Elements(type_, tuple(places.get(index, fill) for index in indices(type_.shape)))
    buffer = allocate(w, type_)
    filling = parts(fill, x.kind)
    if x.kind.width == 1:
        w.line(f"{buffer.name}.fill({filling[0]});")
    else:
        with w.loops(type_.shape) as index:
            write(w, buffer, index, filling)

    def copy(index: tuple[Index, ...]) -> None:
        place = tuple(
            _named(w, plus(times(i, inside + 1), low))
            for i, (low, _, inside) in zip(index, config, strict=True)
        )
        checks = [
            f"{at}>=0&&{at}<{length}"
            for at, length, (low, high, _) in zip(place, type_.shape, config, strict=True)
            if low < 0 or high < 0
        ]
        if checks:
            with w.scope(f"if({'&&'.join(checks)}){{"):
                write(w, buffer, place, x.text(w, index))
        else:
            write(w, buffer, place, x.text(w, index))

    traverse(w, x, copy)
    return small(e, buffer, type_)


RULES["pad"] = _pad


def _named(w: Writer, index: Index) -> Index:
    return w.const(index) if isinstance(index, str) else index


# --- Slices that begin at a computed place -----------------------------------------------------


def _starts(
    e: Emitter, starts: Sequence[Value], shape: tuple[int, ...], window: tuple[int, ...]
) -> list[Index]:
    """Where a window begins, moved inside the array."""
    out: list[Index] = []
    for start, length, size in zip(starts, shape, window, strict=True):
        element = start.at(e.w, ())
        if length == size:
            out.append(0)
        elif is_constant(element):
            out.append(min(max(int(element), 0), length - size))
        else:
            at = wide.index(start.kind, parts(element, start.kind))
            out.append(e.w.const(f"Math.min(Math.max({at},0),{length - size})|0"))
    return out


def _dynamic_slice(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, *starts = args
    x = cheap(e.w, x)
    first = _starts(e, starts, x.shape, op.params["slice_sizes"])

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        return x.at(w, tuple(map(plus, index, first)))

    return e.lazy(op.out_types[0], recipe, x, view=True)


RULES["dynamic_slice"] = _dynamic_slice


def _dynamic_update_slice(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, update, *starts = args
    w = e.w
    first = _starts(e, starts, x.shape, update.shape)
    if isinstance(x, Elements) and update.type.size == 1:
        return _replaced(w, x, linear(tuple(first), x.shape), update.text(w, (0,) * len(x.shape)))
    update = cheap(w, update)
    buffer = copied(w, settle(w, x))

    def copy(index: tuple[Index, ...]) -> None:
        write(w, buffer, tuple(map(plus, index, first)), update.text(w, index))

    traverse(w, update, copy)
    return small(e, buffer, op.out_types[0])


RULES["dynamic_update_slice"] = _dynamic_update_slice


def _replaced(w: Writer, x: Elements, where: Index, new: Parts) -> Elements:
    """A small array with one element replaced."""
    at = _named(w, where)
    elements = tuple(
        (new if n == at else old)
        if isinstance(at, int)
        else tuple(
            w.const(f"{at}==={n}?{a}:{b}") for a, b in zip(new, parts(old, x.kind), strict=True)
        )
        for n, old in enumerate(x.elements)
    )
    return Elements(x.type, elements)


# --- Gather and scatter ------------------------------------------------------------------------


def _start_of(
    w: Writer,
    places: Value,
    batch: tuple[Index, ...],
    axes: Sequence[int],
    limits: Sequence[int],
    drop: bool,
) -> tuple[dict[int, Index], list[str]]:
    """Where a window begins on each indexed axis, and the conditions that it lies inside."""
    starts: dict[int, Index] = {}
    checks: list[str] = []
    for n, axis in enumerate(axes):
        element = places.at(w, (*batch, n))
        if is_constant(element):
            at = int(element)
            if drop and not 0 <= at <= limits[axis]:
                checks.append("false")
            starts[axis] = min(max(at, 0), limits[axis])
            continue
        number = w.const(wide.index(places.kind, parts(element, places.kind)))
        if drop:
            checks.append(f"{number}>=0&&{number}<={limits[axis]}")
        starts[axis] = (
            w.const(f"Math.min(Math.max({number},0),{limits[axis]})|0") if limits[axis] else 0
        )
    return starts, checks


def _filler(op: Op, kind: Kind) -> np.generic:
    """What a gather gives for places outside the array."""
    given = op.params.get("fill_value")
    if given is not None:
        return known(kind, given)
    if kind.group == "float":
        return known(kind, np.nan)
    if kind.group == "bool":
        return np.bool_(True)
    low, high = kind.range
    return known(kind, low if kind.group == "signed" else high)


def _drops(op: Op) -> bool:
    return GatherScatterMode.from_any(op.params["mode"]) == GatherScatterMode.FILL_OR_DROP


def _gather(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, places = (cheap(e.w, arg) for arg in args)
    numbers, sizes = op.params["dimension_numbers"], op.params["slice_sizes"]
    type_, drop = op.out_types[0], _drops(op)
    limits = [length - size for length, size in zip(x.shape, sizes, strict=True)]
    hidden = {*numbers.collapsed_slice_dims, *numbers.operand_batching_dims}
    window_axes = [axis for axis in range(len(x.shape)) if axis not in hidden]

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        batch = tuple(i for n, i in enumerate(index) if n not in numbers.offset_dims)
        starts, checks = _start_of(w, places, batch, numbers.start_index_map, limits, drop)
        for axis, at in zip(
            numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True
        ):
            starts[axis] = batch[at]
        offsets = dict(zip(window_axes, (index[n] for n in numbers.offset_dims), strict=True))
        where = tuple(plus(starts.get(n, 0), offsets.get(n, 0)) for n in range(len(x.shape)))
        found = x.at(w, where)
        if not checks:
            return found
        inside = w.const("&&".join(checks))
        fill = parts(_filler(op, x.kind), x.kind)
        return tuple(
            w.const(f"{inside}?{a}:{b}") for a, b in zip(parts(found, x.kind), fill, strict=True)
        )

    return e.lazy(type_, recipe, x, places, view=not drop)


RULES["gather"] = _gather


def _scatter(combine: Any) -> Any:
    def rule(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
        x, places, updates = args
        w = e.w
        numbers, drop = op.params["dimension_numbers"], _drops(op)
        places, updates = cheap(w, places), cheap(w, updates)
        hidden = {*numbers.inserted_window_dims, *numbers.operand_batching_dims}
        window_axes = [axis for axis in range(len(x.shape)) if axis not in hidden]
        sizes = [1] * len(x.shape)
        for axis, n in zip(window_axes, numbers.update_window_dims, strict=True):
            sizes[axis] = updates.shape[n]
        limits = [length - size for length, size in zip(x.shape, sizes, strict=True)]
        buffer = copied(w, settle(w, x))

        def turn(index: tuple[Index, ...]) -> None:
            batch = tuple(i for n, i in enumerate(index) if n not in numbers.update_window_dims)
            starts, checks = _start_of(
                w, places, batch, numbers.scatter_dims_to_operand_dims, limits, drop
            )
            for axis, at in zip(
                numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True
            ):
                starts[axis] = batch[at]
            offsets = {
                axis: index[n]
                for axis, n in zip(window_axes, numbers.update_window_dims, strict=True)
            }
            where = tuple(plus(starts.get(n, 0), offsets.get(n, 0)) for n in range(len(x.shape)))
            with w.scope(f"if({'&&'.join(checks)}){{" if checks else "{"):
                update = updates.text(w, index)
                if combine is not None:
                    old = _current(w, buffer, where)
                    update = combined(combine, Scalar(w, op), old, update)
                write(w, buffer, where, update)

        traverse(w, updates, turn)
        return small(e, buffer, op.out_types[0])

    return rule


def _current(w: Writer, buffer: Buffer, where: tuple[Index, ...]) -> Parts:
    """The element of a buffer that is being written, as it is now."""
    position = linear(where, buffer.shape)
    names = []
    for part in range(buffer.kind.width):
        name = w.fresh()
        w.line(f"const {name}={buffer.read(position, part)};")
        names.append(name)
    return tuple(names)


RULES["scatter"] = _scatter(None)
for _name, _combine in (
    ("add", elementwise.added),
    ("sub", elementwise.subtracted),
    ("mul", elementwise.multiplied),
    ("min", elementwise.minimum),
    ("max", elementwise.maximum),
):
    RULES[f"scatter-{_name}"] = RULES[f"scatter_{_name}"] = _scatter(_combine)
