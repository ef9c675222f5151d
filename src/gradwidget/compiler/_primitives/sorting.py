"""Sorting."""

from __future__ import annotations

from collections.abc import Sequence

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind
from .._values import Buffer, Value, allocate, settle, stored, write
from .._writer import Index, Writer, linear
from .indexing import from_index
from .reductions import small


def _comparison(kind: Kind, a: tuple[str, ...], b: tuple[str, ...]) -> str:
    if kind.group == "float":
        return f"compareFloats({a[0]},{b[0]})"
    if kind.is_wide:
        return f"compare{kind.group.capitalize()}64({','.join(a + b)})"
    return f"{a[0]}-{b[0]}"


def _raw(buffer: Buffer, position: Index) -> tuple[str, ...]:
    if buffer.kind.width == 1:
        return (f"{buffer.name}[{position}]",)
    return f"{buffer.name}[2*({position})]", f"{buffer.name}[2*({position})+1]"


def _order(
    w: Writer, keys: Sequence[Buffer], index: tuple[Index, ...], axis: int, descending: bool = False
) -> str:
    """The name of an array of positions along an axis, sorted; equal keys keep their order."""
    shape = keys[0].shape

    def place(i: str) -> Index:
        return linear((*index[:axis], i, *index[axis:]), shape)

    order = w.fresh("b")
    length = shape[axis]
    tests = "||".join(
        _comparison(key.kind, _raw(key, place("x")), _raw(key, place("y"))) for key in keys
    )
    arguments = "(y,x)" if descending else "(x,y)"
    w.line(
        f"const {order}=Int32Array.from({{length:{length}}},(_,n)=>n).sort({arguments}=>{tests});"
    )
    return order


def _sort(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    w, axis = e.w, op.params["dimension"]
    operands = [stored(w, settle(w, arg)) for arg in args]
    shape = operands[0].shape
    outs = [allocate(w, one.type) for one in operands]
    with w.loops((*shape[:axis], *shape[axis + 1 :])) as index:
        order = _order(w, operands[: op.params["num_keys"]], index, axis)
        with w.loop(shape[axis]) as i:
            source = w.const(f"{order}[{i}]")
            for one, out in zip(operands, outs, strict=True):
                components = one.text(w, (*index[:axis], source, *index[axis:]))
                write(w, out, (*index[:axis], i, *index[axis:]), components)
    return [small(e, out, out.type) for out in outs]


RULES["sort"] = _sort


def _top_k(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    w = e.w
    x = stored(w, settle(w, args[0]))
    axis = op.params.get("axis", len(x.shape) - 1) % len(x.shape)
    values, places = (allocate(w, type_) for type_ in op.out_types)
    with w.loops((*x.shape[:axis], *x.shape[axis + 1 :])) as index:
        order = _order(w, [x], index, axis, descending=True)
        with w.loop(op.params["k"]) as i:
            source = w.const(f"{order}[{i}]")
            target = (*index[:axis], i, *index[axis:])
            write(w, values, target, x.text(w, (*index[:axis], source, *index[axis:])))
            place = from_index(w, places.kind, source)
            assert isinstance(place, tuple)
            write(w, places, target, place)
    return [small(e, out, out.type) for out in (values, places)]


RULES["top_k"] = _top_k
