"""HMC steps per second: the widget's chain against bare scans over BlackJAX's kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jax.scipy.stats import norm

import gradwidget as gw
from benchmarks._scan import NUM_INTEGRATION_STEPS, STEP_SIZE, P, bare_scan
from benchmarks._table import Table
from benchmarks._timing import medians
from gradwidget.sampling import Chain, Settings

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
        "bare scan, closed form": (_bare(power.true_f, DRAWS), DRAWS),
        "bare scan, f_with_gradient": (_bare(power.f_with_gradient, DRAWS), DRAWS),
        "bare scan, BFGS": (_bare(bfgs.f_with_gradient, DRAWS_BFGS), DRAWS_BFGS),
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


def _bare(f: Callable[..., Any] | None, draws: int) -> Callable[[], object]:
    assert f is not None
    return bare_scan("hmc", lambda x, p: norm.logpdf(x) + norm.logpdf(f(x, p)), draws)
