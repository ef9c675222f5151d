"""The page's sampler against the kernel's: transitions from inside, chains, diagnostics."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import gradwidget as gw
from gradwidget.sampling import Chain, leapfrog_substeps
from gradwidget.sampling._diagnostics import diagnose
from gradwidget.sampling._kernels import initial_keys
from gradwidget.widget import _frames
from gradwidget.widget._page import gradient_module
from gradwidget.widget._sampler_module import ROOMS, sampler_module
from tests.compiler.engines import Program, run_in_node
from tests.publish.chains import SETTINGS, TOLERANCE, cases, compare

PRECISIONS = (("safeguarded", "float64"), ("bfgs", "float32"))

_CALLS = """
export const replay = (name, ...all) => ({%s})[name](...all);
export const advance = (name, ...all) => ({%s})[name](...all)[0][0].slice(0, all.at(-1));
export const judge = (...all) => summary_1024(...all);
export const many = (count) => {
  const column = Array.from({length: count}, (_, i) => Math.sin(i * i));
  const padded = Float64Array.from({length: known.rooms.at(-1)}, (_, i) => column[i] ?? 7);
  return [column, summary_262144(padded, padded, padded, padded, 1, count)];
};
"""


@functools.cache
def module() -> str:
    def table(what: str) -> str:
        names = [f"{name}_{dtype}" for name in SETTINGS for dtype in ("float64", "float32")]
        return ",".join(f"{name}:{what}_{name}" for name in names)

    text = sampler_module(gw.power(), tuple(SETTINGS), PRECISIONS)
    return text + _CALLS % (table("replay"), table("advance"))


def called(name: str, calls: list[tuple[Any, ...]], text: str | None = None) -> list[Any]:
    (found,) = run_in_node([Program(text or module(), calls, name)])
    assert all("out" in one for one in found), [one for one in found if "out" not in one][:1]
    return [one["out"] for one in found]


def given(settings: Any) -> dict[str, Any]:
    return {**settings._asdict(), "inverse_mass_matrix": [1.0]}


@pytest.mark.parametrize(("name", "algorithm"), cases()[4::10])
def test_chains_are_blackjaxs(name, algorithm):
    """Of a tenth of what `make soak` takes."""
    found = compare(name, algorithm, [3], 300)
    assert found.transition <= TOLERANCE
    assert found.whole <= TOLERANCE or not found.is_log_concave


@functools.cache
def chain_of(algorithm: str) -> Chain:
    chain = Chain(
        gw.power().scaled_logdensity_fn,
        (1.0, 3.0),
        algorithm=algorithm,
        settings=SETTINGS[algorithm],
    )
    chain.advance(40)
    return chain


def close(page: Any, kernel: Any) -> None:
    if kernel is None:
        assert page is None
    else:
        np.testing.assert_allclose(page, kernel, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("algorithm", SETTINGS)
def test_a_transition_is_told_as_in_the_kernel(algorithm):
    chain, settings = chain_of(algorithm), SETTINGS[algorithm]
    rows, keys = (records[0] for records in chain._history.views)
    draws = range(0, 40, 4)
    target = [0, 1.0, 3.0]
    calls = [
        (f"{algorithm}_float64", [rows[n].tolist()], [keys[n].tolist()], given(settings), target)
        for n in draws
    ]
    told = called("replay", calls)
    for draw, page in zip(draws, told, strict=True):
        transition = chain.transition(draw=draw)
        step, count = transition.last_step, page["num_points"]
        assert count == len(step.path_position)
        for field in ("path_position", "path_momentum", "path_energy"):
            path = page[field]
            close(path if path is None else path[:count], getattr(step, field))
        for field in ("momentum", "delta_energy", "acceptance_rate", "uniform"):
            close(page[field], getattr(step, field))
        assert page["is_accepted"] == step.is_accepted
        assert page["is_divergent"] == step.is_divergent
        if algorithm == "hmc":
            parts = leapfrog_substeps(transition)
            close(page["substeps"]["position"][: 3 * count - 2], parts.position)
            close(page["substeps"]["momentum"][: 3 * count - 2], parts.momentum)
        if transition.tree is None:
            assert page["tree"] is None
        else:
            tree = page["tree"]
            assert (
                tree["directions"][: tree["num_doublings"]] == transition.tree.directions.tolist()
            )
            for field in ("doubling", "order"):
                assert tree[field][:count] == getattr(transition.tree, field).tolist()
            for field in ("start", "selected", "is_turning", "is_last_discarded"):
                assert tree[field] == getattr(transition.tree, field)


#: The mass of a vector in all the ways in which it can be set.
MASSES = (2.0, [0.5, 2.0], [[1.0, 0.3], [0.3, 0.5]])


@pytest.mark.parametrize("algorithm", SETTINGS)
def test_a_vectors_transition_is_told_as_in_the_kernel(algorithm):
    """In all coordinates, with a number, a vector and a matrix for the mass."""
    problem = gw.gallery()["banana"]
    (bend,) = (parameter.value for parameter in problem.parameters)
    text = sampler_module(problem, (algorithm,), (("safeguarded", "float64"),)) + (
        f"export const replay = (rows, keys, settings, target) =>"
        f"replay_{algorithm}_float64(rows, keys, given(settings), target);"
        f"export const advance = (rows, keys, settings, target) =>"
        f"advance_{algorithm}_float64(rows, keys, given(settings), target, 1)[0][0][0];"
    )
    calls, transitions, rows_after = [], [], []
    for mass in MASSES:
        settings = SETTINGS[algorithm]._replace(inverse_mass_matrix=np.asarray(mass))
        chain = Chain(
            problem.scaled_logdensity_fn,
            (1.0, bend),
            algorithm=algorithm,
            settings=settings,
            initial_position=np.array([1.0, 0.5]),
        )
        chain.advance(6)
        rows, keys = (records[0] for records in chain._history.views)
        told = {**settings._asdict(), "inverse_mass_matrix": np.ravel(mass).tolist()}
        for n in (0, 3, 5):
            calls.append(([rows[n].tolist()], [keys[n].tolist()], told, [0, 1.0, bend]))
            transitions.append(chain.transition(draw=n))
            rows_after.append(rows[n + 1])
    replays, rows = run_in_node([Program(text, calls, "replay"), Program(text, calls, "advance")])
    for replay, row, transition, after in zip(replays, rows, transitions, rows_after, strict=True):
        page, step = replay["out"], transition.last_step
        count = page["num_points"]
        assert count == len(step.path_position)
        for field in ("path_position", "path_momentum", "path_energy"):
            path = page[field]
            close(path if path is None else path[:count], getattr(step, field))
        for field in ("momentum", "acceptance_rate", "uniform"):
            close(page[field], getattr(step, field))
        if algorithm == "hmc":
            parts = leapfrog_substeps(transition)
            close(page["substeps"]["position"][: 3 * count - 2], parts.position)
        np.testing.assert_allclose(row["out"], after, rtol=1e-9, atol=1e-9)


def plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: plain(field) for name, field in value._asdict().items()}
    return value if value is None or isinstance(value, bool) else np.asarray(value).tolist()


def test_its_sentence_is_the_kernels():
    text = gradient_module(gw.power(), PRECISIONS[:1]) + (
        "export const step = (told) => words.describe(told);"
        "export const mark = (...all) => words.mark_text(...all);"
    )
    transitions = [chain_of(a).transition(draw=draw) for a in SETTINGS for draw in range(0, 40, 8)]
    calls = [({"last_step": plain(t.last_step), "tree": plain(t.tree)},) for t in transitions]
    assert called("step", calls, text) == [_frames.describe(t) for t in transitions]
    marks = [(given(settings), name) for name, settings in SETTINGS.items()]
    assert called("mark", marks, text) == [
        _frames.mark_text(settings, name) for name, settings in SETTINGS.items()
    ]


def test_in_single_precision_and_by_bfgs():
    """Each transition from the same state, to single precision's rounding."""
    chain = Chain(
        gw.power().with_solver("bfgs").scaled_logdensity_fn,
        (1.0, 3.0),
        settings=SETTINGS["hmc"],
        dtype="float32",
    )
    chain.advance(60)
    rows, keys = (records[0] for records in chain._history.views)
    target = [1, 1.0, 3.0]
    calls = [
        ("hmc_float32", [rows[n].tolist()], [keys[n].tolist()], given(SETTINGS["hmc"]), target, 1)
        for n in range(60)
    ]
    drawn = np.array([row[0][0] for row in called("advance", calls)])
    # BFGS stops where rounding lets it: a step earlier or later, some of the time.
    assert np.mean(np.abs(drawn - chain.samples[0]) < 1e-4) > 0.9


@pytest.mark.parametrize("num_chains", [1, 2, 16])
def test_several_chains_begin_with_the_kernels_keys(num_chains):
    ((alone, several),) = called("initial_keys", [(7,)])
    keys = [alone] if num_chains == 1 else several[:num_chains]
    assert keys == initial_keys(7, num_chains).tolist()


def test_the_keys_of_draws_that_a_kernel_made():
    keys = chain_of("hmc")._history.views[1][0]
    (found,) = called("following_keys", [(keys[0].tolist(), 40)])
    assert found[:40] == keys[1:].tolist()


@pytest.mark.parametrize("algorithm", SETTINGS)
def test_diagnostics_are_the_kernels(algorithm):
    chain = chain_of(algorithm)
    kernel = diagnose(chain.samples, chain.acceptance_rate, chain.is_divergent, chain.energy, None)
    rows = chain._history.views[0][0, 1:]
    columns = [np.pad(rows[:, column], (0, ROOMS[0] - 40)).tolist() for column in (0, 3, 5, 6)]
    (page,) = called("judge", [(*columns, 1, 40)])
    for name, value in page.items():
        expected = getattr(kernel, name)
        close(value, np.nan if expected is None else expected)


def test_diagnostics_of_many_draws():
    ((column, page),) = called("many", [(20_001,)])
    draws = np.array([column])
    kernel = diagnose(draws, draws, None, draws, None)
    for name in ("ess", "ess_tail", "rhat", "mean", "sd", "ebfmi"):
        assert page[name] == pytest.approx(getattr(kernel, name), rel=1e-9)
