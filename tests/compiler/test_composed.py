"""Programs composed at random, against JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from tests.compiler.engines import outputs, run_in_node, translated

# Each takes two arrays of shape (n, n) and gives one, of numbers that stay of order one.
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b * 0.5,
    "difference": lambda a, b: a - b.T,
    "product": lambda a, b: jnp.tanh(a * b),
    "matmul": lambda a, b: jnp.tanh(a @ b),
    "sine": lambda a, b: jnp.sin(a) + jnp.cos(b),
    "log": lambda a, b: jnp.log1p(jnp.abs(a)) - b / (1 + b**2),
    "where": lambda a, b: jnp.where(a > b, a, -b),
    "rows": lambda a, b: a[::-1] + b[:, :1],
    "sums": lambda a, b: a.sum(0, keepdims=True) / a.shape[0] + b.max(1, keepdims=True),
    "cumulative": lambda a, b: jnp.tanh(jnp.cumsum(a, 0) + lax.cummax(b, 1)),
    "sort": lambda a, b: jnp.sort(a, 0) + jnp.roll(b, 1, 1),
    "gather": lambda a, b: a[jnp.argsort(b[0])],
    "scatter": lambda a, b: a.at[jnp.argmax(b[:, 0])].add(0.5),
    "update": lambda a, b: lax.dynamic_update_slice(a, b[:1], (jnp.argmin(a[:, 0]), 0)),
    "shape": lambda a, b: jnp.concatenate([a.ravel()[1:], b.ravel()[:1]]).reshape(a.shape),
    "while": lambda a, b: lax.while_loop(
        lambda c: jnp.abs(c[0]).sum() > 1, lambda c: (c[0] * 0.7, c[1] + 0.1), (a, b)
    )[1],
    "scan": lambda a, b: lax.scan(lambda c, row: (jnp.tanh(c + row), c * 0.5), b[0], a)[1],
    "cond": lambda a, b: lax.cond(a[0, 0] > b[0, 0], lambda: a.T, lambda: b * 0.5),
    "integers": lambda a, b: (jnp.floor(a * 8).astype(int) // 3 % 5 + (b > 0)) / 4.0,
    "bits": lambda a, b: (
        (lax.bitcast_convert_type(a, jnp.int64 if a.dtype == jnp.float64 else jnp.int32) % 1000)
        / 1000.0
        * jnp.sign(b)
    ),
    "grad": lambda a, b: jnp.tanh(jax.grad(lambda x: jnp.sum(jnp.sin(x) * b @ x))(a)),
    "vmap": lambda a, b: jax.vmap(lambda x, y: jnp.outer(x, y).sum(0) / x.size)(a, b),
    "shared": lambda a, b: _shared(a, b),
}


@jax.jit
def _shared(a: Any, b: Any) -> Any:
    for _ in range(5):
        a, b = jnp.sin(b) + 0.1, jnp.cos(a) * b
    return a + b


def composed(names: list[tuple[str, int, int]]) -> Callable[[Any, Any], Any]:
    """A program of these steps, each of which takes two of the arrays made before it."""

    def program(a: Any, b: Any) -> Any:
        made = [a, b]
        for name, first, second in names:
            result = STEPS[name](made[first % len(made)], made[second % len(made)])
            made.append(result.astype(a.dtype))
        return made[2:]

    return program


# The order of sums decides the last digits, and those decide what a bit is: there is slack only
# where values are continuous, so that what cuts takes its operands from the start.
CUTTING = {"bits", "integers"}

steps = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)).map(
    lambda step: (step[0], step[1] % 2, step[2] % 2) if step[0] in CUTTING else step
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=1, max_size=8), st.sampled_from([1, 2, 4]), st.integers(0, 99))
def test_a_random_program(names, n, seed):
    rng = np.random.default_rng(seed)
    with jax.enable_x64(True):
        a, b = rng.standard_normal((2, n, n))
        program = composed(names)
        (results,) = run_in_node([translated(program, (a, b))])
        ((expected, found),) = outputs(program, results, [(a, b)])

    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)
