"""NUTS's tree of doublings, replayed.

BlackJAX's NUTS draws a direction, extends its trajectory that way by as many points as it has
drawn so far and one, and repeats until the trajectory turns back or diverges. Its key tells the
directions; how many points there were tells where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ._kernels import LogDensity, Share
from ._settings import Settings
from ._transition import LastStep, Tree

#: BlackJAX's defaults.
MAX_DOUBLINGS = 10
DIVERGENCE_THRESHOLD = 1_000

#: The start and all that ten doublings can add.
_MAX_POINTS = 2**MAX_DOUBLINGS


class _Insides(NamedTuple):
    """The points in the order in which they were computed, padded.

    Attributes:
        path: IntegratorState with a leading axis of 1,024; the start first.
        path_energy: the Hamiltonian there.
        directions: of every doubling that there could have been.
        is_last_discarded: whether the last doubling turned or diverged within itself.
        alive: results of BlackJAX's integration that nobody reads. Without them XLA would leave
            parts of its loop out, and round the rest differently.
    """

    path: Any
    path_energy: Any
    directions: Any
    is_last_discarded: Any
    alive: Any


def replay_nuts(share: Share) -> Callable[..., _Insides]:
    """The traceable replay of what is inside a NUTS transition."""
    from blackjax.mcmc import integrators, metrics, termination, trajectory

    def inside(
        keys: Any, state: Any, info: Any, logdensity: LogDensity, settings: Settings
    ) -> _Insides:
        metric = metrics.default_metric(settings.inverse_mass_matrix)
        energy = trajectory.hmc_energy(metric.kinetic_energy)
        new_termination, update_termination, is_met = termination.iterative_uturn_numpyro(
            metric.check_turning
        )
        integrate = trajectory.dynamic_progressive_integration(
            integrators.velocity_verlet(logdensity, metric.kinetic_energy),
            metric.kinetic_energy,
            update_termination,
            is_met,
            DIVERGENCE_THRESHOLD,
        )
        start = integrators.IntegratorState(
            state.position, info.momentum, state.logdensity, state.logdensity_grad
        )
        start_energy = energy(start)

        def keys_of(doubling: Any) -> tuple[Any, Any]:
            direction, subtree, _ = jax.random.split(jax.random.fold_in(keys[1], doubling), 3)
            return jnp.where(jax.random.bernoulli(direction), 1, -1), subtree

        directions, subtree_keys = jax.vmap(keys_of)(jnp.arange(MAX_DOUBLINGS))

        @share
        def extend(ends: Any, doubling: Any, termination_state: Any, num_points: Any) -> Any:
            """BlackJAX's integration of part of a doubling, from the end that it extends."""
            return integrate(
                subtree_keys[doubling],
                _choose(directions[doubling] > 0, *ends),
                directions[doubling],
                termination_state,
                num_points,
                settings.step_size,
                start_energy,
            )

        @share
        def add_point(i: Any, carry: Any) -> Any:
            (left, right), path, extended = carry
            doubling = _doubling(i)
            # One point, though not as a constant: see `alive`.
            extended = extend((left, right), doubling, extended[2], jnp.minimum(i, 1))
            is_forward = directions[doubling] > 0
            point = _choose(is_forward, extended[1].leftmost_state, extended[1].rightmost_state)
            ends = _choose(is_forward, point, left), _choose(is_forward, right, point)
            path = jax.tree.map(lambda all_, one: all_.at[i].set(one), path, point)
            return ends, path, extended

        path = jax.tree.map(
            lambda leaf: jnp.zeros((_MAX_POINTS, *leaf.shape), leaf.dtype).at[0].set(leaf), start
        )
        last = info.num_trajectory_expansions - 1
        unused = new_termination(start, MAX_DOUBLINGS)
        nothing = extend((start, start), 0, unused, 0 * last)
        before_last = jax.lax.fori_loop(1, 2**last, add_point, ((start, start), path, nothing))
        _, path, extended = jax.lax.fori_loop(
            2**last, info.num_integration_steps + 1, add_point, before_last
        )
        # The last doubling once more in one go, which tells why it ended.
        last_doubling = extend(before_last[0], last, unused, 2**last)
        is_diverging, is_turning = last_doubling[3:]
        return _Insides(
            path,
            jax.vmap(energy)(path),
            directions,
            is_diverging | is_turning,
            (extended, last_doubling),
        )

    return inside


def _choose(condition: Any, no: Any, yes: Any) -> Any:
    """One of two states."""
    return jax.tree.map(lambda a, b: jnp.where(condition, b, a), no, yes)


def _doubling(i: Any) -> Any:
    """The doubling that computed point i, for i >= 1: the position of i's highest bit."""
    return 31 - jax.lax.clz(i.astype(jnp.int32))


class _InTime(NamedTuple):
    """The points in the order of time, and then what is not used."""

    path: Any
    path_energy: Any
    doubling: Any
    order: Any
    start: Any
    selected: Any


def in_time(inside: _Insides, info: Any, new_position: Any) -> _InTime:
    """Puts the points in the order of time, and finds the selected one.

    By NumPy's functions alone and in arrays of fixed length, so that it can be traced.

    Args:
        inside: what was replayed.
        info: BlackJAX's account of the transition.
        new_position: where it led to.

    Returns:
        The path with its energy, what made each point, and where start and end are on it.
    """
    number = np.cumsum(np.ones_like(inside.path_energy, dtype=np.int32)) - 1
    is_used = number <= info.num_integration_steps
    # The highest bit of the number; -1 for the start.
    doubling = sum((number >= 2**k).astype(np.int32) for k in range(MAX_DOUBLINGS)) - 1
    is_backward = is_used & (number > 0) & (inside.directions[np.maximum(doubling, 0)] < 0)
    place = np.where(is_backward, -number, number)
    order = np.argsort(np.where(is_used, place, _MAX_POINTS + number)).astype(np.int32)

    position, by_doubling = inside.path.position[order], doubling[order]
    distance = np.abs(position - new_position).reshape(_MAX_POINTS, -1).max(axis=1)
    is_last = by_doubling == info.num_trajectory_expansions - 1
    is_eligible = is_used[order] & ~(inside.is_last_discarded & is_last)
    return _InTime(
        path=type(inside.path)(*(field[order] for field in inside.path)),
        path_energy=inside.path_energy[order],
        doubling=by_doubling,
        order=order,
        start=np.sum(is_backward),
        selected=np.argmin(np.where(is_eligible, distance, np.inf)),
    )


def tell_nuts(new_state: Any, info: Any, inside: _Insides) -> tuple[LastStep, Any, Tree]:
    """The last step, the path and the tree, the points in the order of time."""
    found = in_time(inside, info, new_state.position)
    taken = slice(int(info.num_integration_steps) + 1)
    path = type(inside.path)(*(field[taken] for field in found.path))
    tree = Tree(
        directions=inside.directions[: int(info.num_trajectory_expansions)],
        doubling=found.doubling[taken],
        order=found.order[taken],
        start=int(found.start),
        selected=int(found.selected),
        is_turning=bool(info.is_turning),
        is_last_discarded=bool(inside.is_last_discarded),
    )
    last_step = LastStep(
        momentum=info.momentum,
        path_position=path.position,
        path_momentum=path.momentum,
        path_energy=found.path_energy[taken],
        delta_energy=None,
        acceptance_rate=float(info.acceptance_rate),
        uniform=None,
        is_accepted=None,
        is_divergent=bool(info.is_divergent),
    )
    return last_step, path, tree
