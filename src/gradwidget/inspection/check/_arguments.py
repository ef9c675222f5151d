"""The arguments of a function, with the numbers to differentiate pulled out as one vector."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Leaf(NamedTuple):
    """One array among the numbers to differentiate.

    Attributes:
        name: How a reader would write it, for instance `params['w']`.
        argument: The index, among the arguments checked, of the argument it belongs to.
        start, stop: Where it lies in the vector.
        shape: Its shape.
        is_symmetric: Whether it is a symmetric matrix.
    """

    name: str
    argument: int
    start: int
    stop: int
    shape: tuple[int, ...]
    is_symmetric: bool


def is_floating(leaf: object) -> bool:
    """Whether a leaf of a pytree is a real floating-point number or array."""
    if isinstance(leaf, float):
        return True
    dtype = getattr(leaf, "dtype", None)
    return dtype is not None and bool(jnp.issubdtype(dtype, jnp.floating))


def cast(tree: Any, dtype: str) -> Any:
    """A pytree with its floating-point arrays, but not its Python numbers, in another dtype."""

    def convert(leaf: Any) -> Any:
        if isinstance(leaf, float) or not is_floating(leaf):
            return leaf
        return np.asarray(leaf).astype(dtype)

    return jtu.tree_map(convert, tree)


def argument_names(fun: Callable[..., Any], count: int) -> list[str]:
    """The names of the first `count` positional arguments, as the signature has them."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):  # builtins may have none
        parameters = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    names += [f"argument {i}" for i in range(len(names), count)]
    return names[:count]


class Arguments:
    """The positional arguments of a function, some of which are differentiated.

    The floating-point leaves of the arguments in `argnums` are concatenated to one vector z;
    `rebuild` puts a vector back in their place. All else stays as it was given.

    Attributes:
        names: The names of the arguments checked.
        argnums: Their positions.
        leaves: Their floating-point leaves.
        z: (n,) their values, in float64.
        scale: (n,) by how much each is naturally moved: its size, else the root mean square of its
            leaf, else 1.
        wide_scale: (n,) the next larger natural scale, for numbers much smaller than others.
    """

    def __init__(
        self, fun: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int]
    ) -> None:
        all_names = argument_names(fun, len(args))
        self.argnums = tuple(argnums)
        self.names = tuple(all_names[i] for i in argnums)
        self._args = tuple(args)
        self._treedefs = []
        self._leaves: list[list[Any]] = []
        leaves: list[Leaf] = []
        values: list[Array] = []
        position = 0
        for index, number in enumerate(self.argnums):
            paths, treedef = jtu.tree_flatten_with_path(args[number])
            self._treedefs.append(treedef)
            self._leaves.append([leaf for _, leaf in paths])
            for path, leaf in paths:
                if not is_floating(leaf):
                    continue
                value = np.asarray(leaf, dtype=np.float64)
                leaves.append(
                    Leaf(
                        name=self.names[index] + jtu.keystr(path),
                        argument=index,
                        start=position,
                        stop=position + value.size,
                        shape=value.shape,
                        is_symmetric=_is_symmetric(value),
                    )
                )
                values.append(value.ravel())
                position += value.size
        self.leaves = tuple(leaves)
        self.z: Array = np.concatenate([np.zeros(0), *values])
        self.scale, self.wide_scale = np.ones_like(self.z), np.ones_like(self.z)
        for leaf in self.leaves:
            size = np.abs(self.z[leaf.start : leaf.stop])
            finite = size[np.isfinite(size)]
            typical = float(np.sqrt(np.mean(finite**2))) if finite.any() else 1.0
            scale = np.where(size > 0, size, typical)
            self.scale[leaf.start : leaf.stop] = scale
            self.wide_scale[leaf.start : leaf.stop] = np.where(scale < typical / 10, typical, 1.0)

    def span(self, argument: int) -> slice:
        """Where an argument lies in the vector."""
        mine = [leaf for leaf in self.leaves if leaf.argument == argument]
        return slice(mine[0].start, mine[-1].stop)

    def name_at(self, position: int) -> str:
        """The name of one number of the vector, for instance `x[3]`."""
        leaf = next(leaf for leaf in self.leaves if leaf.start <= position < leaf.stop)
        if not leaf.shape:
            return leaf.name
        index = np.unravel_index(position - leaf.start, leaf.shape)
        return f"{leaf.name}[{', '.join(str(int(i)) for i in index)}]"

    def leaf_values(self, z: Any) -> list[Any]:
        """The leaves whose values stand in the vector `z`."""
        return [z[leaf.start : leaf.stop].reshape(leaf.shape) for leaf in self.leaves]

    def rebuild(self, values: Sequence[Any], dtype: str) -> tuple[Any, ...]:
        """All positional arguments, with these values of the leaves."""
        rest = iter(values)
        args = list(cast(self._args, dtype))
        for number, treedef, leaves in zip(self.argnums, self._treedefs, self._leaves, strict=True):
            args[number] = jtu.tree_unflatten(
                treedef,
                [next(rest) if is_floating(leaf) else leaf for leaf in leaves],
            )
        return tuple(args)

    def plain(self, dtype: str) -> tuple[Any, ...]:
        """All positional arguments as they were given, arrays in `dtype`."""
        values = [np.asarray(value, dtype) for value in self.leaf_values(self.z)]
        with_jax_scalars = [jnp.asarray(value) for value in values]
        return self.rebuild(with_jax_scalars, dtype)


def _is_symmetric(value: Array) -> bool:
    if value.ndim < 2 or value.shape[-1] != value.shape[-2] or value.shape[-1] < 2:
        return False
    return bool(np.all(value == np.swapaxes(value, -1, -2)))


def floating_argnums(args: Sequence[Any]) -> tuple[int, ...]:
    """The positions of the arguments that hold a floating-point number."""
    return tuple(
        i for i, arg in enumerate(args) if any(is_floating(leaf) for leaf in jax.tree.leaves(arg))
    )
