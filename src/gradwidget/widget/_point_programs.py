"""What the page computes at a point: the kernel's programs, and what follows them, traced.

A program answers for one point. What is in question is an argument of the others: the answer of
the solver and the dtype that the reader has chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..compiler import Traced, trace, traceable
from ..inspection import _curve as curve
from ..inspection import _inspect as inspection
from ..inspection import _plane as plane
from ..inspection import _programs as programs
from ..inspection import _table as table
from ..problems import Problem
from ..sampling._mesh import density_on_mesh

#: Relative tolerance of a verdict, as in :func:`~gradwidget.inspect`.
RTOL = 1e-3


def example(problem: Problem, dtype: str, dim: int | None) -> tuple[Any, ...]:
    """X and parameters of the right shapes; the values are of no account."""
    x = np.full(() if dim is None else (dim,), 0.5, dtype)
    return (x, *(np.asarray(2.0, dtype) for _ in problem.parameters))


def scalar_programs(problem: Problem) -> dict[str, Traced]:
    """Of a scalar x, by the names under which js/engine/translated.ts tells of them."""
    x, *params = example(problem, "float64", None)
    said = _said(problem, x, params)
    traced = {
        "inspect_point": trace(_whole(problem, True), (x, said, x, *params)),
        "inspect_curve": trace(_whole(problem, False), (x, said, x, *params)),
    }
    if problem.inner is not None:
        traced["inner"] = trace(problem.inner, (x, x, *params))
        traced["beside"] = trace(programs.slopes_beside(problem), (x, x, *params))
    if problem.true_f is not None:
        traced["further"] = trace(table.further(problem), (x, *params))
    right = problem.with_solver("safeguarded").logdensity_fn
    traced["density"] = trace(
        lambda *params: density_on_mesh(lambda x: right(x, *params)), tuple(params)
    )
    return traced


def vector_programs(problem: Problem, dim: int) -> dict[str, Traced]:
    """The same of a vector x, and of the line x + t v and two coordinates through it.

    Args:
        problem: what is differentiated.
        dim: the number of components of x.

    Returns:
        Traced programs by name.
    """
    x, *params = example(problem, "float64", dim)
    said, number = _said(problem, x, params), np.asarray(0.5)
    found = (said, number, *params)
    on_line = {
        name: _on_line(problem, differences)
        for name, differences in (
            ("inspect_on_line", True),
            ("inspect_line", not problem.has_closed_form),
        )
    }
    traced = {
        "inspect_point": trace(_whole(problem, True), (x, *found)),
        **{name: trace(program, (x, number, x, *found)) for name, program in on_line.items()},
        "unit": trace(traceable(curve.unit), (x,)),
        "slope": trace(programs._gradient(problem), (x, *params)),
    }
    if dim > 1:
        traced["inspect_plane"] = trace(_in_plane(problem), (x, x, x, *found))
    if problem.inner is not None:
        y = np.zeros(np.shape(said.argmin))
        traced["beside"] = trace(programs.slopes_beside(problem), (y, x, *params))
        if y.shape == x.shape:
            inner = _inner_on_line(problem)
            traced["inner"] = trace(inner, (number, number, y, x, x, *params))
    if problem.true_f is not None:
        traced["further"] = trace(table._further_along(problem), (x, x, *params))
    traced["density"] = trace(_slice(problem), (x, x, *params))
    return traced


def _said(problem: Problem, x: Any, params: list[Any]) -> programs.Answer:
    """An answer of the right shapes, whatever the solver and the dtype are."""
    shapes = jax.eval_shape(programs._answer(problem), x, *params)
    return programs.Answer(
        *jax.tree.map(
            lambda one: np.zeros(
                one.shape, np.int64 if jnp.issubdtype(one.dtype, jnp.integer) else np.float64
            ),
            shapes,
        )
    )


def _whole(problem: Problem, differences: bool) -> Callable[..., Any]:
    """`(x, answer, eps, *params) -> Inspection`: what follows the answer, in the kernel too."""
    compare = (
        programs._comparison(problem, _one_by_one)
        if differences
        else programs._closed_form_alone(problem)
    )
    names = [parameter.name for parameter in problem.parameters]

    def judge(xs: Any, said: Any, truth: Any, eps: Any) -> Any:
        fd = inspection.no_differences(np.shape(xs))
        if differences:
            values = truth.shifted.reshape((-1, truth.shifted.shape[-1]))
            scale = truth.scale.reshape((-1,))
            fd = inspection.known_differences(values, scale, np.shape(xs))
        return inspection.judged(xs, said, truth, fd, names, RTOL, None, eps)

    def at(x: Any, said: Any, eps: Any, *params: Any) -> Any:
        truth = compare(x, said.argmin, *params)
        return _one(traceable(judge)(*_batch((x, said, truth)), eps))

    return at


def _on_line(problem: Problem, differences: bool) -> Callable[..., Any]:
    """`(x, t, v, answer, eps, *params) -> Inspection` of the derivative along v."""
    whole, beside = _whole(problem, False), programs._shifted_along(problem, _one_by_one)

    def judge(at: Any, x: Any, t: Any, v: Any, values: Any, scale: Any, eps: Any) -> Any:
        fd = None
        if differences:
            fd = inspection.known_differences(values, scale, (1,))
        closed = problem.has_closed_form
        return curve.judged_along(at, x, t, v, fd, closed, RTOL, None, eps)

    def at(x: Any, t: Any, v: Any, said: Any, eps: Any, *params: Any) -> Any:
        found = whole(x, said, eps, *params)
        values = scale = jnp.zeros(())
        if differences:
            values, scale = beside(x, v, *params)
            if not problem.has_closed_form:
                found = found._replace(reference_value=values[0])
        found, x, t, values, scale = _batch((found, x, t, values, scale))
        seen = _one(traceable(judge)(found, x, t, v, values, scale, eps))
        along = jnp.sum(said.argmin * v) if said.argmin.shape == v.shape else jnp.nan
        return seen._replace(argmin=jnp.asarray(along, v.dtype))

    return at


def _in_plane(problem: Problem) -> Callable[..., Any]:
    """`(x, first, second, answer, eps, *params) -> Field` at one point of a plane.

    `first` and `second` are the unit vectors of its coordinates.
    """
    whole, along = _whole(problem, False), _on_line(problem, True)

    def at(x: Any, first: Any, second: Any, said: Any, eps: Any, *params: Any) -> Any:
        parts = (
            [whole(x, said, eps, *params)]
            if problem.has_closed_form
            else [along(x, jnp.sum(x * v), v, said, eps, *params) for v in (first, second)]
        )
        return _one(traceable(lambda parts: plane.judged_together(parts))(_batch(parts)))

    return at


def _inner_on_line(problem: Problem) -> Callable[..., Any]:
    """`(y, here, argmin, v, x, *params)`: g along v through the minimum, which is at `here`."""
    g = problem.inner
    assert g is not None

    def at(y: Any, here: Any, argmin: Any, v: Any, x: Any, *params: Any) -> Any:
        return g(argmin + (y - here) * v, x, *params)

    return at


def on_plane_program(problem: Problem, dim: int) -> Traced:
    """`(point, held, first, second, *params)`: the log density over two coordinates.

    `first` and `second` are their unit vectors; `held` says where the others are.
    """
    logdensity = _exact(problem)

    def at(point: Any, held: Any, first: Any, second: Any, *params: Any) -> Any:
        x = jnp.where(first == 1, point[0], jnp.where(second == 1, point[1], held))
        return logdensity(x, *params)

    x, *params = example(problem, "float64", dim)
    return trace(at, (np.zeros(2), x, x, x, *params))


def _exact(problem: Problem) -> Callable[..., Any]:
    """The log density, in closed form where solving all components together takes its time."""
    in_closed_form = problem.true_logdensity_fn if problem.is_joint else None
    return in_closed_form or problem.with_solver("safeguarded").logdensity_fn


def _slice(problem: Problem) -> Callable[..., Any]:
    """`(start, along, *params)`: the density of one coordinate, the others held.

    `along` is its unit vector.
    """
    right = _exact(problem)

    def at(start: Any, along: Any, *params: Any) -> Any:
        return density_on_mesh(lambda s: right(jnp.where(along == 1, s, start), *params))

    return at


def _one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Vectorised as a loop: without vector units a batch of solvers is as slow as the slowest."""
    return lambda points: jax.lax.map(jax.jit(function), points)


def _batch(tree: Any) -> Any:
    """Of one point a batch."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], tree)


def _one(tree: Any) -> Any:
    """Of a batch of one point the point."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[0], tree)
