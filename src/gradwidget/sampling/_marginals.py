"""Both marginals of a density in two dimensions, by adaptive quadrature over the plane.

The plane is covered by cells, each with the tensor product of 15 Gauss-Kronrod nodes; the cells
whose error matters are halved in the direction in which they are worse. Integrated over one of
its coordinates, a cell tells the marginal at 15 nodes of the other one, and by the polynomial
through these everywhere between them. All of it happens in `w = arcsinh(x)`, in which a funnel's
scales lie side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._density import _GAUSS, _GK_NODES, _KRONROD
from ._plane import OnPlane, log_cosh, mass_box

Floats = NDArray[np.float64]

#: The first cells, along each axis.
_CELLS = 4
#: Cells that are halved in one round at most, or this share of all; and how many there may be.
_HALVED = 64
_HALVED_SHARE = 0.25
_MAX_CELLS = 6_000
#: What the estimated errors of all cells may come to: each is far larger than the true one.
_TOLERANCE = 1e-8

#: Points of a marginal's curve, and the mass on each side that is not worth showing.
_SHOWN = 361
_TAIL = 1e-3


class Marginals(NamedTuple):
    """Both marginals of a density in two dimensions.

    Attributes:
        x: for each coordinate a uniform grid over all but about a thousandth of it on either side,
            `(2, n)`.
        density: the marginals there, normalised, `(2, n)`.
        mean: of both coordinates, over all of the plane, `(2,)`.
        sd: likewise.
        log_normalizer: logarithm of the integral of `exp(logdensity)`.
        error: an upper estimate of the error of the mass, relative to it.
    """

    x: Floats
    density: Floats
    mean: Floats
    sd: Floats
    log_normalizer: float
    error: float


def exact_marginals(
    logdensity: OnPlane,
    around: ArrayLike | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Marginals:
    """The marginals, their means and their standard deviations.

    Where the log density is smooth but on the axes, they are good to better than 1e-6 of their
    highest value; `error` tells how good they are in general.

    Args:
        logdensity: of :func:`~gradwidget.sampling.on_plane`, not necessarily normalised.
        around: a point at which it is finite, if one is known, `(2,)`.
        keep_going: asked between evaluations; False ends the refinement as it is.

    Returns:
        The marginals on grids, and their moments.

    Raises:
        ValueError: the log density is finite nowhere, or does not vanish far away.
    """
    box = mass_box(logdensity, around)
    edges = [np.linspace(low, high, _CELLS + 1) for low, high in box.T]
    for each in edges:
        if each[0] < 0 < each[-1]:
            # Where a density of this kind is least smooth, if anywhere.
            each[1 + np.argmin(np.abs(each[1:-1]))] = 0.0
    first, second = (
        grid.ravel() for grid in np.meshgrid(np.arange(_CELLS), np.arange(_CELLS), indexing="ij")
    )
    low = np.stack([edges[0][first], edges[1][second]], axis=1)
    high = np.stack([edges[0][first + 1], edges[1][second + 1]], axis=1)
    cells = _Cells.at(logdensity, low, high)
    if not np.isfinite(cells.top):
        raise ValueError(f"the log density has no finite maximum: its largest value is {cells.top}")
    while True:
        sums = cells.sums()
        order = np.argsort(sums.errors.max(axis=1))
        largest = sums.errors.max(axis=1)[order]
        # The smallest errors that together do not matter stay.
        most = max(_HALVED, int(_HALVED_SHARE * len(order)))
        bad = order[np.cumsum(largest) > _TOLERANCE * sums.total][-most:]
        if bad.size == 0 or len(cells.low) >= _MAX_CELLS or not keep_going():
            break
        cells = cells.halved(logdensity, bad, np.argmax(sums.errors[bad], axis=1))
    x = np.stack([cells.shown(coordinate) for coordinate in (0, 1)])
    density = np.stack([cells.marginal(i, np.arcsinh(x[i])) for i in (0, 1)]) / sums.mass
    return Marginals(
        x=x,
        density=np.maximum(density, 0.0),
        mean=sums.mean,
        sd=sums.sd,
        log_normalizer=float(cells.top + np.log(sums.mass)),
        error=float(largest.sum() / sums.total),
    )


class _Sums(NamedTuple):
    """Integrals over all cells of exp(logdensity - top)."""

    mass: float
    mean: Floats
    sd: Floats
    #: Of 1 and both squared standardised coordinates together: what the errors are relative to.
    total: float
    #: Of each cell and each direction, `(n, 2)`.
    errors: Floats


class _Cells(NamedTuple):
    """Boxes in w `(n, 2)` and the log density at their nodes `(n, 15, 15)`."""

    low: Floats
    high: Floats
    logdensity: Floats

    @classmethod
    def at(cls, logdensity: OnPlane, low: Floats, high: Floats) -> _Cells:
        first, second = _nodes(low, high)
        w = np.stack(np.broadcast_arrays(first[:, :, None], second[:, None, :]), axis=-1)
        values = logdensity(np.sinh(w.reshape(-1, 2))).reshape(w.shape[:-1])
        return cls(low, high, values)

    @property
    def top(self) -> float:
        return float(self.logdensity.max())

    def halved(
        self, logdensity: OnPlane, which: NDArray[np.intp], direction: NDArray[np.intp]
    ) -> _Cells:
        """The same cells, those in `which` in two halves each."""
        low, high = np.repeat(self.low[which], 2, axis=0), np.repeat(self.high[which], 2, axis=0)
        middle = (self.low[which] + self.high[which])[np.arange(len(which)), direction] / 2
        rows = 2 * np.arange(len(which))
        high[rows, direction] = middle
        low[rows + 1, direction] = middle
        new = _Cells.at(logdensity, low, high)
        kept = (np.delete(array, which, axis=0) for array in self)
        return _Cells(*map(np.concatenate, zip(kept, new, strict=True)))

    def sums(self) -> _Sums:
        first, second = _nodes(self.low, self.high)
        half = (self.high - self.low) / 2
        logs = self.logdensity - self.top + log_cosh(first)[:, :, None]
        weight = np.exp(logs + log_cosh(second)[:, None, :]) * half.prod(axis=1)[:, None, None]
        x = np.sinh(first), np.sinh(second)
        # Of each cell at the nodes of one coordinate, integrated over the other one.
        slices = weight @ _KRONROD, np.einsum("nij,i->nj", weight, _KRONROD)
        mass = float((slices[0] @ _KRONROD).sum())
        mean = np.array([(s * x_i @ _KRONROD).sum() for s, x_i in zip(slices, x, strict=True)])
        mean /= mass
        away = [(x_i - m) ** 2 for x_i, m in zip(x, mean, strict=True)]
        variance = np.array([(s * a @ _KRONROD).sum() for s, a in zip(slices, away, strict=True)])
        variance /= mass
        scaled = [a / v for a, v in zip(away, variance, strict=True)]
        whole = weight * (1 + scaled[0][:, :, None] + scaled[1][:, None, :])
        beside = _KRONROD - _GAUSS
        errors = np.stack(
            [
                np.abs(np.einsum("nij,i,j->n", whole, beside, _KRONROD)),
                np.abs(np.einsum("nij,i,j->n", whole, _KRONROD, beside)),
            ],
            axis=1,
        )
        return _Sums(mass, mean, np.sqrt(variance), 3 * mass, errors)

    def over(self, coordinate: int) -> Floats:
        """At the nodes of one coordinate, integrated over the other: a density of x, `(n, 15)`."""
        other = 1 - coordinate
        nodes = _nodes(self.low, self.high)[other]
        half = (self.high - self.low)[:, other] / 2
        logs = np.moveaxis(self.logdensity - self.top, 1 + other, 2) + log_cosh(nodes)[:, None, :]
        at_nodes: Floats = np.exp(logs) @ _KRONROD * half[:, None]
        return at_nodes

    def marginal(self, coordinate: int, w: Floats) -> Floats:
        """Of one coordinate, times the mass, as a density of x; `w` ascending."""
        at_nodes = self.over(coordinate)
        low, high = self.low[:, coordinate], self.high[:, coordinate]
        # Of each cell, the points in it: each point belongs to one cell of those beside each other.
        ends = np.where(high == high.max(), np.inf, high)
        first, last = np.searchsorted(w, low), np.searchsorted(w, ends)
        counts = last - first
        cell = np.repeat(np.arange(len(counts)), counts)
        point = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts) + first[cell]
        t = (2 * w[point] - low[cell] - high[cell]) / (high - low)[cell]
        contributions = np.sum(_lagrange(t) * at_nodes[cell], axis=1)
        return np.asarray(np.bincount(point, contributions, minlength=len(w)), float)

    def shown(self, coordinate: int) -> Floats:
        """A uniform grid of x over all but the tails."""
        w = _nodes(self.low, self.high)[coordinate]
        half = (self.high - self.low)[:, coordinate, None] / 2
        mass = (self.over(coordinate) * np.cosh(w) * half * _KRONROD).ravel()
        order = np.argsort(w, axis=None)
        below = np.cumsum(mass[order]) - mass[order] / 2
        ends = np.sinh(np.interp([_TAIL, 1 - _TAIL], below / mass.sum(), w.ravel()[order]))
        return np.linspace(ends[0], ends[1], _SHOWN)


def _nodes(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Of each cell in each coordinate, `(n, 15)`."""
    middle, half = (low + high) / 2, (high - low) / 2
    first, second = (middle[:, i, None] + half[:, i, None] * _GK_NODES for i in (0, 1))
    return first, second


def _lagrange(t: Floats) -> Floats:
    """The polynomials that are 1 at one of the nodes and 0 at the others, at t: `(n, 15)`."""
    away = t[:, None] - _GK_NODES
    exact = away == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = _BARYCENTRIC / away
        found = terms / terms.sum(axis=1, keepdims=True)
    basis: Floats = np.where(exact.any(axis=1, keepdims=True), exact.astype(float), found)
    return basis


_BARYCENTRIC = 1 / np.prod(_GK_NODES[:, None] - _GK_NODES[None, :] + np.eye(len(_GK_NODES)), axis=1)
