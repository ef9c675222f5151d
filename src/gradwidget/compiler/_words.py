"""Python functions that write sentences, as JavaScript functions that write the same.

Which sentence is right, and to how many digits a number is told, is decided in one place, in
Python. What is translated is a small part of the language: branches, comparisons, f-strings,
records and lists, over numbers and vectors. Anything else is refused when the module is made.
"""

from __future__ import annotations

import ast
import inspect
import json
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import cache
from importlib.resources import files
from types import FunctionType
from typing import Any, TypeGuard

import numpy as np

# Functions of numbers, or of (nested) lists of them, which in the page stand for arrays.
_NUMBERS: dict[str, str] = {
    "float": "{0}",
    "int": "Math.trunc({0})",
    "len": "{0}.length",
    "abs": "Math.abs({0})",
    "max": "Math.max({all})",
    "min": "Math.min({all})",
    "tuple": "{0}",
    "math.isinf": "(Math.abs({0})===Infinity)",
    "math.isnan": "Number.isNaN({0})",
    "math.isfinite": "Number.isFinite({0})",
    "math.floor": "Math.floor({0})",
    "math.log10": "Math.log10({0})",
    "np.ndim": "Number(Array.isArray({0}))",
    "np.asarray": "{0}",
    "np.all": "ravel({0}).every(Boolean)",
    "np.max": "Math.max(...ravel({0}))",
    "np.abs": "each({0},Math.abs)",
    "np.isfinite": "each({0},Number.isFinite)",
    "np.ravel": "ravel({0})",
    "np.argmax": "argmax({0})",
    "np.finfo": "FINFO[{0}]",
}
_METHODS = {
    "replace": "replaceAll", "upper": "toUpperCase", "append": "push",
}  # fmt: skip
_OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Eq: "===", ast.NotEq: "!==",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.And: "&&", ast.Or: "||",
    ast.USub: "-", ast.Not: "!", ast.Is: "===", ast.IsNot: "!==",
}  # fmt: skip


class UntranslatableError(ValueError):
    """A function uses more of Python than is translated; tells the line."""


def words_text(
    function: Callable[..., Any],
    *,
    codes: Iterable[type[IntEnum]],
    given: Iterable[str] = (),
) -> str:
    """The text of a JavaScript function of the same name, which returns the same sentences.

    The functions of this package that it calls are translated with it.

    **Arguments:**

    - `function`: of numbers, strings and records. A record is an object with fields; a NamedTuple
        that it makes is one, too.
    - `codes`: classes of integer codes whose `str()` is a sentence. A name that a value has been
        given as `Code(...)`, or an argument annotated so, is known to be such a code; so is a field
        that is called like the class, in small letters.
    - `given`: names of JavaScript functions that take the place of Python's.

    **Raises:** `UntranslatableError` for anything that has no translation here.
    """
    enums = {enum.__name__: enum for enum in codes}
    tables = {
        name: {int(code): [code.name, str(code)] for code in enum} for name, enum in enums.items()
    }
    lines = [
        _formatter(),
        f"const CODES={json.dumps(tables, ensure_ascii=False, separators=(',', ':'))};",
        f"const FINFO={json.dumps({d: {'eps': float(np.finfo(d).eps)} for d in _DTYPES})};",
    ]
    waiting, done = [function], set(given)
    while waiting:
        one = waiting.pop()
        if one.__name__ not in done:
            done.add(one.__name__)
            made = _Function(one, enums, set(given))
            lines.append(made.text())
            waiting += made.called
    return "\n".join(lines) + "\n"


_DTYPES = ("float64", "float32")


def _is_ours(value: Any) -> TypeGuard[Callable[..., Any]]:
    """Whether this is a function of this package."""
    package = __name__.partition(".")[0]
    return isinstance(value, FunctionType) and value.__module__.partition(".")[0] == package


@cache
def _formatter() -> str:
    """How Python writes numbers, in JavaScript."""
    return files(__package__).joinpath("_format.js").read_text(encoding="utf-8").strip()


class _Function:
    """One function on its way."""

    def __init__(
        self, function: Callable[..., Any], enums: Mapping[str, type[IntEnum]], given: set[str]
    ) -> None:
        lines, first = inspect.getsourcelines(function)
        self._where = f"{inspect.getsourcefile(function)}:{first}"
        (self._tree,) = ast.parse(textwrap.dedent("".join(lines))).body
        self._globals = function.__globals__
        self._enums, self._given = enums, given
        #: The functions of this package that it calls.
        self.called: list[Callable[..., Any]] = []
        self._local: set[str] = set()
        self._coded: dict[str, str] = {name.lower(): name for name in enums}

    def text(self) -> str:
        tree = self._tree
        if not isinstance(tree, ast.FunctionDef):
            raise self._refused(tree)
        arguments = [*tree.args.args, *tree.args.kwonlyargs]
        defaults = dict(
            zip([a.arg for a in tree.args.args][::-1], tree.args.defaults[::-1], strict=False)
        )
        taken = []
        for argument in arguments:
            self._local.add(argument.arg)
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id in self._enums:
                self._coded[argument.arg] = argument.annotation.id
            default = defaults.get(argument.arg)
            taken.append(argument.arg if default is None else f"{argument.arg}={self._e(default)}")
        body = self._block(tree.body)
        variables = sorted(self._local - {a.arg for a in arguments})
        declared = f"let {','.join(variables)};" if variables else ""
        return f"function {tree.name}({','.join(taken)}){{{declared}{body}}}"

    def _refused(self, node: ast.AST) -> UntranslatableError:
        return UntranslatableError(
            f"{self._where}, line {getattr(node, 'lineno', 0)} of the function: "
            f"{type(node).__name__} `{ast.unparse(node)[:80]}` is not translated to JavaScript."
        )

    # -- statements ---------------------------------------------------------------------------

    def _block(self, body: Iterable[ast.stmt]) -> str:
        return "".join(self._statement(one) for one in body)

    def _statement(self, node: ast.stmt) -> str:
        match node:
            case ast.Expr(ast.Constant(str())) | ast.Assert():
                return ""
            case ast.Expr(value):
                return f"{self._e(value)};"
            case ast.Return(value):
                return f"return {self._e(value) if value else 'null'};"
            case ast.If(test, body, orelse):
                other = f"else{{{self._block(orelse)}}}" if orelse else ""
                return f"if({self._e(test)}){{{self._block(body)}}}{other}"
            case ast.Assign([target], value):
                return f"{self._target(target, value)}={self._e(value)};"
            case ast.AnnAssign(ast.Name() as target, _, ast.expr() as value):
                return f"{self._target(target, value)}={self._e(value)};"
            case ast.AugAssign(ast.Name(name), ast.Add(), value):
                return f"{name}={name}.concat({self._e(value)});"
            case ast.For(ast.Name() as target, source, body, []):
                name = self._target(target, source)
                return f"for({name} of {self._e(source)}){{{self._block(body)}}}"
            case ast.Match(subject, cases):
                return self._match(self._e(subject), cases)
        raise self._refused(node)

    def _target(self, target: ast.expr, value: ast.expr) -> str:
        match target, value:
            case ast.Tuple(parts), _:
                values = value.elts if isinstance(value, ast.Tuple) else [value] * len(parts)
                names = [self._target(*pair) for pair in zip(parts, values, strict=True)]
                return f"[{','.join(names)}]"
            case ast.Name(name), ast.Call(ast.Name(called)) if called in self._enums:
                self._coded[name] = called
                self._local.add(name)
                return name
            case ast.Name(name), _:
                self._local.add(name)
                return name
        raise self._refused(target)

    def _match(self, subject: str, cases: list[ast.match_case]) -> str:
        texts = []
        for case in cases:
            match case.pattern:
                case ast.MatchValue(value) if case.guard is None:
                    texts.append(f"if({subject}==={self._e(value)}){{{self._block(case.body)}}}")
                case _:
                    raise self._refused(case.pattern)
        return "else ".join(texts)

    # -- expressions --------------------------------------------------------------------------

    def _e(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value):
                return self._constant(value)
            case ast.Name(name):
                return self._name(node, name)
            case ast.Attribute(value, name):
                return self._attribute(node, value, name)
            case ast.JoinedStr(parts):
                return f"({'+'.join(['``', *map(self._part, parts)])})"
            case ast.BinOp(ast.Constant(str() as text), ast.Mult(), count):
                return f"{json.dumps(text)}.repeat({self._e(count)})"
            case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
                return f"({self._e(left)}{_OPERATORS[type(op)]}{self._e(right)})"
            case ast.UnaryOp(op, operand) if type(op) in _OPERATORS:
                return f"({_OPERATORS[type(op)]}{self._e(operand)})"
            case ast.BoolOp(op, values):
                return f"({_OPERATORS[type(op)].join(map(self._e, values))})"
            case ast.Compare(left, [ast.In() | ast.NotIn() as op], [ast.Tuple(among)]):
                found = f"[{','.join(map(self._e, among))}].includes({self._e(left)})"
                return found if isinstance(op, ast.In) else f"!{found}"
            case ast.Compare(left, [op], [right]) if type(op) in _OPERATORS:
                return f"({self._e(left)}{_OPERATORS[type(op)]}{self._e(right)})"
            case ast.IfExp(test, body, orelse):
                return f"({self._e(test)}?{self._e(body)}:{self._e(orelse)})"
            case ast.List(items) | ast.Tuple(items):
                return f"[{','.join(map(self._e, items))}]"
            case ast.Starred(value):
                return f"...{self._e(value)}"
            case ast.Dict(keys, values) if all(keys):
                pairs = zip(keys, values, strict=True)
                return f"({{{','.join(f'[{self._e(k)}]:{self._e(v)}' for k, v in pairs if k)}}})"
            case ast.Subscript(value, ast.Slice(low, high, None)):
                ends = (self._e(low) if low else "0", *([self._e(high)] if high else []))
                return f"{self._e(value)}.slice({','.join(ends)})"
            case ast.Subscript(value, ast.UnaryOp(ast.USub(), ast.Constant(int() as back))):
                return f"{self._e(value)}.at(-{back})"
            case ast.Subscript(value, index):
                return f"{self._e(value)}[{self._e(index)}]"
            case ast.ListComp(
                element, [ast.comprehension(target, source, [], 0)]
            ) | ast.GeneratorExp(element, [ast.comprehension(target, source, [], 0)]):
                outer = set(self._local)
                name = self._target(target, source)
                text = f"{self._e(source)}.map(({name})=>{self._e(element)})"
                self._local = outer
                return text
            case ast.Call():
                return self._call(node)
        raise self._refused(node)

    def _constant(self, value: Any) -> str:
        if value is None or isinstance(value, bool | int | float | str):
            return json.dumps(value, ensure_ascii=False)
        raise UntranslatableError(f"{self._where}: the constant {value!r} is not translated.")

    def _name(self, node: ast.expr, name: str) -> str:
        if name in self._local or name in self._given:
            return name
        value = self._globals.get(name)
        if isinstance(value, int | float | str):
            return self._constant(value)
        raise self._refused(node)

    def _attribute(self, node: ast.expr, value: ast.expr, name: str) -> str:
        whole = ast.unparse(node)
        if isinstance(value, ast.Name) and value.id in self._enums:
            return str(int(self._enums[value.id][name]))
        if whole in ("math.nan", "math.inf"):
            return "NaN" if math.isnan(getattr(math, name)) else "Infinity"
        if name == "name" and (code := self._code(value)):
            return f"CODES.{code}[{self._e(value)}][0]"
        if name == "ndim":
            return _NUMBERS["np.ndim"].format(self._e(value))
        return f"{self._e(value)}.{name}"

    def _code(self, node: ast.expr) -> str | None:
        """The class of codes that an expression is known to belong to."""
        match node:
            case ast.Name(name) | ast.Attribute(_, name):
                return self._coded.get(name)
        return None

    def _part(self, node: ast.expr) -> str:
        """A piece of an f-string."""
        match node:
            case ast.FormattedValue(value, -1, None):
                code = self._code(value)
                return f"CODES.{code}[{self._e(value)}][1]" if code else f"plain({self._e(value)})"
            case ast.FormattedValue(value, -1, ast.JoinedStr(spec)):
                return f"format({self._e(value)},{'+'.join(map(self._part, spec))})"
        return self._e(node)

    def _call(self, node: ast.Call) -> str:
        name = ast.unparse(node.func)
        if name in self._enums:
            return self._e(node.args[0])
        if name == "str" and (code := self._code(node.args[0])):
            return f"CODES.{code}[{self._e(node.args[0])}][1]"
        arguments = list(map(self._e, node.args))
        if name in _NUMBERS and not node.keywords:
            return _NUMBERS[name].format(*arguments, all=",".join(arguments))
        known = self._globals.get(name)
        if not node.keywords:
            call = f"{name}({','.join(arguments)})"
            if name in self._given:
                return call
            if _is_ours(known):
                self.called.append(known)
                return call
        record = known
        if isinstance(record, type) and hasattr(record, "_fields"):
            fields = dict(zip(record._fields, arguments, strict=False))
            fields |= {k.arg: self._e(k.value) for k in node.keywords if k.arg}
            return f"({{{','.join(f'{field}:{text}' for field, text in fields.items())}}})"
        if name == "range" and len(arguments) == 1:
            return f"[...Array({arguments[0]}).keys()]"
        if name == "re.sub" and all(isinstance(a, ast.Constant) for a in node.args[:2]):
            pattern, new = (str(a.value) for a in node.args[:2] if isinstance(a, ast.Constant))
            return f"{arguments[2]}.replace(/{pattern}/g,{json.dumps(new, ensure_ascii=False)})"
        match node.func:
            case ast.Attribute(value, "join"):
                return f"{arguments[0]}.join({self._e(value)})"
            case ast.Attribute(value, "get"):
                return f"({self._e(value)}[{arguments[0]}]??null)"
            case ast.Attribute(value, method) if method in _METHODS and not node.keywords:
                return f"{self._e(value)}.{_METHODS[method]}({','.join(arguments)})"
        raise self._refused(node)
