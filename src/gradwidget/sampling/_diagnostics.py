"""How well draws describe their target: ArviZ's definitions, vectorised for a live display.

Rank-normalised split R-hat and bulk effective sample size as in Vehtari, Gelman, Simpson,
Carpenter and Bürkner (2021), "Rank-normalization, folding, and localization: an improved R-hat",
Bayesian Analysis 16(2), with Geyer's initial monotone sequence: the same numbers as ArviZ's, with
two exceptions. R-hat of a single chain compares its two halves, where ArviZ gives NaN. Draws that
are all the same have an effective sample size of 0, where ArviZ gives their number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._density import Density

#: ArviZ gives NaN for shorter chains.
_MIN_DRAWS = 4

Value = float | NDArray[np.float64]


class Diagnostics(NamedTuple):
    """Numbers for a scalar position, arrays `(d,)` for a vector; NaN where there are too few draws.

    Attributes:
        num_draws: in each chain.
        acceptance_rate: mean acceptance probability over all transitions.
        num_divergent: number of divergent transitions in all chains; None if the algorithm
            does not know divergences.
        ess: bulk effective sample size of all chains together: ArviZ's, but 0, not the number of
            draws, where they are all the same.
        rhat: rank-normalised split R-hat: ArviZ's; of a single chain that of its two halves, since
            ArviZ gives none and a chain that drifts should be seen to.
        mean: of the draws.
        sd: of the draws, with one degree of freedom removed.
        exact_mean: of the target by quadrature; None in more than one dimension and where the
            density cannot be normalised.
        exact_sd: likewise.
        ess_tail: effective sample size of the 5 % and 95 % quantiles, the smaller one.
        ebfmi: energy's Bayesian fraction of missing information, the smallest of the chains';
            below 0.3 the momenta drawn hardly change the energy. None if the algorithm has no
            energy.
    """

    num_draws: int
    acceptance_rate: float
    num_divergent: int | None
    ess: Value
    rhat: Value
    mean: Value
    sd: Value
    exact_mean: float | None
    exact_sd: float | None
    ess_tail: Value
    ebfmi: float | None


def diagnose(
    samples: NDArray[Any],
    acceptance_rate: NDArray[Any],
    is_divergent: NDArray[np.bool_] | None,
    energy: NDArray[Any] | None,
    exact: Density | None,
) -> Diagnostics:
    """The diagnostics of draws (chains, draws) or (chains, draws, d).

    Args:
        samples: positions.
        acceptance_rate: of every transition, (chains, draws).
        is_divergent: likewise, or None.
        energy: likewise, or None.
        exact: the target, to be compared with.

    Returns:
        The diagnostics.
    """
    draws = np.asarray(samples, np.float64)
    num_draws = draws.shape[1]
    flat = draws.reshape(-1, *draws.shape[2:])
    enough = len(flat) > 1
    nan = np.full(draws.shape[2:], np.nan)
    return Diagnostics(
        num_draws=num_draws,
        acceptance_rate=float(np.mean(acceptance_rate)) if num_draws else np.nan,
        num_divergent=None if is_divergent is None else int(np.sum(is_divergent)),
        ess=_each(ess, draws),
        rhat=_each(rhat, draws),
        mean=_value(flat.mean(axis=0) if num_draws else nan),
        sd=_value(flat.std(axis=0, ddof=1) if enough else nan),
        exact_mean=None if exact is None else exact.mean,
        exact_sd=None if exact is None else exact.sd,
        ess_tail=_each(ess_tail, draws),
        ebfmi=None if energy is None else float(np.min(ebfmi(energy))),
    )


def ess(draws: NDArray[np.float64]) -> float:
    """Bulk effective sample size of draws (chains, draws) of one quantity.

    Returns:
        The number of independent draws that would tell as much; it may exceed the number of
        draws where they alternate. NaN for fewer than four draws or draws with NaN, 0 for draws
        that are all the same.
    """
    if not _is_valid(draws):
        return np.nan
    return 0.0 if _is_constant(draws) else _ess(_normal_scores(_split(draws)))


def ess_tail(draws: NDArray[np.float64]) -> float:
    """Tail effective sample size of draws (chains, draws) of one quantity.

    Returns:
        The smaller of those of the indicators of the lowest and the highest 5 %.
    """
    if not _is_valid(draws):
        return np.nan
    if _is_constant(draws):
        return 0.0
    return min(_ess(_split(draws <= bound) * 1.0) for bound in np.quantile(draws, [0.05, 0.95]))


def ebfmi(energy: NDArray[Any]) -> NDArray[np.float64]:
    """Energy's Bayesian fraction of missing information of each chain.

    Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
    Carlo": the mean square of the energy's changes over its variance.

    Args:
        energy: (chains, draws).

    Returns:
        `(chains,)`; NaN for fewer than four draws and for an energy that does not change.
    """
    energy = np.asarray(energy, np.float64)
    if energy.shape[1] < _MIN_DRAWS:
        return np.full(len(energy), np.nan)
    variance = energy.var(axis=1, ddof=1)
    variance[variance == 0] = np.nan
    fraction: NDArray[np.float64] = np.square(np.diff(energy, axis=1)).mean(axis=1) / variance
    return fraction


def rhat(draws: NDArray[np.float64]) -> float:
    """Rank-normalised split R-hat of draws (chains, draws) of one quantity.

    Returns:
        The larger of the bulk's and the tails'; about 1 when the halves of all chains agree. NaN
        for fewer than four draws, draws with NaN and draws that are all the same.
    """
    if not _is_valid(draws):
        return np.nan
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves))
    return max(_rhat(_normal_scores(halves)), _rhat(_normal_scores(folded)))


def _each(quantity: Callable[[NDArray[np.float64]], float], draws: NDArray[np.float64]) -> Value:
    """`quantity` for every dimension of the draws."""
    if draws.ndim == 2:
        return quantity(draws)
    return np.array([quantity(draws[..., i]) for i in range(draws.shape[2])])


def _value(array: Any) -> Value:
    return float(array) if np.ndim(array) == 0 else np.asarray(array)


def _is_valid(draws: NDArray[np.float64]) -> bool:
    return draws.shape[1] >= _MIN_DRAWS and not np.isnan(draws).any()


def _is_constant(draws: NDArray[np.float64]) -> bool:
    return bool(np.ptp(draws) == 0)


def _split(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two halves of every chain, without the middle draw of an odd number."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal_scores(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal quantiles of the average ranks, with Blom's offset."""
    from scipy.special import ndtri

    _, inverse, counts = np.unique(draws, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    scores: NDArray[np.float64] = ndtri((ranks - 3 / 8) / (draws.size + 1 / 4))
    return scores[inverse].reshape(draws.shape)


def _rhat(draws: NDArray[np.float64]) -> float:
    n = draws.shape[1]
    between = n * draws.mean(axis=1).var(ddof=1)
    within = draws.var(axis=1, ddof=1).mean()
    if within == 0:
        return np.nan
    return float(np.sqrt((between / within + n - 1) / n))


def _ess(draws: NDArray[np.float64]) -> float:
    """Effective sample size by Geyer's initial monotone sequence."""
    if _is_constant(draws):
        return float(draws.size)
    chains, n = draws.shape
    covariance = _autocovariance(draws).mean(axis=0)
    variance = covariance[0] * n / (n - 1)
    pooled = covariance[0] + (draws.mean(axis=1).var(ddof=1) if chains > 1 else 0)
    rho = 1 - (variance - covariance) / pooled
    rho[0] = 1

    # Sums of neighbouring autocorrelations are positive and decreasing in theory: they count up
    # to the first that is not positive, and none counts for more than the one before it. Pair m
    # is the one that stops it, or the last for which there are lags.
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    last = max((n - 3) // 2, 0)
    stops = np.flatnonzero(pairs[:last] <= 0)
    m = int(stops[0]) if stops.size else last
    tail = rho[2 * m] if pairs[m] >= 0 or rho[2 * m] > 0 else 0
    tau = -1 + 2 * np.minimum.accumulate(pairs[:m]).sum() + tail
    return float(draws.size / max(tau, 1 / np.log10(draws.size)))


def _autocovariance(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Autocovariances (chains, lags) at every lag, divided by the number of draws."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = draws.shape[1]
    size = next_fast_len(2 * n)
    spectrum = rfft(draws - draws.mean(axis=1, keepdims=True), n=size, axis=1)
    covariance: NDArray[np.float64] = irfft(np.abs(spectrum) ** 2, n=size, axis=1)[:, :n] / n
    return covariance
