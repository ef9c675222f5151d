"""A jaxpr as a graph: without what nobody uses, every operation once, calls inlined or shared.

Values of a graph are numbered: first its inputs, then the outputs of its operations in turn.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jax.extend import core

from ._errors import UnsupportedPrimitiveError, user_line
from ._types import KINDS, Type, kind_of


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that is known; a key array is known by its key data."""

    value: np.ndarray[Any, Any]
    type: Type

    @property
    def key(self) -> Hashable:
        return (str(self.type), self.value.dtype.str, self.value.tobytes())


Ref = int | Constant


@dataclass(frozen=True, eq=False)
class Op:
    """One operation of a graph.

    **Attributes:**

    - `name`: the name of the primitive; `"call"` for a call of a graph.
    - `params`: the primitive's parameters, less its jaxprs.
    - `inputs`: what it is applied to.
    - `in_types`, `out_types`: their types, and those of its results.
    - `graphs`: its jaxprs, translated.
    """

    name: str
    params: dict[str, Any]
    inputs: tuple[Ref, ...]
    in_types: tuple[Type, ...]
    out_types: tuple[Type, ...]
    graphs: tuple[Graph, ...] = ()

    def key(self, inputs: tuple[Ref, ...]) -> Hashable:
        params = tuple((name, repr(value)) for name, value in sorted(self.params.items()))
        refs = tuple(_key(ref) for ref in inputs)
        return (self.name, params, refs, self.out_types, tuple(map(id, self.graphs)))


@dataclass(eq=False)
class Graph:
    """A program: operations in the order in which they are run."""

    inputs: tuple[Type, ...]
    ops: list[Op] = field(default_factory=list)
    outputs: tuple[Ref, ...] = ()

    @property
    def size(self) -> int:
        """The number of operations, those of its graphs included."""
        return sum(1 + sum(graph.size for graph in op.graphs) for op in self.ops)

    @property
    def key(self) -> Hashable:
        """What two graphs have in common that do the same."""
        ops = tuple(op.key(op.inputs) for op in self.ops)
        return self.inputs, ops, tuple(map(_key, self.outputs))

    def uses(self) -> Counter[Ref]:
        """How often each value is used."""
        refs = [ref for op in self.ops for ref in op.inputs] + list(self.outputs)
        return Counter(ref for ref in refs if isinstance(ref, int))


def _key(ref: Ref) -> Hashable:
    return ref if isinstance(ref, int) else ref.key


class _Builder:
    """Makes a graph in which no operation occurs twice."""

    def __init__(self, inputs: tuple[Type, ...]) -> None:
        self.graph = Graph(inputs)
        self._count = len(inputs)
        self._known: dict[Hashable, tuple[int, ...]] = {}

    def add(self, op: Op, inputs: tuple[Ref, ...]) -> tuple[int, ...]:
        key = op.key(inputs)
        if key not in self._known:
            outs = tuple(range(self._count, self._count + len(op.out_types)))
            self._count += len(outs)
            self._known[key] = outs
            made = Op(op.name, op.params, inputs, op.in_types, op.out_types, op.graphs)
            self.graph.ops.append(made)
        return self._known[key]

    def finish(self, outputs: Sequence[Ref]) -> Graph:
        self.graph.outputs = tuple(outputs)
        return self.graph


# Primitives that give their inputs unchanged.
IDENTITIES = {
    "copy", "copy_p", "stop_gradient", "name", "device_put", "sharding_constraint",
    "optimization_barrier", "pvary", "reshard", "layout_constraint",
}  # fmt: skip

# Primitives that call one jaxpr, and the parameter that holds it.
CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
    "remat": "jaxpr",
}

LOOPS = ("while", "scan")

Expansion = Callable[..., Any]


class Lowering:
    """Translates jaxprs to graphs, of which equal ones are one object.

    **Arguments:**

    - `supported`: the names of the primitives that can be written as JavaScript.
    - `expansions`: for a primitive that is a program of other primitives, a function of its
        parameters (and the equation's input types) that gives the JAX function it stands for.
    """

    def __init__(self, supported: set[str], expansions: dict[str, Expansion]) -> None:
        self._supported = supported
        self._expansions = expansions
        self._graphs: dict[Hashable, Graph] = {}
        self._lowered: dict[Hashable, tuple[Graph, tuple[bool, ...]]] = {}
        self._expanding: list[str] = []
        self._batches: dict[Hashable, tuple[Any, Any]] = {}
        self._alive: list[Any] = []

    def programs(self, jaxprs: Sequence[core.ClosedJaxpr]) -> list[Graph]:
        """The graphs of whole programs that keep all their inputs and share what they call."""
        graphs = []
        for jaxpr in jaxprs:
            used = (True,) * len(jaxpr.jaxpr.outvars)
            graphs.append(self._lower(jaxpr, used, (True,) * len(jaxpr.jaxpr.invars))[0])
        return _inlined(graphs)

    def _lower(
        self,
        jaxpr: Any,
        used: tuple[bool, ...],
        keep: tuple[bool, ...] | None = None,
    ) -> tuple[Graph, tuple[bool, ...]]:
        """The graph of the used outputs, and which inputs it takes: those in use, and `keep`."""
        closed = jaxpr if hasattr(jaxpr, "consts") else None
        open_jaxpr = jaxpr.jaxpr if closed is not None else jaxpr
        memo = (id(jaxpr), used, keep)
        if memo not in self._lowered:
            self._alive.append(jaxpr)  # so that no other object gets its id
            consts = closed.consts if closed is not None else []
            made, ins = self._build(open_jaxpr, consts, used, keep)
            self._lowered[memo] = (self._graphs.setdefault(made.key, made), ins)
        return self._lowered[memo]

    def _build(
        self,
        jaxpr: core.Jaxpr,
        consts: Sequence[Any],
        used: tuple[bool, ...],
        keep: tuple[bool, ...] | None,
    ) -> tuple[Graph, tuple[bool, ...]]:
        live = {v for v, u in zip(jaxpr.outvars, used, strict=True) if u and not _is_literal(v)}
        steps: list[tuple[list[Any], Op, list[Any]]] = []
        for eqn in reversed(jaxpr.eqns):
            outs = tuple(v in live for v in eqn.outvars)
            if not any(outs) and not eqn.effects:
                continue
            invars, op, outvars = self._op(eqn, outs)
            steps.append((invars, op, outvars))
            live.update(v for v in invars if not _is_literal(v))
        kept = keep or (False,) * len(jaxpr.invars)
        ins = tuple(k or v in live for k, v in zip(kept, jaxpr.invars, strict=True))
        invars = [v for v, k in zip(jaxpr.invars, ins, strict=True) if k]
        builder = _Builder(tuple(_type(v.aval) for v in invars))
        refs: dict[Any, Ref] = {v: n for n, v in enumerate(invars)}
        for v, const in zip(jaxpr.constvars, consts, strict=True):
            if v in live:
                refs[v] = _constant(const, _type(v.aval))

        def ref(v: Any) -> Ref:
            return _constant(v.val, _type(v.aval)) if _is_literal(v) else refs[v]

        for op_invars, op, outvars in reversed(steps):
            inputs = tuple(map(ref, op_invars))
            made = inputs if op.name == "identity" else builder.add(op, inputs)
            refs.update(zip(outvars, made, strict=True))
        outputs = [ref(v) for v, u in zip(jaxpr.outvars, used, strict=True) if u]
        return builder.finish(outputs), ins

    def _op(self, eqn: core.JaxprEqn, outs: tuple[bool, ...]) -> tuple[list[Any], Op, list[Any]]:
        """An equation as an operation on what it needs, for those of its outputs that are used."""
        name, params = eqn.primitive.name, eqn.params
        outvars = list(eqn.outvars)
        try:
            if eqn.effects:
                raise UnsupportedPrimitiveError(
                    name,
                    user_line(eqn),
                    f"The JAX primitive {name!r} has an effect outside the computation.",
                )
            if name in IDENTITIES:
                pairs = [
                    (i, o)
                    for i, o, u in zip(eqn.invars, eqn.outvars, outs, strict=True)
                    if u and _type(o.aval)
                ]
                return [i for i, _ in pairs], _op("identity", {}, pairs), [o for _, o in pairs]
            if name in CALLS:
                return self._call(eqn.params[CALLS[name]], eqn.invars, outvars, outs)
            if name in self._expansions:
                function = self._expansions[name](*(v.aval for v in eqn.invars), **params)
                return self._call(_traced(function, eqn), eqn.invars, outvars, outs)
            if name == "custom_linear_solve":
                return self._linear_solve(eqn, outs)
            if name in (*LOOPS, "cond"):
                return getattr(self, f"_{name}")(eqn, outs)  # type: ignore[no-any-return]
            if name == "pure_callback" and _is_failed_check(params["callback"]):
                return [], _graph_op("failed_check", {}, [], outvars, ()), outvars
            if name not in self._supported:
                return self._call(self._implementation(eqn), eqn.invars, outvars, outs)
            plain = {k: _plain(v) for k, v in params.items() if not _holds_jaxpr(v)}
            in_types = tuple(_type(v.aval) for v in eqn.invars)
            out_types = tuple(_type(v.aval) for v in outvars)
            return list(eqn.invars), Op(name, plain, (), in_types, out_types), outvars
        except UnsupportedPrimitiveError as error:
            # Inside a function of JAX's own there is no line of the user's: the call's, then.
            if error.source is None and (line := user_line(eqn)) is not None:
                raise UnsupportedPrimitiveError(error.primitive, line, error.why) from None
            raise
        except _UnsupportedDtypeError as error:
            raise UnsupportedPrimitiveError(
                name,
                user_line(eqn),
                f"Arrays of dtype {error} (in {name!r}) have no translation to JavaScript.",
            ) from None

    def _implementation(self, eqn: core.JaxprEqn) -> core.ClosedJaxpr:
        """What a primitive of another library's does, if that is a JAX function.

        JAX's own primitives are implemented by compiling them, so that tracing the implementation
        finds the same primitive again.
        """
        name = eqn.primitive.name
        implementation: Any = eqn.primitive.impl
        is_jaxs = isinstance(implementation, functools.partial) or name in self._expanding
        if is_jaxs:
            raise UnsupportedPrimitiveError(name, user_line(eqn))
        self._expanding.append(name)
        try:
            return _traced(lambda *args: implementation(*args, **eqn.params), eqn)
        except (TypeError, NotImplementedError, jax.errors.JAXTypeError):
            raise UnsupportedPrimitiveError(name, user_line(eqn)) from None
        finally:
            self._expanding.pop()

    def _call(
        self, jaxpr: Any, invars: Sequence[Any], outvars: Sequence[Any], outs: tuple[bool, ...]
    ) -> tuple[list[Any], Op, list[Any]]:
        graph, ins = self._lower(jaxpr, outs)
        args, results = _pick(invars, ins), _pick(outvars, outs)
        return args, _graph_op("call", {}, args, results, (graph,)), results

    def _linear_solve(
        self, eqn: core.JaxprEqn, outs: tuple[bool, ...]
    ) -> tuple[list[Any], Op, list[Any]]:
        lengths = eqn.params["const_lengths"]
        start = lengths.matvec + lengths.vecmat
        first_b = sum(lengths)
        args = [*eqn.invars[start : start + lengths.solve], *eqn.invars[first_b:]]
        return self._call(eqn.params["jaxprs"].solve, args, eqn.outvars, outs)

    def _cond(self, eqn: core.JaxprEqn, outs: tuple[bool, ...]) -> tuple[list[Any], Op, list[Any]]:
        branches = eqn.params["branches"]
        platforms = eqn.params.get("branches_platforms")
        if platforms is not None:  # a choice by platform is made here
            ours = next(n for n, names in enumerate(platforms) if names is None or "cpu" in names)
            return self._call(branches[ours], eqn.invars[1:], eqn.outvars, outs)
        ins = tuple(
            map(any, zip(*(self._lower(branch, outs)[1] for branch in branches), strict=True))
        )
        graphs = tuple(self._lower(branch, outs, ins)[0] for branch in branches)
        args = [eqn.invars[0], *_pick(eqn.invars[1:], ins)]
        results = _pick(eqn.outvars, outs)
        return args, _graph_op("cond", {}, args, results, graphs), results

    def _while(self, eqn: core.JaxprEqn, outs: tuple[bool, ...]) -> tuple[list[Any], Op, list[Any]]:
        cond, body = eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]
        n_cond, n_body = eqn.params["cond_nconsts"], eqn.params["body_nconsts"]
        invars = list(eqn.invars)
        if cond.out_avals[0].shape:
            cond, body = self._batched(cond, body, n_cond)
            invars, n_body = invars[:n_cond] + invars, n_cond + n_body
        _, cond_ins = self._lower(cond, (True,))
        carry = _either(outs, cond_ins[n_cond:])
        while True:
            _, body_ins = self._lower(body, carry)
            grown = _either(carry, body_ins[n_body:])
            if grown == carry:
                break
            carry = grown
        cond_keep = (*cond_ins[:n_cond], *carry)
        body_keep = (*body_ins[:n_body], *carry)
        graphs = (self._lower(cond, (True,), cond_keep)[0], self._lower(body, carry, body_keep)[0])
        cond_consts = _pick(invars[:n_cond], cond_ins[:n_cond])
        body_consts = _pick(invars[n_cond : n_cond + n_body], body_ins[:n_body])
        args = [*cond_consts, *body_consts, *_pick(invars[n_cond + n_body :], carry)]
        params = {"cond_consts": len(cond_consts), "body_consts": len(body_consts)}
        results = _pick(eqn.outvars, carry)
        return args, _graph_op("while", params, args, results, graphs), results

    def _batched(self, cond: Any, body: Any, n_cond: int) -> tuple[Any, Any]:
        """A loop of a batch, as one that runs until all are done and keeps those that are."""
        key = (id(cond), id(body))
        if key not in self._batches:
            self._alive += [cond, body]
            test, turn = core.jaxpr_as_fun(cond), core.jaxpr_as_fun(body)
            n_body = len(body.in_avals) - len(body.out_avals)

            def any_left(*args: Any) -> Any:
                return jax.numpy.any(test(*args)[0])

            def turn_those_left(*args: Any) -> list[Any]:
                carry = args[n_cond + n_body :]
                (left,) = test(*args[:n_cond], *carry)
                return [
                    jax.numpy.where(left.reshape(left.shape + (1,) * (a.ndim - left.ndim)), b, a)
                    for a, b in zip(carry, turn(*args[n_cond:]), strict=True)
                ]

            self._batches[key] = (
                jax.make_jaxpr(any_left)(*cond.in_avals),
                jax.make_jaxpr(turn_those_left)(*cond.in_avals[:n_cond], *body.in_avals),
            )
        return self._batches[key]

    def _scan(self, eqn: core.JaxprEqn, outs: tuple[bool, ...]) -> tuple[list[Any], Op, list[Any]]:
        n_consts, n_carry = eqn.params["num_consts"], eqn.params["num_carry"]
        body = eqn.params["jaxpr"]
        carry, ys = outs[:n_carry], outs[n_carry:]
        while True:
            _, ins = self._lower(body, (*carry, *ys))
            grown = _either(carry, ins[n_consts : n_consts + n_carry])
            if grown == carry:
                break
            carry = grown
        keep = (*ins[:n_consts], *carry, *ins[n_consts + n_carry :])
        graph, _ = self._lower(body, (*carry, *ys), keep)
        args = _pick(eqn.invars, keep)
        params = {
            "length": eqn.params["length"],
            "reverse": eqn.params["reverse"],
            "consts": sum(ins[:n_consts]),
            "carry": sum(carry),
        }
        results = _pick(eqn.outvars, (*carry, *ys))
        return args, _graph_op("scan", params, args, results, (graph,)), results


def _traced(function: Callable[..., Any], eqn: core.JaxprEqn) -> core.ClosedJaxpr:
    """The jaxpr of a function of an equation's inputs."""
    avals: list[Any] = [v.aval for v in eqn.invars]
    return jax.make_jaxpr(function)(*(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in avals))


class _UnsupportedDtypeError(TypeError):
    """An array is of a dtype that has no kind."""


def _type(aval: Any) -> Type:
    kind = kind_of(aval.dtype)
    if kind is None:
        raise _UnsupportedDtypeError(str(aval.dtype))
    return Type(kind, tuple(int(length) for length in aval.shape))


def _constant(value: Any, type_: Type) -> Constant:
    if type_.kind is KINDS["key"]:
        value = jax.random.key_data(value)
        return Constant(np.asarray(value), type_)
    return Constant(np.asarray(value, type_.kind.dtype), type_)


def _is_literal(v: Any) -> bool:
    return isinstance(v, core.Literal)


def _holds_jaxpr(value: Any) -> bool:
    return callable(value) or hasattr(value, "eqns") or hasattr(value, "consts")


def _plain(value: Any) -> Any:
    """A parameter whose integers are Python's, also inside plain tuples."""
    if isinstance(value, np.integer):
        return int(value)
    return tuple(map(_plain, value)) if type(value) in (tuple, list) else value


def _is_failed_check(callback: Any) -> bool:
    """Whether a call of Python only raises an error: what `equinox.error_if` does in the end."""
    function = getattr(callback, "callback_func", callback)
    return getattr(function, "__module__", None) == "equinox._errors"


def _pick(values: Sequence[Any], which: Sequence[bool]) -> list[Any]:
    return [value for value, used in zip(values, which, strict=True) if used]


def _either(a: Sequence[bool], b: Sequence[bool]) -> tuple[bool, ...]:
    return tuple(x or y for x, y in zip(a, b, strict=True))


def _op(name: str, params: dict[str, Any], pairs: list[tuple[Any, Any]]) -> Op:
    types = tuple(_type(o.aval) for _, o in pairs)
    return Op(name, params, (), types, types)


def _graph_op(
    name: str,
    params: dict[str, Any],
    invars: Sequence[Any],
    outvars: Sequence[Any],
    graphs: tuple[Graph, ...],
) -> Op:
    in_types = tuple(_type(v.aval) for v in invars)
    return Op(name, params, (), in_types, tuple(_type(v.aval) for v in outvars), graphs)


# A callee of up to this many operations is written out where it is called.
_SHORT = 12


def _inlined(programs: Sequence[Graph]) -> list[Graph]:
    """The same programs, whose calls of short functions, and of those called once, are gone."""
    # A loop's body is written wherever the loop is, and what it calls is called there.
    calls: Counter[int] = Counter()
    stack = list(programs)
    while stack:
        for op in stack.pop().ops:
            for graph in op.graphs:
                if op.name != "call" or not calls[id(graph)]:
                    stack.append(graph)
                if op.name == "call":
                    calls[id(graph)] += 1

    done: dict[int, Graph] = {}
    interned: dict[Hashable, Graph] = {}

    def rewrite(graph: Graph) -> Graph:
        if id(graph) not in done:
            builder = _Builder(graph.inputs)
            made = builder.finish(splice(builder, graph, range(len(graph.inputs))))
            made = interned.setdefault(made.key, made)
            done[id(graph)] = done[id(made)] = made
        return done[id(graph)]

    def splice(builder: _Builder, graph: Graph, inputs: Sequence[Ref]) -> list[Ref]:
        refs: list[Ref] = list(inputs)

        def ref(one: Ref) -> Ref:
            return refs[one] if isinstance(one, int) else one

        for op in graph.ops:
            args = tuple(map(ref, op.inputs))
            graphs = tuple(map(rewrite, op.graphs))
            if op.name == "call" and (calls[id(op.graphs[0])] == 1 or graphs[0].size <= _SHORT):
                refs.extend(splice(builder, graphs[0], args))
                continue
            made = Op(op.name, op.params, args, op.in_types, op.out_types, graphs)
            refs.extend(builder.add(made, args))
        return [ref(one) for one in graph.outputs]

    return [rewrite(program) for program in programs]
