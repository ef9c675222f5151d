"""Rules for elementwise primitives, written for one element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind
from .._values import Element, Value, is_constant, known, parts
from .._writer import Index, Writer


@dataclass(frozen=True)
class Scalar:
    """What a rule for one element is told: where to write, and the operation."""

    w: Writer
    op: Op

    @property
    def kind(self) -> Kind:
        """The kind of the first input."""
        return self.op.in_types[0].kind

    @property
    def out(self) -> Kind:
        return self.op.out_types[0].kind

    def param(self, name: str) -> Any:
        return self.op.params[name]

    def pair(self, call: str, scratch: str = "W") -> tuple[str, str]:
        """The two words that a helper leaves in its scratch memory."""
        low, high = self.w.fresh(), self.w.fresh()
        self.w.line(f"{call};const {low}={scratch}[0],{high}={scratch}[1];")
        return low, high


Parts = tuple[str, ...]
ScalarRule = Callable[..., "str | Parts"]
"""`rule(scalar, *components of each input)` -> the components of the result."""


def elementwise(
    *names: str, fold: Callable[..., Any] | None = None, cost: int = 1
) -> Callable[[Any], Any]:
    """Registers a rule for one element as the rule of primitives.

    `fold` computes the same of NumPy scalars, so that constants need no code; `cost` is about how
    many additions it is worth.
    """

    def register(rule: ScalarRule) -> ScalarRule:
        for name in names:
            RULES[name] = lifted(rule, fold, cost)
        return rule

    return register


def lifted(rule: ScalarRule, fold: Callable[..., Any] | None = None, cost: int = 1) -> Any:
    """A rule for arrays made of a rule for one element; scalars go with every element."""

    def array_rule(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
        type_ = op.out_types[0]

        def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
            scalar = Scalar(w, op)
            elements = [arg.at(w, within(arg, index)) for arg in args]
            same = _unchanged(op.name, type_.kind, elements)
            if same is not None:
                return same
            if fold is not None and all(map(is_constant, elements)):
                return folded(fold, type_.kind, elements)
            texts = [parts(one, arg.kind) for one, arg in zip(elements, args, strict=True)]
            out = rule(scalar, *texts)
            return tuple(w.const(part) for part in ((out,) if isinstance(out, str) else out))

        return e.lazy(type_, recipe, *args, cost=cost)

    return array_rule


def within(arg: Value, index: tuple[Index, ...]) -> tuple[Index, ...]:
    """The index into an operand, of which axes of length one go with every element."""
    return tuple(i if length != 1 else 0 for i, length in zip(index, arg.shape, strict=False))


def folded(fold: Callable[..., Any], kind: Kind, elements: Sequence[Any]) -> np.generic:
    """A constant computed from constants, in the precision of their dtype."""
    with np.errstate(all="ignore"):
        return known(kind, fold(*elements))


def _unchanged(name: str, kind: Kind, elements: Sequence[Element]) -> Element | None:
    """The operand that an operation with a neutral element gives back."""
    if kind.group != "float" or len(elements) != 2:
        return None
    a, b = elements
    if name in ("mul", "div") and is_constant(b) and b == 1:
        return a
    if name == "mul" and is_constant(a) and a == 1:
        return b
    if name == "sub" and is_constant(b) and b == 0 and not np.signbit(b):
        return a
    return None


def rounded(kind: Kind, expression: str) -> str:
    """A float expression in the precision of its kind."""
    return f"fround({expression})" if kind.name == "float32" else expression


def wrapped(kind: Kind, expression: str) -> str:
    """An integer expression modulo two to the power of its kind's width, up to 32 bits."""
    if kind.name == "int32":
        return f"{expression}|0"
    if kind.name == "uint32":
        return f"({expression})>>>0"
    if kind.group == "signed":
        return f"({expression})<<{32 - kind.bits}>>{32 - kind.bits}"
    return f"({expression})&{(1 << kind.bits) - 1}"
