"""A transition seen from inside: the leapfrog path and the decision, as BlackJAX computed them.

BlackJAX hands out where a transition ended, not how it got there. The same start, the same key
and BlackJAX's own integrator give the path; the order in which its kernel splits the key gives
the uniform number behind accept or reject.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ._kernels import Algorithm, LogDensity, algorithm, for_each_chain, to_numpy
from ._rows import Layout
from ._settings import MAX_INTEGRATION_STEPS, Settings


class LastStep(NamedTuple):
    """One transition, in the order in which things happen. `n` is the number of leapfrog steps.

    Attributes:
        momentum: drawn at the start, of the position's shape.
        path_position: where the integrator went, `(n + 1,)` or `(n + 1, d)`, the start first.
        path_momentum: of the same shape; at the end not yet flipped.
        path_energy: the Hamiltonian along the path, `(n + 1,)`.
        delta_energy: energy at the start minus energy at the end, BlackJAX's sign: above 0 the
            path ended lower; minus infinity where the end is not a number. Its exponential, at
            most 1, is the acceptance probability.
        acceptance_rate: that probability.
        uniform: the number in [0, 1) drawn to decide.
        is_accepted: `uniform < acceptance_rate`.
        is_divergent: whether the energy rose by more than 1,000.
    """

    momentum: NDArray[Any]
    path_position: NDArray[Any]
    path_momentum: NDArray[Any]
    path_energy: NDArray[Any]
    delta_energy: float
    acceptance_rate: float
    uniform: float
    is_accepted: bool
    is_divergent: bool


class Transition(NamedTuple):
    """A transition of one chain.

    Attributes:
        state: BlackJAX's state before it.
        new_state: BlackJAX's state after it.
        info: BlackJAX's account of it.
        last_step: what BlackJAX does not tell.
        settings: those that it was computed with.
        draw: index of the draw that it led to.
        chain: index of the chain.
    """

    state: Any
    new_state: Any
    info: Any
    last_step: LastStep
    settings: Settings
    draw: int
    chain: int


class _Replayed(NamedTuple):
    """What the compiled replay of HMC gives, the path padded to its longest."""

    state: Any
    new_state: Any
    info: Any
    path: Any
    path_energy: Any
    delta_energy: Any
    uniform: Any


def replay(
    rows: NDArray[Any],
    keys: NDArray[Any],
    chain: int,
    *,
    logdensity_fn: LogDensity,
    params: tuple[Any, ...],
    settings: Settings,
    name: str,
    shape: tuple[int, ...],
) -> tuple[Any, Any, Any, LastStep]:
    """One transition from the rows and the keys that precede it.

    All chains take the step, in the same way as when they were drawn: XLA would round some steps
    of one chain alone differently.

    Args:
        rows: the states of all chains before the transition.
        keys: data of the keys that the transitions' own keys are split from.
        chain: the one to tell of.
        logdensity_fn: the target.
        params: its parameters, traced.
        settings: the sampler's, traced.
        name: of the algorithm.
        shape: of the position.

    Returns:
        `state, new_state, info` as BlackJAX's NamedTuples in NumPy, and the :class:`LastStep`.
    """
    program = _program(logdensity_fn, name, shape)
    replayed: _Replayed = to_numpy(program(rows, keys, np.int32(chain), settings, params))
    taken = slice(int(settings.num_integration_steps) + 1)
    info = replayed.info
    last_step = LastStep(
        momentum=info.momentum,
        path_position=replayed.path.position[taken],
        path_momentum=replayed.path.momentum[taken],
        path_energy=replayed.path_energy[taken],
        delta_energy=float(replayed.delta_energy),
        acceptance_rate=float(info.acceptance_rate),
        uniform=float(replayed.uniform),
        is_accepted=bool(info.is_accepted),
        is_divergent=bool(info.is_divergent),
    )
    return replayed.state, replayed.new_state, info, last_step


@lru_cache(maxsize=32)
def _program(logdensity_fn: LogDensity, name: str, shape: tuple[int, ...]) -> Callable[..., Any]:
    one = _hmc(algorithm(name), logdensity_fn, Layout(shape))
    each = for_each_chain(one)

    def run(rows: Any, keys: Any, chain: Any, settings: Settings, params: Any) -> Any:
        replayed = each(rows, keys, settings, params)
        return jax.tree.map(lambda leaf: leaf[chain], replayed)

    return jax.jit(run)


def _hmc(kind: Algorithm, logdensity_fn: LogDensity, layout: Layout) -> Callable[..., Any]:
    from blackjax.mcmc import integrators, metrics
    from blackjax.mcmc.proposal import safe_energy_diff
    from blackjax.mcmc.trajectory import hmc_energy

    def run(row: Any, key_data: Any, settings: Settings, params: tuple[Any, ...]) -> _Replayed:
        def logdensity(x: Any) -> Any:
            return logdensity_fn(x, *params)

        _, step_key = jax.random.split(jax.random.wrap_key_data(key_data))
        state = kind.state(*layout.unpack(row))
        new_state, info = kind.step(step_key, state, logdensity, settings)

        kinetic_energy = metrics.default_metric(settings.inverse_mass_matrix).kinetic_energy
        integrate = integrators.velocity_verlet(logdensity, kinetic_energy)
        energy = hmc_energy(kinetic_energy)

        def record(i: Any, path: Any, point: Any) -> Any:
            return jax.tree.map(lambda whole, part: whole.at[i].set(part), path, point)

        def leapfrog(i: Any, carry: Any) -> Any:
            point, path = carry
            point = integrate(point, settings.step_size)
            return point, record(i + 1, path, point)

        start = integrators.IntegratorState(
            state.position, info.momentum, state.logdensity, state.logdensity_grad
        )
        path = jax.tree.map(
            lambda leaf: jnp.zeros((MAX_INTEGRATION_STEPS + 1, *leaf.shape), leaf.dtype), start
        )
        _, path = jax.lax.fori_loop(
            0, settings.num_integration_steps, leapfrog, (start, record(0, path, start))
        )
        # The kernel splits the step's key into one for the momentum and one for the decision,
        # which `jax.random.bernoulli` takes by comparing a uniform number.
        _, decision_key = jax.random.split(step_key, 2)
        return _Replayed(
            state=state,
            new_state=new_state,
            info=info,
            path=path,
            path_energy=jax.vmap(energy)(path),
            delta_energy=safe_energy_diff(energy(start), info.energy),
            uniform=jax.random.uniform(decision_key, dtype=info.acceptance_rate.dtype),
        )

    return run
