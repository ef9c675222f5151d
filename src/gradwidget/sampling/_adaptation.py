"""Warm-up: BlackJAX's window adaptation of the step size and the mass matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from ._kernels import LogDensity, algorithm, to_numpy
from ._settings import Settings

#: Folded into the key of the chain's seed, so that warm-up and chain share no random numbers.
KEY_DATA = 2**31 - 1


class Warmup(NamedTuple):
    """What a warm-up did, which a chain does not keep, and what it found.

    Attributes:
        settings: with the step size and the inverse mass matrix that were found.
        samples: the positions on the way, `(n,)` or `(n, d)`.
        acceptance_rate: of every transition, `(n,)`.
        is_divergent: whether it diverged, `(n,)`.
        step_size: after every transition, `(n,)`.
        inverse_mass_matrix: after every transition, `(n, d)` or `(n, d, d)`.
    """

    settings: Settings
    samples: NDArray[Any]
    acceptance_rate: NDArray[Any]
    is_divergent: NDArray[np.bool_]
    step_size: NDArray[Any]
    inverse_mass_matrix: NDArray[Any]


def warm_up(
    position: NDArray[Any],
    n: int,
    *,
    seed: int,
    logdensity_fn: LogDensity,
    params: tuple[Any, ...],
    settings: Settings,
    name: str,
) -> Warmup:
    """BlackJAX's `window_adaptation` for `n` draws from a position.

    Args:
        position: where it begins.
        n: number of draws.
        seed: of the chain; the warm-up's key is `fold_in(key(seed), 2**31 - 1)`.
        logdensity_fn: the target.
        params: its parameters, as arrays.
        settings: the number of integration steps stays (HMC); the mass matrix says whether a
            vector or a matrix is looked for.
        name: of the algorithm, "hmc" or "nuts".

    Returns:
        The warm-up. The results are BlackJAX's: the averaged step size, not the last one.

    Raises:
        ValueError: the algorithm has nothing to adapt, or what was found cannot be used.
    """
    if not algorithm(name).can_warm_up:
        raise ValueError(
            f"{name} has no mass matrix and no window adaptation: warm-up is for HMC and NUTS"
        )
    import blackjax

    # Nothing is traced here but the state: the adaptation amplifies a difference in the last
    # digit until the result differs in the second, and a plain call has its numbers as literals.
    extra = {"num_integration_steps": settings.num_integration_steps} if name == "hmc" else {}
    adaptation = blackjax.window_adaptation(
        getattr(blackjax, name),
        lambda x: logdensity_fn(x, *params),
        is_mass_matrix_diagonal=np.ndim(settings.inverse_mass_matrix) == 1,
        **extra,
    )
    key = jax.random.fold_in(jax.random.key(seed), KEY_DATA)
    result, told = adaptation.run(key, position, n)
    told = to_numpy(told)
    step_size = float(result.parameters["step_size"])
    mass = np.asarray(result.parameters["inverse_mass_matrix"], np.float64)
    if not (np.isfinite(step_size) and step_size > 0 and np.all(np.isfinite(mass))):
        raise ValueError(
            f"the warm-up found no usable settings: step size {step_size}, inverse mass {mass}"
        )
    return Warmup(
        Settings(step_size, settings.num_integration_steps, mass),
        samples=told.state.position,
        acceptance_rate=told.info.acceptance_rate,
        is_divergent=told.info.is_divergent,
        step_size=told.adaptation_state.step_size,
        inverse_mass_matrix=told.adaptation_state.inverse_mass_matrix,
    )
