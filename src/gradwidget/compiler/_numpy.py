"""Functions written in NumPy as functions that JAX can trace.

NumPy hands every call on an array that is not its own to that array (NEP 13 and NEP 18). So the
same code that runs in NumPy in Python can be traced, and translated, as it stands: there is no
second version of it that could differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def traceable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function as a JAX function, of pytrees of arrays.

    **Arguments:**

    - `function`: calls NumPy's functions and arrays' methods on its arguments, and decides nothing
        by their values: shapes and dtypes are known, values are not.

    **Returns:** the same function of JAX arrays. It raises a `TypeError` where `function` asks for
    an array's values, or for a NumPy function that jax.numpy does not have.
    """

    def traced(*args: Any) -> Any:
        # NumPy broadcasts ranks, whatever JAX is told to think of that.
        with jax.numpy_rank_promotion("allow"):
            return _plain(function(*jax.tree.map(_Traced, args)))

    return traced


class _Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of JAX's that NumPy's functions accept."""

    def __init__(self, value: Any) -> None:
        self._value = jnp.asarray(value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        # `a += b` gives its name a new value, as everywhere in JAX.
        if method != "__call__" or options.keys() - {"out"}:
            return NotImplemented
        return _same(ufunc.__name__, inputs, {})

    def __array_function__(self, function: Any, _types: Any, args: Any, options: Any) -> Any:
        return _same(function.__name__, args, options)

    def __getitem__(self, index: Any) -> _Traced:
        return _Traced(self._value[_plain(index)])

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._value, name)
        if not callable(found):
            return found
        return lambda *args, **options: _wrapped(found(*_plain(args), **_plain(options)))

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[_Traced]:
        return (self[i] for i in range(len(self)))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("the values of a traced array are not known")

    def __bool__(self) -> bool:
        raise TypeError("whether a traced array is true is not known")


def _same(name: str, args: Any, options: Any) -> Any:
    """What jax.numpy's function of the same name returns."""
    function = _ADAPTED.get(name) or getattr(jnp, name, None)
    if function is None:
        raise TypeError(f"jax.numpy has no {name}")
    return _wrapped(function(*_plain(args), **_plain(options)))


# Where NumPy takes a sequence of numbers and jax.numpy wants an array.
_ADAPTED: dict[str, Callable[..., Any]] = {
    "isin": lambda element, among: jnp.isin(element, jnp.asarray(among)),
}


def _plain(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf._value if isinstance(leaf, _Traced) else leaf, tree)


def _wrapped(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: _Traced(leaf) if isinstance(leaf, jax.Array) else leaf, tree)
