"""The exact density in one dimension, by adaptive quadrature of the log density itself.

The search for the mass and the quadrature are steered in NumPy and ask for the log density at a
fixed number of points at a time, by a compiled program that traces the parameters: nothing is
compiled when they change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from .._context import computing
from ._kernels import LogDensity
from ._memory import rememberable, remembered

Floats = NDArray[np.float64]

#: Points asked for at a time: 64 panels of 15 Gauss-Kronrod nodes.
_PANELS = 64
_NODES = 15
_POINTS = _PANELS * _NODES

#: The mass is looked for in this range, most densely around 0.
_FARTHEST = 1e8

#: The density is negligible where its logarithm is this much below the maximum...
_NEGLIGIBLE = 60.0
#: ... and not shown where it is this much below.
_INVISIBLE = 12.0

_TOLERANCE = 1e-11
_MAX_ROUNDS = 24


class Density(NamedTuple):
    """A density in one dimension.

    Attributes:
        x: a uniform grid over what can be seen of the density, `(n,)`.
        logdensity: as given, not normalised, `(n,)`.
        density: normalised, `(n,)`.
        mean: by quadrature over all of it, not only the grid.
        sd: likewise.
        log_normalizer: logarithm of the integral of `exp(logdensity)`.
    """

    x: Floats
    logdensity: Floats
    density: Floats
    mean: float
    sd: float
    log_normalizer: float


def exact_density(
    logdensity_fn: LogDensity,
    params: tuple[Any, ...] = (),
    dtype: str = "float64",
    *,
    shape: tuple[int, ...] = (),
    device: str = "cpu",
    in_turn: bool = False,
) -> Density:
    """The density, its mean and its standard deviation.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, not necessarily normalised.
        params: traced.
        dtype: of the evaluations: "float64" or "float32", in which the moments are good to about
            six digits.
        shape: of x: `()` or `(1,)`.
        device: JAX platform.
        in_turn: whether to evaluate one point after the other: a log density with loops whose
            length differs from point to point takes as long at all points at once as at the
            slowest.

    Returns:
        The density on a grid, and its moments: for a log density that is smooth but for a few
        points, good to better than 1e-8 in float64.

    Raises:
        ValueError: the log density is finite nowhere, or the density does not vanish towards
            the ends of the real line.
    """
    function = rememberable(logdensity_fn)
    program = remembered(
        function, ("density", shape, in_turn), lambda: _program(function, shape, in_turn)
    )
    arguments = tuple(np.asarray(value, dtype) for value in params)

    def logdensity(x: Floats) -> Floats:
        padded = np.pad(x, (0, _POINTS - len(x)), mode="edge").astype(dtype)
        values = np.asarray(program(padded, arguments), np.float64)[: len(x)]
        return np.where(np.isnan(values), -np.inf, values)

    with computing(dtype, device):
        low, high = _find_mass(logdensity)
        # Rounding in the log density is seen as roughness, which no subdivision removes.
        tolerance = max(_TOLERANCE, 30 * float(np.finfo(dtype).eps))
        integrals = _integrate(logdensity, low, high, tolerance)
        x = np.linspace(integrals.low, integrals.high, _POINTS // 2 + 1)
        values = logdensity(x)
    return Density(
        x=x,
        logdensity=values,
        density=np.exp(values - integrals.log_normalizer),
        mean=integrals.mean,
        sd=integrals.sd,
        log_normalizer=integrals.log_normalizer,
    )


def _program(
    logdensity_fn: LogDensity, shape: tuple[int, ...], in_turn: bool
) -> Callable[..., Any]:
    def run(x: Any, params: tuple[Any, ...]) -> Any:
        def at(point: Any) -> Any:
            return logdensity_fn(point.reshape(shape), *params)

        return jax.lax.map(at, x) if in_turn else jax.vmap(at)(x)

    return jax.jit(run)


def _find_mass(logdensity: Callable[[Floats], Floats]) -> tuple[float, float]:
    """An interval outside which the density is negligible, tight enough to be integrated over.

    A grid over the whole line, densest around 0, is replaced by one over the points that matter
    until there are many of these; the log density shows the way also where the density is 0.
    """
    half = np.sinh(np.linspace(0, np.arcsinh(_FARTHEST), _POINTS // 2 + 1))
    grid = np.concatenate([-half[:0:-1], half[1:]])
    for _ in range(_MAX_ROUNDS):
        values = logdensity(grid)
        top = values.max()
        if not np.isfinite(top):
            raise ValueError(
                f"the log density has no finite maximum: its largest value is {top} "
                f"between {grid[0]:g} and {grid[-1]:g}"
            )
        alive = np.flatnonzero(values > top - _NEGLIGIBLE)
        first, last = max(alive[0] - 1, 0), min(alive[-1] + 1, len(grid) - 1)
        low, high = grid[first], grid[last]
        if max(-low, high) >= _FARTHEST:
            raise ValueError(
                "the density does not vanish towards the ends of the real line: it cannot be "
                "normalised"
            )
        if len(alive) > len(grid) // 4 and np.ptp(np.diff(grid)) <= 1e-9 * (high - low):
            break
        grid = np.linspace(low, high, _POINTS)
    return float(low), float(high)


class _Integrals(NamedTuple):
    log_normalizer: float
    mean: float
    sd: float
    low: float
    high: float


def _integrate(
    logdensity: Callable[[Floats], Floats], low: float, high: float, tolerance: float
) -> _Integrals:
    """Normaliser, mean and standard deviation, and the interval that is worth showing.

    Panels whose error matters are subdivided, all at a time, until none does.
    """
    edges = np.linspace(low, high, _PANELS + 1)
    if low < 0 < high:
        # Where a density of this kind is least smooth, if anywhere.
        edges[1 + np.argmin(np.abs(edges[1:-1]))] = 0.0
    center, scale = (low + high) / 2, (high - low) / 2
    panels = _Panels.at(logdensity, edges[:-1], edges[1:])
    for _ in range(_MAX_ROUNDS):
        top = panels.logdensity.max()
        moments, errors = panels.moments(top, center, scale)
        total = moments.sum(axis=0)
        worst = (errors / np.array([total[0], np.sqrt(total[0] * total[2]), total[2]])).max(axis=1)
        bad = np.argsort(worst)[-_PANELS // 2 :]
        bad = bad[worst[bad] > tolerance / _PANELS]
        if bad.size == 0:
            break
        panels = panels.split(logdensity, bad, _PANELS // bad.size)

    mean = total[1] / total[0]
    seen = np.flatnonzero(panels.logdensity.ravel() > top - _INVISIBLE)
    nodes = np.sort(panels.nodes.ravel()[seen])
    return _Integrals(
        log_normalizer=float(top + np.log(total[0] * scale)),
        mean=float(center + scale * mean),
        sd=float(scale * np.sqrt(total[2] / total[0] - mean**2)),
        low=float(nodes[0]),
        high=float(nodes[-1]),
    )


class _Panels(NamedTuple):
    """Intervals `(n,)`, their Gauss-Kronrod nodes and the log density there `(n, 15)`."""

    low: Floats
    high: Floats
    nodes: Floats
    logdensity: Floats

    @classmethod
    def at(cls, logdensity: Callable[[Floats], Floats], low: Floats, high: Floats) -> _Panels:
        nodes = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * _GK_NODES
        return cls(low, high, nodes, logdensity(nodes.ravel()).reshape(nodes.shape))

    def moments(self, top: float, center: float, scale: float) -> tuple[Floats, Floats]:
        """Integrals of `1, u, u^2` with `u = (x - center) / scale`, and their errors, `(n, 3)`."""
        u = (self.nodes - center) / scale
        weight = np.exp(self.logdensity - top) * ((self.high - self.low) / (2 * scale))[:, None]
        integrands = np.stack([weight, weight * u, weight * u**2])
        kronrod = integrands @ _KRONROD
        return kronrod.T, np.abs(kronrod - integrands @ _GAUSS).T

    def split(
        self, logdensity: Callable[[Floats], Floats], which: NDArray[np.intp], parts: int
    ) -> _Panels:
        """The same panels, with those in `which` replaced by equal parts."""
        steps = np.linspace(0, 1, parts + 1)
        edges = self.low[which, None] * (1 - steps) + self.high[which, None] * steps
        new = _Panels.at(logdensity, edges[:, :-1].ravel(), edges[:, 1:].ravel())
        kept = (np.delete(array, which, axis=0) for array in self)
        return _Panels(*map(np.concatenate, zip(kept, new, strict=True)))


# The 15 Kronrod nodes of [-1, 1] and their weights, and the weights of the 7 Gauss nodes among
# them, as in QUADPACK's dqk15 (Piessens, de Doncker-Kapenga, Überhuber and Kahaner, 1983).
_GK_NODES = np.array(
    [
        0.991455371120812639206854697526329,
        0.949107912342758524526189684047851,
        0.864864423359769072789712788640926,
        0.741531185599394439863864773280788,
        0.586087235467691130294144838258730,
        0.405845151377397166906606412076961,
        0.207784955007898467600689403773245,
        0.0,
    ]
)
_KRONROD = np.array(
    [
        0.022935322010529224963732008058970,
        0.063092092629978553290700663189204,
        0.104790010322250183839876322541518,
        0.140653259715525918745189590510238,
        0.169004726639267902826583426598550,
        0.190350578064785409913256402421014,
        0.204432940075298892414161999234649,
        0.209482141084727828012999174891714,
    ]
)
_GAUSS = np.array(
    [
        0.0,
        0.129484966168869693270611432679082,
        0.0,
        0.279705391489276667901467771423780,
        0.0,
        0.381830050505118944950369775488975,
        0.0,
        0.417959183673469387755102040816327,
    ]
)
_GK_NODES = np.concatenate([-_GK_NODES, _GK_NODES[-2::-1]])
_KRONROD = np.concatenate([_KRONROD, _KRONROD[-2::-1]])
_GAUSS = np.concatenate([_GAUSS, _GAUSS[-2::-1]])
