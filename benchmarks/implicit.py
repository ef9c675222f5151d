"""One gradient of a minimum: by the rule, by unrolling, by optimistix, in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks._table import Table
from benchmarks._timing import medians
from gradwidget.argmin import minimum, vector_minimiser

DIMENSIONS = (1, 2, 10, 100)
STEPS, RATE = 200, 2.0  # of gradient descent, unrolled: h'' is at most 1/2

RULE, CLOSED = "rule of this package", "closed form"


def run() -> Table:
    """In float64, of the conjugate of log(1 + sum exp(y)): the negative entropy."""
    with jax.enable_x64(True):
        rows = [row for d in DIMENSIONS for row in _rows(d)]
    return Table(
        "Gradient of a minimum over d variables",
        ("d, and how", "microseconds", "of the rule's time", "relative error"),
        rows,
        note=f"Unrolled: {STEPS} steps of gradient descent, whose iterations are differentiated.",
    )


def _rows(d: int) -> list[tuple[object, ...]]:
    # Probabilities of d + 1 states, the last of which is not written.
    x = np.random.default_rng(d).dirichlet(np.full(d + 1, 10.0))[:d]
    gradients = {name: jax.jit(gradient) for name, gradient in _functions().items()}
    truth = np.asarray(gradients[CLOSED](x))
    seconds = medians({name: _call(gradient, x) for name, gradient in gradients.items()})
    return [
        (
            f"{d}, {name}",
            1e6 * seconds[name],
            seconds[name] / seconds[RULE],
            _error(gradient(x), truth),
        )
        for name, gradient in gradients.items()
    ]


def _error(found: Any, truth: Any) -> float:
    return float(np.max(np.abs(found - truth)) / np.max(np.abs(truth)))


def _call(gradient: Callable[..., Array], x: Any) -> Callable[[], object]:
    return lambda: jax.block_until_ready(gradient(x))


def _functions() -> dict[str, Callable[[Array], Array]]:
    """The gradient in each way, by name."""
    import optimistix

    def g(y: Array, x: Array) -> Array:
        return jax.nn.logsumexp(jnp.append(y, 0.0)) - x @ y

    solve = vector_minimiser(g)
    rule = minimum(g, lambda x: solve(x).located, sign=-1.0).value

    def descend(x: Array) -> Array:
        """The value at the end of a loop of known length, so that reverse mode goes through it."""

        def step(y: Array, _: None) -> tuple[Array, None]:
            return y - RATE * jax.grad(g)(y, x), None

        return -g(jax.lax.scan(step, jnp.zeros_like(x), length=STEPS)[0], x)

    def by_optimistix(x: Array) -> Array:
        found: Any = optimistix.minimise(
            g,
            optimistix.BFGS(rtol=1e-10, atol=1e-10),
            jnp.zeros_like(x),
            args=x,
            max_steps=256,
            adjoint=optimistix.ImplicitAdjoint(),
            throw=False,
        )
        return -g(found.value, x)

    def closed_form(x: Array) -> Array:
        last = 1 - jnp.sum(x)
        return jnp.sum(x * jnp.log(x)) + last * jnp.log(last)

    return {
        RULE: jax.grad(rule),
        "unrolled, reverse": jax.grad(descend),
        "unrolled, forward": jax.jacfwd(descend),
        "optimistix ImplicitAdjoint": jax.grad(by_optimistix),
        CLOSED: jax.grad(closed_form),
    }
