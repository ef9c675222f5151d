"""BlackJAX's algorithms, and the compiled programs that run them.

Everything but the log density, the algorithm and the shapes is traced, so a changed setting,
parameter, seed or number of draws compiles nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .._naming import one_of
from ._memory import remembered
from ._rows import Layout, Statistics
from ._settings import Settings

LogDensity = Callable[..., Any]

#: What a translator does to a function that occurs several times: `jax.jit`, so that it is
#: written once. XLA is left to see the whole.
Share = Callable[[Callable[..., Any]], Callable[..., Any]]


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself."""
    return function


#: Draws that one call of the compiled loop has room for.
BATCH = 1_024


class Algorithm(NamedTuple):
    """One of BlackJAX's algorithms, in the terms that all of them share.

    Attributes:
        name: BlackJAX's.
        init: `(position, logdensity_fn) -> state`.
        step: `(step_key, state, logdensity_fn, settings) -> (new_state, info)`.
        statistics: `(state, new_state, info, settings) -> Statistics`.
        state: the NamedTuple `(position, logdensity, logdensity_grad)`.
        absent: statistics that the algorithm does not have.
        can_warm_up: whether BlackJAX's window adaptation tunes it.
    """

    name: str
    init: Callable[..., Any]
    step: Callable[..., Any]
    statistics: Callable[..., Statistics]
    state: type
    absent: frozenset[str] = frozenset()
    can_warm_up: bool = True


def _hmc() -> Algorithm:
    from blackjax.mcmc import hmc, metrics

    kernel = hmc.build_kernel()

    def step(key: Any, state: Any, logdensity_fn: LogDensity, settings: Settings) -> Any:
        # BlackJAX makes its metric from the array inside the step, as a plain jitted loop does:
        # made outside the loop, XLA rounds its square root differently.
        return kernel(
            key,
            state,
            logdensity_fn,
            settings.step_size,
            settings.inverse_mass_matrix,
            settings.num_integration_steps,
        )

    def statistics(state: Any, _new_state: Any, info: Any, settings: Settings) -> Statistics:
        kinetic_energy = metrics.default_metric(settings.inverse_mass_matrix).kinetic_energy
        energy = jnp.where(
            info.is_accepted, info.energy, kinetic_energy(info.momentum) - state.logdensity
        )
        return Statistics(
            info.acceptance_rate,
            info.is_accepted,
            info.is_divergent,
            energy,
            info.num_integration_steps,
        )

    return Algorithm("hmc", hmc.init, step, statistics, hmc.HMCState)


def _nuts() -> Algorithm:
    from blackjax.mcmc import hmc, nuts

    kernel = nuts.build_kernel()

    def step(key: Any, state: Any, logdensity_fn: LogDensity, settings: Settings) -> Any:
        return kernel(key, state, logdensity_fn, settings.step_size, settings.inverse_mass_matrix)

    def statistics(_state: Any, _new_state: Any, info: Any, _settings: Settings) -> Statistics:
        return Statistics(
            info.acceptance_rate, np.nan, info.is_divergent, info.energy, info.num_integration_steps
        )

    return Algorithm("nuts", nuts.init, step, statistics, hmc.HMCState, frozenset({"is_accepted"}))


def _mala() -> Algorithm:
    from blackjax.mcmc import mala

    kernel = mala.build_kernel()

    def step(key: Any, state: Any, logdensity_fn: LogDensity, settings: Settings) -> Any:
        return kernel(key, state, logdensity_fn, settings.step_size)

    def statistics(_state: Any, _new_state: Any, info: Any, _settings: Settings) -> Statistics:
        return Statistics(info.acceptance_rate, info.is_accepted, np.nan, np.nan, 1)

    return Algorithm(
        "mala",
        mala.init,
        step,
        statistics,
        mala.MALAState,
        frozenset({"is_divergent", "energy"}),
        can_warm_up=False,
    )


_ALGORITHMS: dict[str, Callable[[], Algorithm]] = {"hmc": _hmc, "nuts": _nuts, "mala": _mala}

#: Names of the algorithms.
ALGORITHMS = tuple(_ALGORITHMS)


@cache
def algorithm(name: str) -> Algorithm:
    """The algorithm of that name.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    one_of("algorithm", name, ALGORITHMS)
    return _ALGORITHMS[name]()


class Programs(NamedTuple):
    """Compiled on first use, once for each dtype, shape of position and mass, and chain count.

    Attributes:
        init: `(position, params) -> state`.
        advance: `(rows, keys, settings, params, count) -> (rows, keys)`: from the last row
            (chains, width) and key (chains, words) of every chain to the next `count` of them,
            (chains, BATCH, width) and (chains, BATCH, words); what follows is zero.
    """

    init: Callable[..., Any]
    advance: Callable[..., Any]


def programs(logdensity_fn: LogDensity, name: str, shape: tuple[int, ...]) -> Programs:
    """The programs for a log density, an algorithm and a shape of position, always the same ones.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, traceable; it keeps them.
        name: of the algorithm.
        shape: of the position.

    Returns:
        The programs.
    """
    kind = algorithm(name)

    def init(position: Any, params: tuple[Any, ...]) -> Any:
        return kind.init(position, lambda x: logdensity_fn(x, *params))

    def make() -> Programs:
        return Programs(jax.jit(init), jax.jit(advance_program(logdensity_fn, name, shape)))

    return remembered(logdensity_fn, ("chain", name, shape), make)


def advance_program(
    logdensity_fn: LogDensity,
    name: str,
    shape: tuple[int, ...],
    share: Share = as_it_is,
    room: int = BATCH,
) -> Callable[..., Any]:
    """What :class:`Programs` calls `advance`, not compiled yet.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, traceable.
        name: of the algorithm.
        shape: of the position.
        share: applied to what other programs do, too.
        room: draws that one call has room for.

    Returns:
        The function.
    """
    return for_each_chain(_advance(algorithm(name), logdensity_fn, Layout(shape), share, room))


def for_each_chain(one: Callable[..., Any]) -> Callable[..., Any]:
    """`(row, key, *rest)` of one chain, vectorised over the chains of `(rows, keys, *rest)`.

    A single chain is not vectorised, as in a plain loop: its branches stay branches.
    """

    def each(rows: Any, keys: Any, *rest: Any) -> Any:
        if len(rows) > 1:
            in_axes = (0, 0, *(None for _ in rest))
            return jax.vmap(one, in_axes=in_axes)(rows, keys, *rest)
        return jax.tree.map(lambda leaf: leaf[None], one(rows[0], keys[0], *rest))

    return each


def stepper(kind: Algorithm, logdensity_fn: LogDensity) -> Callable[..., Any]:
    """`(step_key, state, settings, params) -> (new_state, info)`: one transition."""

    def step(step_key: Any, state: Any, settings: Settings, params: Any) -> Any:
        return kind.step(step_key, state, lambda x: logdensity_fn(x, *params), settings)

    return step


def _advance(
    kind: Algorithm, logdensity_fn: LogDensity, layout: Layout, share: Share, room: int
) -> Callable[..., Any]:
    """The loop over the draws of one chain."""
    put = jax.lax.dynamic_update_index_in_dim
    take = jax.lax.dynamic_index_in_dim
    step = share(stepper(kind, logdensity_fn))

    def advance(row: Any, key: Any, settings: Settings, params: Any, count: Any) -> Any:
        def split(i: Any, carry: Any) -> Any:
            key, keys, step_keys = carry
            new_key, step_key = jax.random.split(jax.random.wrap_key_data(key))
            key = jax.random.key_data(new_key)
            return key, put(keys, key, i, 0), put(step_keys, jax.random.key_data(step_key), i, 0)

        def draw(i: Any, carry: Any) -> Any:
            state, rows = carry
            step_key = jax.random.wrap_key_data(take(step_keys, i, keepdims=False))
            new_state, info = step(step_key, state, settings, params)
            statistics = kind.statistics(state, new_state, info, settings)
            return new_state, put(rows, layout.pack(new_state, statistics), i, 0)

        # The keys do not depend on the draws: a loop of their own is several times faster than
        # splitting between the steps.
        keys = jnp.zeros((room, *key.shape), key.dtype)
        _, keys, step_keys = jax.lax.fori_loop(0, count, split, (key, keys, keys))
        rows = jnp.zeros((room, layout.width), row.dtype)
        state = kind.state(*layout.unpack(row))
        _, rows = jax.lax.fori_loop(0, count, draw, (state, rows))
        return rows, keys

    return advance


def to_numpy(tree: Any) -> Any:
    """The same NamedTuple with NumPy arrays and NumPy scalars for leaves."""
    return jax.tree.map(lambda leaf: np.asarray(leaf)[()], tree)


def initial_keys(seed: int, num_chains: int) -> NDArray[np.uint32]:
    """Key data (chains, words): `key(seed)` for one chain, else `split(key(seed), num_chains)`."""
    key = jax.random.key(seed)
    keys = key[None] if num_chains == 1 else jax.random.split(key, num_chains)
    return np.asarray(jax.random.key_data(keys))
