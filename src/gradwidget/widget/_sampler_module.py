"""The sampler that the page computes with: the kernel's own programs, as one ES module.

The page has a program for each algorithm and each dtype; the solver is an argument of the log
density. What programs have in common is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._context import computing
from ..compiler import Traced, module_text, trace, traceable
from ..problems import Problem
from ..sampling import MAX_CHAINS, Settings
from ..sampling._kernels import advance_program, algorithm
from ..sampling._replay import replay_program
from ..sampling._rows import Layout
from ..sampling._summary import summary
from ..sampling._transition import substep_arrays
from ..sampling._tree import in_time

#: Which gradient the page computes: the solver and the dtype.
Precision = tuple[str, str]

#: Draws that one call has room for: what has room is written out, used or not.
BATCH = 64

#: The diagnostics of so many draws, of all chains together, have a program.
ROOMS = (1_024, 8_192, 262_144)


class Told(NamedTuple):
    """A transition from inside, as the page reads it; paths are padded.

    Attributes:
        momentum: drawn at the start, or None.
        path_position: in the order of time.
        path_momentum: likewise, or None.
        path_energy: likewise, or None.
        num_points: how many of them there are.
        delta_energy: or None.
        acceptance_rate: of the transition.
        uniform: or None.
        is_accepted: or None.
        is_divergent: or None.
        substeps: positions and momenta of the half kicks and drifts, or None.
        tree: of NUTS, or None.
    """

    momentum: Any
    path_position: Any
    path_momentum: Any
    path_energy: Any
    num_points: Any
    delta_energy: Any
    acceptance_rate: Any
    uniform: Any
    is_accepted: Any
    is_divergent: Any
    substeps: Any = None
    tree: Any = None


class ToldTree(NamedTuple):
    """How NUTS made a path; padded."""

    directions: Any
    num_doublings: Any
    doubling: Any
    order: Any
    start: Any
    selected: Any
    is_turning: Any
    is_last_discarded: Any


#: What a module makes of the mass that was set: of a vector always a matrix, so that one program
#: serves a number, a vector and a matrix.
_GIVEN = """
export const given = ({ inverse_mass_matrix: mass, ...settings }) => ({
  ...settings,
  inverse_mass_matrix: Array.from({ length: known.dim }, (_, i) =>
    Array.from({ length: known.dim }, (_, j) =>
      mass.length === known.dim ** 2 ? mass[i * known.dim + j] : i === j ? mass[i] ?? mass[0] : 0,
    ),
  ),
});
"""
_GIVEN_OF_A_NUMBER = "export const given=(settings)=>settings;\n"


def sampler_module(
    problem: Problem,
    algorithms: Sequence[str],
    precisions: Sequence[Precision],
    dim: int | None = None,
) -> str:
    """The module that samples: BlackJAX's transitions, one of them from inside, and diagnostics.

    Args:
        problem: what the log density is built on.
        algorithms: BlackJAX's names.
        precisions: solvers, and dtypes of the chain.
        dim: the number of components of a vector x; by default as the problem says.

    Returns:
        The text of an ES module; js/engine/translated.ts tells what it exports.

    Raises:
        UnsupportedPrimitiveError: the problem cannot be translated.
    """
    dim = problem.dim if dim is None else dim
    shape = () if dim is None else (dim,)
    solvers = list(dict.fromkeys(solver for solver, _ in precisions))
    logdensity_fn = _one_of([problem.with_solver(solver) for solver in solvers])
    traced: dict[str, Traced] = {}
    for name in algorithms:
        for dtype in dict.fromkeys(dtype for _, dtype in precisions):
            with computing(dtype):
                made = _programs(logdensity_fn, name, shape, dtype, len(problem.parameters))
            traced |= {f"{what}_{name}_{dtype}": program for what, program in made.items()}
    with computing("float64"):
        traced["initial_keys"] = trace(_initial_keys, (np.uint32(0),))
        key = np.zeros(2, np.uint32)
        traced["following_keys"] = trace(_following_keys, (key, np.int32(1)))
        for room in ROOMS:
            column = np.zeros(room)
            count = (np.int32(1), np.int32(1))
            traced[f"summary_{room}"] = trace(summary, (*[column] * 4, *count))
        text = module_text(traced)
    known = {
        "dim": dim,
        "algorithms": list(algorithms),
        "batch": BATCH,
        "rooms": ROOMS,
        "solvers": solvers,
        "precisions": [f"{solver}_{dtype}" for solver, dtype in precisions],
    }
    given = _GIVEN_OF_A_NUMBER if dim is None else _GIVEN
    return f"{text}export const known={json.dumps(known, separators=(',', ':'))};\n{given}"


def _programs(
    logdensity_fn: Callable[..., Any], name: str, shape: tuple[int, ...], dtype: str, count: int
) -> dict[str, Traced]:
    """The programs of an algorithm in a dtype."""
    layout = Layout(shape)
    x, params = np.full(shape, 0.5, dtype), [np.asarray(2.0, dtype)] * count
    target = (np.int32(0), np.asarray(1.0, dtype), *params)
    rows, keys = np.zeros((1, layout.width), dtype), np.zeros((1, 2), np.uint32)
    mass = np.eye(layout.dim) if shape else np.ones(1)
    settings = Settings(0.3, 5, mass).as_arrays(dtype)
    kind = algorithm(name)

    def start(position: Any, target: Any) -> Any:
        state = kind.init(position, lambda x: logdensity_fn(x, *target))
        return traceable(layout.first_row)(tuple(state))[None]

    advance = advance_program(logdensity_fn, name, shape, jax.jit, BATCH)
    replay = replay_program(logdensity_fn, name, shape, jax.jit)

    def told(rows: Any, keys: Any, settings: Settings, target: Any) -> Told:
        found = replay(rows, keys, np.int32(0), settings, target)
        return _TOLD[name](found, settings)

    return {
        "start": trace(start, (x, target)),
        "advance": trace(advance, (rows, keys, settings, target, np.int32(1))),
        "replay": trace(told, (rows, keys, settings, target)),
    }


def _one_of(problems: Sequence[Problem]) -> Callable[..., Any]:
    """`(x, solver, gradient_scale, *params)`: the log density, the solver by its number.

    Its gradient is computed beside it, in one function that all programs call.
    """

    def valued(problem: Problem) -> Callable[..., Any]:
        return lambda x, *target: jax.value_and_grad(problem.scaled_logdensity_fn)(x, *target)

    # Without an inner problem there is nothing to solve in different ways.
    branches = [valued(problem) for problem in dict.fromkeys(problems)]

    @jax.jit
    def both(x: Any, solver: Any, *target: Any) -> Any:
        if len(branches) == 1:
            return branches[0](x, *target)
        return jax.lax.switch(solver, branches, x, *target)

    @jax.custom_jvp
    def logdensity(x: Any, solver: Any, *target: Any) -> Any:
        return both(x, solver, *target)[0]

    @logdensity.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        value, gradient = both(*primals)
        return value, jnp.sum(gradient * tangents[0])

    return logdensity


def _initial_keys(seed: Any) -> Any:
    """The key of a chain that is alone, and of each of as many as there can be.

    The n-th of c keys does not depend on c, as JAX splits them.
    """
    key = jax.random.key(seed)
    several = jax.random.split(key, MAX_CHAINS)
    return jax.random.key_data(key), jax.random.key_data(several)


def _following_keys(key: Any, count: Any) -> Any:
    """The keys after one, each the first half of the one before."""

    def split(i: Any, carry: Any) -> Any:
        key, keys = carry
        key = jax.random.key_data(jax.random.split(jax.random.wrap_key_data(key))[0])
        return key, keys.at[i].set(key)

    keys = jnp.zeros((BATCH, *key.shape), key.dtype)
    return jax.lax.fori_loop(0, count, split, (key, keys))[1]


def _told_hmc(found: Any, settings: Settings) -> Told:
    info, inside = found.info, found.inside
    path, step_size = inside.path, settings.step_size
    position, momentum = traceable(substep_arrays)(path, step_size)
    return Told(
        momentum=info.momentum,
        path_position=path.position,
        path_momentum=path.momentum,
        path_energy=inside.path_energy,
        num_points=info.num_integration_steps + 1,
        delta_energy=inside.delta_energy,
        acceptance_rate=info.acceptance_rate,
        uniform=inside.uniform,
        is_accepted=info.is_accepted,
        is_divergent=info.is_divergent,
        substeps={"position": position, "momentum": momentum},
    )


def _told_mala(found: Any, _settings: Settings) -> Told:
    info, inside = found.info, found.inside
    return Told(
        momentum=None,
        path_position=inside.path.position,
        path_momentum=None,
        path_energy=None,
        num_points=np.int32(2),
        delta_energy=None,
        acceptance_rate=info.acceptance_rate,
        uniform=inside.uniform,
        is_accepted=info.is_accepted,
        is_divergent=None,
    )


def _told_nuts(found: Any, _settings: Settings) -> Told:
    info, inside = found.info, found.inside
    # Nobody reads these here.
    inside = inside._replace(alive=None)
    ordered = traceable(in_time)(inside, info, found.new_state.position)
    return Told(
        momentum=info.momentum,
        path_position=ordered.path.position,
        path_momentum=ordered.path.momentum,
        path_energy=ordered.path_energy,
        num_points=info.num_integration_steps + 1,
        delta_energy=None,
        acceptance_rate=info.acceptance_rate,
        uniform=None,
        is_accepted=None,
        is_divergent=info.is_divergent,
        tree=ToldTree(
            directions=inside.directions,
            num_doublings=info.num_trajectory_expansions,
            doubling=ordered.doubling,
            order=ordered.order,
            start=ordered.start,
            selected=ordered.selected,
            is_turning=info.is_turning,
            is_last_discarded=inside.is_last_discarded,
        ),
    )


_TOLD: dict[str, Callable[..., Told]] = {
    "hmc": _told_hmc,
    "nuts": _told_nuts,
    "mala": _told_mala,
}
