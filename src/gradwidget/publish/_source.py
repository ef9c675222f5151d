"""Functions written down again, with whatever they use, so that a script needs nothing else."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import linecache
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

#: Where a name may come from that is imported rather than written down.
_PUBLIC = (
    "jax",
    "jax.numpy",
    "jax.lax",
    "jax.nn",
    "jax.scipy.special",
    "jax.scipy.stats",
    "jax.custom_derivatives",
    "numpy",
    "math",
    "functools",
)
#: Under which name a module is known.
_MODULES = {"jax.numpy": "jnp", "numpy": "np"}
_RULES = (jax.custom_jvp, jax.custom_vjp)


class SourceError(ValueError):
    """A function cannot be written down; the message says why and what to do."""


class Sources:
    """Definitions in the order in which a script needs them.

    Args:
        taken: names that the script itself uses.
    """

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []  # so that no identity is used twice
        self._taken = set(taken)
        self._imports: dict[str, None] = {}
        self._definitions: list[str] = []

    @property
    def imports(self) -> str:
        """The import statements, sorted."""
        return "\n".join(sorted(self._imports))

    @property
    def definitions(self) -> str:
        """The definitions."""
        return "\n\n\n".join(self._definitions)

    def add(self, value: Any, name: str) -> str:
        """Write down a function or a constant, once, with all that it uses.

        Args:
            value: a function, an array, a number, a text, or a tuple of them.
            name: what it is called, if nothing else is.

        Returns:
            What it is called in the script.

        Raises:
            SourceError: it cannot be written down.
        """
        value = _unwrapped(value)
        if id(value) in self._names:
            return self._names[id(value)]
        if isinstance(value, types.ModuleType):
            return self._module(value, name)
        imported = _public(value, name)
        if imported is not None:
            self._imports[imported] = None
            return name
        chosen = self._free(name)
        self._names[id(value)] = chosen
        self._kept.append(value)
        self._definitions.append(self._definition(value, chosen))
        return chosen

    def _module(self, module: types.ModuleType, name: str) -> str:
        if module.__name__.split(".")[0] == "gradwidget":
            raise SourceError(f"{name} is a module of gradwidget's, which the script does without.")
        path = module.__name__
        self._imports[f"import {path}" if path == name else f"import {path} as {name}"] = None
        self._taken.add(name)
        return name

    def _free(self, name: str) -> str:
        free, number = name, 2
        while free in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free)
        return free

    def _definition(self, value: Any, name: str) -> str:
        if isinstance(value, _RULES):
            return self._with_rule(value, name)
        if isinstance(value, types.FunctionType):
            return self._function(value, name)
        if isinstance(value, np.ndarray | jax.Array):
            self._imports["import numpy as np"] = None
            array = np.asarray(value)
            text = np.array2string(
                array, separator=", ", threshold=array.size + 1, floatmode="unique"
            )
            return f'{name} = np.array({text}, dtype="{array.dtype}")'
        if isinstance(value, bool | int | float | str | tuple | list | type(None)):
            if isinstance(value, float) and not np.isfinite(value):
                return f'{name} = float("{value}")'
            return f"{name} = {value!r}"
        raise SourceError(
            f"{name}, which your function uses, is a {type(value).__name__}: its source is not "
            "known. Use functions, numbers and arrays."
        )

    def _with_rule(self, value: Any, name: str) -> str:
        """A function with a derivative rule: the rule is attached after both are defined."""
        plain = self.add(value.fun, f"{name}_plain")
        self._imports["import jax"] = None
        kind = "custom_jvp" if isinstance(value, jax.custom_jvp) else "custom_vjp"
        static = f", nondiff_argnums={tuple(value.nondiff_argnums)!r}"
        lines = [f"{name} = jax.{kind}({plain}{static if value.nondiff_argnums else ''})"]
        # The rule calls the function by its name, so it is defined after it.
        self._definitions.append(lines[0])
        parts = [value.jvp] if kind == "custom_jvp" else [value.fwd, value.bwd]
        if None in parts:
            raise SourceError(f"{name} has no derivative rule yet.")
        rules = [self.add(part, f"{name}_rule") for part in parts]
        zeros = ", symbolic_zeros=True" if getattr(value, "symbolic_zeros", False) else ""
        define = "defjvp" if kind == "custom_jvp" else "defvjp"
        return f"{name}.{define}({', '.join(rules)}{zeros})"

    def _function(self, function: types.FunctionType, name: str) -> str:
        node = _node(function)
        renamed = {}
        for used, value in _free_values(function, node):
            renamed[used] = self.add(value, used)
        node = _Renamed(renamed).visit(node)
        ast.fix_missing_locations(node)
        if isinstance(node, ast.Lambda):
            body = ast.Return(node.body)
            node = ast.FunctionDef(name, node.args, [body], [], None, None)
            ast.fix_missing_locations(node)
        assert isinstance(node, ast.FunctionDef)
        node.name, node.decorator_list = name, []
        return ast.unparse(node)


def _unwrapped(value: Any) -> Any:
    """What a wrapper such as `jax.jit` wraps, but no function with a derivative rule."""
    while not isinstance(value, _RULES) and hasattr(value, "__wrapped__"):
        value = value.__wrapped__
    return value


def _public(value: Any, name: str) -> str | None:
    """How something is imported from JAX or the standard library; None if it is not."""
    if value is None or isinstance(value, bool | int | str | np.ndarray | jax.Array | tuple | list):
        return None
    for path in _PUBLIC:
        module = importlib.import_module(path)
        for known in {name, getattr(value, "__name__", name)}:
            if _unwrapped(getattr(module, known, None)) is value:
                return f"from {path} import {known}" + (f" as {name}" if name != known else "")
    return None


def _node(function: types.FunctionType) -> ast.FunctionDef | ast.Lambda:
    """A function's own part of its file's or its cell's syntax tree, without annotations."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        try:
            lines = inspect.getsource(function).splitlines(keepends=True)
        except (OSError, TypeError):
            lines = []
    if not lines:
        raise SourceError(
            f"The source of {function.__name__!r} is not known, since it was not defined in a file "
            "or a notebook's cell: define it in one."
        )
    tree = ast.parse(textwrap.dedent("".join(lines)))
    spots = {(line, column) for line, _, column, _ in code.co_positions() if line and column}
    found: list[Any] = [node for node in ast.walk(tree) if _is_of(node, function, spots)]
    if not found:
        raise SourceError(f"The source of {function.__name__!r} has changed since it was defined.")
    # Of nested lambdas the innermost that holds all of the code.
    node = min(found, key=lambda node: (node.end_lineno or 0) - node.lineno + len(ast.dump(node)))
    bare: ast.FunctionDef | ast.Lambda = _Bare().visit(node)
    return bare


def _is_of(node: ast.AST, function: types.FunctionType, spots: set[tuple[int, int]]) -> bool:
    first = function.__code__.co_firstlineno
    if function.__name__ == "<lambda>":
        if not isinstance(node, ast.Lambda) or node.lineno > first:
            return False
        body = node.body
        start = (body.lineno, body.col_offset)
        end = (body.end_lineno or 0, body.end_col_offset or 0)
        return all(start <= spot <= end for spot in spots)
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        return False
    return first in (node.lineno, *(decorator.lineno for decorator in node.decorator_list))


class _Bare(ast.NodeTransformer):
    """Without annotations and docstrings, whose names a script would have to import."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return None if node.value is None else ast.Assign([node.target], node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            node.body = node.body[1:]
        self.generic_visit(node)
        return node


class _Renamed(ast.NodeTransformer):
    """With other names for what comes from outside of the function."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node


def _free_values(function: types.FunctionType, node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What a function takes from around it, by name, in the order of use."""
    code = function.__code__
    closure: dict[str, Any] = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_stored(n)}
    own |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    own |= {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}
    for name in dict.fromkeys(names):
        if name in closure:
            try:
                yield name, closure[name].cell_contents
            except ValueError:
                raise SourceError(f"{name!r} has no value yet where it is used.") from None
        elif name in own:
            continue
        elif name in function.__globals__:
            yield name, function.__globals__[name]
        elif not hasattr(builtins, name):
            raise SourceError(f"{name!r}, which {function.__name__!r} uses, is not defined.")


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
