"""Arrays during translation: local variables, typed arrays, or a recipe for each element.

Nothing is stored before it must be: an elementwise operation of a large array gives a `Lazy` value,
which is computed where its elements are used, inside the loop of the operation that uses them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from ._types import Kind, Type
from ._writer import Index, Memory, Writer, linear

SMALL = 6
"""Arrays of up to this many elements are held in local variables."""

DEEPEST = 40
"""Recipes that use recipes more deeply than this are stored on the way."""

EXPENSIVE = 100
"""The cost of an element that takes a loop or a call of a helper."""

LITTLE = 8
"""What costs up to this is computed again wherever it is used, rather than stored."""

Element = np.generic | tuple[str, ...]
"""A constant, or the JavaScript names of an element's components."""


def is_constant(element: Element) -> TypeGuard[np.generic]:
    return isinstance(element, np.generic)


def parts(element: Element, kind: Kind) -> tuple[str, ...]:
    """The components of an element as JavaScript text."""
    if isinstance(element, tuple):
        return element
    if kind.group == "bool":
        return ("true" if element else "false",)
    if kind.is_wide:
        bits = int(element) & 0xFFFFFFFFFFFFFFFF
        return tuple(_integer(_signed(word)) for word in (bits & 0xFFFFFFFF, bits >> 32))
    if kind.is_integer:
        return (_integer(int(element)),)
    return (number(float(element)),)


def number(value: float) -> str:
    """A JavaScript literal for a float."""
    if math.isnan(value):
        return "NaN"
    text = "Infinity" if math.isinf(value) else repr(abs(value)).removesuffix(".0")
    return f"(-{text})" if math.copysign(1, value) < 0 else text


def _integer(value: int) -> str:
    return f"(-{-value})" if value < 0 else str(value)


def _signed(word: int) -> int:
    return word - (1 << 32) if word >= 1 << 31 else word


class Value:
    """An array of a type, whose elements can be asked for."""

    type: Type

    @property
    def kind(self) -> Kind:
        return self.type.kind

    @property
    def shape(self) -> tuple[int, ...]:
        return self.type.shape

    @property
    def is_cheap(self) -> bool:
        """Whether asking for an element again costs next to nothing."""
        return True

    @property
    def depth(self) -> int:
        """How many recipes lie between this and stored elements."""
        return 0

    @property
    def cost(self) -> int:
        """About how many operations an element takes."""
        return 0

    def at(self, w: Writer, index: tuple[Index, ...]) -> Element:
        """The element at an index; statements that it needs are written."""
        raise NotImplementedError

    def text(self, w: Writer, index: tuple[Index, ...] = ()) -> tuple[str, ...]:
        """The components of the element at an index."""
        return parts(self.at(w, index), self.kind)


@dataclass(eq=False)
class Elements(Value):
    """A small array, each of whose elements is a constant or local variables."""

    type: Type
    elements: tuple[Element, ...]

    def at(self, w: Writer, index: tuple[Index, ...]) -> Element:
        position = linear(index, self.shape)
        if isinstance(position, int):
            return self.elements[position]
        where = w.const(position)
        *first, last = (parts(element, self.kind) for element in self.elements)
        return tuple(
            w.const(
                "".join(f"{where}==={n}?{one[part]}:" for n, one in enumerate(first)) + last[part]
            )
            for part in range(self.kind.width)
        )


@dataclass(eq=False)
class Buffer(Value):
    """An array that is stored in a typed array, in C order, and never changed afterwards."""

    type: Type
    name: str

    def at(self, w: Writer, index: tuple[Index, ...]) -> Element:
        position = linear(index, self.shape)
        width = self.kind.width
        return tuple(w.const(self.read(position, part)) for part in range(width))

    def read(self, position: Index, part: int) -> str:
        width = self.kind.width
        if width > 1:
            position = (
                f"2*({position})+{part}" if isinstance(position, str) else 2 * position + part
            )
        read = f"{self.name}[{position}]"
        return f"{read}!==0" if self.kind.group == "bool" else read


@dataclass(eq=False)
class Lazy(Value):
    """An array whose elements are computed where they are used.

    `recipe` writes what an element needs and returns it; `sources` are the values that it uses.
    A `view` only picks elements of its sources; else `own_cost` is about how many operations the
    recipe takes itself.
    """

    type: Type
    recipe: Callable[[Writer, tuple[Index, ...]], Element]
    sources: tuple[Value, ...] = ()
    view: bool = False
    own_cost: int = EXPENSIVE
    _depth: int = field(init=False)
    _cost: int = field(init=False)

    def __post_init__(self) -> None:
        self._depth = 1 + max((source.depth for source in self.sources), default=0)
        own = 0 if self.view else self.own_cost
        self._cost = own + sum(source.cost for source in self.sources)

    @property
    def is_cheap(self) -> bool:
        return self.view and all(source.is_cheap for source in self.sources)

    @property
    def depth(self) -> int:
        return self._depth

    @property
    def cost(self) -> int:
        return self._cost

    def at(self, w: Writer, index: tuple[Index, ...]) -> Element:
        return self.recipe(w, index)


def constant(value: np.ndarray[Any, Any] | np.generic, type_: Type) -> Elements:
    """A small constant array."""
    return Elements(type_, tuple(np.asarray(value, type_.kind.dtype).reshape(-1)[:]))


def known(kind: Kind, value: Any) -> np.generic:
    """A number as a constant of a kind."""
    array: Any = np.asarray(value).astype(kind.dtype)
    scalar: np.generic = array[()]
    return scalar


def full(type_: Type, element: Element) -> Value:
    """An array, each of whose elements is this one."""
    if type_.size <= SMALL:
        return Elements(type_, (element,) * type_.size)
    return Lazy(type_, lambda w, index: element, view=True)


def indices(shape: tuple[int, ...]) -> itertools.product[tuple[int, ...]]:
    """Every index into an array of this shape, in C order."""
    return itertools.product(*map(range, shape))


def traverse(w: Writer, value: Value, body: Callable[[tuple[Index, ...]], None]) -> None:
    """Write something for every index: in a loop, unless the elements are local variables."""
    if isinstance(value, Elements):
        for position in indices(value.shape):
            body(position)
        return
    with w.loops(value.shape) as index:
        body(index)


def settle(w: Writer, value: Value) -> Elements | Buffer:
    """The same array in local variables if it is small, else in a typed array."""
    if isinstance(value, Elements | Buffer):
        return value
    if value.type.size <= SMALL:
        return Elements(value.type, tuple(value.at(w, index) for index in indices(value.shape)))
    return stored(w, value)


def cheap(w: Writer, value: Value) -> Value:
    """The same array, such that its elements may be asked for repeatedly."""
    return value if value.is_cheap else settle(w, value)


def allocate(w: Writer, type_: Type) -> Buffer:
    """A typed array to be written, each element once; what it holds before is not known."""
    length = type_.size * type_.kind.width
    if length <= Memory.LARGEST:
        return Buffer(type_, w.memory.array(type_.kind.array, length))
    name = w.fresh("b")
    w.line(f"const {name}=new {type_.kind.array}({length});")
    return Buffer(type_, name)


def write(w: Writer, buffer: Buffer, index: tuple[Index, ...], components: tuple[str, ...]) -> None:
    """Store an element, before anybody reads it."""
    position = linear(index, buffer.shape)
    if buffer.kind.width == 1:
        w.line(f"{buffer.name}[{position}]={components[0]};")
        return
    where = 2 * position if isinstance(position, int) else w.const(f"2*({position})")
    second = where + 1 if isinstance(where, int) else f"{where}+1"
    w.line(f"{buffer.name}[{where}]={components[0]};")
    w.line(f"{buffer.name}[{second}]={components[1]};")


def stored(w: Writer, value: Value) -> Buffer:
    """The same array in a typed array."""
    if isinstance(value, Buffer):
        return value
    return copied(w, value)


def copied(w: Writer, value: Value) -> Buffer:
    """The same array in a typed array of its own, which may be changed before anybody reads it."""
    buffer = allocate(w, value.type)
    if isinstance(value, Buffer):
        w.line(f"{buffer.name}.set({value.name});")
    else:
        traverse(w, value, lambda index: write(w, buffer, index, value.text(w, index)))
    return buffer


def settle_all(w: Writer, values: Iterable[Value]) -> list[Elements | Buffer]:
    """`settle` for several, where arrays of one shape are written in one loop."""
    every = list(values)
    done: dict[int, Elements | Buffer] = {}
    together: dict[tuple[int, ...], list[Value]] = {}
    for value in every:
        if isinstance(value, Elements | Buffer) or value.type.size <= SMALL:
            done[id(value)] = settle(w, value)
        elif value not in together.setdefault(value.shape, []):
            together[value.shape].append(value)
    for shape, group in together.items():
        buffers = [allocate(w, value.type) for value in group]
        with w.loops(shape) as index:
            for value, buffer in zip(group, buffers, strict=True):
                write(w, buffer, index, value.text(w, index))
        done.update({id(value): buffer for value, buffer in zip(group, buffers, strict=True)})
    return [done[id(value)] for value in every]
