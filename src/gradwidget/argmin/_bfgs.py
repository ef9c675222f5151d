"""The tutorial's solver, unchanged, so that its faults can be seen."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.scipy.optimize import minimize

from ._rule import Function
from ._status import Solution


def bfgs(h: Function) -> Callable[..., tuple[Array, Solution]]:
    """`solve(x, *params)` by `jax.scipy.optimize.minimize(method="BFGS")` from `zeros((1,))`.

    **Arguments:**

    - `h`: maps y of any shape and the parameters to an array of y's shape, or to a scalar.

    **Returns:** a function that maps x and the parameters to `(value, solution)`: -min_y [h(y) -
    x y] as BFGS reports it, and a [`Solution`][] whose residual is |h'(y) - x|.
    With an x of shape (d,) the start of shape (1,) is broadcast: one y is shared by all
    components, without an error, which is how the tutorial's code behaves.

    **Source:** the worked example on custom gradients in BlackJAX's documentation.
    """

    def solve(x: Array, *params: Array) -> tuple[Array, Solution]:
        def g(y: Array) -> Array:
            return jnp.sum(h(y, *params) - x * y)

        result = minimize(g, jnp.zeros((1,), dtype=jnp.result_type(x)), method="BFGS")
        return -result.fun, _solution(result, result.x[0], result.jac[0])

    return solve


def vector_bfgs(
    g: Function, start: Array | None, shape: tuple[int, ...]
) -> Callable[..., Solution]:
    """`solve(*theta)`, min_y g(y, *theta), by `jax.scipy.optimize.minimize(method="BFGS")`.

    **Arguments:**

    - `g`: maps y and `theta` to a scalar.
    - `start`: where it starts; zeros by default.
    - `shape`: of y, () or (k,).

    **Returns:** a function to a [`Solution`][] with an argmin of that shape and scalars.
    """

    def solve(*theta: Array) -> Solution:
        dtype = jnp.result_type(theta[0])
        y = jnp.zeros(shape, dtype) if start is None else jnp.asarray(start, dtype)
        result = minimize(lambda y: g(y.reshape(shape), *theta), y.reshape(-1), method="BFGS")
        return _solution(result, result.x.reshape(shape), jnp.max(jnp.abs(result.jac)))

    return solve


def _solution(result: Any, argmin: Array, slope: Array) -> Solution:
    return Solution(
        argmin=argmin,
        residual=jnp.abs(slope),
        num_steps=jnp.asarray(result.nit, jnp.int32),
        status=jnp.asarray(result.status, jnp.int32),
    )
