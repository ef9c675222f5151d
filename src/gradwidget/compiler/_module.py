"""The text of an ES module: helpers, shared functions, and the exported function."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ._emit import RULES, Emitter, Module
from ._graph import Graph, Lowering
from ._primitives import EXPANSIONS
from ._runtime import helper_names, helpers_for
from ._trace import Empty, Leaf, Record, Sequence, Traced, Tree
from ._types import Type
from ._values import SMALL, Buffer, Elements, Value, allocate, parts, settle_all

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")

# Words of the language, and what translated programs use of it.
_RESERVED = {
    "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally",
    "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let",
    "new", "null", "package", "private", "protected", "public", "return", "static", "super",
    "switch", "this", "throw", "true", "try", "typeof", "undefined", "NaN", "Infinity", "var",
    "void", "while", "with", "yield", "Math", "Number", "Object", "Array", "ArrayBuffer",
    "BigInt", "TypeError", "String",
}  # fmt: skip


def module_text(programs: Mapping[str, Traced]) -> str:
    """The module that exports traced programs as functions of these names.

    What the programs have in common is written once.
    """
    for name in programs:
        check_name(name)
    jaxprs = [traced.jaxpr for traced in programs.values()]
    graphs = Lowering(set(RULES), EXPANSIONS).programs(jaxprs)
    module = Module()
    mains = [
        _Main(module, graph, name).text(traced)
        for graph, (name, traced) in zip(graphs, programs.items(), strict=True)
    ]
    body = "\n".join([*module.memory.lines, *module.texts, *mains])
    return f"{helpers_for(body)}\n{body}\n".lstrip()


def check_name(name: str) -> None:
    """Raises a `ValueError` unless JavaScript can call a function this."""
    taken = name in _RESERVED or name in helper_names() or re.fullmatch(r"[a-z]\d+", name)
    if taken or not _IDENTIFIER.fullmatch(name):
        raise ValueError(
            f"name must be free to use for a JavaScript function, which {name!r} is not: "
            "use letters, digits and _, and no reserved word."
        )


class _Main:
    """Writes the exported function: arguments are checked and taken apart, results put together."""

    def __init__(self, module: Module, graph: Graph, name: str) -> None:
        self._emitter = Emitter(module)
        self._w = self._emitter.w
        self._graph, self._name = graph, name

    def text(self, traced: Traced) -> str:
        inputs: list[Value] = []
        names = [f"a{n + 1}" for n in range(len(traced.arguments))]
        for given, (argument, tree) in zip(names, traced.arguments, strict=True):
            self._take(given, f"{self._name}: {argument}", tree, inputs)
        outs = settle_all(self._w, self._emitter.run(self._graph, inputs))
        self._w.line(f"return {self._give(traced.result, outs)};")
        return f"export function {self._name}({', '.join(names)}) {{\n{self._w}\n}}"

    def _take(self, given: str, where: str, tree: Tree, inputs: list[Value]) -> None:
        """Reads the leaves of an argument in order."""
        w, message = self._w, json.dumps(where)
        match tree:
            case Empty():
                w.line(f"takeNull({given},{message});")
            case Sequence(items):
                w.line(f"takeTuple({given},{message},{len(items)});")
                for n, item in enumerate(items):
                    self._take(f"{given}[{n}]", f"{where}[{n}]", item, inputs)
            case Record(items):
                names = json.dumps([name for name, _ in items])
                w.line(f"takeObject({given},{message},{names});")
                for name, item in items:
                    self._take(f"{given}[{json.dumps(name)}]", f"{where}.{name}", item, inputs)
            case Leaf(position):
                inputs.append(self._taken(given, message, self._graph.inputs[position]))

    def _taken(self, given: str, message: str, type_: Type) -> Value:
        w, kind = self._w, type_.kind
        if not type_.shape and kind.group != "key":
            return Elements(type_, (self._scalar(given, message, type_),))
        shape = [*type_.shape, 2] if kind.group == "key" else list(type_.shape)
        array, count = allocate(w, type_).name, w.fresh("i")
        w.line(f"let {count}=0;")
        if kind.is_wide:
            read = f"takeInteger64(x,p,{_flag(kind.group == 'signed')});"
            store = f"{array}[{count}++]=W[0];{array}[{count}++]=W[1];"
        else:
            read, store = "", f"{array}[{count}++]={self._checked('x', 'p', type_)};"
        w.line(f"takeArray({given},{message},{shape},(x,p)=>{{{read}{store}}});")
        taken = Buffer(type_, array)
        return taken if type_.size > SMALL else self._emitter.lazy(type_, taken.at)

    def _scalar(self, given: str, message: str, type_: Type) -> tuple[str, ...]:
        if type_.kind.is_wide:
            low, high = self._w.fresh(), self._w.fresh()
            signed = _flag(type_.kind.group == "signed")
            self._w.line(f"takeInteger64({given},{message},{signed});")
            self._w.line(f"const {low}=W[0],{high}=W[1];")
            return low, high
        return (self._w.const(self._checked(given, message, type_)),)

    def _checked(self, given: str, message: str, type_: Type) -> str:
        kind = type_.kind
        if kind.group == "float":
            number = f"takeFloat({given},{message})"
            return f"fround({number})" if kind.bits == 32 else number
        if kind.group == "bool":
            return f"takeBoolean({given},{message})"
        low, high = (0, 4294967295) if kind.group == "key" else kind.range
        return f"takeInteger({given},{message},{low},{high})"

    def _give(self, tree: Tree, outs: list[Elements | Buffer]) -> str:
        match tree:
            case Empty():
                return "null"
            case Sequence(items):
                return f"[{','.join(self._give(item, outs) for item in items)}]"
            case Record(items):
                fields = (f"{json.dumps(name)}:{self._give(item, outs)}" for name, item in items)
                return f"{{{','.join(fields)}}}"
            case Leaf(position):
                return self._given(outs[position])

    def _given(self, value: Elements | Buffer) -> str:
        if isinstance(value, Buffer):
            return self._nested(value)
        texts = [_output(value, parts(one, value.kind)) for one in value.elements]
        return _brackets(texts, value.shape)

    def _nested(self, value: Buffer) -> str:
        shape, name = list(value.shape), value.name
        if value.kind.group == "key":
            return f"giveArray({[*shape, 2]},i=>{name}[i])"
        if value.kind.is_wide:
            element = _output(value, (f"{name}[2*i]", f"{name}[2*i+1]"))
        else:
            element = f"{name}[i]!==0" if value.kind.group == "bool" else f"{name}[i]"
        return f"giveArray({shape},i=>{element})"


def _output(value: Value, components: tuple[str, ...]) -> str:
    if value.kind.is_wide:
        return f"giveInteger64({','.join(components)},{_flag(value.kind.group == 'signed')})"
    return f"[{','.join(components)}]" if value.kind.group == "key" else components[0]


def _brackets(texts: list[str], shape: tuple[int, ...]) -> str:
    """Nested array literals of the given shape."""
    if not shape:
        return texts[0]
    step = len(texts) // shape[0] if shape[0] else 0
    rows = (_brackets(texts[n * step : (n + 1) * step], shape[1:]) for n in range(shape[0]))
    return f"[{','.join(rows)}]"


def _flag(value: bool) -> str:
    return "true" if value else "false"
