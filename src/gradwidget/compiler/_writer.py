"""Lines of JavaScript, with scopes, fresh names and no expression computed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

_ATOM = re.compile(r"[A-Za-z_$][\w$]*|\d[\d.]*(?:e[+-]?\d+)?|\(-\d[\d.]*(?:e[+-]?\d+)?\)|-\d+")

Index = int | str
"""A coordinate: known now, or an expression."""


class Memory:
    """The typed arrays of a module, each of which is made once and written again at every call.

    A typed array of more than 64 bytes costs V8 about a microsecond to make, which is more than
    most of what is done with it. An array belongs to the place in the code that writes it, so that
    what it holds is lost when that place is reached again: what goes from one turn of a loop to
    the next, and what a shared function returns, is copied.
    """

    LARGEST = 1 << 14
    """Longer arrays are made anew, and given back."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def array(self, constructor: str, length: int) -> str:
        name = f"s{len(self.lines)}"
        self.lines.append(f"const {name}=new {constructor}({length});")
        return name


class Writer:
    """The body of one JavaScript function.

    Local names are a letter and a number, which no helper's name is.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.lines: list[str] = []
        self._known: list[dict[str, str]] = [{}]
        self._names = 0

    def fresh(self, letter: str = "v") -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def line(self, text: str) -> None:
        """A statement as it is."""
        self.lines.append(text)

    def const(self, expression: str) -> str:
        """The name of a constant that holds a pure expression of constants.

        The same expression gives the same name as long as that is in scope.
        """
        if _ATOM.fullmatch(expression):
            return expression
        for known in reversed(self._known):
            if expression in known:
                return known[expression]
        name = self.fresh()
        self.line(f"const {name}={expression};")
        self._known[-1][expression] = name
        return name

    def variable(self, value: str | None = None) -> str:
        name = self.fresh()
        self.line(f"let {name};" if value is None else f"let {name}={value};")
        return name

    @contextmanager
    def scope(self, head: str, tail: str = "}") -> Iterator[None]:
        """What is written inside stands between `head` and `tail`, and is not seen outside."""
        self.line(head)
        self._known.append({})
        yield
        self._known.pop()
        self.line(tail)

    @contextmanager
    def loop(self, length: int) -> Iterator[Index]:
        """Once for each index below `length`; yields the index."""
        if length == 1:
            yield 0
            return
        name = self.fresh("i")
        with self.scope(f"for(let {name}=0;{name}<{length};{name}++){{"):
            yield name

    @contextmanager
    def loops(self, shape: tuple[int, ...]) -> Iterator[tuple[Index, ...]]:
        """Once for each index into an array of this shape, in C order; yields the index."""
        if not shape:
            yield ()
            return
        with self.loop(shape[0]) as first, self.loops(shape[1:]) as rest:
            yield (first, *rest)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def plus(*terms: Index) -> Index:
    """The sum of coordinates."""
    known = sum(term for term in terms if isinstance(term, int))
    unknown = [term for term in terms if isinstance(term, str)]
    if not unknown:
        return known
    text = "+".join(unknown)
    return f"{text}+{known}" if known > 0 else f"{text}{known}" if known < 0 else text


def times(term: Index, factor: int) -> Index:
    """A coordinate times a number."""
    if isinstance(term, int):
        return term * factor
    if factor in (0, 1):
        return term if factor else 0
    return f"{term}*{factor}" if term.isalnum() else f"({term})*{factor}"


def linear(index: tuple[Index, ...], shape: tuple[int, ...]) -> Index:
    """The position of an element in C order."""
    position: Index = 0
    stride = 1
    for coordinate, length in zip(reversed(index), reversed(shape), strict=True):
        position = plus(times(coordinate, stride), position)
        stride *= length
    return position
