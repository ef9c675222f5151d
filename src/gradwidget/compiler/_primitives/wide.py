"""Arithmetic of 64-bit integers, each of two int32 words: low and high."""

from __future__ import annotations

import re

from .._types import Kind
from ._scalar import Parts, Scalar


def _add(s: Scalar, a: Parts, b: Parts) -> Parts:
    low = s.w.const(f"{a[0]}+{b[0]}|0")
    return low, f"{a[1]}+{b[1]}+({low}>>>0<{a[0]}>>>0?1:0)|0"


def _subtract(s: Scalar, a: Parts, b: Parts) -> Parts:
    return f"{a[0]}-{b[0]}|0", f"{a[1]}-{b[1]}-({a[0]}>>>0<{b[0]}>>>0?1:0)|0"


BINARY = {"+": _add, "-": _subtract}


def multiply(s: Scalar, a: Parts, b: Parts) -> Parts:
    cross = f"Math.imul({a[0]},{b[1]})+Math.imul({a[1]},{b[0]})"
    return f"Math.imul({a[0]},{b[0]})", f"timesHigh({a[0]},{b[0]})+{cross}|0"


def divide(s: Scalar, a: Parts, b: Parts, remainder: bool) -> Parts:
    flags = f"{_flag(s.kind.group == 'signed')},{_flag(remainder)}"
    return s.pair(f"divide64({','.join(a + b)},{flags})")


def negate(s: Scalar, a: Parts) -> Parts:
    return _subtract(s, ("0", "0"), a)


def absolute(s: Scalar, a: Parts) -> Parts:
    if s.kind.group == "unsigned":
        return a
    minus = tuple(map(s.w.const, negate(s, a)))
    return tuple(f"{a[1]}<0?{m}:{x}" for m, x in zip(minus, a, strict=True))


def sign(s: Scalar, a: Parts) -> Parts:
    if s.kind.group == "unsigned":
        return f"({a[0]}|{a[1]})===0?0:1", "0"
    return f"{a[1]}<0?-1:({a[0]}|{a[1]})===0?0:1", f"{a[1]}>>31"


def comparison(kind: Kind, symbol: str, a: Parts, b: Parts) -> str:
    """The text of a comparison; `symbol` is one of `=== !== < <= > >=`."""
    if symbol == "===":
        return f"{a[0]}==={b[0]}&&{a[1]}==={b[1]}"
    if symbol == "!==":
        return f"{a[0]}!=={b[0]}||{a[1]}!=={b[1]}"
    unsigned = "" if kind.group == "signed" else ">>>0"
    low = f"{a[0]}>>>0{symbol}{b[0]}>>>0"
    return f"{a[1]}{unsigned}{symbol[0]}{b[1]}{unsigned}||{a[1]}==={b[1]}&&{low}"


def shift(s: Scalar, a: Parts, b: Parts) -> Parts:
    """Shifts by 64 or more, and by negative amounts, leave only the fill."""
    fill = f"{a[1]}>>31" if s.op.name == "shift_right_arithmetic" else "0"
    if re.fullmatch(r"\d+", b[0]) and b[1] == "0":
        return _shift_by(s.op.name, a, min(int(b[0]), 64), fill)
    amount = s.w.const(f"shiftAmount64({b[0]},{b[1]})")
    if s.op.name == "shift_left":
        return s.pair(f"shiftLeft64({a[0]},{a[1]},{amount})")
    return s.pair(f"shiftRight64({a[0]},{a[1]},{amount},{s.w.const(fill)})")


def _shift_by(name: str, a: Parts, n: int, fill: str) -> Parts:
    low, high = a
    arrow = ">>" if name == "shift_right_arithmetic" else ">>>"
    if n == 0:
        return a
    if n == 64:
        return fill, fill
    if name == "shift_left":
        if n < 32:
            return f"{low}<<{n}", f"{high}<<{n}|{low}>>>{32 - n}"
        return "0", f"{low}<<{n - 32}"
    if n < 32:
        return f"{low}>>>{n}|{high}<<{32 - n}", f"{high}{arrow}{n}|0"
    return f"{high}{arrow}{n - 32}|0", fill


def widened(kind: Kind, a: Parts) -> Parts:
    """The words of an integer or bool of any width."""
    if kind.is_wide:
        return a
    if kind.group == "bool":
        return f"{a[0]}?1:0", "0"
    return f"{a[0]}|0", f"{a[0]}>>31" if kind.group == "signed" else "0"


def to_float(kind: Kind, a: Parts) -> str:
    """The nearest float64."""
    unsigned = "" if kind.group == "signed" else ">>>0"
    return f"({a[1]}{unsigned})*4294967296+({a[0]}>>>0)"


def index(kind: Kind, a: Parts) -> str:
    """An integer of any width as a number, for use as an index."""
    return to_float(kind, a) if kind.is_wide else a[0]


def _flag(value: bool) -> str:
    return "true" if value else "false"
