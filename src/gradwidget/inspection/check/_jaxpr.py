"""What a function's jaxpr tells about its derivative rules, and how it runs without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var

Handler = Callable[[JaxprEqn, list[Any]], list[Any] | None]
"""Evaluates an equation in its own way, or returns None where it has none."""

RULES = ("custom_jvp_call", "custom_vjp_call")
_LOOPS = ("while", "scan")
_INLINED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "checkpoint": "jaxpr"}
_CONTROL_FLOW = ("while", "scan", "cond")


def _open(jaxpr: Any) -> Jaxpr:
    opened: Jaxpr = jaxpr.jaxpr if isinstance(jaxpr, ClosedJaxpr) else jaxpr
    return opened


def _nested(equation: JaxprEqn) -> Iterator[Any]:
    """The jaxprs in an equation's parameters, closed or not."""
    for parameter in equation.params.values():
        items = parameter if isinstance(parameter, tuple | list) else (parameter,)
        yield from (item for item in items if isinstance(item, ClosedJaxpr | Jaxpr))


def equations(jaxpr: Any) -> Iterator[JaxprEqn]:
    """All equations of a jaxpr, those inside of others included."""
    for equation in _open(jaxpr).eqns:
        yield equation
        for nested in _nested(equation):
            yield from equations(nested)


def uses(jaxpr: Any, *primitives: str) -> bool:
    """Whether any equation is one of these primitives."""
    return any(equation.primitive.name in primitives for equation in equations(jaxpr))


def iterates(jaxpr: Any) -> bool:
    """Whether an iteration is inside that may stop before it has converged.

    That is a loop of unknown length, or any loop of which a rule hides the derivative.
    """
    return any(
        equation.primitive.name == "while"
        or (
            equation.primitive.name in (*RULES, "custom_linear_solve")
            and any(uses(nested, *_LOOPS) for nested in _nested(equation))
        )
        for equation in equations(jaxpr)
    )


def rule_names(jaxpr: Any) -> list[str]:
    """The names of the functions with a custom rule, outermost first, without repetition."""
    names = [rule_name(e) for e in equations(jaxpr) if e.primitive.name in RULES]
    return list(dict.fromkeys(names))


def rule_name(equation: JaxprEqn) -> str:
    """The function to which a custom rule belongs, as `name (file.py:12)`."""
    info = getattr(_open(equation.params["call_jaxpr"]), "debug_info", None)
    name, _, where = str(getattr(info, "func_src_info", "") or "a function").partition(" at ")
    return f"{name} ({PurePath(where).name})" if where else name


def structure(jaxpr: Any) -> tuple[str, ...]:
    """The operations in order, whatever their precision."""
    names = (equation.primitive.name for equation in equations(jaxpr))
    return tuple(name for name in names if name != "convert_element_type")


def closed_over_float32(closed: ClosedJaxpr) -> list[tuple[int, ...]]:
    """The shapes of the float32 data that are part of the function rather than an argument."""
    shapes: list[tuple[int, ...]] = []

    def collect(jaxpr: Any) -> None:
        if isinstance(jaxpr, ClosedJaxpr):
            shapes.extend(np.shape(c) for c in jaxpr.consts if _is_strong_float32(c))
        for equation in _open(jaxpr).eqns:
            shapes.extend(
                np.shape(atom.val)
                for atom in equation.invars
                if isinstance(atom, Literal) and _is_strong_float32(atom.val)
            )
            for nested in _nested(equation):
                collect(nested)

    collect(closed)
    return list(dict.fromkeys(shapes))


def _is_strong_float32(value: Any) -> bool:
    # A weakly typed number takes over the precision of whatever it meets.
    return str(getattr(value, "dtype", "")) == "float32" and not getattr(value, "weak_type", False)


def lowering(closed: ClosedJaxpr) -> str | None:
    """The first operation that turns a float64 argument into a lower precision, if there is one."""

    def search(jaxpr: Any, dependent: Sequence[bool]) -> tuple[str | None, list[bool]]:
        inner = _open(jaxpr)
        known = {var for var, is_on in zip(inner.invars, dependent, strict=True) if is_on}
        found: str | None = None
        for equation in inner.eqns:
            inputs = [isinstance(a, Var) and a in known for a in equation.invars]
            if not any(inputs):
                continue
            for nested in _nested(equation):
                count = len(_open(nested).invars)
                # Control flow may permute its operands: anything inside may depend on them.
                inside = inputs if count == len(inputs) else [True] * count
                found = found or search(nested, inside)[0]
            doubles = [
                a
                for a, is_on in zip(equation.invars, inputs, strict=True)
                if is_on and str(_dtype(a)) == "float64"
            ]
            lower = [
                str(_dtype(out)) for out in equation.outvars if _is_lower_precision(_dtype(out))
            ]
            if doubles and lower and not any(_nested(equation)):
                found = found or f"`{equation.primitive.name}` to {lower[0]}"
            known.update(equation.outvars)
        return found, [isinstance(a, Var) and a in known for a in inner.outvars]

    return search(closed, [True] * len(closed.jaxpr.invars))[0]


def _dtype(atom: Any) -> Any:
    return getattr(atom.aval, "dtype", None)


def _is_lower_precision(dtype: Any) -> bool:
    is_floating = dtype is not None and jnp.issubdtype(dtype, jnp.floating)
    return bool(is_floating) and np.dtype(dtype).itemsize < 8


def nested_call(equation: JaxprEqn) -> ClosedJaxpr | None:
    """What an equation merely calls, with or without a rule of its own; None for all others."""
    name = equation.primitive.name
    if name in RULES:
        return _closed(equation.params["call_jaxpr"])
    return _closed(equation.params[_INLINED[name]]) if name in _INLINED else None


def bind(equation: JaxprEqn, values: Sequence[Any]) -> list[Any]:
    """The outputs of one equation, as JAX itself would compute them."""
    parameters = equation.primitive.get_bind_params(equation.params)
    with equation.ctx.manager:
        out = equation.primitive.bind(*values, **parameters)
    return list(out) if equation.primitive.multiple_results else [out]


def run(closed: ClosedJaxpr, handler: Handler, values: Sequence[Any]) -> list[Any]:
    """Evaluates a jaxpr with `handler` in charge of the equations that it knows, at any depth."""
    environment: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    environment.update(zip(closed.jaxpr.invars, values, strict=True))

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else environment[atom]

    for equation in closed.jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        outputs = handler(equation, inputs)
        if outputs is None:
            name = equation.primitive.name
            if name in _INLINED:
                outputs = run(_closed(equation.params[_INLINED[name]]), handler, inputs)
            elif name in _CONTROL_FLOW:
                outputs = bind(_retraced(equation, handler), inputs)
            else:
                outputs = bind(equation, inputs)
        environment.update(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in closed.jaxpr.outvars]


def _closed(jaxpr: Any) -> ClosedJaxpr:
    return jaxpr if isinstance(jaxpr, ClosedJaxpr) else ClosedJaxpr(jaxpr, ())


def _retraced(equation: JaxprEqn, handler: Handler) -> JaxprEqn:
    """The equation with the jaxprs inside of it run through the handler as well."""

    def retrace(item: Any) -> Any:
        if not isinstance(item, ClosedJaxpr):
            return item
        shapes = [
            jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype, weak_type=v.aval.weak_type)
            for v in item.jaxpr.invars
        ]
        return jax.make_jaxpr(lambda *values: run(item, handler, values))(*shapes)

    parameters = {
        key: tuple(retrace(item) for item in value) if isinstance(value, tuple) else retrace(value)
        for key, value in equation.params.items()
    }
    retraced: JaxprEqn = equation.replace(params=parameters)
    return retraced


def without_rules(equation: JaxprEqn, values: list[Any]) -> list[Any] | None:
    """A handler that lets JAX differentiate through what has a custom rule."""
    if equation.primitive.name not in RULES:
        return None
    return run(_closed(equation.params["call_jaxpr"]), without_rules, values)


def without_stops(equation: JaxprEqn, values: list[Any]) -> list[Any] | None:
    """A handler that ignores every `stop_gradient`."""
    return values if equation.primitive.name == "stop_gradient" else None


def without_rules_and_stops(equation: JaxprEqn, values: list[Any]) -> list[Any] | None:
    """A handler that does both."""
    if equation.primitive.name in RULES:
        return run(_closed(equation.params["call_jaxpr"]), without_rules_and_stops, values)
    return without_stops(equation, values)


def without_iterations(loops: Sequence[str]) -> Handler:
    """A handler that treats the results of these kinds of loops as constants."""

    def handler(equation: JaxprEqn, values: list[Any]) -> list[Any] | None:
        if equation.primitive.name not in loops:
            return None
        return [lax.stop_gradient(output) for output in bind(equation, values)]

    return handler


def stopped_operands(jaxpr: Any) -> int:
    """How many operands reach a custom rule through a `stop_gradient` that JAX itself put there.

    That is how `custom_jvp` holds what is named in `nondiff_argnums`: as leading constants.
    """
    count = 0
    inner = _open(jaxpr)
    stopped = {out for e in inner.eqns if e.primitive.name == "stop_gradient" for out in e.outvars}
    for equation in inner.eqns:
        if equation.primitive.name == "custom_jvp_call":
            constants = equation.invars[: equation.params.get("num_consts", 0)]
            count += sum(isinstance(a, Var) and a in stopped for a in constants)
        count += sum(stopped_operands(nested) for nested in _nested(equation))
    return count


def count_stops(jaxpr: Any) -> int:
    """How many `stop_gradient`s there are."""
    return sum(e.primitive.name == "stop_gradient" for e in equations(jaxpr))


def origin_of_nan(closed: ClosedJaxpr, values: Sequence[Any]) -> str | None:
    """The first operation whose result is not a number though its operands are, in words."""
    found: list[str] = []

    def watch(equation: JaxprEqn, inputs: list[Any]) -> list[Any] | None:
        name = equation.primitive.name
        if found or name in _INLINED:
            return None
        if name in RULES:
            return run(_closed(equation.params["call_jaxpr"]), watch, inputs)
        outputs = bind(equation, inputs)
        if _any(np.isnan, outputs) and not _any(np.isnan, inputs) and not found:
            has_zero = _any(lambda a: a == 0, inputs)
            if name == "mul" and has_zero and _any(np.isinf, inputs):
                found.append("a product 0·inf")
            elif name == "div" and has_zero:
                found.append("a quotient 0/0")
            elif name in ("sub", "add") and _any(np.isinf, inputs):
                found.append("a difference inf - inf")
            else:
                found.append(f"the operation `{name}`")
        return outputs

    run(closed, watch, values)
    return found[0] if found else None


def _any(predicate: Callable[[Any], Any], values: Sequence[Any]) -> bool:
    floating = (v for v in values if jnp.issubdtype(jnp.result_type(v), jnp.floating))
    return any(bool(np.any(predicate(np.asarray(value, np.float64)))) for value in floating)


def linear_solve_fault(
    closed: ClosedJaxpr, values: Sequence[Any], rng: np.random.Generator, tolerance: float
) -> str | None:
    """What is wrong with the transposed solve of a `custom_linear_solve`, if anything is.

    Every such equation is evaluated on random right-hand sides: a solve and its transpose satisfy
    <w, solve(b)> = <transpose_solve(w), b>, and vecmat(transpose_solve(w)) = w.
    """
    faults: list[str] = []

    def watch(equation: JaxprEqn, inputs: list[Any]) -> list[Any] | None:
        if equation.primitive.name in RULES:
            return run(_closed(equation.params["call_jaxpr"]), watch, inputs)
        if equation.primitive.name == "custom_linear_solve":
            faults.extend(_linear_solve_faults(equation, inputs, rng, tolerance))
        # Inside of control flow there are no numbers to look at.
        return bind(equation, inputs) if equation.primitive.name in _CONTROL_FLOW else None

    run(closed, watch, values)
    return faults[0] if faults else None


def _linear_solve_faults(
    equation: JaxprEqn, inputs: list[Any], rng: np.random.Generator, tolerance: float
) -> Iterator[str]:
    jaxprs, lengths = equation.params["jaxprs"], equation.params["const_lengths"]
    if jaxprs.transpose_solve is None:
        return
    constants, position = [], 0
    for length in lengths:
        constants.append(inputs[position : position + length])
        position += length
    right_side = inputs[position:]

    def apply(which: int, vector: list[Any]) -> list[Any]:
        closed = _closed(jaxprs[which])
        outputs = run(closed, lambda *_: None, [*constants[which], *vector])
        return outputs[: len(vector)]

    def dot(a: list[Any], b: list[Any]) -> float:
        return float(sum(np.vdot(np.asarray(u), np.asarray(v)) for u, v in zip(a, b, strict=True)))

    def random() -> list[Any]:
        return [
            jnp.asarray(rng.standard_normal(np.shape(b)), jnp.result_type(b)) for b in right_side
        ]

    _, vecmat, solve, transpose_solve = range(4)
    b, w = random(), random()
    x, y = apply(solve, b), apply(transpose_solve, w)
    back = apply(vecmat, y)
    size = np.sqrt(dot(w, w) * dot(x, x)) + np.sqrt(dot(b, b) * dot(y, y))
    if abs(dot(w, x) - dot(y, b)) > tolerance * size:
        rest = [u - v for u, v in zip(back, w, strict=True)]
        missed = np.sqrt(dot(rest, rest) / dot(w, w))
        if missed > tolerance:
            yield (
                "The `transpose_solve` of a `custom_linear_solve` does not solve the transposed "
                f"system: its relative residual for a random right-hand side is {missed:.2g}"
            )
        else:
            yield (
                "The `solve` of a `custom_linear_solve` does not solve the system that its "
                "`transpose_solve` solves the transpose of"
            )
