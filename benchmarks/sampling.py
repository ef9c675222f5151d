"""The sampler beside HMC's speed: NUTS and MALA against bare scans, and what a frame asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gradwidget as gw
from benchmarks._table import Table
from benchmarks._timing import medians
from gradwidget.sampling import Chain, Settings, exact_density

P = 3.0
DRAWS = 10_000
STEP_SIZE = 0.3


def run() -> Iterator[Table]:
    """Draws per second of the other algorithms; then milliseconds of single questions."""
    yield _throughput()
    yield _questions()


def _throughput() -> Table:
    logdensity_fn = gw.power().logdensity_fn
    calls: dict[str, Callable[[], object]] = {}
    for name in ("nuts", "mala"):
        calls[f"bare scan, {name}"] = _scan(name, logdensity_fn)
        calls[f"Chain.advance, {name}"] = _advance(name, logdensity_fn, 1)
    calls["Chain.advance, hmc, 16 chains"] = _advance("hmc", logdensity_fn, 16)
    seconds = medians(calls, rounds=9)
    rows: list[tuple[object, ...]] = []
    for name, value in seconds.items():
        bare = seconds.get(name.replace("Chain.advance", "bare scan"))
        rows.append((name, DRAWS / value, bare / value if bare else "-"))
    return Table(
        "Draws per second and chain on the power problem, f_with_gradient",
        ("what", "draws/s", "of the bare scan"),
        rows,
        note="Goal for NUTS: at least 0.9. The bare scan splits all keys at once, a chain one\n"
        "after the other: that shows where a draw is as cheap as MALA's.",
    )


def _advance(name: str, logdensity_fn: Callable[..., Any], num_chains: int) -> Callable[[], object]:
    chain = Chain(
        logdensity_fn,
        (P,),
        algorithm=name,
        settings=Settings(STEP_SIZE, 5, 1.0),
        num_chains=num_chains,
    )

    def call() -> object:
        chain.restart()
        chain.advance(DRAWS)
        return chain.samples

    return call


def _scan(name: str, logdensity_fn: Callable[..., Any]) -> Callable[[], object]:
    import blackjax

    @jax.jit
    def scan(key: Any, p: Any) -> Any:
        mass = (jnp.ones(1),) if name == "nuts" else ()
        sampler = getattr(blackjax, name)(lambda x: logdensity_fn(x, p), STEP_SIZE, *mass)

        def step(state: Any, key: Any) -> Any:
            state, info = sampler.step(key, state)
            return state, (state.position, info.acceptance_rate)

        return jax.lax.scan(step, sampler.init(jnp.asarray(1.0)), jax.random.split(key, DRAWS))[1]

    def call() -> object:
        with jax.enable_x64(True):
            return jax.block_until_ready(scan(jax.random.key(0), np.asarray(P)))

    return call


def _questions() -> Table:
    logdensity_fn = gw.power().logdensity_fn
    chain = Chain(logdensity_fn, (P,))
    chain.advance(100_000)
    stepping = Chain(logdensity_fn, (P,))
    nuts = Chain(logdensity_fn, (P,), algorithm="nuts")
    nuts.advance(10)

    def back_and_forward() -> None:
        chain.back(1)
        chain.advance(1)

    calls: dict[str, Callable[[], object]] = {
        "one step": lambda: stepping.advance(1),
        "one step back and forward, at 100,000 draws": back_and_forward,
        "transition, HMC, 5 steps": chain.transition,
        "transition, HMC, 1,000 steps": lambda: chain.transition(Settings(0.01, 1_000, 1.0)),
        "transition, NUTS": nuts.transition,
        "exact density": lambda: exact_density(logdensity_fn, (P,)),
        "diagnostics of 100,000 draws": chain.diagnostics,
    }
    seconds = medians(calls)
    return Table(
        "Single questions, float64",
        ("what", "ms"),
        [(name, 1e3 * value) for name, value in seconds.items()],
    )
