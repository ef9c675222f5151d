"""The vector solver on seven families, and its derivatives by the implicit function theorem."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.argmin import Solution, Status, minimum, vector_minimiser
from tests.argmin.families import Family, families

DTYPES = ("float64", "float32")
NAMES = tuple(families(2))
SMOOTH = tuple(name for name in NAMES if name != "elastic")


@cache
def solved(name: str, d: int, dtype: str) -> Solution:
    family = families(d)[name]
    solve = vector_minimiser(family.g, family.start, family.domain)
    with computing(dtype):
        program = jax.jit(jax.vmap(solve, (0, None)))
        return jax.device_get(program(jnp.asarray(family.xs, dtype), jnp.asarray(family.theta)))


def residuals(family: Family, argmins: np.ndarray) -> np.ndarray:
    """The largest component of dg/dy at each argmin, in float64."""
    with computing("float64"):
        slopes = jax.jit(jax.vmap(jax.grad(family.g), (0, 0, None)))(
            jnp.asarray(argmins, jnp.float64), family.xs, family.theta
        )
    return np.max(np.abs(slopes), axis=1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("d", [2, 10])
def test_every_residual_vanishes_or_the_status_says_that_it_does_not(name, d):
    found, family = solved(name, d, "float64"), families(d)[name]
    is_solved = found.status == Status.CONVERGED
    assert np.all(residuals(family, found.argmin)[is_solved] <= 1e-10)
    # Most x meet the kinks of the elastic net, and it is said; nothing else stops the solver.
    others = {Status(code) for code in found.status[~is_solved]}
    assert others == ({Status.KINK} if name == "elastic" else set())


@pytest.mark.parametrize("d", [2, 10])
def test_an_elastic_nets_argmin_is_the_minimum(d):
    """By the subgradient: the smooth part's slope is within a of zero at y_i = 0, else -+a."""
    found, family = solved("elastic", d, "float64"), families(d)["elastic"]
    slopes = residuals_of_smooth_part(family, found.argmin)
    is_zero = found.argmin == 0
    assert 0 < np.sum(is_zero) < is_zero.size
    assert np.max(np.abs(slopes[is_zero])) <= family.theta + 1e-12
    np.testing.assert_allclose(
        slopes[~is_zero], -family.theta * np.sign(found.argmin[~is_zero]), rtol=1e-9
    )
    np.testing.assert_array_equal(found.follows, ~is_zero)


def residuals_of_smooth_part(family: Family, argmins: np.ndarray) -> np.ndarray:
    with computing("float64"):
        smooth = jax.vmap(jax.grad(family.g), (0, 0, None))(argmins, family.xs, 0.0)
    return np.asarray(smooth)


def test_what_sits_on_a_kink_stands_still_while_the_rest_moves():
    """f = -min_y |y|_1 + <y, A y>/2 - <x, y>: with y_2 held at 0, d2f/dx2 is 1/A_11 and zeros."""
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])

    def g(y, x):
        return jnp.sum(jnp.abs(y - 0.7 * jnp.array([0.0, 1.0]))) + 0.5 * y @ matrix @ y - x @ y

    f = minimum(g, lambda x: vector_minimiser(g)(x).located, -1.0).value
    with computing("float64"):
        x = jnp.array([3.0, 1.0])
        argmin, forward, reverse = jax.jit(
            lambda x: (jax.grad(f)(x), jax.jacfwd(jax.grad(f))(x), jax.jacrev(jax.grad(f))(x))
        )(x)
    # A kink away from zero too: y_2 = 0.7, and 2 y_1 + 0.35 + 1 = 3.
    np.testing.assert_allclose(argmin, [0.825, 0.7], rtol=1e-12)
    np.testing.assert_allclose(forward, [[0.5, 0.0], [0.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(reverse, forward, atol=1e-12)


def test_a_kink_across_the_axes_is_not_taken_for_a_minimum():
    """|y_1 + y_2|: no coordinate's kink is what stops the search, so nothing is claimed."""
    status, found = one(
        lambda y, x: 3 * jnp.abs(y[0] + y[1]) + 0.5 * jnp.sum((y - 1) ** 2) + 0.1 * y[0] - x @ y,
        np.array([0.3, -0.8]),
    )
    # The minimum on y_1 = -y_2 is at y_1 = (0.3 + 0.8 - 0.1)/2.
    is_there = np.allclose(found.argmin, [0.5, -0.5], atol=1e-9)
    assert status == Status.NOT_CONVERGED or (status == Status.KINK and is_there)


@pytest.mark.parametrize("name", ["quadratic", "logistic regression"])
def test_single_precision(name):
    double, single = solved(name, 2, "float64"), solved(name, 2, "float32")
    np.testing.assert_array_equal(single.status, Status.CONVERGED)
    np.testing.assert_allclose(single.argmin, double.argmin, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_to_second_order(name):
    """Of the value, in x and in the parameter, forward and reverse, against differences."""
    family = families(2)[name]
    solve = vector_minimiser(family.g, family.start, family.domain)
    f = minimum(family.g, lambda x, a: solve(x, a).located, -1.0).value

    def everything(z):
        def at(z):
            return f(z[:2], z[2])

        gradient = jax.grad(at)
        return at(z), gradient(z), jax.jacfwd(gradient)(z), jax.jacrev(gradient)(z)

    step = 1e-4
    z = np.append(family.xs[9], 0.9)
    shifts = np.concatenate([np.zeros((1, 3)), step * np.eye(3), -step * np.eye(3)])
    with computing("float64"):
        values, gradients, forward, reverse = jax.device_get(
            jax.jit(jax.vmap(everything))(z + shifts)
        )
    for derivative, differences in (
        (gradients[0], (values[1:4] - values[4:]) / (2 * step)),
        (forward[0], (gradients[1:4] - gradients[4:]) / (2 * step)),
    ):
        scale = np.max(np.abs(differences))
        np.testing.assert_allclose(derivative, differences, rtol=1e-5, atol=1e-5 * scale)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9 * np.max(np.abs(forward)))


def test_a_quadratics_derivatives_in_closed_form():
    """f = -min_y a/2 <y, A y> - <x, y> = <x, A^-1 x> / (2 a), to third order, by vmap and jit."""
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])

    def g(y, x, a):
        return 0.5 * a * y @ matrix @ y - x @ y

    f = minimum(g, lambda x, a: vector_minimiser(g)(x, a).located, -1.0).value

    def true_f(x, a):
        return x @ jnp.asarray(np.linalg.inv(matrix)) @ x / (2 * a)

    def derivatives(f):
        both = (0, 1)
        gradient = jax.grad(f, both)
        mixed = jax.jacrev(jax.jacfwd(gradient, both), 1)
        return lambda x, a: (f(x, a), gradient(x, a), jax.hessian(f, both)(x, a), mixed(x, a))

    with computing("float64"):
        xs, a = np.array([[0.3, -0.8], [0.0, 0.0], [5.0, 2.0]]), np.array([1.3, 0.4, 2.0])
        found, truth = (jax.jit(jax.vmap(derivatives(f)))(xs, a) for f in (f, true_f))
        for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(truth), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def one(g, x, start=None, dtype="float64"):
    with computing(dtype):
        found = jax.device_get(jax.jit(vector_minimiser(g, start))(jnp.asarray(x, dtype)))
    return Status(int(found.status)), found


def test_what_has_no_minimum_is_said():
    slope = np.array([2.0, 0.0])
    status, found = one(lambda y, x: jnp.sum(jnp.sqrt(1 + y**2)) - x @ y, slope)
    assert status == Status.UNBOUNDED
    assert found.argmin[0] == np.inf
    # exp(y1) + exp(y2) - <x, y> for x = 0: smaller and smaller, and never least.
    status, _ = one(lambda y, x: jnp.sum(jnp.exp(y)) - x @ y, np.zeros(2))
    assert status == Status.AT_INFINITY
    status, found = one(lambda y, x: jnp.sum(y**2) - x @ y, np.array([np.nan, 0.0]))
    assert status == Status.NOT_FINITE
    assert np.all(np.isnan(found.argmin))


def test_what_is_not_convex_is_said():
    status, found = one(lambda y, x: jnp.sum((y**2 - 1) ** 2) - x @ y, np.array([0.3, -0.2]))
    assert status == Status.NOT_CONVEX
    assert found.residual <= 1e-10
    # A saddle, where the gradient vanishes at the start.
    status, _ = one(lambda y, x: y[0] ** 2 - y[1] ** 2 - x @ y, np.zeros(2))
    assert status == Status.NOT_CONVEX
