"""Arithmetic, comparisons, logic and special functions of floats and of integers up to 32 bits."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._emit import RULES, Emitter
from .._graph import Op
from .._types import Kind
from .._values import EXPENSIVE, LITTLE, Buffer, Element, Elements, Value, is_constant, known, parts
from .._writer import Index, Writer
from . import wide
from ._cast import as_float
from ._scalar import Parts, Scalar, elementwise, rounded, wrapped

# --- Arithmetic ------------------------------------------------------------------------------


def _arithmetic(symbol: str) -> Callable[..., str | Parts]:
    def rule(s: Scalar, a: Parts, b: Parts) -> str | Parts:
        if s.kind.is_wide:
            return wide.BINARY[symbol](s, a, b)
        if s.kind.group == "float":
            return rounded(s.kind, f"{a[0]}{symbol}{b[0]}")
        return wrapped(s.kind, f"({a[0]}{symbol}{b[0]})")

    return rule


added, subtracted = _arithmetic("+"), _arithmetic("-")
elementwise("add", "add_any", fold=operator.add)(added)
elementwise("sub", fold=operator.sub)(subtracted)


def _fold_multiply(a: Any, b: Any) -> Any:
    return np.multiply(a, b)


@elementwise("mul", fold=_fold_multiply)
def multiplied(s: Scalar, a: Parts, b: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.multiply(s, a, b)
    if s.kind.group == "float":
        return rounded(s.kind, f"{a[0]}*{b[0]}")
    if s.kind.bits == 32:
        return wrapped(s.kind, f"Math.imul({a[0]},{b[0]})")
    return wrapped(s.kind, f"({a[0]}*{b[0]})")


def _fold_divide(a: Any, b: Any) -> Any:
    if isinstance(a, np.floating):
        return np.divide(a, b)
    return _integer_division(int(a), int(b), a.dtype)


def _integer_division(a: int, b: int, dtype: Any) -> Any:
    quotient = -1 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return np.asarray(quotient & ((1 << 8 * dtype.itemsize) - 1), np.uint64).astype(dtype)


@elementwise("div", fold=_fold_divide)
def _div(s: Scalar, a: Parts, b: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.divide(s, a, b, remainder=False)
    if s.kind.group == "float":
        return rounded(s.kind, f"{a[0]}/{b[0]}")
    everything = -1 if s.kind.group == "signed" else s.kind.range[1]
    return f"{b[0]}===0?{everything}:{wrapped(s.kind, f'({a[0]}/{b[0]})')}"


@elementwise("rem", cost=LITTLE)
def _rem(s: Scalar, a: Parts, b: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.divide(s, a, b, remainder=True)
    if s.kind.group == "float":
        return f"{a[0]}%{b[0]}"
    return f"{b[0]}===0?{a[0]}:{wrapped(s.kind, f'({a[0]}%{b[0]})')}"


@elementwise("neg", fold=operator.neg)
def _neg(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.negate(s, a)
    return f"-{a[0]}" if s.kind.group == "float" else wrapped(s.kind, f"(-{a[0]})")


def _extreme(compare: str, function: str) -> Callable[..., str | Parts]:
    def rule(s: Scalar, a: Parts, b: Parts) -> str | Parts:
        if s.kind.group == "float":
            return f"Math.{function}({a[0]},{b[0]})"
        if s.kind.group == "bool":
            return f"{a[0]}||{b[0]}" if function == "max" else f"{a[0]}&&{b[0]}"
        first = s.w.const(comparison(s.kind, compare, a, b))
        return tuple(f"{first}?{x}:{y}" for x, y in zip(a, b, strict=True))

    return rule


maximum, minimum = _extreme(">", "max"), _extreme("<", "min")
elementwise("max", fold=np.maximum)(maximum)
elementwise("min", fold=np.minimum)(minimum)


@elementwise("clamp")
def _clamp(s: Scalar, low: Parts, x: Parts, high: Parts) -> str | Parts:
    def const(value: str | Parts) -> Parts:
        return tuple(map(s.w.const, (value,) if isinstance(value, str) else value))

    return minimum(s, const(maximum(s, low, x)), high)


@elementwise("abs", fold=np.abs)
def _abs(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.absolute(s, a)
    return f"Math.abs({a[0]})" if s.kind.group == "float" else wrapped(s.kind, f"Math.abs({a[0]})")


@elementwise("sign", fold=np.sign)
def _sign(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.is_wide:
        return wide.sign(s, a)
    return f"Math.sign({a[0]})" if s.kind.group == "float" else f"({a[0]}>0)-({a[0]}<0)"


def _product(s: Scalar, a: Parts, b: Parts) -> Parts:
    value = multiplied(s, a, b)
    return tuple(map(s.w.const, (value,) if isinstance(value, str) else value))


@elementwise("square", fold=lambda a: np.multiply(a, a))
def _square(s: Scalar, a: Parts) -> str | Parts:
    return _product(s, a, a)


@elementwise("integer_pow", cost=LITTLE)
def _integer_pow(s: Scalar, a: Parts) -> str | Parts:
    """By repeated squaring, in JAX's order."""
    exponent = abs(s.param("y"))
    one = parts(known(s.kind, 1), s.kind)
    out: Parts | None = None
    while exponent:
        if exponent & 1:
            out = a if out is None else _product(s, out, a)
        exponent >>= 1
        if exponent:
            a = _product(s, a, a)
    if out is None:
        return one
    return _div(s, one, out) if s.param("y") < 0 else out


@elementwise("pow", cost=EXPENSIVE)
def _pow(s: Scalar, a: Parts, b: Parts) -> str:
    # A whole exponent becomes a float first, as in XLA: the largest int32 is even in float32.
    exponent = s.w.const(as_float(s.op.in_types[1].kind, s.kind, b))
    return rounded(s.kind, f"power({a[0]},{exponent})")


# --- Comparisons and logic -------------------------------------------------------------------


def comparison(kind: Kind, symbol: str, a: Parts, b: Parts) -> str:
    """The text of a comparison; `symbol` is one of `=== !== < <= > >=`."""
    if kind.width == 2:
        return wide.comparison(kind, symbol, a, b)
    return f"{a[0]}{symbol}{b[0]}"


for _name, _symbol, _fold in (
    ("eq", "===", operator.eq),
    ("ne", "!==", operator.ne),
    ("lt", "<", operator.lt),
    ("le", "<=", operator.le),
    ("gt", ">", operator.gt),
    ("ge", ">=", operator.ge),
):

    def _compare(s: Scalar, a: Parts, b: Parts, symbol: str = _symbol) -> str:
        return comparison(s.kind, symbol, a, b)

    elementwise(_name, fold=_fold)(_compare)


def _total_order(s: Scalar, a: Parts, b: Parts, or_equal: bool) -> str:
    """-NaN < -Infinity < ... < -0 < 0 < ... < NaN, and as usual for integers."""
    if s.kind.group != "float":
        return comparison(s.kind, "<=" if or_equal else "<", a, b)
    x, y = a[0], b[0]
    before = f"({x}<{y}||{y}!=={y}&&{x}==={x}||{x}===0&&{y}===0&&1/{x}<1/{y})"
    if not or_equal:
        return before
    return f"{before}||Object.is({x},{y})"


elementwise("lt_to")(lambda s, a, b: _total_order(s, a, b, or_equal=False))
elementwise("le_to")(lambda s, a, b: _total_order(s, a, b, or_equal=True))


@elementwise("eq_to")
def _eq_to(s: Scalar, a: Parts, b: Parts) -> str:
    if s.kind.group == "float":
        return f"Object.is({a[0]},{b[0]})"
    return comparison(s.kind, "===", a, b)


def _logic(symbol: str) -> Callable[..., str | Parts]:
    def rule(s: Scalar, a: Parts, b: Parts) -> str | Parts:
        if s.kind.group == "bool":
            return f"{a[0]}!=={b[0]}" if symbol == "^" else f"{a[0]}{symbol * 2}{b[0]}"
        out = tuple(f"{x}{symbol}{y}" for x, y in zip(a, b, strict=True))
        return out if s.kind.is_wide else wrapped(s.kind, f"({out[0]})")

    return rule


both, either, differ = _logic("&"), _logic("|"), _logic("^")
elementwise("and", fold=np.bitwise_and)(both)
elementwise("or", fold=np.bitwise_or)(either)
elementwise("xor", fold=np.bitwise_xor)(differ)


@elementwise("not", fold=np.invert)
def _not(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.group == "bool":
        return f"!{a[0]}"
    return tuple(f"~{x}" for x in a) if s.kind.is_wide else wrapped(s.kind, f"(~{a[0]})")


def _shift(s: Scalar, a: Parts, b: Parts) -> str | Parts:
    """Shifts by the width or more, and by negative amounts, leave only the fill."""
    if s.kind.is_wide:
        return wide.shift(s, a, b)
    bits, name = s.kind.bits, s.op.name
    if name == "shift_left":
        shifted, fill = f"{a[0]}<<{b[0]}", "0"
    elif name == "shift_right_arithmetic":
        value = a[0]
        if s.kind.group == "unsigned":  # the highest bit is copied, of unsigned integers too
            value = s.w.const(f"{a[0]}<<{32 - bits}>>{32 - bits}")
        shifted, fill = f"{value}>>{b[0]}", f"{value}>>31"
    else:
        mask = "" if bits == 32 else f"&{(1 << bits) - 1}"
        shifted, fill = f"({a[0]}{mask})>>>{b[0]}", "0"
    return wrapped(s.kind, f"({b[0]}>>>0<{bits}?{shifted}:{fill})")


elementwise("shift_left", "shift_right_logical", "shift_right_arithmetic")(_shift)


@elementwise("population_count")
def _population_count(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.is_wide:
        return f"popcount({a[0]})+popcount({a[1]})", "0"
    mask = "" if s.kind.bits == 32 else f"&{(1 << s.kind.bits) - 1}"
    return f"popcount({a[0]}{mask})"


@elementwise("clz")
def _clz(s: Scalar, a: Parts) -> str | Parts:
    if s.kind.is_wide:
        return f"{a[1]}===0?32+Math.clz32({a[0]}):Math.clz32({a[1]})", "0"
    if s.kind.bits == 32:
        return f"Math.clz32({a[0]})"
    return f"Math.clz32({a[0]}&{(1 << s.kind.bits) - 1})-{32 - s.kind.bits}"


def _select(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    which, *cases = args
    type_ = op.out_types[0]
    if not which.shape and isinstance(which, Elements):
        choice = which.elements[0]
        if is_constant(choice):
            return cases[int(choice)]
        stored = [case for case in cases if isinstance(case, Buffer)]
        if len(stored) == len(cases):
            names = (stored[0].name,), (stored[1].name,)
            if which.kind.group == "bool":
                return Buffer(
                    type_, e.w.const(_choice(which.kind, parts(choice, which.kind), names)[0])
                )

    def recipe(w: Writer, index: tuple[Index, ...]) -> Element:
        chosen = which.at(w, index if which.shape else ())
        if is_constant(chosen):
            return cases[int(chosen)].at(w, index)
        texts = tuple(case.text(w, index) for case in cases)
        if len(set(texts)) == 1:
            return texts[0]
        return tuple(map(w.const, _choice(which.kind, parts(chosen, which.kind), texts)))

    return e.lazy(type_, recipe, *args, cost=1)


def _choice(kind: Kind, which: Parts, cases: Sequence[Parts]) -> Parts:
    """The components of the case that an index, or false and true, stands for."""
    width = len(cases[0])
    if kind.group == "bool":
        no, yes = cases
        return tuple(
            no[part] if no[part] == yes[part] else f"{which[0]}?{yes[part]}:{no[part]}"
            for part in range(width)
        )
    *first, last = cases
    return tuple(
        "".join(f"{which[0]}==={n}?{case[part]}:" for n, case in enumerate(first)) + last[part]
        for part in range(width)
    )


RULES["select_n"] = _select

# --- Functions of floats ---------------------------------------------------------------------

_FUNCTIONS: dict[str, tuple[str, Callable[..., Any] | None]] = {
    "sqrt": ("Math.sqrt({})", np.sqrt),
    "rsqrt": ("1/Math.sqrt({})", None),
    "cbrt": ("Math.cbrt({})", None),
    "exp": ("Math.exp({})", np.exp),
    "exp2": ("Math.pow(2,{})", None),
    "expm1": ("Math.expm1({})", None),
    "log": ("Math.log({})", np.log),
    "log1p": ("Math.log1p({})", None),
    "logistic": ("1/(1+Math.exp(-{}))", None),
    "sin": ("Math.sin({})", None),
    "cos": ("Math.cos({})", None),
    "tan": ("Math.tan({})", None),
    "asin": ("Math.asin({})", None),
    "acos": ("Math.acos({})", None),
    "atan": ("Math.atan({})", None),
    "sinh": ("Math.sinh({})", None),
    "cosh": ("Math.cosh({})", None),
    "tanh": ("Math.tanh({})", None),
    "asinh": ("Math.asinh({})", None),
    "acosh": ("Math.acosh({})", None),
    "atanh": ("Math.atanh({})", None),
    "atan2": ("Math.atan2({},{})", None),
    "erf": ("erf({})", None),
    "erfc": ("erfc({})", None),
    "lgamma": ("lgamma({})", None),
    "digamma": ("digamma({})", None),
}

for _name, (_template, _numpy) in _FUNCTIONS.items():

    def _function(s: Scalar, *args: Parts, template: str = _template) -> str:
        return rounded(s.kind, template.format(*(arg[0] for arg in args)))

    elementwise(_name, fold=_numpy, cost=EXPENSIVE)(_function)


@elementwise("floor", fold=np.floor)
def _floor(s: Scalar, a: Parts) -> str:
    return f"Math.floor({a[0]})"


@elementwise("ceil", fold=np.ceil)
def _ceil(s: Scalar, a: Parts) -> str:
    return f"Math.ceil({a[0]})"


@elementwise("round", cost=EXPENSIVE)
def _round(s: Scalar, a: Parts) -> str:
    return f"{'roundEven' if int(s.param('rounding_method')) else 'roundAway'}({a[0]})"


@elementwise("is_finite", fold=np.isfinite)
def _is_finite(s: Scalar, a: Parts) -> str:
    return f"Number.isFinite({a[0]})"


@elementwise("erf_inv", cost=EXPENSIVE)
def _erf_inv(s: Scalar, a: Parts) -> str:
    return f"erfInv{s.kind.bits}({a[0]})"


@elementwise("nextafter", cost=EXPENSIVE)
def _nextafter(s: Scalar, a: Parts, b: Parts) -> str:
    return f"nextAfter{s.kind.bits}({a[0]},{b[0]})"


@elementwise("reduce_precision", cost=EXPENSIVE)
def _reduce_precision(s: Scalar, a: Parts) -> str:
    bits = s.param("exponent_bits"), s.param("mantissa_bits")
    if bits >= ((8, 23) if s.kind.bits == 32 else (11, 52)):
        return a[0]
    return f"reducePrecision({a[0]},{bits[0]},{bits[1]})"
