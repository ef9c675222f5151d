"""Translated programs: how long translation takes, how long the text is, how long a call takes.

The calls in node and the jitted JAX calls are timed in one run, in turn.
"""

from __future__ import annotations

import functools
import gzip
import json
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from benchmarks._table import Table
from gradwidget import power
from gradwidget.compiler import to_javascript

_ROUNDS = 5

# Times a call until a tenth of a second has passed, after as long a warm-up.
_TIMER = """
const args = ARGS;
function round(seconds) {
  const start = process.hrtime.bigint();
  let calls = 0;
  let passed = 0;
  while (passed < seconds) {
    for (let i = 0; i < 50; i++) fun(...args);
    calls += 50;
    passed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return passed / calls;
}
round(0.3);
process.stdout.write(String(round(0.1)));
"""


class _Program(NamedTuple):
    name: str
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    given: tuple[Any, ...]  # the same in JavaScript


def run() -> Table:
    """Each program: seconds to translate, kilobytes, and microseconds a call."""
    with jax.enable_x64(True):
        rows = [_measured(program) for program in _programs()]
    return Table(
        "Programs translated to JavaScript",
        ("program", "translation (s)", "KB", "KB gzipped", "node (us)", "jitted JAX (us)", "ratio"),
        rows,
        note="Goal: an inspection in 2 to 15 microseconds. The kernel's call includes the return "
        "of its arrays, not the trip to the page.",
    )


def _programs() -> list[_Program]:
    """What the page asks for: a point, and a step of each sampler."""
    x, p = 0.31415, 3.0
    key = jax.random.key(0)
    words = tuple(int(word) for word in jax.random.key_data(key))
    bfgs = functools.partial(_inspection, power().with_solver("bfgs"))
    return [
        _Program("inspection", functools.partial(_inspection, power()), (x, p), (x, p)),
        _Program("inspection, BFGS", bfgs, (x, p), (x, p)),
        _Program("HMC step, 5 leapfrogs", _hmc, (key, 1.0, p, 0.3, 5), (words, 1.0, p, 0.3, 5)),
        _Program("NUTS step", _nuts, (key, 1.0, p, 0.3), (words, 1.0, p, 0.3)),
        _Program(
            "HMC step, 10 dimensions",
            _hmc,
            (key, jnp.ones(10), p, 0.3, 5),
            (words, (1.0,) * 10, p, 0.3, 5),
        ),
    ]


def _inspection(problem: Any, x: Any, p: Any) -> Any:
    f = problem.f_with_gradient
    value, gradients = jax.value_and_grad(f, (0, 1))(x, p)
    return value, gradients, problem.solve(x, p), jax.value_and_grad(problem.true_f)(x, p)


def _hmc(key: Any, position: Any, p: Any, step_size: Any, num_integration_steps: Any) -> Any:
    import blackjax

    density = functools.partial(power().logdensity_fn, p=p)
    mass = jnp.ones(jnp.size(position))
    kernel = blackjax.hmc(density, step_size, mass, num_integration_steps)
    return kernel.step(key, kernel.init(position))


def _nuts(key: Any, position: Any, p: Any, step_size: Any) -> Any:
    import blackjax

    density = functools.partial(power().logdensity_fn, p=p)
    kernel = blackjax.nuts(density, step_size, jnp.ones(jnp.size(position)))
    return kernel.step(key, kernel.init(position))


def _measured(program: _Program) -> tuple[object, ...]:
    _, fun, args, given = program
    start = time.perf_counter()
    text = to_javascript(fun, *args)
    translation = time.perf_counter() - start
    script = text + _TIMER.replace("ARGS", json.dumps(given))
    jitted = jax.jit(fun)
    jax.block_until_ready(jitted(*args))
    node: list[float] = []
    kernel: list[float] = []
    for _ in range(_ROUNDS):
        node.append(_in_node(script))
        kernel.append(_in_kernel(jitted, args))
    page, jax_seconds = statistics.median(node), statistics.median(kernel)
    return (
        program.name,
        translation,
        len(text) / 1e3,
        len(gzip.compress(text.encode(), 9, mtime=0)) / 1e3,
        1e6 * page,
        1e6 * jax_seconds,
        page / jax_seconds,
    )


def _in_node(script: str) -> float:
    command = ["node", "--input-type=module"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _in_kernel(jitted: Callable[..., Any], args: tuple[Any, ...], calls: int = 300) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        jax.block_until_ready(jitted(*args))
    return (time.perf_counter() - start) / calls
