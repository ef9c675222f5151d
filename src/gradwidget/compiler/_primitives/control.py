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
    copied,
    full,
    is_constant,
    known,
    parts,
    settle,
    settle_all,
    traverse,
    write,
)
from .._writer import Index, Writer

Settled = Elements | Buffer


def _variables(w: Writer, type_: Type, start: Settled | None) -> Settled:
    """Variables, or an array of their own, which hold `start`."""
    if isinstance(start, Buffer):
        return copied(w, start)
    if start is None and not _is_small(type_):
        return Buffer(type_, w.variable())
    texts = flat([start]) if start else [None] * (type_.size * type_.kind.width)
    names = iter([w.variable(text) for text in texts])
    return Elements(
        type_, tuple(tuple(next(names) for _ in range(type_.kind.width)) for _ in range(type_.size))
    )


def _is_small(type_: Type) -> bool:
    return type_.size <= SMALL


def _assign(w: Writer, targets: Sequence[Settled], values: Sequence[Settled]) -> None:
    """Give variables and arrays new values, all at once."""
    changed: set[str] = set()
    lines: list[str] = []
    for target, value in zip(targets, values, strict=True):
        for name, text in zip(flat([target]), flat([value]), strict=True):
            if name == text:
                continue
            if isinstance(target, Buffer):
                # The name of a choice between arrays does not tell which one it is.
                unsure = changed and not text.startswith("s")
                source = copied(w, value).name if text in changed or unsure else text
                lines.append(f"{name}.set({source});")
            else:
                source = text
                if text in changed:
                    source = w.fresh()
                    w.line(f"const {source}={text};")
                lines.append(f"{name}={source};")
            changed.add(name)
    for line in lines:
        w.line(line)


def _choose(w: Writer, targets: Sequence[Settled], values: Sequence[Settled]) -> None:
    """Give the variables of a branch's results their values."""
    for name, text in zip(flat(targets), flat(values), strict=True):
        w.line(f"{name}={text};")


def _call(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    name = e.module.function(op.graphs[0])
    call = f"{name}({','.join(flat(settle_all(e.w, args)))})"
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
    inputs = settle_all(e.w, operands)
    index = parts(chosen, which.kind)[0]
    outs = [_variables(e.w, type_, None) for type_ in op.out_types]
    last = len(op.graphs) - 1
    for n, graph in enumerate(op.graphs):
        test = f"{'!' if n == 0 else ''}{index}" if which.kind.group == "bool" else f"{index}==={n}"
        head = "else{" if n == last else f"{'else ' if n else ''}if({test}){{"
        with e.w.scope(head):
            _choose(e.w, outs, settle_all(e.w, e.run(graph, inputs)))
    return list(outs)


def _while(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    cond, body = op.graphs
    n_cond, n_body = op.params["cond_consts"], op.params["body_consts"]
    inputs = settle_all(e.w, args)
    cond_consts, body_consts = inputs[:n_cond], inputs[n_cond : n_cond + n_body]
    carry = _carry(e, body, n_body, inputs[n_cond + n_body :])
    with e.w.scope("for(;;){"):
        (test,) = e.run(cond, [*cond_consts, *carry])
        e.w.line(f"if(!{test.text(e.w)[0]})break;")
        _assign(e.w, carry, settle_all(e.w, e.run(body, [*body_consts, *carry])))
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
    inputs = settle_all(w, args)
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
        _assign(w, carry, settle_all(w, outs[:n_carry]))
    return [*carry, *ys]


def _failed_check(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    """Reached only where a check of the program's own has failed."""
    e.w.line('throw new Error("A check inside the translated program failed.");')
    return [full(type_, known(type_.kind, 0)) for type_ in op.out_types]


RULES["failed_check"] = _failed_check
RULES["call"] = _call
RULES["cond"] = _cond
RULES["while"] = _while
RULES["scan"] = _scan
