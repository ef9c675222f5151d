"""Random numbers: the threefry hash, and what JAX builds on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from .._emit import RULES, Emitter
from .._graph import Op
from .._values import SMALL, Buffer, Elements, Value, allocate, indices, settle, write
from .._writer import Writer, linear
from ._scalar import within
from .indexing import from_index

# --- Keys and their data are the same words ---------------------------------------------------


def _random_wrap(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, type_ = settle(e.w, args[0]), op.out_types[0]
    if isinstance(x, Buffer):
        if type_.size > SMALL:
            return Buffer(type_, x.name)
        return Elements(
            type_, tuple(x.text(e.w, (*i, 0)) + x.text(e.w, (*i, 1)) for i in indices(type_.shape))
        )
    words = [x.text(e.w, index)[0] for index in indices(x.shape)]
    return Elements(type_, tuple(zip(words[::2], words[1::2], strict=True)))


def _random_unwrap(e: Emitter, op: Op, args: Sequence[Value]) -> Value:
    x, type_ = settle(e.w, args[0]), op.out_types[0]
    if isinstance(x, Buffer):
        return Buffer(type_, x.name)
    words = tuple((word,) for index in indices(x.shape) for word in x.text(e.w, index))
    return Elements(type_, words)


RULES["random_wrap"] = _random_wrap
RULES["random_unwrap"] = _random_unwrap


def _threefry2x32(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    w, types = e.w, op.out_types
    shape = types[0].shape

    def hashed(w: Writer, index: tuple[Any, ...]) -> tuple[str, str]:
        words = ",".join(arg.text(w, within(arg, index))[0] for arg in args)
        first, second = w.fresh(), w.fresh()
        w.line(f"threefry2x32({words});const {first}=K[0],{second}=K[1];")
        return first, second

    if types[0].size <= SMALL:
        pairs = [hashed(w, index) for index in indices(shape)]
        return [
            Elements(type_, tuple((pair[n],) for pair in pairs)) for n, type_ in enumerate(types)
        ]
    buffers = [allocate(w, type_) for type_ in types]
    with w.loops(shape) as index:
        for buffer, word in zip(buffers, hashed(w, index), strict=True):
            write(w, buffer, index, (word,))
    return list(buffers)


RULES["threefry2x32"] = _threefry2x32


def _iota_2x32_shape(e: Emitter, op: Op, args: Sequence[Value]) -> list[Value]:
    """The high and the low word of each element's position in C order."""
    high, low = op.out_types
    return [
        e.lazy(high, lambda w, index: from_index(w, high.kind, 0), view=True),
        e.lazy(low, lambda w, index: from_index(w, low.kind, linear(index, low.shape)), view=True),
    ]


RULES["iota_2x32_shape"] = _iota_2x32_shape

# --- What is a program of these, as JAX's own implementation of the kind of key says ------------


def _each_key(keys: Any, function: Callable[..., Any], *more: Any) -> Callable[..., Any]:
    """A function of one key's data and more, applied to arrays of keys."""
    shapes = [one.shape for one in (keys, *more)]
    for axes in range(1, max(map(len, shapes)) + 1):
        mapped = tuple(0 if len(shape) >= axes else None for shape in shapes)
        function = jax.vmap(function, in_axes=mapped)
    return function


def _random_bits(keys: Any, *, bit_width: int, shape: tuple[int, ...]) -> Callable[..., Any]:
    def bits(data: jax.Array) -> jax.Array:
        out: jax.Array = keys.dtype._impl.random_bits(data, bit_width, shape)
        return out

    return lambda k: _each_key(keys, bits)(jax.random.key_data(k))


def _random_split(keys: Any, *, shape: tuple[int, ...]) -> Callable[..., Any]:
    def split(data: jax.Array) -> jax.Array:
        out: jax.Array = keys.dtype._impl.split(data, shape)
        return out

    return lambda k: _wrap(keys.dtype, _each_key(keys, split)(jax.random.key_data(k)))


def _random_fold_in(keys: Any, messages: Any) -> Callable[..., Any]:
    def fold_in(data: jax.Array, message: jax.Array) -> jax.Array:
        out: jax.Array = keys.dtype._impl.fold_in(data, message)
        return out

    return lambda k, m: _wrap(
        keys.dtype, _each_key(keys, fold_in, messages)(jax.random.key_data(k), m)
    )


def _random_seed(seeds: Any, *, impl: Any) -> Callable[..., Any]:
    def seed(x: jax.Array) -> jax.Array:
        out: jax.Array = impl.seed(x)
        return out

    return lambda x: jax.random.wrap_key_data(_each_key(seeds, seed)(x), impl=impl.name)


def _random_gamma(keys: Any, alphas: Any, *, log_space: bool) -> Callable[..., Any]:
    from jax._src.random.core import _gamma_impl

    return lambda k, a: _gamma_impl(k, a, log_space=log_space, use_vmap=True)


def _wrap(dtype: Any, data: jax.Array) -> jax.Array:
    keys: jax.Array = jax.random.wrap_key_data(data, impl=dtype._impl.name)
    return keys


EXPANSIONS: dict[str, Callable[..., Callable[..., Any]]] = {
    "random_bits": _random_bits,
    "random_split": _random_split,
    "random_fold_in": _random_fold_in,
    "random_seed": _random_seed,
    "random_gamma": _random_gamma,
}
"""Primitives that are programs of others: what makes the JAX function that each stands for."""
