"""`check_gradient`: is the derivative of this function right, and if not, why?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..._context import computing
from ._arguments import Arguments, argument_names, cast, floating_argnums
from ._causes import explain_exception, message_of
from ._jobs import Budget
from ._measured import Check, Settings
from ._programs import Subject, draw_cotangents, floating_leaves
from ._report import CheckRow, GradientReport, Outcome
from ._rows import check_float32, check_float64


def check_gradient(
    fun: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    reference: Callable[..., Any] | None = None,
    residual: Callable[..., Any] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    num_points: int = 8,
    seed: int = 0,
    **kwargs: Any,
) -> GradientReport:
    """Checks the derivatives of a JAX function, whatever custom rules are inside of it.

    Forward mode, reverse mode and finite differences are held against each other, for first and
    second derivatives, with respect to every floating-point argument, in float64 and float32,
    under `jax.jit` and `jax.vmap`, at the given point and at random points around it. What is
    wrong is told with its cause.

        >>> gradwidget.check_gradient(my_function, x, data).raise_if_wrong()

    Finite differences are of Richardson's kind, in float64, with an estimate of their own error:
    where they cannot tell (a kink, noise, a function without values nearby), the row says
    "cannot be judged" and accuses nobody.

    **Arguments:**

    - `fun`: the function. Arguments and results are any pytrees; results other than one number
      are contracted with random cotangents.
    - `*args`: the point at which to check, as `fun` takes it. Integers, strings and so on are
      passed on as they are. Arguments with more than 64 elements are checked along random
      directions.
    - `argnums`: the position or positions of the arguments to differentiate; by default all
      that hold a floating-point number.
    - `reference`: a function of the same arguments that is known to be right; its derivatives
      (by JAX) then serve as the truth where finite differences cannot tell, and the values of
      the two functions are compared.
    - `residual`: `residual(*args, **kwargs)` is the optimality residual of an inner problem that
      `fun` solves, an array or a pytree of arrays that is 0 at the solution.
    - `rtol`: the relative error allowed; by default 1e-5 in float64 and 1e-3 in float32.
    - `atol`: the absolute error allowed, in units of the derivative; by default 0. The finite
      differences' own error is always allowed for.
    - `num_points`: how many random points around the given one, within 10 % of every number.
    - `seed`: of the random points, directions and cotangents; same seed, same report.
    - `**kwargs`: passed on to `fun`, `reference` and `residual`, and not differentiated.

    **Returns:** a `GradientReport`: `.ok`, `.rows`, `.raise_if_wrong()`; readable as text, and a
    table in a notebook.

    **Raises:** whatever `fun` raises at the given point in both precisions; `TypeError` if there
    is nothing to differentiate; `ValueError` for a bad option.
    """
    if num_points < 0:
        raise ValueError(f"num_points must not be negative, but is {num_points}.")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance is not None and not tolerance >= 0:
            raise ValueError(f"{name} must not be negative, but is {tolerance}.")
    chosen = _normalised(argnums, fun, args)
    outputs, failures = _plain_outputs(fun, Arguments(fun, args, chosen), kwargs)
    cotangents = draw_cotangents(next(iter(outputs.values())), np.random.default_rng([seed, 0]))

    def subject_of(function: Callable[..., Any], arguments: Arguments, dtype: str) -> Subject:
        return Subject.of(function, arguments, kwargs, cotangents, dtype)

    first_dtype = next(iter(outputs))
    chosen, rows = _without_static(
        fun, args, chosen, argnums is not None, lambda a: subject_of(fun, a, first_dtype)
    )
    rows += [
        CheckRow(
            "argument",
            "",
            0,
            dtype,
            Outcome.UNJUDGED,
            cause=f"The function itself does not run in {dtype}: {message_of(failure)}",
        )
        for dtype, failure in failures.items()
    ]
    if chosen:
        arguments = Arguments(fun, args, chosen)
        settings = Settings(rtol, atol, Budget(num_points), seed)
        checks = {
            dtype: Check(
                subject=subject_of(fun, arguments, dtype),
                plain=plain,
                reference=subject_of(reference, arguments, dtype) if reference else None,
                residual=residual and _residual_of(residual, arguments, kwargs, dtype),
                settings=settings,
            )
            for dtype, plain in outputs.items()
        }
        measured = None
        if "float64" in checks:
            more, measured = check_float64(checks["float64"])
            rows += more
        if "float32" in checks:
            rows += check_float32(checks["float32"], measured)
    function = getattr(fun, "__name__", type(fun).__name__)
    return GradientReport(function, _where(fun, args, chosen, num_points, seed), tuple(rows))


def _normalised(
    argnums: int | Sequence[int] | None, fun: Callable[..., Any], args: Sequence[Any]
) -> tuple[int, ...]:
    floating = floating_argnums(args)
    if argnums is None:
        if not floating:
            raise TypeError(
                "There is nothing to differentiate: no argument holds a floating-point number. "
                "Write 3.0 instead of 3."
            )
        return floating
    wanted = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    names = argument_names(fun, len(args))
    for number in wanted:
        if not -len(args) <= number < len(args):
            raise ValueError(
                f"argnums names argument {number}, but there are {len(args)} arguments."
            )
    wanted = tuple(dict.fromkeys(number % len(args) for number in wanted))
    for number in wanted:
        if number not in floating:
            raise TypeError(
                f"Argument {number} ({names[number]}) holds no floating-point number, so there is "
                "nothing to differentiate. Write 3.0 instead of 3."
            )
    if not wanted:
        raise ValueError("argnums is empty.")
    return wanted


def _plain_outputs(
    fun: Callable[..., Any], arguments: Arguments, kwargs: dict[str, Any]
) -> tuple[dict[str, list[Any]], dict[str, Exception]]:
    """The floating-point results of a plain call in each precision, or why there are none."""
    outputs: dict[str, list[Any]] = {}
    failures: dict[str, Exception] = {}
    for dtype in ("float64", "float32"):
        with computing(dtype):
            try:
                out = fun(*arguments.plain(dtype), **cast(kwargs, dtype))
            except Exception as error:
                failures[dtype] = error
                continue
            outputs[dtype] = [np.asarray(leaf) for leaf in floating_leaves(out)]
    if not outputs:
        raise failures["float64"]
    if not next(iter(outputs.values())):
        kinds = sorted({type(leaf).__name__ for leaf in jax.tree.leaves(out)})
        raise TypeError(
            "There is nothing to differentiate: the function returns no real floating-point "
            f"number, but {', '.join(kinds) or 'nothing'}."
        )
    return outputs, failures


def _without_static(
    fun: Callable[..., Any],
    args: Sequence[Any],
    argnums: tuple[int, ...],
    is_explicit: bool,
    subject_of: Callable[[Arguments], Subject],
) -> tuple[tuple[int, ...], list[CheckRow]]:
    """The arguments that can be differentiated at all, and a row for each that cannot.

    `jax.jit`'s `static_argnums` and the `nondiff_argnums` of `custom_vjp` take plain values only.
    """

    def error_of(chosen: tuple[int, ...]) -> Exception | None:
        subject = subject_of(Arguments(fun, args, chosen))
        z = subject.arguments.z
        if subject.jaxpr is not None:
            return None
        if subject.reverse_program.works(z, z) or subject.forward_program.works(z, z):
            return None
        return subject.reverse_program.error

    if len(argnums) == 1 or error_of(argnums) is None:
        return argnums, []
    errors = {number: error_of((number,)) for number in argnums}
    if all(errors.values()):
        return argnums, []
    names = argument_names(fun, len(args))
    rows = [
        CheckRow(
            "argument",
            names[number],
            1,
            "float64",
            Outcome.FAIL if is_explicit else Outcome.NOT_APPLICABLE,
            cause=f"The function takes only a plain value here: {message_of(error)}",
            what_to_do=explain_exception(error) if is_explicit else "",
        )
        for number, error in errors.items()
        if error is not None
    ]
    return tuple(number for number, error in errors.items() if error is None), rows


def _residual_of(
    residual: Callable[..., Any], arguments: Arguments, kwargs: dict[str, Any], dtype: str
) -> Callable[[Any], Any]:
    """The largest element of the residual, as a function of the vector of numbers."""
    import jax.numpy as jnp

    def largest(z: Any) -> Any:
        out = residual(*arguments.rebuild(arguments.leaf_values(z), dtype), **cast(kwargs, dtype))
        return jnp.stack([jnp.max(jnp.abs(leaf)) for leaf in floating_leaves(out)]).max()

    return largest


def _where(
    fun: Callable[..., Any],
    args: Sequence[Any],
    argnums: Sequence[int],
    num_points: int,
    seed: int,
) -> str:
    names = argument_names(fun, len(args))
    places = []
    for number in argnums:
        leaves = jax.tree.leaves(args[number])
        if len(leaves) == 1 and np.size(leaves[0]) == 1:
            places.append(f"{names[number]} = {float(np.ravel(leaves[0])[0]):.6g}")
        else:
            shapes = [str(np.shape(leaf)) for leaf in leaves[:3]]
            places.append(
                f"{names[number]} of shape " + ", ".join(shapes + ["..."][: len(leaves) > 3])
            )
    around = (
        f" and {num_points} random points within 10 % of it (seed {seed})" if num_points else ""
    )
    return f"At {'; '.join(places)}{around}."
