"""Special functions that JAX itself writes as programs of simpler primitives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _composed(name: str) -> Callable[..., Callable[..., Any]]:
    def expansion(*avals: Any) -> Callable[..., Any]:
        from jax._src.lax import special

        implementation = getattr(special, f"{name}_impl")
        if name.startswith("bessel"):
            return lambda x: implementation(x)
        dtype = avals[0].dtype
        return lambda *args: implementation(*args, dtype=dtype)

    return expansion


EXPANSIONS: dict[str, Callable[..., Callable[..., Any]]] = {
    name: _composed(name)
    for name in (
        "bessel_i0e",
        "igamma",
        "igamma_grad_a",
        "igammac",
        "random_gamma_grad",
        "regularized_incomplete_beta",
    )
}
"""Primitives that are programs of others: what makes the JAX function that each stands for."""
