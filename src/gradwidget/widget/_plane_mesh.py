"""A density over two coordinates on meshes that are chosen ahead: for translated programs.

What :func:`~gradwidget.sampling.exact_marginals` refines where it has to, a page covers with panels
of equal length and with panels that halve towards 0, along both axes. It evaluates the log density
itself, a little at a time; the programs here say where, and what follows. Grids are of
``w = arcsinh(x)``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ..compiler import Traced, trace, traceable
from ..sampling._density import _GAUSS, _GK_NODES, _KRONROD
from ..sampling._marginals import _SHOWN, _TAIL, _lagrange
from ..sampling._plane import _FARTHEST, _INVISIBLE, _MAX_ROUNDS, _NEGLIGIBLE, _SEARCH

#: At most so many rounds lead to where the mass is.
ROUNDS = _MAX_ROUNDS
#: What reaches as far as this share of where it is looked for has no end.
FARTHEST = 0.5 * _FARTHEST
#: Panels along each axis, and how often those at 0 are halved: where an evaluation is fast or not.
PANELS = {"fine": (18, 6), "coarse": (5, 1)}

_COUNT = _SEARCH + 1
#: A narrow ridge may leave the last of the grids between two of its points: so much is added.
_ROOM = 0.1


class Narrowed(NamedTuple):
    """Grids over what matters, and whether that fills most of the ones before."""

    grids: Any
    is_dense: Any


class MeshMarginals(NamedTuple):
    """As :class:`~gradwidget.sampling.Marginals`, without the normaliser."""

    x: Any
    density: Any
    mean: Any
    sd: Any
    error: Any


def plane_mesh_programs() -> dict[str, Traced]:
    """The programs by their names in js/engine/translated.ts; in float64."""
    grids = (np.zeros(_COUNT), np.zeros(_COUNT))
    table = np.zeros((_COUNT, _COUNT))
    traced = {
        "mesh_start": trace(search_grids, (np.zeros(2),)),
        "mesh_narrowed": trace(narrowed, (grids, table, np.bool_(False))),
    }
    for size in PANELS:
        count = len(_GK_NODES) * _num_panels(size)
        values = np.zeros((count, count))

        def panels(grids: Any, size: str = size) -> Any:
            return tuple(_nodes(_edges(grid, size)).reshape(-1) for grid in grids)

        def marginals(grids: Any, logdensity: Any, size: str = size) -> MeshMarginals:
            return mesh_marginals(grids, logdensity, size)

        traced[f"mesh_panels_{size}"] = trace(panels, (grids,))
        traced[f"mesh_marginals_{size}"] = trace(marginals, (grids, values))
    return traced


def search_grids(around: Any) -> Any:
    """Where the mass is looked for first: almost everywhere, and at a point `(2,)`.

    Args:
        around: a point at which the log density is finite, if one is known.

    Returns:
        Two ascending grids.
    """
    farthest = np.arcsinh(_FARTHEST)
    whole = jnp.linspace(-farthest, farthest, _SEARCH)
    return tuple(jnp.sort(jnp.append(whole, jnp.arcsinh(at))) for at in (around[0], around[1]))


def narrowed(grids: Any, logdensity: Any, is_mass: Any) -> Narrowed:
    """Grids over the points that matter, as the kernel narrows them.

    Args:
        grids: of both coordinates, `(n,)` each.
        logdensity: there, in rows of the second coordinate, `(n, n)`.
        is_mass: whether what matters is where the mass is, not where it can be seen.

    Returns:
        The next grids; what matters lies between their ends.
    """
    first, second = grids
    weight = _log_cosh(first)[None, :] + _log_cosh(second)[:, None]
    values = logdensity + jnp.where(is_mass, weight, 0.0)
    alive = values > jnp.max(values) - jnp.where(is_mass, _NEGLIGIBLE, _INVISIBLE)
    ends, dense = [], jnp.bool_(True)
    for axis, grid in enumerate(grids):
        seen = jnp.any(alive, axis=axis)
        low = grid[jnp.maximum(jnp.argmax(seen) - 1, 0)]
        high = grid[jnp.minimum(len(grid) - jnp.argmax(seen[::-1]), len(grid) - 1)]
        dense &= high - low > 0.6 * (grid[-1] - grid[0])
        ends.append((low, high))
    room = jnp.where(dense & is_mass, _ROOM, 0.0)
    found = (
        jnp.linspace(low - room * (high - low), high + room * (high - low), _COUNT)
        for low, high in ends
    )
    return Narrowed(tuple(found), dense)


def mesh_marginals(grids: Any, logdensity: Any, size: str) -> MeshMarginals:
    """Both marginals by a product of Gauss-Kronrod rules on all panels.

    Args:
        grids: the mass lies between their ends.
        logdensity: at the nodes of the panels, in rows of the second coordinate.
        size: of :data:`PANELS`.

    Returns:
        Grids of 361 points and the marginals there, the means and the standard deviations, and the
        estimated error of the mass, relative to it.
    """
    edges = [_edges(grid, size) for grid in grids]
    w = [_nodes(each).reshape(-1) for each in edges]
    x = [jnp.sinh(each) for each in w]
    half = [(each[1:] - each[:-1]) / 2 for each in edges]
    rule = [jnp.multiply.outer(each, jnp.asarray(_KRONROD)).reshape(-1) for each in half]
    beside = [jnp.multiply.outer(each, jnp.asarray(_KRONROD - _GAUSS)).reshape(-1) for each in half]
    height = jnp.exp(logdensity - jnp.max(logdensity))
    slope = [jnp.cosh(each) for each in w]
    # Of each coordinate, with the other one integrated over.
    over = [height.T @ (rule[1] * slope[1]), height @ (rule[0] * slope[0])]
    weights = [r * s * o for r, s, o in zip(rule, slope, over, strict=True)]
    mass = jnp.sum(weights[0])
    mean = jnp.stack([jnp.sum(m * at) / mass for m, at in zip(weights, x, strict=True)])
    away = [(x[i] - mean[i]) ** 2 for i in (0, 1)]
    variance = [jnp.sum(m * a) / mass for m, a in zip(weights, away, strict=True)]

    scaled = [a / v for a, v in zip(away, variance, strict=True)]
    whole = height * slope[1][:, None] * slope[0][None, :]
    whole *= 1 + scaled[0][None, :] + scaled[1][:, None]
    cells = (len(half[1]), len(_GK_NODES), len(half[0]), len(_GK_NODES))
    errors = [
        jnp.sum((whole * first[None, :] * second[:, None]).reshape(cells), axis=(1, 3))
        for first, second in ((beside[0], rule[1]), (rule[0], beside[1]))
    ]
    error = jnp.sum(jnp.maximum(jnp.abs(errors[0]), jnp.abs(errors[1]))) / (3 * mass)

    shown, density = [], []
    for i in (0, 1):
        below = jnp.cumsum(weights[i]) - weights[i] / 2
        ends = jnp.sinh(jnp.interp(jnp.asarray([_TAIL, 1 - _TAIL]), below / mass, w[i]))
        grid = jnp.linspace(ends[0], ends[1], _SHOWN)
        at = jnp.arcsinh(grid)
        panel = jnp.clip(jnp.searchsorted(edges[i], at, side="right") - 1, 0, len(half[i]) - 1)
        low, high = edges[i][panel], edges[i][panel + 1]
        basis = traceable(_lagrange)((2 * at - low - high) / (high - low))
        values = over[i].reshape((len(half[i]), len(_GK_NODES)))[panel]
        shown.append(grid)
        density.append(jnp.maximum(jnp.sum(basis * values, axis=1) / mass, 0.0))
    sd = jnp.sqrt(jnp.stack(variance))
    return MeshMarginals(jnp.stack(shown), jnp.stack(density), mean, sd, error)


def _num_panels(size: str) -> int:
    panels, halvings = PANELS[size]
    return panels + 2 * halvings


def _edges(grid: Any, size: str) -> Any:
    """Ascending edges of the panels between the ends of a grid, more of them near 0."""
    panels, halvings = PANELS[size]
    low, high = grid[0], grid[-1]
    halves = 0.5 ** jnp.arange(1.0, halvings + 1)
    uniform = jnp.linspace(low, high, panels + 1)
    return jnp.sort(jnp.concatenate([uniform, low * halves, high * halves]))


def _nodes(edges: Any) -> Any:
    """Of each panel, `(n, 15)`."""
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    return middle[:, None] + jnp.multiply.outer(half, jnp.asarray(_GK_NODES))


def _log_cosh(w: Any) -> Any:
    size = jnp.abs(w)
    return size + jnp.log1p(jnp.exp(-2 * size)) - jnp.log(2.0)
