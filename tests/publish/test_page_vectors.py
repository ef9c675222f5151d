"""The page's module for vectors against the kernel: the point, the line, the plane, in words."""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np
import pytest

import gradwidget as gw
from gradwidget._context import computing
from gradwidget.inspection import inspect_curve, inspect_plane, unit_direction
from gradwidget.inspection._headline import headline, headline_of, reference_name
from gradwidget.inspection._table import gradient_table, through_solver
from gradwidget.sampling import exact_marginals, on_plane
from gradwidget.widget._page import gradient_module
from gradwidget.widget._plane_mesh import (
    ROUNDS,
    _edges,
    _nodes,
    mesh_marginals,
    narrowed,
    search_grids,
)
from tests.compiler.engines import Program, run_in_node
from tests.publish.test_page_module import plain

_CALLS = """
export function whole(key, dtype, x, ...params) {
  const said = answers[key](x, ...params);
  return inspect_point(x, said, known.eps[dtype], ...params);
}
export function line(key, dtype, x, t, v, ...params) {
  const said = answers[key](x, ...params);
  return [inspect_on_line, inspect_line].map(
    (inspect) => inspect(x, t, v, said, known.eps[dtype], ...params),
  );
}
export function plane(key, dtype, x, first, second, ...params) {
  const said = answers[key](x, ...params);
  return inspect_plane(x, first, second, said, known.eps[dtype], ...params);
}
export const told = (...all) => words.headline_of(...all, known.rtol, null);
export const rows = (...all) => words.rows_of(...all);
"""

#: By name: the problem, the number of components, what it is computed in, the points.
PROBLEMS = {
    "joint": ("quadratic", 2, "safeguarded_float64", [(0.8, -0.4), (0.0, 0.0), (2.0, 1e-7)]),
    "elementwise": ("power", 3, "bfgs_float64", [(0.3, 0.18, -0.5), (0.0, 1.0, 5.84)]),
    "without an inner problem": ("funnel", 2, "safeguarded_float32", [(0.5, -0.3), (-2.0, 1.0)]),
    "without a closed form": (
        "optimal_transport",
        2,
        "safeguarded_float64",
        [(0.5, 0.3), (0.2, 0.1)],
    ),
}


@functools.cache
def module(name: str, dim: int, key: str) -> str:
    precision: Any = tuple(key.split("_"))
    text = gradient_module(gw.gallery()[name], [precision], dim)
    return f"{text}const answers={{{key}:answer_{key}}};{_CALLS}"


def called(text: str, **calls: list[tuple[Any, ...]]) -> list[list[Any]]:
    programs = [Program(text, arguments, name) for name, arguments in calls.items()]
    found = run_in_node(programs)
    assert all("out" in one for many in found for one in many), found
    return [[one["out"] for one in many] for many in found]


_DIRECTIONS: tuple[int | str, ...] = (1, "random", 0)

FIELDS = ("value", "gradient", "argmin", "hessian", "reference_value", "reference_gradient")


def agree(page: dict[str, Any], kernel: Any, dtype: str, label: str) -> None:
    """To rounding, of the numbers subtracted; differences to their own estimate."""
    assert (page["verdict"], page["status"]) == (int(kernel.verdict), int(kernel.status)), label
    tolerance = 1e-12 if dtype == "float64" else 2e-5
    errors = np.nan_to_num(np.asarray([page["fd_error"], kernel.fd_error]), posinf=0.0)
    for name in FIELDS:
        one, other = np.asarray(getattr(kernel, name)), np.asarray(page[name], float)
        size = max(1.0, np.max(np.abs(np.nan_to_num(one))))
        own = 0.0 if name != "reference_gradient" else 2 * np.max(errors)
        np.testing.assert_allclose(
            other, one, rtol=tolerance, atol=tolerance * size + own, err_msg=f"{label} {name}"
        )
    away = np.abs(np.asarray(page["fd_gradient"]) - kernel.fd_gradient)
    assert np.all(~np.isfinite(kernel.fd_error) | (away <= 2 * np.max(errors, axis=0))), label


@pytest.mark.parametrize("which", PROBLEMS)
def test_points_and_lines_are_the_kernels(which):
    name, dim, key, points = PROBLEMS[which]
    problem, (solver, dtype) = gw.gallery()[name], key.split("_")
    params = tuple(parameter.value for parameter in problem.parameters)
    rounded = [np.asarray(x, dtype).astype(float) for x in points]
    given = [float(np.dtype(dtype).type(p)) for p in params]
    directions = [
        unit_direction(problem, x, v)
        for x, v in zip(rounded, _DIRECTIONS[: len(points)], strict=True)
    ]
    wholes = [(key, dtype, x.tolist(), *given) for x in rounded]
    lines = [
        (key, dtype, x.tolist(), 0.0, v.tolist(), *given)
        for x, v in zip(rounded, directions, strict=True)
    ]
    found, on_lines = called(module(name, dim, key), whole=wholes, line=lines)
    for x, v, whole, (on_line, line) in zip(points, directions, found, on_lines, strict=True):
        label = f"{name} {x}"
        precision: Any = {"solver": solver, "dtype": dtype}
        agree(whole, gw.inspect(problem, list(x), *params, **precision), dtype, label)
        kernel = inspect_curve(problem, [0.0], *params, x0=list(x), direction=v, **precision)
        at = gw.Inspection(*(f[0] if not isinstance(f, dict) else f for f in kernel))
        # What is told of y* on a line is its part along v.
        along = at.argmin @ v if np.shape(at.argmin) == v.shape else np.nan
        agree(on_line, at._replace(argmin=along), dtype, f"{label} along {v}")
        assert line["gradient"] == on_line["gradient"]
        assert np.isnan(line["fd_error"]) == problem.has_closed_form


@pytest.mark.parametrize("which", ["joint", "without a closed form"])
def test_the_plane_is_the_kernels(which):
    name, dim, key, points = PROBLEMS[which]
    problem, (solver, dtype) = gw.gallery()[name], key.split("_")
    params = [parameter.value for parameter in problem.parameters]
    (x, y), (_, top) = points[0], points[1]
    across, up = [x, x / 2], [y, top]
    kernel = inspect_plane(
        problem, [x, y], (0, 1), across, up, *params, together=4, solver=solver, dtype=dtype
    )
    assert kernel is not None
    unit = np.eye(dim).tolist()
    calls = [(key, dtype, [a, b], *unit, *params) for b in up for a in across]
    (found,) = called(module(name, dim, key), plane=calls)
    assert [one["verdict"] for one in found] == kernel.verdict.ravel().tolist()
    np.testing.assert_allclose([one["value"] for one in found], kernel.value.ravel(), rtol=1e-12)
    np.testing.assert_allclose(
        [one["rel_error"] for one in found], kernel.rel_error.ravel(), atol=1e-9
    )


def test_the_words_are_the_kernels():
    """Of vectors: what agrees, what is wrong, what lies on a kink."""
    problem = gw.gallery()["power"]
    points = [[0.3, 0.18, -0.5], [0.31, 0.5, 1.0], [0.3, 5.84, 100.0, 2.0]]
    headlines, tables, told = [], [], []
    for x in points:
        found = gw.inspect(problem, x, solver="bfgs")
        told.append(headline(problem, found, x))
        headlines.append((plain(found), reference_name(problem), None, x, "float64"))
        on_line = gw.inspect(problem, x[1], solver="bfgs")
        known = gradient_table(
            problem, x, 3.0, solver="bfgs", inspection=on_line, along=np.eye(len(x))[1]
        )
        further = [row.gradient for row in known if row.name.endswith("by the rule")]
        assert len(further) == 2
        refusal = through_solver(problem.with_solver("bfgs"))
        references = [float(on_line.hessian), on_line.param_gradients["p"]]
        tables.append((plain(on_line), True, {}, None, refusal, ["p"], references, "float64", True))
    kinks = gw.inspect(problem, [0.3, 0.18])._replace(
        verdict=gw.Verdict.kink,
        status=gw.Status.CONVERGED,
        fd_gradient=np.array([0.5, -1.25]),
        fd_error=np.array([0.25, 1.5]),
    )
    beside = (np.array([-1.0, -3.0]), np.array([1.0, 0.5]))
    for status, slopes in ((gw.Status.CONVERGED, None), (gw.Status.KINK, beside)):
        found = kinks._replace(status=status)
        told.append(headline_of(found, "the closed form", slopes, [0.3], "float64", 1e-3, None))
        given = None if slopes is None else [side.tolist() for side in slopes]
        headlines.append((plain(found), "the closed form", given, [0.3], "float64"))
    key = "bfgs_float64"
    words, rows = called(module("power", 3, key), told=headlines, rows=tables)
    assert words == [one._asdict() for one in told]
    names = [row["name"] for row in rows[0]]
    assert names[-2:] == ["d²f/dt² by the rule", "∂f/∂p by the rule"]
    assert "jax.jvp through the solver" not in names


def test_the_slice_of_the_density_is_the_kernels():
    widget = gw.GradWidget(gw.gallery()["banana"], direction=1, initial_position=[0.5, -0.25])
    session, inputs = widget._now()
    kernel = session.density(inputs)
    widget.close()
    text = gradient_module(gw.gallery()["banana"], [("safeguarded", "float64")], 2)
    params = [parameter.value for parameter in gw.gallery()["banana"].parameters]
    ((page,),) = called(text, density=[([0.5, -0.25], [0.0, 1.0], *params)])
    assert page["mean"] == pytest.approx(kernel.mean, abs=1e-8)
    assert page["sd"] == pytest.approx(kernel.sd, rel=1e-8)
    shown = np.interp(page["x"], kernel.x, kernel.density)
    np.testing.assert_allclose(page["density"], shown, atol=2e-3)


@pytest.mark.parametrize("name", ["banana", "funnel"])
def test_marginals_on_a_mesh_are_the_exact_ones(name):
    """Found from far away, and good to what is said of them."""
    problem = gw.gallery()[name]
    logdensity = on_plane(
        problem.logdensity_fn, tuple(p.value for p in problem.parameters), [0.0, 0.0], (0, 1)
    )

    def over(mesh: Any) -> Any:
        across, up = np.meshgrid(*(np.sinh(np.asarray(grid)) for grid in mesh))
        points = np.stack([across.ravel(), up.ravel()], axis=1)
        return logdensity(points).reshape(across.shape)

    exact = exact_marginals(logdensity, [0.5, 0.5])
    with computing("float64"):
        mesh = search_grids(np.array([0.5, 0.5]))
        for _ in range(ROUNDS):
            mesh, is_dense = narrowed(mesh, over(mesh), np.bool_(True))
            if is_dense:
                break
        nodes = [_nodes(_edges(grid, "fine")).reshape(-1) for grid in mesh]
        found = jax.device_get(mesh_marginals(mesh, over(nodes), "fine"))
    assert found.error < 1e-3
    np.testing.assert_allclose(found.mean, exact.mean, atol=1e-7)
    np.testing.assert_allclose(found.sd, exact.sd, rtol=1e-6)
    for i in (0, 1):
        shown = np.interp(found.x[i], exact.x[i], exact.density[i])
        np.testing.assert_allclose(found.density[i], shown, atol=2e-3)
