"""A transition seen from inside, as BlackJAX computed it.

BlackJAX hands out where a transition ended, not how it got there. The same start, the same key
and BlackJAX's own integrator give the path; the order in which its kernels split the key gives
the uniform number behind accept or reject.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ._kernels import LogDensity, Share, algorithm, as_it_is, for_each_chain, stepper, to_numpy
from ._memory import remembered
from ._rows import Layout
from ._settings import MAX_INTEGRATION_STEPS, Settings
from ._transition import LastStep, Transition
from ._tree import replay_nuts, tell_nuts


class _Replayed(NamedTuple):
    """What a compiled replay gives, the path padded to its longest."""

    state: Any
    new_state: Any
    info: Any
    inside: Any


class _Insides(NamedTuple):
    path: Any
    path_energy: Any
    delta_energy: Any
    uniform: Any


def replay(
    rows: NDArray[Any],
    keys: NDArray[Any],
    *,
    chain: int,
    draw: int,
    logdensity_fn: LogDensity,
    params: tuple[Any, ...],
    settings: Settings,
    name: str,
    shape: tuple[int, ...],
) -> Transition:
    """One transition from the rows and the keys that precede it.

    All chains take the step, in the same way as when they were drawn: XLA would round some steps
    of one chain alone differently.

    Args:
        rows: the states of all chains before the transition.
        keys: data of the keys that the transitions' own keys are split from.
        chain: the one to tell of.
        draw: index of the draw that the transition led to.
        logdensity_fn: the target.
        params: its parameters, as arrays.
        settings: the sampler's, checked.
        name: of the algorithm.
        shape: of the position.

    Returns:
        The transition, in NumPy.
    """
    program = remembered(
        logdensity_fn, ("replay", name, shape), lambda: replay_program(logdensity_fn, name, shape)
    )
    traced = settings.as_arrays(rows.dtype)
    found: _Replayed = to_numpy(program(rows, keys, np.int32(chain), traced, params))
    last_step, path, tree = _TELL[name](found.new_state, found.info, found.inside)
    return Transition(
        found.state, found.new_state, found.info, last_step, settings, draw, chain, path, tree
    )


def replay_program(
    logdensity_fn: LogDensity, name: str, shape: tuple[int, ...], share: Share = as_it_is
) -> Callable[..., Any]:
    """`(rows, keys, chain, settings, params) -> _Replayed`: the compiled replay.

    Args:
        logdensity_fn: `(x, *params) -> scalar`, traceable.
        name: of the algorithm.
        shape: of the position.
        share: applied to what occurs several times.

    Returns:
        The jitted function.
    """
    kind, inside, layout = algorithm(name), _INSIDE[name](share), Layout(shape)
    step = share(stepper(kind, logdensity_fn))

    def one(row: Any, key: Any, settings: Settings, params: tuple[Any, ...]) -> _Replayed:
        def logdensity(x: Any) -> Any:
            return logdensity_fn(x, *params)

        _, step_key = jax.random.split(jax.random.wrap_key_data(key))
        state = kind.state(*layout.unpack(row))
        new_state, info = step(step_key, state, settings, params)
        # Every kernel splits its key in two: for what moves the state, and for the decision.
        keys = jax.random.split(step_key, 2)
        return _Replayed(state, new_state, info, inside(keys, state, info, logdensity, settings))

    each = for_each_chain(one)

    def run(rows: Any, keys: Any, chain: Any, settings: Settings, params: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf[chain], each(rows, keys, settings, params))

    return jax.jit(run)


def _replay_hmc(_share: Share) -> Callable[..., _Insides]:
    from blackjax.mcmc import integrators, metrics
    from blackjax.mcmc.proposal import safe_energy_diff
    from blackjax.mcmc.trajectory import hmc_energy

    def inside(
        keys: Any, state: Any, info: Any, logdensity: LogDensity, settings: Settings
    ) -> _Insides:
        kinetic_energy = metrics.default_metric(settings.inverse_mass_matrix).kinetic_energy
        integrate = integrators.velocity_verlet(logdensity, kinetic_energy)
        energy = hmc_energy(kinetic_energy)

        def leapfrog(i: Any, carry: Any) -> Any:
            point, path = carry
            point = integrate(point, settings.step_size)
            return point, jax.tree.map(lambda all_, one: all_.at[i + 1].set(one), path, point)

        start = integrators.IntegratorState(
            state.position, info.momentum, state.logdensity, state.logdensity_grad
        )
        path = jax.tree.map(
            lambda leaf: (
                jnp.zeros((MAX_INTEGRATION_STEPS + 1, *leaf.shape), leaf.dtype).at[0].set(leaf)
            ),
            start,
        )
        _, path = jax.lax.fori_loop(0, settings.num_integration_steps, leapfrog, (start, path))
        return _Insides(
            path,
            jax.vmap(energy)(path),
            safe_energy_diff(energy(start), info.energy),
            _uniform(keys[1], info.acceptance_rate),
        )

    return inside


def _tell_hmc(_new_state: Any, info: Any, inside: _Insides) -> tuple[LastStep, Any, None]:
    taken = slice(int(info.num_integration_steps) + 1)
    path = type(inside.path)(*(field[taken] for field in inside.path))
    last_step = LastStep(
        momentum=info.momentum,
        path_position=path.position,
        path_momentum=path.momentum,
        path_energy=inside.path_energy[taken],
        delta_energy=float(inside.delta_energy),
        acceptance_rate=float(info.acceptance_rate),
        uniform=float(inside.uniform),
        is_accepted=bool(info.is_accepted),
        is_divergent=bool(info.is_divergent),
    )
    return last_step, path, None


def _replay_mala(_share: Share) -> Callable[..., _Insides]:
    from blackjax.mcmc import diffusions, integrators

    def inside(
        keys: Any, state: Any, info: Any, logdensity: LogDensity, settings: Settings
    ) -> _Insides:
        diffuse = diffusions.overdamped_langevin(jax.value_and_grad(logdensity))
        proposal = diffuse(keys[0], state, settings.step_size)
        position, value, gradient = (jnp.stack(pair) for pair in zip(state, proposal, strict=True))
        path = integrators.IntegratorState(position, None, value, gradient)
        return _Insides(path, None, None, _uniform(keys[1], info.acceptance_rate))

    return inside


def _tell_mala(_new_state: Any, info: Any, inside: _Insides) -> tuple[LastStep, Any, None]:
    last_step = LastStep(
        momentum=None,
        path_position=inside.path.position,
        path_momentum=None,
        path_energy=None,
        delta_energy=None,
        acceptance_rate=float(info.acceptance_rate),
        uniform=float(inside.uniform),
        is_accepted=bool(info.is_accepted),
        is_divergent=None,
    )
    return last_step, inside.path, None


def _uniform(key: jax.Array, acceptance_rate: jax.Array) -> jax.Array:
    """The number that `jax.random.bernoulli(key, acceptance_rate)` compares."""
    return jax.random.uniform(key, dtype=acceptance_rate.dtype)


_INSIDE: dict[str, Callable[[Share], Callable[..., Any]]] = {
    "hmc": _replay_hmc,
    "nuts": replay_nuts,
    "mala": _replay_mala,
}
_TELL: dict[str, Callable[..., tuple[LastStep, Any, Any]]] = {
    "hmc": _tell_hmc,
    "nuts": tell_nuts,
    "mala": _tell_mala,
}
