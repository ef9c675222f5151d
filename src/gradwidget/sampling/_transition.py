"""What a transition consists of, for all algorithms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._settings import Settings

Array = NDArray[Any]


class LastStep(NamedTuple):
    """One transition, in the order in which things happen; None where there is no such thing.

    Every point of the path but the start is a point where the gradient was asked for.

    Attributes:
        momentum: drawn at the start, of the position's shape. HMC and NUTS.
        path_position: where the integrator went, `(n + 1,)` or `(n + 1, d)`. HMC: the start and
            after each of n leapfrog steps. NUTS: all points of all doublings in the order of
            time, which is not that in which they were computed. MALA: start and proposal.
        path_momentum: of the same shape; HMC's end is not yet flipped. HMC and NUTS.
        path_energy: the Hamiltonian along the path, `(n + 1,)`. HMC and NUTS.
        delta_energy: energy at the start minus energy at the end, BlackJAX's sign: above 0 the
            path ended lower; minus infinity where the end is not a number. Its exponential, at
            most 1, is the acceptance probability. HMC.
        acceptance_rate: that probability; NUTS: its mean over the path.
        uniform: the number in [0, 1) drawn to decide. HMC and MALA.
        is_accepted: `uniform < acceptance_rate`. HMC and MALA.
        is_divergent: whether the energy rose by more than 1,000. HMC and NUTS.
    """

    momentum: Array | None
    path_position: Array
    path_momentum: Array | None
    path_energy: Array | None
    delta_energy: float | None
    acceptance_rate: float
    uniform: float | None
    is_accepted: bool | None
    is_divergent: bool | None


class Tree(NamedTuple):
    """How NUTS made its path: `k` doublings, the points in the order of time.

    Attributes:
        directions: of each doubling, `(k,)`: 1 forward in time, -1 backward.
        doubling: of each point, `(n + 1,)`: the doubling that computed it, -1 for the start.
        order: of each point, `(n + 1,)`: when it was computed, 0 for the start.
        start: index of the start in the path.
        selected: index of the point that became the new state.
        is_turning: whether a U-turn ended the transition.
        is_last_discarded: whether the last doubling was not eligible, because it turned or
            diverged within itself.
    """

    directions: Array
    doubling: Array
    order: Array
    start: int
    selected: int
    is_turning: bool
    is_last_discarded: bool


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
        path: BlackJAX's IntegratorState with a leading axis, `(n + 1, ...)` in each field, for the
            log density and its gradient along the path; MALA has no momentum in it.
        tree: NUTS only.
    """

    state: Any
    new_state: Any
    info: Any
    last_step: LastStep
    settings: Settings
    draw: int
    chain: int
    path: Any
    tree: Tree | None = None


class Substeps(NamedTuple):
    """A leapfrog path in its smallest parts.

    Attributes:
        name: what was done, `3 n + 1` of "start", "half kick" and "drift".
        position: after it, `(3 n + 1,)` or `(3 n + 1, d)`.
        momentum: likewise.
    """

    name: tuple[str, ...]
    position: Array
    momentum: Array


def leapfrog_substeps(transition: Transition) -> Substeps:
    """The half kicks and drifts of an HMC transition.

    Every third point is the path's own, bit for bit; the momentum between two half kicks is
    computed from it as BlackJAX's integrator does.

    Args:
        transition: of HMC.

    Returns:
        The start and three parts for each leapfrog step.

    Raises:
        ValueError: the algorithm is another.
    """
    path = transition.path
    if path.momentum is None or transition.tree is not None:
        raise ValueError("only an HMC transition is one leapfrog path")
    step_size = np.asarray(transition.settings.step_size, path.position.dtype)
    position, momentum = substep_arrays(path, step_size)
    names = ("start", *(("half kick", "drift", "half kick") * (len(path.position) - 1)))
    return Substeps(names, position, momentum)


def substep_arrays(path: Any, step_size: Any) -> tuple[Array, Array]:
    """Positions and momenta of the half kicks and drifts; by NumPy's functions alone.

    Args:
        path: BlackJAX's IntegratorState, `(n + 1, ...)` in each field.
        step_size: of the integrator, of the path's dtype.

    Returns:
        Both, `(3 n + 1, ...)`.
    """
    position, momentum = path.position, path.momentum
    kicked = momentum[:-1] + step_size * 0.5 * path.logdensity_grad[:-1]

    def interleave(start: Array, *parts: Array) -> Array:
        steps = np.stack(parts, axis=1).reshape(-1, *start.shape)
        return np.concatenate([start[None], steps])

    return (
        interleave(position[0], position[:-1], position[1:], position[1:]),
        interleave(momentum[0], kicked, kicked, momentum[1:]),
    )
