"""A log density over two of its coordinates, the others held: where it lives, and a grid of it.

One program for each log density serves every plane, every range and every parameter: it takes a
fixed number of points at a time and traces everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._context import computing
from ._kernels import LogDensity
from ._memory import rememberable, remembered

Floats = NDArray[np.float64]
#: Maps points `(n, 2)` to the log density there, `(n,)`; minus infinity where it is no number.
OnPlane = Callable[[Floats], Floats]

#: Points asked for at a time: 4 cells of 15 by 15 nodes.
CHUNK = 900

#: The mass is looked for in this range, most densely around 0.
_FARTHEST = 1e8
_SEARCH = 60
_ZOOM = 30
_MAX_ROUNDS = 24

#: The density is negligible where its logarithm is this much below the maximum...
_NEGLIGIBLE = 45.0
#: ... and not shown where it is this much below.
_INVISIBLE = 7.0

#: Points of the grid along each axis, where a chunk of points takes up to so many seconds.
_GRID = ((0.01, 121), (np.inf, 61))


class Slice(NamedTuple):
    """A log density on a grid over two coordinates.

    Attributes:
        across: of the first coordinate, `(n,)`.
        up: of the second coordinate, `(m,)`.
        logdensity: as given, not normalised, `(m, n)`; minus infinity where there is none.
    """

    across: Floats
    up: Floats
    logdensity: Floats


def on_plane(
    logdensity_fn: LogDensity,
    params: tuple[Any, ...],
    x: ArrayLike,
    coordinates: tuple[int, int],
    *,
    device: str = "cpu",
) -> OnPlane:
    """The log density as a function of two coordinates, in float64.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, of an x of shape `(d,)`.
        params: traced.
        x: a point of the plane, `(d,)`: where the other coordinates are held.
        coordinates: the numbers of the two.
        device: JAX platform.

    Returns:
        A function of points `(n, 2)`.
    """
    held = np.asarray(x, float)
    function = rememberable(logdensity_fn)
    program = remembered(function, ("plane", held.shape), lambda: _program(function))
    arguments = tuple(np.asarray(value, float) for value in params)
    which = np.asarray(coordinates, np.int32)

    def logdensity(points: Floats) -> Floats:
        values = np.empty(len(points))
        with computing("float64", device):
            for start in range(0, len(points), CHUNK):
                chunk = points[start : start + CHUNK]
                padded = np.pad(chunk, ((0, CHUNK - len(chunk)), (0, 0)), mode="edge")
                found = np.asarray(program(padded, held, which, arguments))
                values[start : start + CHUNK] = found[: len(chunk)]
        return np.where(np.isnan(values), -np.inf, values)

    return logdensity


def _program(logdensity_fn: LogDensity) -> Callable[..., Any]:
    def run(points: Any, held: Any, which: Any, params: tuple[Any, ...]) -> Any:
        return jax.vmap(lambda point: logdensity_fn(held.at[which].set(point), *params))(points)

    return jax.jit(run)


def slice_of(logdensity: OnPlane, box: Floats) -> Slice:
    """The log density on a grid over a box, finer where that takes no time.

    Args:
        logdensity: of :func:`on_plane`.
        box: the smallest and the largest coordinates, `(2, 2)`.

    Returns:
        The grid and the log density there.
    """
    logdensity(box)  # compiles
    began = time.monotonic()
    logdensity(box)
    took = time.monotonic() - began
    count = next(count for most, count in _GRID if took <= most)
    across, up = _grids(box, count)
    return Slice(across, up, logdensity(_product(across, up)).reshape(count, count))


def visible_box(logdensity: OnPlane, around: ArrayLike | None = None) -> Floats:
    """A box outside which the density cannot be seen.

    Args:
        logdensity: of :func:`on_plane`.
        around: a point at which it is finite, if one is known, `(2,)`.

    Returns:
        The smallest and the largest coordinates, `(2, 2)`.

    Raises:
        ValueError: the log density is finite nowhere, or does not vanish far away.
    """
    box = np.sinh(mass_box(logdensity, around))
    grids = _grids(box, _ZOOM)
    return _widened(logdensity, _narrowed(logdensity, grids, _INVISIBLE), _INVISIBLE, _FARTHEST)


def mass_box(logdensity: OnPlane, around: ArrayLike | None = None) -> Floats:
    """A box in `w = arcsinh(x)` outside which the mass is negligible.

    Args:
        logdensity: of :func:`on_plane`.
        around: a point at which it is finite, if one is known, `(2,)`.

    Returns:
        The smallest and the largest w, `(2, 2)`.

    Raises:
        ValueError: the log density is finite nowhere, or does not vanish far away.
    """

    def along_w(w: Floats) -> Floats:
        values: Floats = logdensity(np.sinh(w)) + np.sum(log_cosh(w), axis=1)
        return values

    farthest = np.arcsinh(_FARTHEST)
    whole = np.linspace(-farthest, farthest, _SEARCH)
    known = np.zeros(2) if around is None else np.arcsinh(np.asarray(around, float))
    grids = [np.unique(np.append(whole, at)) for at in known]
    box = _narrowed(along_w, grids, _NEGLIGIBLE)
    return _widened(along_w, box, _NEGLIGIBLE, farthest)


def _narrowed(values_at: OnPlane, grids: list[Floats], below: float) -> Floats:
    """A grid is replaced by one over the points that matter, until most of these do.

    The log density shows the way also where the density is 0.
    """
    for _ in range(_MAX_ROUNDS):
        values = values_at(_product(*grids))
        if not np.isfinite(values.max()):
            raise ValueError(
                f"the log density has no finite maximum: its largest value is {values.max()}"
            )
        alive = values.reshape(len(grids[1]), len(grids[0])) > values.max() - below
        found = [np.flatnonzero(alive.any(axis=axis)) for axis in (0, 1)]
        ends = [
            (grid[max(at[0] - 1, 0)], grid[min(at[-1] + 1, len(grid) - 1)])
            for grid, at in zip(grids, found, strict=True)
        ]
        is_dense = all(
            high - low > 0.6 * (grid[-1] - grid[0])
            for grid, (low, high) in zip(grids, ends, strict=True)
        )
        if is_dense:
            break
        grids = [np.linspace(low, high, _ZOOM) for low, high in ends]
    return np.array(ends).T


def _widened(values_at: OnPlane, box: Floats, below: float, farthest: float) -> Floats:
    """Sides that something passes through are moved outwards: a grid may have missed a ridge."""
    share = np.linspace(0.0, 1.0, CHUNK // 4)
    top = values_at(_product(*_grids(box, _ZOOM))).max()
    for _ in range(_MAX_ROUNDS):
        along = box[0] + share[:, None] * np.ptp(box, axis=0)
        sides = np.repeat(along[None, None], 2, axis=0).repeat(2, axis=1)
        for end in (0, 1):
            for axis in (0, 1):
                sides[end, axis, :, axis] = box[end, axis]
        values = values_at(sides.reshape(-1, 2)).reshape(2, 2, -1).max(axis=2)
        top = max(top, values.max())
        is_open = values > top - below
        if not is_open.any():
            break
        if np.any(is_open & (np.abs(box) >= farthest)):
            raise ValueError(
                "the density does not vanish far away: it cannot be normalised over the plane"
            )
        box = box + np.array([[-0.5], [0.5]]) * np.ptp(box, axis=0) * is_open
        box = np.clip(box, -farthest, farthest)
    return box


def log_cosh(w: Floats) -> Floats:
    """Logarithm of dx/dw for `x = sinh(w)`."""
    size: Floats = np.abs(w)
    found: Floats = size + np.log1p(np.exp(-2 * size)) - np.log(2)
    return found


def _grids(box: Floats, count: int) -> list[Floats]:
    """Uniform, along both axes of a box."""
    return [np.linspace(low, high, count) for low, high in box.T]


def _product(across: Floats, up: Floats) -> Floats:
    """Every point of a grid, in rows of the second coordinate, `(m n, 2)`."""
    first, second = np.meshgrid(across, up)
    return np.stack([first.ravel(), second.ravel()], axis=1)
