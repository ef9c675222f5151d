"""Writes graphs as JavaScript: one rule a primitive, one JavaScript function a shared graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ._graph import Constant, Graph, Op
from ._types import KINDS, Type
from ._values import (
    DEEPEST,
    EXPENSIVE,
    LITTLE,
    SMALL,
    Buffer,
    Elements,
    Lazy,
    Value,
    constant,
    full,
    parts,
    settle,
    settle_all,
)
from ._writer import Memory, Writer

Rule = Callable[["Emitter", Op, Sequence[Value]], "Value | Sequence[Value]"]

RULES: dict[str, Rule] = {}
"""How each primitive is written; filled by the modules of `_primitives`."""


class Module:
    """What the functions of one ES module share: constants, and functions of shared graphs."""

    def __init__(self) -> None:
        self.constants: dict[object, str] = {}
        self.functions: dict[int, str] = {}
        self.memory = Memory()
        self.texts: list[str] = []

    def constant(self, one: Constant) -> Value:
        """A known array as a value."""
        kind, shape = one.type.kind, one.type.shape
        data = one.value.reshape(-1)
        if kind is KINDS["key"]:
            words = tuple(str(word) for word in data)
            pairs = tuple(zip(words[::2], words[1::2], strict=True))
            if one.type.size <= SMALL:
                return Elements(one.type, pairs)
            return Buffer(one.type, self._array(one, ",".join(words)))
        if one.type.size <= SMALL:
            return constant(data, Type(kind, shape))
        first = data[0]
        if data.tobytes() == first.tobytes() * data.size:
            return full(one.type, first)
        text = ",".join(part for value in data for part in parts(value, kind))
        return Buffer(one.type, self._array(one, text))

    def _array(self, one: Constant, text: str) -> str:
        if one.key not in self.constants:
            name = f"c{len(self.constants)}"
            self.constants[one.key] = name
            text = text.replace("true", "1").replace("false", "0")
            self.texts.append(f"const {name}=new {one.type.kind.array}([{text}]);")
        return self.constants[one.key]

    def function(self, graph: Graph) -> str:
        """The name of the JavaScript function that runs a graph."""
        if id(graph) not in self.functions:
            name = f"f{len(self.functions)}"
            self.functions[id(graph)] = name
            emitter = Emitter(self)
            args = [emitter.parameter(type_) for type_ in graph.inputs]
            results = settle_all(emitter.w, emitter.run(graph, args))
            # The function's own arrays are written again when it is called again.
            outs = [
                name if isinstance(one, Elements) else f"{name}.slice()"
                for one in results
                for name in flat([one])
            ]
            emitter.w.line(f"return {outs[0] if len(outs) == 1 else '[' + ','.join(outs) + ']'};")
            names = ",".join(flat(args))
            self.texts.append(f"function {name}({names}){{\n{emitter.w}\n}}")
        return self.functions[id(graph)]


class Emitter:
    """Writes one JavaScript function."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.w = Writer(module.memory)

    def parameter(self, type_: Type) -> Elements | Buffer:
        """A value made of new names."""
        if type_.size > SMALL:
            return Buffer(type_, self.w.fresh("b"))
        return Elements(
            type_,
            tuple(
                tuple(self.w.fresh() for _ in range(type_.kind.width)) for _ in range(type_.size)
            ),
        )

    def run(self, graph: Graph, inputs: Sequence[Value]) -> list[Value]:
        """Write a graph's operations; returns its outputs."""
        values = list(inputs)
        uses = graph.uses()

        def value(ref: int | Constant) -> Value:
            return values[ref] if isinstance(ref, int) else self.module.constant(ref)

        for op in graph.ops:
            outs = RULES[op.name](self, op, [value(ref) for ref in op.inputs])
            for out in (outs,) if isinstance(outs, Value) else outs:
                # What is used once, or costs little, waits for its use.
                once = uses[len(values)] <= 1 or out.cost <= LITTLE
                wait = out.is_cheap or (once and out.depth <= DEEPEST)
                values.append(out if wait and out.type.size > SMALL else settle(self.w, out))
        return [value(ref) for ref in graph.outputs]

    def lazy(
        self,
        type_: Type,
        recipe: Callable[..., object],
        *sources: Value,
        view: bool = False,
        cost: int = EXPENSIVE,
    ) -> Value:
        """An array given by a recipe for its elements; a small one is computed now."""
        value = Lazy(type_, recipe, sources, view, cost)  # type: ignore[arg-type]
        return settle(self.w, value) if type_.size <= SMALL else value


def flat(values: Iterable[Elements | Buffer]) -> list[str]:
    """The names of all components of values."""
    texts: list[str] = []
    for value in values:
        if isinstance(value, Buffer):
            texts.append(value.name)
        else:
            texts.extend(text for one in value.elements for text in parts(one, value.kind))
    return texts
