"""HMC steps per second: the widget's chain against bare scans over BlackJAX's kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm

import gradwidget as gw
from benchmarks._table import Table
from benchmarks._timing import medians
from gradwidget.sampling import Chain, Settings

P = 3.0
STEP_SIZE, NUM_INTEGRATION_STEPS = 0.3, 5
DRAWS = 10_000
DRAWS_BFGS = 500  # it takes forty times as long


def run() -> Table:
    """Draws per second in float64, one chain, p = 3, step size 0.3, five leapfrog steps."""
    power, bfgs = gw.power(), gw.power().with_solver("bfgs")
    chain = Chain(
        power.logdensity_fn,
        (P,),
        settings=Settings(STEP_SIZE, NUM_INTEGRATION_STEPS, 1.0),
    )
    # The labels, what runs, and how many draws it makes.
    calls: dict[str, tuple[Callable[[], object], int]] = {
        "bare scan, closed form": (_scan(power.true_f, DRAWS), DRAWS),
        "bare scan, f_with_gradient": (_scan(power.f_with_gradient, DRAWS), DRAWS),
        "bare scan, BFGS": (_scan(bfgs.f_with_gradient, DRAWS_BFGS), DRAWS_BFGS),
        "Chain.advance": (lambda: chain.advance(DRAWS), DRAWS),
    }
    seconds = medians({name: call for name, (call, _) in calls.items()}, rounds=9)
    speed = {name: draws / seconds[name] for name, (_, draws) in calls.items()}
    return Table(
        "HMC on the power problem",
        ("what", "draws/s", "of closed form", "of f_with_gradient"),
        [
            (
                name,
                value,
                value / speed["bare scan, closed form"],
                value / speed["bare scan, f_with_gradient"],
            )
            for name, value in speed.items()
        ],
        note="Goal for Chain.advance: at least 0.5 of the closed form, 0.9 of f_with_gradient.",
    )


def _scan(f: Callable[..., Any] | None, draws: int) -> Callable[[], object]:
    """A function that makes `draws` draws with nothing around BlackJAX's kernel."""
    import blackjax

    assert f is not None

    @jax.jit
    def scan(key: Any, p: Any) -> Any:
        hmc = blackjax.hmc(
            lambda x: norm.logpdf(x) + norm.logpdf(f(x, p)),
            step_size=STEP_SIZE,
            inverse_mass_matrix=jnp.ones(1),
            num_integration_steps=NUM_INTEGRATION_STEPS,
        )

        def step(carry: Any, _: None) -> Any:
            key, state = carry
            key, step_key = jax.random.split(key)
            state, info = hmc.step(step_key, state)
            return (key, state), (state.position, info.acceptance_rate, info.is_divergent)

        return jax.lax.scan(step, (key, hmc.init(jnp.asarray(1.0))), length=draws)[1]

    def call() -> object:
        with jax.enable_x64(True):
            return jax.block_until_ready(scan(jax.random.key(0), jnp.asarray(P)))

    return call
