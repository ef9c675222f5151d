"""The diagnostics of draws in arrays with room to spare: for translated programs.

`diagnose` has arrays of as many draws as there are, and a Fourier transform, which no program of
fixed shapes can have. This one has the same definitions, over the part of an array that is in use,
and stops computing autocorrelations where Geyer's sequence ends.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ._diagnostics import _MIN_DRAWS
from ._settings import MAX_CHAINS


class Summary(NamedTuple):
    """What :class:`Diagnostics` tells of a scalar position but for the exact moments.

    NaN also where the algorithm does not know divergences, or an energy.
    """

    acceptance_rate: Any
    num_divergent: Any
    ess: Any
    rhat: Any
    mean: Any
    sd: Any
    ess_tail: Any
    ebfmi: Any


class _Rows(NamedTuple):
    """Values of several rows one after the other, and then room.

    Attributes:
        values: `(room,)`.
        length: of each row, at least 1.
        count: of the rows.
    """

    values: Any
    length: Any
    count: Any

    @property
    def size(self) -> Any:
        return self.length * self.count

    @property
    def index(self) -> Any:
        return jnp.arange(len(self.values), dtype=jnp.int32)

    @property
    def is_used(self) -> Any:
        return self.index < self.size

    @property
    def row(self) -> Any:
        return jnp.minimum(self.index // self.length, _MOST_ROWS - 1)

    def with_values(self, values: Any) -> _Rows:
        return self._replace(values=values)


#: Both halves of every chain.
_MOST_ROWS = 2 * MAX_CHAINS

_ndtri = jax.jit(jax.scipy.special.ndtri)


def summary(
    draws: Any,
    acceptance_rate: Any,
    is_divergent: Any,
    energy: Any,
    num_chains: Any,
    num_draws: Any,
) -> Summary:
    """The diagnostics of the first draws in arrays; can be traced.

    Args:
        draws: positions, `(room,)`: those of the first chain, of the second, and so on, and then
            anything.
        acceptance_rate: likewise, of every transition.
        is_divergent: likewise, 1 or 0; NaN where there is no such thing.
        energy: likewise.
        num_chains: how many chains there are, 1 to 16; traced.
        num_draws: of each chain, so many that they fit; traced.

    Returns:
        The numbers of :func:`diagnose`, to rounding.
    """
    chains = _Rows(draws, num_draws, num_chains)
    mean = _total(chains) / chains.size
    deviations = chains.with_values((draws - mean) ** 2)
    is_valid = (num_draws >= _MIN_DRAWS) & ~jnp.any(jnp.isnan(draws) & chains.is_used)
    is_constant = _is_constant(chains)
    halves = _split(chains)
    by_size = _sorted(chains)
    bounds = [_quantile(by_size, chains.size, share) for share in (0.05, 0.95)]
    tails = [_ess(halves.with_values(1.0 * (halves.values <= bound))) for bound in bounds]
    # Rounded as NumPy does: what is as far above it as below is a tie.
    in_order = _sorted(halves)
    middle = 0.5 * (in_order[(halves.size - 1) // 2] + in_order[halves.size // 2])
    bulk = _normal_scores(halves)
    folded = _normal_scores(halves.with_values(jnp.abs(halves.values - middle)))
    one, other = _rhat(bulk), _rhat(folded)

    def where_known(value: Any, constant: float) -> Any:
        return jnp.where(is_valid, jnp.where(is_constant, constant, value), jnp.nan)

    return Summary(
        acceptance_rate=_total(chains.with_values(acceptance_rate)) / chains.size,
        num_divergent=_total(chains.with_values(is_divergent)),
        ess=where_known(_ess(bulk), 0.0),
        rhat=where_known(jnp.where(other > one, other, one), jnp.nan),
        mean=mean,
        sd=jnp.sqrt(_total(deviations) / (chains.size - 1)),
        ess_tail=where_known(jnp.minimum(*tails), 0.0),
        ebfmi=_ebfmi(chains.with_values(energy)),
    )


@jax.jit
def _total(rows: _Rows) -> Any:
    return jnp.sum(jnp.where(rows.is_used, rows.values, 0.0))


@jax.jit
def _sums(rows: _Rows) -> Any:
    """The sum of each row, `(rows,)`."""
    used = jnp.where(rows.is_used, rows.values, 0.0)
    return jnp.zeros(_MOST_ROWS).at[rows.row].add(used)


@jax.jit
def _centred(rows: _Rows) -> _Rows:
    means = _sums(rows) / rows.length
    return rows.with_values(jnp.where(rows.is_used, rows.values - means[rows.row], 0.0))


@jax.jit
def _means_and_variances(rows: _Rows) -> tuple[Any, Any]:
    """Of each row."""
    centred = _centred(rows)
    squares = _sums(centred.with_values(centred.values**2))
    return _sums(rows) / rows.length, squares / (rows.length - 1)


@jax.jit
def _mean_of_rows(values: Any, rows: _Rows) -> Any:
    is_row = jnp.arange(_MOST_ROWS, dtype=jnp.int32) < rows.count
    return jnp.sum(jnp.where(is_row, values, 0.0)) / rows.count


@jax.jit
def _variance_of_rows(values: Any, rows: _Rows) -> Any:
    squares = (values - _mean_of_rows(values, rows)) ** 2
    return _mean_of_rows(squares, rows) * rows.count / (rows.count - 1)


@jax.jit
def _is_constant(rows: _Rows) -> Any:
    return jnp.all(~rows.is_used | (rows.values == rows.values[0]))


@jax.jit
def _split(chains: _Rows) -> _Rows:
    """The two halves of every chain, without the middle draw of an odd number."""
    half = jnp.maximum(chains.length // 2, 1)
    half_number, at = chains.index // half, chains.index % half
    is_second = half_number >= chains.count
    chain = half_number - jnp.where(is_second, chains.count, 0)
    first = jnp.where(is_second, chains.length - half, 0)
    source = jnp.clip(chain * chains.length + first + at, 0, len(chains.values) - 1)
    return _Rows(chains.values[source], half, 2 * chains.count)


@jax.jit
def _sorted(rows: _Rows) -> Any:
    """The values in use in increasing order, and then infinity."""
    return jnp.sort(jnp.where(rows.is_used, rows.values, jnp.inf))


def _quantile(by_size: Any, size: Any, share: float) -> Any:
    """As NumPy interpolates."""
    place = (size - 1) * share
    below = jnp.floor(place).astype(jnp.int32)
    weight = place - below
    low, high = by_size[below], by_size[jnp.minimum(below + 1, size - 1)]
    step = high - low
    return jnp.where(weight < 0.5, low + step * weight, high - step * (1 - weight))


@jax.jit
def _normal_scores(rows: _Rows) -> _Rows:
    """Normal quantiles of the average ranks, with Blom's offset."""
    index = rows.index
    order = jnp.argsort(jnp.where(rows.is_used, rows.values, jnp.inf)).astype(jnp.int32)
    values = rows.values[order]
    begins = jnp.concatenate([jnp.ones(1, bool), values[1:] != values[:-1]]) | (index == rows.size)
    ends = jnp.concatenate([begins[1:], jnp.ones(1, bool)])
    # In 32 bits: a page has to put larger whole numbers together from two.
    first = jax.lax.cummax(jnp.where(begins, index, 0))
    last = jax.lax.cummin(jnp.where(ends, index, len(index)), reverse=True)
    ranks = 1 + 0.5 * (first + last)
    # One by one: the programs of all lengths share the function.
    scores = jax.lax.map(_ndtri, (ranks - 3 / 8) / (rows.size + 1 / 4))
    return rows.with_values(jnp.zeros_like(rows.values).at[order].set(scores))


@jax.jit
def _rhat(rows: _Rows) -> Any:
    n = rows.length
    means, variances = _means_and_variances(rows)
    between = n * _variance_of_rows(means, rows)
    within = _mean_of_rows(variances, rows)
    found = jnp.sqrt((between / within + n - 1) / n)
    return jnp.where(within == 0, jnp.nan, found)


@jax.jit
def _covariance(centred: _Rows, lag: Any) -> Any:
    """At a lag, the mean over the rows."""
    n, values = centred.length, centred.values

    def along(row: Any, total: Any) -> Any:
        def add(i: Any, total: Any) -> Any:
            return total + values[i] * values[i + lag]

        return jax.lax.fori_loop(row * n, (row + 1) * n - lag, add, total)

    return jax.lax.fori_loop(0, centred.count, along, 0.0) / n / centred.count


@jax.jit
def _ess(rows: _Rows) -> Any:
    """Effective sample size by Geyer's initial monotone sequence."""
    n, size = rows.length, rows.size
    means = _sums(rows) / n
    centred = _centred(rows)

    def covariance(lag: Any) -> Any:
        return _covariance(centred, lag)

    at_zero = covariance(jnp.int32(0))
    variance = at_zero * n / (n - 1)
    pooled = at_zero + _variance_of_rows(means, rows)

    def rho(lag: Any) -> Any:
        return jnp.where(lag == 0, 1.0, 1 - (variance - covariance(lag)) / pooled)

    def pair(m: Any) -> tuple[Any, Any]:
        first = rho(2 * m)
        return first, first + rho(2 * m + 1)

    # Sums of neighbouring autocorrelations are positive and decreasing in theory: they count up
    # to the first that is not positive, and none counts for more than the one before it.
    last = jnp.maximum((n - 3) // 2, 0)

    def goes_on(carry: Any) -> Any:
        m, _, both, _, _ = carry
        return (m < last) & ~(both <= 0)

    def following(carry: Any) -> Any:
        m, _, both, smallest, total = carry
        smallest = jnp.minimum(smallest, both)
        return m + 1, *pair(m + 1), smallest, total + smallest

    begun = (jnp.int32(0), *pair(jnp.int32(0)), jnp.inf, 0.0)
    _, first, both, _, total = jax.lax.while_loop(goes_on, following, begun)
    tau = -1 + 2 * total + jnp.where((both >= 0) | (first > 0), first, 0.0)
    found = size / jnp.maximum(tau, 1 / jnp.log10(1.0 * size))
    return jnp.where(_is_constant(rows), 1.0 * size, found)


@jax.jit
def _ebfmi(energy: _Rows) -> Any:
    """The smallest of the chains'."""
    _, variances = _means_and_variances(energy)
    following = jnp.concatenate([energy.values[1:], energy.values[:1]])
    is_last = energy.index % energy.length == energy.length - 1
    changes = jnp.where(is_last, 0.0, (following - energy.values) ** 2)
    means = _sums(energy.with_values(changes)) / (energy.length - 1)
    is_chain = jnp.arange(_MOST_ROWS, dtype=jnp.int32) < energy.count
    fractions = jnp.where(variances == 0, jnp.nan, means / variances)
    found = jnp.min(jnp.where(is_chain, fractions, jnp.inf))
    return jnp.where(energy.length < _MIN_DRAWS, jnp.nan, found)
