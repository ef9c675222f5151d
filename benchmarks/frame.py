"""What one change of p computes, against the same frame from the closed form, and by BFGS."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gradwidget as gw
from benchmarks._table import Table
from benchmarks._timing import medians

X = 0.31415
# The curves over the slider's range, and the error's grid, logarithmic to both sides of zero.
HALF = np.logspace(-2, 1, 240)
CURVES = np.concatenate([np.linspace(-1, 1, 241), -HALF[::-1], [0.0], HALF])


def run() -> Iterator[Table]:
    """A frame while p is dragged, then a single gradient, called from Python."""
    yield _frame()
    yield _gradient()


def _frame() -> Table:
    """Milliseconds for the point, both curves and the error, in float64, p being dragged."""
    calls = {
        "closed form alone": _closed_form(),
        "inspection, safeguarded": _inspection("safeguarded"),
        "inspection, bfgs": _inspection("bfgs"),
    }
    seconds = medians(calls, rounds=30)
    return Table(
        f"One frame: a point and {len(CURVES)} points of curves",
        ("what", "ms", "of closed form", "of bfgs"),
        [
            (
                name,
                1e3 * took,
                took / seconds["closed form alone"],
                took / seconds["inspection, bfgs"],
            )
            for name, took in seconds.items()
        ],
        note="The closed form gives value and gradient; an inspection also the argmin, the second\n"
        "derivative, df/dp, the residual and a verdict, and a finite difference at the point.",
    )


def _gradient() -> Table:
    """Microseconds of one call of the jitted gradient in x, in both precisions."""
    power = gw.power()
    rows: list[tuple[object, ...]] = []
    for dtype in ("float64", "float32"):
        with jax.enable_x64(dtype == "float64"):
            calls = {
                "closed form": _calls(power.true_f, dtype),
                "f_with_gradient, safeguarded": _calls(power.f_with_gradient, dtype),
                "f_with_gradient, bfgs": _calls(power.with_solver("bfgs").f_with_gradient, dtype),
            }
            seconds = medians(calls, rounds=50)
        rows += [
            (f"{name}, {dtype}", 1e6 * took / _CALLS, took / seconds["closed form"])
            for name, took in seconds.items()
        ]
    return Table("One gradient", ("what", "us", "of closed form"), rows)


_CALLS = 100


def _calls(function: Callable[..., Any] | None, dtype: str) -> Callable[[], object]:
    """A hundred calls, since one is as short as the clock's own noise."""
    assert function is not None
    gradient = jax.jit(jax.grad(function))
    x, p = jnp.asarray(X, dtype), jnp.asarray(3.0, dtype)

    def calls() -> object:
        for _ in range(_CALLS):
            result = gradient(x, p).block_until_ready()
        return result

    return calls


def _drag() -> Iterator[float]:
    """Values of p as a hand would give them."""
    return itertools.cycle(np.linspace(1.5, 4.5, 101).tolist())


def _inspection(solver: str) -> Callable[[], object]:
    power, ps = gw.power(), _drag()

    def call() -> object:
        p = next(ps)
        return (
            gw.inspect(power, X, p, solver=solver),
            gw.inspect_curve(power, CURVES, p, solver=solver, differences=False),
        )

    return call


def _closed_form() -> Callable[[], object]:
    true_f, ps = gw.power().true_f, _drag()
    assert true_f is not None
    everywhere = jax.jit(jax.vmap(jax.value_and_grad(true_f), (0, None)))
    xs = np.concatenate([[X], CURVES])

    def call() -> Any:
        with jax.enable_x64(True):
            return jax.device_get(everywhere(jnp.asarray(xs), jnp.asarray(next(ps))))

    return call
