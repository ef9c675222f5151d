"""Who finds which fault, and who accuses the innocent: against `jax.test_util.check_grads`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from benchmarks._table import Table
from gradwidget.inspection import GradientReport, check_gradient
from tests.inspection.check.faults import FAULTS, Fault
from tests.inspection.check.right_functions import RIGHT


class Verdict(NamedTuple):
    """What a tool says, and how long it took.

    Arguments:
        accuses: whether it calls the derivatives wrong.
        seconds: of one call, compilations included.
    """

    accuses: bool
    seconds: float


def run() -> Iterator[Table]:
    """Both tools once over the planted faults and the right functions of the tests, cold."""
    rows: list[tuple[object, ...]] = []
    for fault in FAULTS:
        report, ours = _ours(fault)
        theirs = _theirs(fault)
        rows.append(
            (
                fault.name,
                "named" if _is_named(fault, report) else "found" if ours.accuses else "-",
                "found" if theirs.accuses else "-",
                *_times(ours, theirs),
            )
        )
    yield _table("Planted faults", rows, "named: with its cause. -: not noticed.")

    rows = []
    for right in RIGHT:
        _, ours = _ours(right)
        theirs = _theirs(right)
        rows.append(
            (
                right.name,
                "ACCUSED" if ours.accuses else "-",
                "ACCUSED" if theirs.accuses else "-",
                *_times(ours, theirs),
            )
        )
    yield _table("Right functions", rows, "-: not accused, as it should be.")


def _table(title: str, rows: list[tuple[object, ...]], note: str) -> Table:
    """The rows, and one that counts what was said and sums the times."""
    said = [sum(row[column] != "-" for row in rows) for column in (1, 2)]
    ours, theirs = (sum(float(str(row[column])) for row in rows) for column in (3, 4))
    total = (f"in all ({len(rows)})", *said, ours, theirs, ours / theirs)
    return Table(
        f"{title}: check_gradient against jax.test_util.check_grads",
        ("function", "check_gradient", "check_grads", "s", "s", "ratio of times"),
        [*rows, total],
        note=f"{note} check_grads: float64, order 2, both modes (reverse only for custom_vjp), its "
        "own tolerances, at the point only. check_gradient: also float32, jit, vmap and 8 more "
        "points, at its defaults.",
    )


def _times(ours: Verdict, theirs: Verdict) -> tuple[float, float, float]:
    return ours.seconds, theirs.seconds, ours.seconds / theirs.seconds


def _is_named(fault: Fault, report: GradientReport) -> bool:
    return any(
        row.name == fault.row and row.outcome == "fail" and re.search(fault.says, row.cause)
        for row in report.rows
    )


def _ours(case: Any) -> tuple[GradientReport, Verdict]:
    start = time.perf_counter()
    report = check_gradient(case.fun, *case.args, **case.options)
    return report, Verdict(not report.ok, time.perf_counter() - start)


def _theirs(case: Any) -> Verdict:
    """What `check_grads` says of the function of its floating-point arguments."""
    with jax.enable_x64(True):
        is_floating = [_is_floating(arg) for arg in case.args]
        floating = [
            jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), arg)
            for arg, is_on in zip(case.args, is_floating, strict=True)
            if is_on
        ]
        keywords = {k: v for k, v in case.options.items() if k != "residual"}

        def fun(*values: Any) -> Any:
            rest = iter(values)
            args = [
                next(rest) if is_on else arg
                for arg, is_on in zip(case.args, is_floating, strict=True)
            ]
            return case.fun(*args, **keywords)

        start = time.perf_counter()
        try:
            _check(fun, floating)
        except Exception:  # it tells by raising, be it an AssertionError or JAX's own
            accuses = True
        else:
            accuses = False
        return Verdict(accuses, time.perf_counter() - start)


def _check(fun: Callable[..., Any], args: list[Any]) -> None:
    try:
        check_grads(fun, args, order=2, modes=("fwd", "rev"))
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        check_grads(fun, args, order=2, modes=("rev",))


def _is_floating(arg: Any) -> bool:
    return all(
        isinstance(leaf, float) or (np.asarray(leaf).dtype.kind == "f")
        for leaf in jax.tree.leaves(arg)
    )
