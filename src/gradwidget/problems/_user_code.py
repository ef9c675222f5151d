"""What to say when a function of the user's does not do what JAX, or this package, needs of it."""

import sysconfig
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import errors

from .._context import computing

Function = Callable[..., Any]

_PACKAGE = str(Path(__file__).parents[1])
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")


class UserFunctionError(ValueError):
    """A function that was handed in cannot be used; the text says why, where, and what to do.

    **Attributes:**

    - `line`: the user's line, as `"file:line"`, with its text where that is known.
    """

    def __init__(self, sentence: str, line: str | None, cause: BaseException | None = None):
        self.line = line
        lines = [sentence]
        if line is not None:
            lines.append(f"  {line}")
        if cause is not None:
            said = str(cause).strip().splitlines()
            lines.append(f"  {type(cause).__name__}: {said[0] if said else ''}")
        super().__init__("\n".join(lines))

    def with_hint(self, hint: str) -> "UserFunctionError":
        """The same error with one more sentence."""
        error = UserFunctionError(f"{self}\n  {hint}", None)
        error.line = self.line
        return error


def guarded(function: Function, what: str) -> Function:
    """`function`, whose exceptions become a [`UserFunctionError`][] with the line they come from.

    **Arguments:**

    - `function`: the user's.
    - `what`: what it is called in messages, such as "h".
    """

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except UserFunctionError:
            raise
        except Exception as error:
            raise UserFunctionError(
                _sentence(error, what), line_of(error, function), error
            ) from error

    return call


def check_function(
    function: Function, shapes: Sequence[tuple[int, ...]], what: str, *, order: int
) -> None:
    """Trace a user's function as it will be traced later, and say what is wrong with it.

    **Arguments:**

    - `function`: takes floating arrays of these shapes, all by position; [`guarded`][].
    - `shapes`: of its arguments.
    - `what`: what it is called in messages, such as "h".
    - `order`: how many derivatives with respect to the first argument are needed, 0 to 2.

    **Raises:** [`UserFunctionError`][].
    """
    home = _definition(function)
    # In float64, since of a NumPy array that a function sees first in float32, JAX 0.10 may keep
    # the rounded numbers for later.
    with computing("float64"):
        _check(function, shapes, what, order, home)


def _check(
    function: Function, shapes: Sequence[tuple[int, ...]], what: str, order: int, home: str | None
) -> None:
    arguments = [jax.ShapeDtypeStruct(shape, jnp.float64) for shape in shapes]
    try:
        with jax.checking_leaks():
            out = jax.eval_shape(function, *arguments)
    except UserFunctionError:
        raise
    except TypeError as error:  # what it returns is nothing that JAX knows
        raise UserFunctionError(f"{what} must return a number.", home, error) from error
    except Exception as error:
        raise UserFunctionError(_leak(what), home, error) from error
    _check_result(out, shapes[0], what, home)
    if order:
        derivative = jax.grad(function) if order == 1 else jax.jacfwd(jax.grad(function))
        try:
            jax.eval_shape(derivative, *arguments)
        except UserFunctionError:
            raise
        except Exception as error:
            sentence = (
                f"{what} cannot be differentiated by JAX. Loops of unknown length "
                "(jax.lax.while_loop) and callbacks need a derivative rule of their own, by "
                "jax.custom_jvp."
            )
            raise UserFunctionError(sentence, line_of(error, function) or home, error) from error


def _check_result(out: Any, shape: tuple[int, ...], what: str, home: str | None) -> None:
    variable = "a scalar" if not shape else f"an array of shape {shape}"
    if not isinstance(out, jax.ShapeDtypeStruct):
        kind = "nothing (is a `return` missing?)" if out is None else f"{_described(out)}"
        raise UserFunctionError(
            f"{what} must map {variable} to a scalar, but it returns {kind}.", home
        )
    if out.shape != ():
        raise UserFunctionError(
            f"{what} must map {variable} to a scalar, but it returns an array of shape "
            f"{out.shape}: sum over its components, for instance.",
            home,
        )
    if not jnp.issubdtype(out.dtype, np.floating):
        raise UserFunctionError(
            f"{what} must return a floating-point number, but it returns {out.dtype.name}, which "
            "has no derivative.",
            home,
        )


def _described(out: Any) -> str:
    leaves = jax.tree.leaves(out)
    return f"a {type(out).__name__} of {len(leaves)} arrays"


def _leak(what: str) -> str:
    return (
        f"{what} leaks a tracer: it keeps a value of its computation outside (in a list, a global "
        "or an attribute), where it means nothing. Return what is needed instead."
    )


def _sentence(error: Exception, what: str) -> str:
    if isinstance(error, errors.UnexpectedTracerError):
        return _leak(what)
    if isinstance(error, errors.TracerBoolConversionError):
        return (
            f"{what} cannot be traced by JAX: it branches on a value that is not known yet, by "
            "`if`, `while`, `and` or `or`. Use jnp.where or jax.lax.cond."
        )
    if isinstance(error, errors.TracerArrayConversionError):
        return (
            f"{what} cannot be traced by JAX: it hands a traced value to NumPy. Use the same "
            "function of jax.numpy."
        )
    if isinstance(error, errors.TracerIntegerConversionError | errors.NonConcreteBooleanIndexError):
        return (
            f"{what} cannot be traced by JAX: it needs a shape or an index that is not known yet. "
            "Use jnp.where, jnp.take or a fixed size."
        )
    if isinstance(error, errors.ConcretizationTypeError):
        return (
            f"{what} cannot be traced by JAX: it needs the number behind a traced value, as "
            "float(), int() and the functions of Python's math do. Use those of jax.numpy."
        )
    return f"{what} raised {type(error).__name__}."


def line_of(error: BaseException, function: Function) -> str | None:
    """The innermost line of the user's own in a traceback, else where `function` is defined."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_the_users(frame.filename):
            text = f": {frame.line}" if frame.line else ""
            return f"{frame.filename}:{frame.lineno}{text}"
    return _definition(function)


def _definition(function: Function) -> str | None:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    return None if code is None else f"{code.co_filename}:{code.co_firstlineno}"


def _is_the_users(filename: str) -> bool:
    is_installed = "site-packages" in filename or "dist-packages" in filename
    return not (is_installed or filename.startswith(("<frozen", _PACKAGE, _STANDARD_LIBRARY)))
