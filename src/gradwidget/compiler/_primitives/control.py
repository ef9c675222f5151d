"""Loops, branches and calls."""

from __future__ import annotations

from collections.abc import Sequence

from .._emit import RULES, Emitter, flat
from .._graph import Graph, Op
from .._types import Type
from .._values import (
    SMALL,
    Buffer,
    Element,
    Elements,
    Value,
    allocate,
    is_constant,
    parts,
    settle,
    traverse,
    write,
)
from .._writer import Index, Writer

Settled = Elements | Buffer


def _variables(w: Writer, type_: Type, start: Settled | None) -> Settled:
    """A value of variables, which hold `start`."""
    if isinstance(start, Buffer) or (start is None and not _is_small(type_)):
        name = w.fresh("b")
        w.line(f"let {name}={start.name};" if isinstance(start, Buffer) else f"let {name};")
        return Buffer(type_, name)
    texts = flat([start]) if start else [None] * (type_.size * type_.kind.width)
    names = iter([w.variable(text) for text in texts])
    return Elements(
        type_, tuple(tuple(next(names) for _ in range(type_.kind.width)) for _ in range(type_.size))
    )


def _is_small(type_: Type) -> bool:
    return type_.size <= SMALL


def _assign(w: Writer, targets: Sequence[Settled], values: Sequence[Settled]) -> None:
    """Give variables new values, all at once."""
    names, texts = flat(targets), flat(values)
    changing = {name for name, text in zip(names, texts, strict=True) if name != text}
    written: set[str] = set()
    saved: dict[str, str] = {}
    for name, text in zip(names, texts, strict=True):
        # What is overwritten before it is read is kept.
        if text in changing and text in written and text not in saved:
            saved[text] = ""
        written.add(name)
    for text in saved:
        saved[text] = w.fresh()
        w.line(f"const {saved[text]}={text};")
    for name, text in zip(names, texts, strict=True):
        if name != text:
            w.line(f"{name}={saved.get(text, text)};")


def _settled(w: Writer, values: Sequence[Value]) -> list[Settled]:
    return [settle(w, value) for value in values]


def _call(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    name = e.module.function(op.graphs[0])
    call = f"{name}({','.join(flat(_settled(e.w, args)))})"
    outs = [e.parameter(type_) for type_ in op.out_types]
    names = flat(outs)
    if len(names) == 1:
        e.w.line(f"const {names[0]}={call};")
    elif names:
        result = e.w.const(call)
        fields = ",".join(f"{one}={result}[{n}]" for n, one in enumerate(names))
        e.w.line(f"const {fields};")
    return list(outs)


def _cond(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    which, *operands = args
    chosen = which.at(e.w, ())
    if is_constant(chosen):
        at = min(max(int(chosen), 0), len(op.graphs) - 1)
        return e.run(op.graphs[at], operands)
    inputs = _settled(e.w, operands)
    index = parts(chosen, which.kind)[0]
    outs = [_variables(e.w, type_, None) for type_ in op.out_types]
    last = len(op.graphs) - 1
    for n, graph in enumerate(op.graphs):
        test = f"{'!' if n == 0 else ''}{index}" if which.kind.group == "bool" else f"{index}==={n}"
        head = "else{" if n == last else f"{'else ' if n else ''}if({test}){{"
        with e.w.scope(head):
            _assign(e.w, outs, _settled(e.w, e.run(graph, inputs)))
    return list(outs)


def _while(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    cond, body = op.graphs
    n_cond, n_body = op.params["cond_consts"], op.params["body_consts"]
    inputs = _settled(e.w, args)
    cond_consts, body_consts = inputs[:n_cond], inputs[n_cond : n_cond + n_body]
    carry = _carry(e, body, n_body, inputs[n_cond + n_body :])
    with e.w.scope("for(;;){"):
        (test,) = e.run(cond, [*cond_consts, *carry])
        e.w.line(f"if(!{test.text(e.w)[0]})break;")
        _assign(e.w, carry, _settled(e.w, e.run(body, [*body_consts, *carry])))
    return list(carry)


def _carry(e: Emitter, body: Graph, first: int, start: Sequence[Settled]) -> list[Settled]:
    """What a loop hands from turn to turn; what never changes needs no variables."""
    return [
        one if body.outputs[n] == first + n else _variables(e.w, one.type, one)
        for n, one in enumerate(start)
    ]


class _Row(Value):
    """One row of an array."""

    def __init__(self, array: Value, row: Index) -> None:
        self.type = Type(array.kind, array.shape[1:])
        self._array, self._row = array, row

    def at(self, w: Writer, index: tuple[Index, ...]) -> Element:
        return self._array.at(w, (self._row, *index))


def _scan(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    (body,) = op.graphs
    n_consts, n_carry, length = (op.params[name] for name in ("consts", "carry", "length"))
    w = e.w
    inputs = _settled(w, args)
    consts, start = inputs[:n_consts], inputs[n_consts : n_consts + n_carry]
    xs = inputs[n_consts + n_carry :]
    carry = _carry(e, body, n_consts, start)
    ys = [allocate(w, type_) for type_ in op.out_types[n_carry:]]
    i = w.fresh("i")
    head = f"{i}={length - 1};{i}>=0;{i}--" if op.params["reverse"] else f"{i}=0;{i}<{length};{i}++"
    with w.scope(f"for(let {head}){{"):
        rows: list[Value] = []
        for x in xs:
            row = _Row(x, i)
            rows.append(settle(w, row) if _is_small(row.type) else row)
        outs = e.run(body, [*consts, *carry, *rows])
        for y, out in zip(ys, outs[n_carry:], strict=True):

            def copy(index: tuple[Index, ...], y: Buffer = y, out: Value = out) -> None:
                write(w, y, (i, *index), out.text(w, index))

            traverse(w, out, copy)
        _assign(w, carry, _settled(w, outs[:n_carry]))
    return [*carry, *ys]


RULES["call"] = _call
RULES["cond"] = _cond
RULES["while"] = _while
RULES["scan"] = _scan
