"""What everything is measured against: a `lax.scan` over BlackJAX's own kernel, nothing around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

P = 3.0
STEP_SIZE, NUM_INTEGRATION_STEPS = 0.3, 5


def bare_scan(name: str, logdensity_fn: Callable[..., Any], draws: int) -> Callable[[], object]:
    """A call that makes draws in float64, with the keys that a chain of the widget has.

    Arguments:
        name: BlackJAX's name of the algorithm.
        logdensity_fn: `(x, p) -> scalar`.
        draws: how many.

    Returns:
        The call; it gives the positions and what is told of every draw, when they are there.
    """
    import blackjax

    @jax.jit
    def scan(key: Any, p: Any) -> Any:
        more = {
            "hmc": (jnp.ones(1), NUM_INTEGRATION_STEPS),
            "nuts": (jnp.ones(1),),
            "mala": (),
        }[name]
        sampler = getattr(blackjax, name)(lambda x: logdensity_fn(x, p), STEP_SIZE, *more)

        def step(carry: Any, _: None) -> Any:
            key, state = carry
            key, step_key = jax.random.split(key)
            state, info = sampler.step(step_key, state)
            return (key, state), (state.position, info.acceptance_rate)

        return jax.lax.scan(step, (key, sampler.init(jnp.asarray(1.0))), length=draws)[1]

    def call() -> object:
        with jax.enable_x64(True):
            return jax.block_until_ready(scan(jax.random.key(0), np.asarray(P)))

    return call
