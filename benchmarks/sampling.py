"""The sampler as a whole against bare scans over BlackJAX's kernels, and single questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradwidget as gw
from benchmarks._scan import NUM_INTEGRATION_STEPS, STEP_SIZE, P, bare_scan
from benchmarks._table import Table
from benchmarks._timing import medians
from gradwidget.sampling import Chain, Settings, exact_density

DRAWS = 100_000


def run() -> Iterator[Table]:
    """Draws per second of every algorithm; then milliseconds of single questions."""
    yield _throughput()
    yield _questions()


def _throughput() -> Table:
    """`GradWidget.run`, its diagnostics and progress included, and a chain alone."""
    logdensity_fn = gw.power().logdensity_fn
    calls: dict[str, Callable[[], object]] = {}
    for name in ("hmc", "nuts", "mala"):
        calls[f"bare scan, {name}"] = bare_scan(name, logdensity_fn, DRAWS)
        calls[f"GradWidget.run, {name}"] = _run(name, 1)
        calls[f"Chain.advance, {name}"] = _advance(name, logdensity_fn)
    calls["GradWidget.run, hmc, 16 chains"] = _run("hmc", 16)
    seconds = medians(calls, rounds=3)
    rows: list[tuple[object, ...]] = []
    for name, value in seconds.items():
        kind = name.split(", ", 1)[1]
        bare = seconds.get(f"bare scan, {kind}")
        rows.append((name, DRAWS / value, bare / value if bare else "-"))
    return Table(
        f"Draws per second and chain: {DRAWS:,} draws of the power problem, step size 0.3",
        ("what", "draws/s", "of the bare scan"),
        rows,
        note="Goal for HMC and NUTS: at least 0.9. The scan splits the same keys, and keeps the\n"
        "positions and acceptance rates; a chain also keeps what every draw starts from.",
    )


def _run(name: str, num_chains: int) -> Callable[[], object]:
    widget = gw.GradWidget(
        algorithm=name,
        step_size=STEP_SIZE,
        num_integration_steps=NUM_INTEGRATION_STEPS,
        num_chains=num_chains,
    )

    def call() -> object:
        widget.reset()
        widget.run(DRAWS)
        return widget.samples

    return call


def _advance(name: str, logdensity_fn: Callable[..., Any]) -> Callable[[], object]:
    settings = Settings(STEP_SIZE, NUM_INTEGRATION_STEPS, 1.0)
    chain = Chain(logdensity_fn, (P,), algorithm=name, settings=settings)

    def call() -> object:
        chain.restart()
        chain.advance(DRAWS)
        return chain.samples

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
