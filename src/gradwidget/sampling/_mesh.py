"""The exact density on a mesh that is chosen ahead: for translated programs.

`exact_density` refines where it has to, which no program of fixed shapes can. This one covers all
of the mass with panels of equal length, and the neighbourhood of 0, where a density of this kind is
least smooth, with panels that halve towards it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ._density import (
    _FARTHEST,
    _GK_NODES,
    _INVISIBLE,
    _KRONROD,
    _MAX_ROUNDS,
    _NEGLIGIBLE,
    Density,
)

_SEARCH = 480
_PANELS = 40
_HALVINGS = 30
_SHOWN = 241


def density_on_mesh(logdensity: Callable[[Any], Any]) -> Density:
    """The density, its mean and its standard deviation; can be traced.

    Args:
        logdensity: of a scalar, not necessarily normalised.

    Returns:
        The same fields as :func:`exact_density` gives; the grid has 241 points. Where the log
        density is smooth but at 0, mean and standard deviation are good to about 1e-9; NaN where
        the density cannot be normalised.
    """
    # One program, wherever it is called.
    one = jax.jit(logdensity)

    def at(x: Any) -> Any:
        values = jax.lax.map(one, x)
        return jnp.where(jnp.isnan(values), -jnp.inf, values)

    low, high = _find_mass(at)
    # Panels of equal length, and panels that halve towards 0 from both ends, in one order.
    halves = 0.5 ** jnp.arange(1.0, _HALVINGS + 1)
    edges = jnp.sort(
        jnp.concatenate([jnp.linspace(low, high, _PANELS + 1), low * halves, high * halves])
    )
    middle, half_width = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    nodes = middle[:, None] + jnp.multiply.outer(half_width, jnp.asarray(_GK_NODES))
    values = at(nodes.reshape(-1)).reshape(nodes.shape)
    top = jnp.max(values)
    weights = jnp.exp(values - top) * jnp.multiply.outer(half_width, jnp.asarray(_KRONROD))
    total = jnp.sum(weights)
    mean = jnp.sum(weights * nodes) / total
    sd = jnp.sqrt(jnp.sum(weights * (nodes - mean) ** 2) / total)

    seen = values > top - _INVISIBLE
    first = jnp.min(jnp.where(seen, nodes, jnp.inf))
    last = jnp.max(jnp.where(seen, nodes, -jnp.inf))
    x = jnp.linspace(first, last, _SHOWN)
    shown = at(x)
    log_normalizer = top + jnp.log(total)
    found: Any = (x, shown, jnp.exp(shown - log_normalizer), mean, sd, log_normalizer)
    return Density(*found)


def _find_mass(at: Callable[[Any], Any]) -> tuple[Any, Any]:
    """As the kernel looks for it: a grid over the whole line gives way to one over what matters."""
    half = jnp.sinh(jnp.linspace(0.0, jnp.arcsinh(_FARTHEST), _SEARCH // 2 + 1))
    start = jnp.concatenate([-half[:0:-1], half[1:]])

    def narrow(carry: Any) -> Any:
        grid, _, rounds = carry
        values = at(grid)
        alive = values > jnp.max(values) - _NEGLIGIBLE
        first = jnp.maximum(jnp.argmax(alive) - 1, 0)
        last = jnp.minimum(len(grid) - jnp.argmax(alive[::-1]), len(grid) - 1)
        is_dense = (jnp.sum(alive) > len(grid) // 4) & (rounds > 0)
        return jnp.linspace(grid[first], grid[last], len(grid)), is_dense, rounds + 1

    def is_wide(carry: Any) -> Any:
        return ~carry[1] & (carry[2] < _MAX_ROUNDS)

    grid, _, _ = jax.lax.while_loop(is_wide, narrow, (start, jnp.bool_(False), 0))
    return grid[0], grid[-1]
