"""Chains of the page's module beside the kernel's, for the gallery's problems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

import gradwidget as gw
from gradwidget._context import computing
from gradwidget.sampling import ALGORITHMS, Chain, Settings
from gradwidget.widget._sampler_module import sampler_module
from tests.compiler.engines import Program, run_in_node

#: Of every transition from the same state, and of whole chains on log-concave targets.
TOLERANCE = 1e-9

#: From each row and key of the kernel's chain one draw; and a whole chain from its start.
_CALLS = """
export function each(rows, keys, settings, target) {
  return rows.map((row, i) => {
    const [[next], [key]] = advance_%(name)s_float64([row], [keys[i]], settings, target, 1);
    return [next[0], key[0]];
  });
}
export function whole(position, seed, settings, target, count) {
  let rows = start_%(name)s_float64(position, target);
  let keys = [initial_keys(seed)[0]];
  const all = [];
  for (let left = count; left > 0; left -= known.batch) {
    const [newRows, newKeys] =
      advance_%(name)s_float64(rows, keys, settings, target, Math.min(left, known.batch));
    all.push(...newRows[0].slice(0, left));
    [rows, keys] = [[all.at(-1)], [newKeys[0][Math.min(left, known.batch) - 1]]];
  }
  return all;
}
"""

#: MALA's step is short enough that two chains with the same noise come together wherever the
#: target is log-concave: with a longer one rounding errors grow, and whole chains cannot agree.
SETTINGS = {"hmc": Settings(0.3, 5), "nuts": Settings(0.3), "mala": Settings(0.1)}


class Difference(NamedTuple):
    """How far the page is from the kernel, relative where numbers are above 1.

    Attributes:
        transition: the worst transition from the same state.
        whole: the worst draw of the whole chains.
        is_log_concave: whether the target is.
        num_transitions: how many were compared.
    """

    transition: float
    whole: float
    is_log_concave: bool
    num_transitions: int


def cases() -> list[tuple[str, str]]:
    """Every problem of the gallery with d <= 2, with every algorithm."""
    small = [name for name, problem in gw.gallery().items() if (problem.dim or 1) <= 2]
    return list(itertools.product(small, ALGORITHMS))


def compare(name: str, algorithm: str, seeds: Sequence[int], num_draws: int) -> Difference:
    """Draws chains with the kernel, and the same in node."""
    problem = gw.gallery()[name]
    params = tuple(parameter.value for parameter in problem.parameters)
    start = np.full(problem.dim or (), problem.x.value)
    text = sampler_module(problem, (algorithm,), (("safeguarded", "float64"),))
    text += _CALLS % {"name": algorithm}
    mass = [1.0] if problem.dim is None else np.eye(problem.dim).tolist()
    given = {**SETTINGS[algorithm]._asdict(), "inverse_mass_matrix": mass}
    target = [0, 1.0, *params]
    chain = Chain(
        problem.scaled_logdensity_fn,
        (1.0, *params),
        algorithm=algorithm,
        settings=SETTINGS[algorithm],
        initial_position=start,
    )
    each, whole, drawn = [], [], []
    for seed in seeds:
        chain.restart(seed=seed)
        chain.advance(num_draws)
        rows, keys = (records[0] for records in chain._history.views)
        each.append((rows[:-1].tolist(), keys[:-1].tolist(), given, target))
        whole.append((start.tolist(), seed, given, target, num_draws))
        drawn.append((rows[1:].copy(), keys[1:].tolist()))
    one_by_one, at_once = run_in_node([Program(text, each, "each"), Program(text, whole, "whole")])
    transition = as_a_whole = 0.0
    for (rows, keys), steps, chain_rows in zip(drawn, one_by_one, at_once, strict=True):
        assert "out" in steps, steps
        assert "out" in chain_rows, chain_rows
        assert [key for _, key in steps["out"]] == keys, f"{name} {algorithm}: keys"
        dim = problem.dim or 1
        page = np.array([row for row, _ in steps["out"]])
        transition = max(transition, _difference(page[:, :dim], rows[:, :dim]))
        page = np.array(chain_rows["out"])
        as_a_whole = max(as_a_whole, _difference(page[:, :dim], rows[:, :dim]))
    return Difference(
        transition, as_a_whole, is_log_concave(problem, params), len(seeds) * num_draws
    )


def _difference(page: NDArray[Any], kernel: NDArray[Any]) -> float:
    return float(np.max(np.abs(page - kernel) / np.maximum(1.0, np.abs(kernel))))


def is_log_concave(problem: gw.Problem, params: tuple[float, ...]) -> bool:
    """Whether the log density lies above its chords, between all pairs of a grid's points."""
    dim = problem.dim or 1
    axis = np.linspace(-3.0, 3.0, 61 if dim == 1 else 9)
    points = np.stack(np.meshgrid(*[axis] * dim), axis=-1).reshape(-1, dim)
    first, second = (points[pair] for pair in np.triu_indices(len(points), 1))
    with computing("float64"):
        shape = () if problem.dim is None else (dim,)
        at = jax.jit(jax.vmap(lambda x: problem.logdensity_fn(x.reshape(shape), *params)))
        ends, other, middle = (np.asarray(at(x)) for x in (first, second, (first + second) / 2))
    chord = (ends + other) / 2
    known = np.isfinite(chord)
    return bool(np.all(middle[known] >= chord[known] - 1e-9 * (1 + np.abs(chord[known]))))
