"""From a JAX function and example arguments to a jaxpr, and the structure of what goes in and out.

Containers have a JavaScript counterpart: tuples and lists are arrays; dicts, NamedTuples and other
registered classes with named fields are objects; `None` is `null`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
from jax.extend import core


@dataclass(frozen=True)
class Leaf:
    """An array or a number: the `position`-th of all of them."""

    position: int


@dataclass(frozen=True)
class Empty:
    """`None`."""


@dataclass(frozen=True)
class Sequence:
    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Record:
    items: tuple[tuple[str, Tree], ...]


Tree = Leaf | Empty | Sequence | Record


@dataclass(frozen=True)
class Traced:
    """A traced function: its jaxpr, the names and structures of its arguments, and its result's."""

    jaxpr: core.ClosedJaxpr
    arguments: tuple[tuple[str, Tree], ...]
    result: Tree


def trace(fun: Callable[..., Any], example_args: tuple[Any, ...]) -> Traced:
    """Traces `fun` as `jax.jit` would; nothing is computed."""
    jaxpr, shapes = jax.make_jaxpr(fun, return_shape=True)(*example_args)
    counter = iter(range(len(jaxpr.jaxpr.invars)))
    arguments = tuple(
        (name, _tree(jax.tree.structure(arg), counter))
        for name, arg in zip(_names(fun, len(example_args)), example_args, strict=True)
    )
    result = _tree(jax.tree.structure(shapes), iter(range(len(jaxpr.jaxpr.outvars))))
    return Traced(jaxpr, arguments, result)


def _names(fun: Callable[..., Any], count: int) -> list[str]:
    """The names of the first arguments, where the function has a signature that tells."""
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return [*positional[:count], *(f"argument {n + 1}" for n in range(len(positional), count))]


def _tree(structure: Any, counter: Iterator[int]) -> Tree:
    data = structure.node_data()
    if data is None:
        return Leaf(next(counter)) if structure.num_leaves else Empty()
    type_, detail = data
    children = structure.children()
    if type_ is type(None):
        return Empty()
    if issubclass(type_, dict):
        names = list(map(str, detail[1] if isinstance(detail, tuple) else detail))
    elif issubclass(type_, tuple) and hasattr(type_, "_fields"):
        names = list(type_._fields)
    elif issubclass(type_, tuple | list):
        return Sequence(tuple(_tree(child, counter) for child in children))
    else:
        names = _field_names(structure)
    trees = [_tree(child, counter) for child in children]
    if len(set(names)) != len(trees):
        return Sequence(tuple(trees))
    return Record(tuple(zip(names, trees, strict=True)))


def _field_names(structure: Any) -> list[str]:
    """The names under which a registered class holds its children, if it says them."""
    example = jax.tree.unflatten(structure, range(structure.num_leaves))
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(example)[0]]
    return list(dict.fromkeys(str(getattr(path[0], "name", "")) for path in paths))
