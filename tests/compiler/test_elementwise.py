"""Every elementwise primitive and every dtype against JAX, at edges and at random."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from jax import lax

from tests.compiler.engines import like, run_in_node, translated

FLOATS = ("float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTEGERS


class Case(NamedTuple):
    """A primitive as a function, how many arguments it takes, of what dtypes, how accurate."""

    name: str
    fun: Any
    count: int
    dtypes: tuple[str, ...]
    ulps: float = 0
    low: float = -np.inf
    high: float = np.inf


BINARY = {
    "add": lax.add, "sub": lax.sub, "mul": lax.mul, "div": lax.div,
    "max": lax.max, "min": lax.min, "rem": lax.rem,
}  # fmt: skip
COMPARISONS = {
    "eq": lax.eq, "ne": lax.ne, "lt": lax.lt, "le": lax.le, "gt": lax.gt, "ge": lax.ge,
}  # fmt: skip
BITWISE = {"and": lax.bitwise_and, "or": lax.bitwise_or, "xor": lax.bitwise_xor}
SHIFTS = {
    "shift_left": lax.shift_left,
    "shift_right_logical": lax.shift_right_logical,
    "shift_right_arithmetic": lax.shift_right_arithmetic,
}
EXACT_FLOAT = {
    "floor": lax.floor,
    "ceil": lax.ceil,
    "sqrt": lax.sqrt,
    "is_finite": lax.is_finite,
    "round_away": functools.partial(lax.round, rounding_method=lax.RoundingMethod.AWAY_FROM_ZERO),
    "round_even": functools.partial(lax.round, rounding_method=lax.RoundingMethod.TO_NEAREST_EVEN),
    "reduce_precision_5_10": functools.partial(
        lax.reduce_precision, exponent_bits=5, mantissa_bits=10
    ),
    "reduce_precision_8_7": functools.partial(
        lax.reduce_precision, exponent_bits=8, mantissa_bits=7
    ),
    "reduce_precision_8_23": functools.partial(
        lax.reduce_precision, exponent_bits=8, mantissa_bits=23
    ),
}
TRANSCENDENTAL = {
    "rsqrt": lax.rsqrt, "cbrt": lax.cbrt, "exp": lax.exp, "exp2": lax.exp2, "expm1": lax.expm1,
    "log": lax.log, "log1p": lax.log1p, "logistic": lax.logistic, "atan": lax.atan,
    "asin": lax.asin, "acos": lax.acos, "sinh": lax.sinh, "cosh": lax.cosh, "tanh": lax.tanh,
    "asinh": lax.asinh, "acosh": lax.acosh, "atanh": lax.atanh, "erf": lax.erf, "erfc": lax.erfc,
    "erf_inv": lax.erf_inv, "sin": lax.sin, "cos": lax.cos, "tan": lax.tan,
}  # fmt: skip


def _cases() -> Iterator[Case]:
    for name, fun in BINARY.items():
        yield Case(name, fun, 2, NUMBERS)
    for name, fun in COMPARISONS.items():
        yield Case(name, fun, 2, (*NUMBERS, "bool"))
    for name, fun in BITWISE.items():
        yield Case(name, fun, 2, (*INTEGERS, "bool"))
    for name, fun in SHIFTS.items():
        yield Case(name, fun, 2, INTEGERS)
    yield Case("neg", lax.neg, 1, FLOATS + SIGNED)
    yield Case("abs", lax.abs, 1, FLOATS + SIGNED)
    yield Case("sign", lax.sign, 1, NUMBERS)
    yield Case("square", lax.square, 1, NUMBERS)
    yield Case("not", lax.bitwise_not, 1, (*INTEGERS, "bool"))
    yield Case("population_count", lax.population_count, 1, INTEGERS)
    yield Case("clz", lax.clz, 1, INTEGERS)
    yield Case("clamp", lax.clamp, 3, NUMBERS)
    yield Case("select", lambda a, b: lax.select(a < b, a, b), 2, NUMBERS)
    yield Case("nextafter", lax.nextafter, 2, FLOATS)
    yield Case("integer_pow_3", lambda x: lax.integer_pow(x, 3), 1, NUMBERS, 4)
    yield Case("integer_pow_-2", lambda x: lax.integer_pow(x, -2), 1, FLOATS, 4)
    yield Case("pow_int", lambda x, y: lax.pow(x, y.astype("int32")), 2, FLOATS, 8)
    for name, fun in EXACT_FLOAT.items():
        yield Case(name, fun, 1, FLOATS)
    for name, fun in TRANSCENDENTAL.items():
        yield Case(name, fun, 1, FLOATS, 8)
    yield Case("pow", lax.pow, 2, FLOATS, 8)
    yield Case("atan2", lax.atan2, 2, FLOATS, 8)


CASES = [(case, dtype) for case in _cases() for dtype in case.dtypes]
CONVERSIONS = [(a, b) for a in (*NUMBERS, "bool") for b in (*NUMBERS, "bool")]
BITCASTS = [
    (a, b)
    for a in NUMBERS
    for b in NUMBERS
    if np.dtype(a).itemsize == np.dtype(b).itemsize and a != b
]


def samples(dtype: str, count: int) -> list[np.ndarray[Any, Any]]:
    """Every combination of edge values, and as many random ones."""
    edges = _edges(dtype)
    grid = np.stack(np.meshgrid(*[edges] * count, indexing="ij"), -1).reshape(-1, count)
    rng = np.random.default_rng(0)
    drawn = np.stack([_drawn(rng, dtype, 300) for _ in range(count)], -1)
    both = np.concatenate([grid, drawn])
    return [np.ascontiguousarray(both[:, n]) for n in range(count)]


def _edges(dtype: str) -> np.ndarray[Any, Any]:
    if dtype == "bool":
        return np.array([False, True])
    if dtype in FLOATS:
        info = np.finfo(dtype)
        values = [
            np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 0.1,
            info.max, -info.max, info.tiny, info.eps, 1e-4, 87.0, 1e5, -20.25, 300.7, 3e9, 1e19,
        ]  # fmt: skip
        return np.array(values, dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    bits = np.iinfo(dtype).bits
    values = [low, low + 1, high, high - 1, 0, 1, 2, 3, 7, bits - 1, bits, bits + 1, high // 3]
    if low < 0:
        values += [-1, -2, -7, -bits, low // 3]
    return np.array(values, dtype)


def _drawn(rng: np.random.Generator, dtype: str, size: int) -> np.ndarray[Any, Any]:
    if dtype == "bool":
        return rng.random(size) < 0.5
    if dtype in FLOATS:
        return (rng.standard_normal(size) * 10.0 ** rng.uniform(-5, 5, size)).astype(dtype)
    info = np.iinfo(dtype)
    drawn = rng.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
    return drawn >> rng.integers(0, info.bits, size).astype(dtype)


def ulps(expected: Any, found: Any) -> Any:
    """How many units in the last place lie between; 0 for equal values and for two NaNs.

    A subnormal may be flushed to zero, so that anything up to the smallest normal is zero.
    """
    tiny = np.finfo(expected.dtype).tiny
    with np.errstate(all="ignore"):
        distance = np.abs(expected.astype(np.longdouble) - found.astype(np.longdouble))
        unit = np.spacing(np.maximum(np.abs(expected), tiny)).astype(np.longdouble)
        out = distance / unit
        out[np.maximum(np.abs(expected), np.abs(found)) < tiny] = 0
        out[(expected == found) | (np.isnan(expected) & np.isnan(found))] = 0
        out[np.isnan(out)] = np.inf
    return out


def truth(name: str, dtype: str, *args: Any) -> np.ndarray[Any, Any]:
    """The correctly rounded value."""
    functions = {
        "exp2": lambda x: mpmath.power(2, x),
        "integer_pow_3": lambda x: x**3,
        "pow": mpmath.power,
        "rsqrt": lambda x: 1 / mpmath.sqrt(x),
        "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    }
    with mpmath.workdps(50):
        value = functions.get(name, getattr(mpmath, name, None))(*map(mpmath.mpf, map(float, args)))
        assert isinstance(value, mpmath.mpf)
        return np.array([float(value)], dtype)


@pytest.fixture(scope="module")
def results() -> dict[Any, Any]:
    """Each function, its inputs and what node gives, for everything in one run of node."""
    with jax.enable_x64(True):
        wanted: list[tuple[Any, Any, list[Any]]] = [
            ((case.name, dtype), case.fun, samples(dtype, case.count)) for case, dtype in CASES
        ]
        wanted += [
            (("convert", a, b), lambda x, b=b: lax.convert_element_type(x, b), samples(a, 1))
            for a, b in CONVERSIONS
        ]
        wanted += [
            (
                ("bitcast", a, b),
                lambda x, b=b: lax.bitcast_convert_type(x, b),
                _without_nan(samples(a, 1), b),
            )
            for a, b in BITCASTS
        ]
        rng = np.random.default_rng(1)
        gamma_points = np.concatenate([rng.uniform(-20, 60, 200), rng.uniform(0.5, 3, 100)])
        wanted += [
            ((fun.__name__, dtype), fun, [gamma_points.astype(dtype)])
            for fun in (lax.lgamma, lax.digamma)
            for dtype in FLOATS
        ]
        programs = [translated(fun, tuple(map(jnp.asarray, args))) for _, fun, args in wanted]
        found = run_in_node(programs)
    return {
        key: (fun, args, out[0]["out"]) for (key, fun, args), out in zip(wanted, found, strict=True)
    }


def compared(result: Any) -> Any:
    """The arguments, what JAX gives for them, under jit, and what node gave."""
    fun, args, found = result
    with jax.enable_x64(True):
        expected = np.asarray(jax.jit(fun)(*args))
    return args, expected, like(expected, found)


def _without_nan(args: list[Any], target: str) -> list[Any]:
    """The bits of a NaN are not kept by JavaScript."""
    with np.errstate(all="ignore"):
        return [arg[~np.isnan(arg) & ~np.isnan(arg.view(target))] for arg in args]


@pytest.mark.parametrize(("case", "dtype"), CASES, ids=lambda v: getattr(v, "name", v))
def test_primitive(case, dtype, results):
    args, expected, found = compared(results[case.name, dtype])

    if expected.dtype.kind == "f":
        distance = ulps(expected, found)
        for i in np.flatnonzero(distance > case.ulps):
            # Where XLA itself is that far off, the truth decides.
            true = truth(case.name, dtype, *(arg[i] for arg in args))
            assert ulps(true, found[i : i + 1])[0] <= case.ulps, (
                [arg[i] for arg in args],
                expected[i],
                found[i],
                true,
            )
    else:
        wrong = np.flatnonzero(expected != found)
        first = [([arg[i] for arg in args], expected[i], found[i]) for i in wrong[:3]]
        assert not first


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_gamma_functions_are_as_accurate_as_xlas(name, dtype, results):
    """Close to their zeros and poles neither is accurate to the last place."""
    (x,), expected, found = compared(results[name, dtype])

    exact = {"lgamma": lambda v: mpmath.log(abs(mpmath.gamma(v))), "digamma": mpmath.digamma}[name]
    with mpmath.workdps(40):
        true = np.array([float(exact(mpmath.mpf(float(v)))) for v in x])
    eps = np.finfo(dtype).eps
    error, xlas = np.abs(found - true), np.abs(expected - true)
    assert np.all(error <= 1.5 * xlas + 16 * eps * np.maximum(1, np.abs(true)))


@pytest.mark.parametrize(("source", "target"), CONVERSIONS)
def test_conversion(source, target, results):
    (x,), expected, found = compared(results["convert", source, target])

    wrong = np.flatnonzero(~((expected == found) | ((expected != expected) & (found != found))))
    assert not [(x[i], expected[i], found[i]) for i in wrong[:3]]


@pytest.mark.parametrize(("source", "target"), BITCASTS)
def test_bitcast(source, target, results):
    (x,), expected, found = compared(results["bitcast", source, target])

    wrong = np.flatnonzero(expected != found)
    assert not [(x[i], expected[i], found[i]) for i in wrong[:3]]
