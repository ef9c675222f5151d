"""The tutorial's solver has the tutorial's faults: the reasons for the other one."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.argmin import Status, bfgs
from gradwidget.problems import power

DTYPES = ("float64", "float32")
PROBLEM = power().with_solver("bfgs")


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


@cache
def program(dtype):
    """Compiled once, for as many points as any test asks for."""

    def at(x, p):
        return jax.grad(PROBLEM.f_with_gradient)(x, p), PROBLEM.solve(x, p).status

    return jax.jit(jax.vmap(at))


def gradients(xs, p, dtype):
    """The gradient that the tutorial would give, and the solver's status, for each x and its p."""
    padded = np.ones((2, 512))
    padded[:, : len(xs)] = xs, np.broadcast_to(p, len(xs))
    with computing(dtype):
        gradient, status = program(dtype)(*padded.astype(dtype))
    return np.asarray(gradient, float)[: len(xs)], np.asarray(status)[: len(xs)]


def truths(xs, ps):
    return np.asarray(xs, float) ** (1 / (np.asarray(ps, float) - 1))


def test_tutorials_number(dtype):
    (gradient,), (status,) = gradients([0.31415], 3.0, dtype)
    assert round(gradient, 6) == 0.560483
    assert status == Status.CONVERGED


def test_it_is_the_call_that_the_tutorial_makes(dtype):
    """To the bit, whether p is traced or a Python integer makes a difference of rounding only."""

    def tutorial(x, p):
        result = jax.scipy.optimize.minimize(
            lambda y: jnp.sum(jnp.abs(y) ** p / p - x * y), jnp.zeros((1,)), method="BFGS"
        )
        return -result.fun, result.x[0]

    with computing(dtype):
        ours, theirs = jax.jit(PROBLEM.f), jax.jit(tutorial)
        static = jax.jit(lambda x: tutorial(x, 3))
        for x in (0.31415, 0.18, 9e-6):
            value, argmin = ours(x, 3.0)
            assert (value, argmin) == theirs(x, 3.0)
            np.testing.assert_allclose(argmin, static(x)[1], rtol=1e-5)


def test_wrong_by_up_to_5_percent_in_bands_that_are_periodic_in_log_x(dtype):
    edges = [(0.0407, 0.0483), (0.163, 0.193), (5.28, 6.27), (21, 25)]
    inside = [
        0.18,
        0.045,
        5.84,
        100.0,
        *(a * 1.01 for a, _ in edges),
        *(b * 0.99 for _, b in edges),
    ]
    outside = [0.31415, 1.0, *(a * 0.99 for a, _ in edges), *(b * 1.01 for _, b in edges)]
    xs = np.array(inside + outside)
    gradient, status = gradients(xs, 3.0, dtype)
    error = np.abs(gradient / truths(xs, 3.0) - 1)
    n = len(inside)
    assert np.all(error[:4] > 0.045)
    assert np.all((error[:n] > 5e-3) & (error[:n] < 0.05))
    assert np.all(error[n:] < 5e-3)
    assert np.all(status[:n] == Status.ZOOM_FAILED)


def test_wrong_and_reported_as_success(dtype):
    gradient, status = gradients([9e-6, 1.1e-5], 3.0, dtype)
    assert gradient[0] == 0  # and 3e-3 is right
    assert 0.57 < 1 - gradient[1] / 1.1e-5**0.5 < 0.58
    np.testing.assert_array_equal(status, Status.CONVERGED)


def test_wrong_where_the_minimum_is_flat_or_far(dtype):
    gradient, status = gradients([0.001, 100.0], [1.1, 1.2], dtype)
    assert gradient[0] / 1e-30 > 9e26
    assert gradient[1] == 0  # and 1e10 is right
    assert status[1] == Status.LINE_SEARCH_MAX_ITERATIONS


def test_status_3_also_comes_with_answers_that_are_right():
    xs = np.geomspace(0.01, 3, 512)
    gradient, status = gradients(xs, 3.0, "float32")
    is_right = np.abs(gradient / truths(xs, 3.0) - 1) < 1e-3
    assert np.sum(is_right & (status == Status.ZOOM_FAILED)) >= 5


def test_differentiating_the_solver_gives_jaxs_error_or_a_wrong_number():
    with computing("float64"):
        with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
            jax.grad(lambda x: PROBLEM.f(x, 3.0)[0])(0.5)
        # Forward mode differentiates the iterations: 1 instead of 1/2.
        assert jax.jit(jax.jacfwd(lambda x: PROBLEM.f(x, 3.0)[1]))(1.0) == 1.0
        # Our rule gives the curvature of g at the solver's argmin.
        hessian = jax.jit(jax.hessian(PROBLEM.f_with_gradient))(1.0, 3.0)
        np.testing.assert_allclose(hessian, 0.5, rtol=1e-4)


def test_a_vector_shares_one_argmin_unless_it_is_solved_by_component():
    x = np.array([0.1, 0.2, 0.3])
    with computing("float64"):
        solve = bfgs(lambda y, p: jnp.abs(y) ** p / p)
        _, shared = jax.jit(solve)(x, 3.0)
        assert shared.argmin.shape == ()
        _, argmin = jax.jit(PROBLEM.f)(x, 3.0)
        np.testing.assert_allclose(argmin, x**0.5, rtol=0.05)


def test_nondiff_argnums_would_make_the_derivative_in_p_a_silent_zero():
    def tutorial(x, p):
        return PROBLEM.f(x, p)[0]

    def rule(p, primals, tangents):
        value, argmin = PROBLEM.f(primals[0], p)
        return value, argmin * tangents[0]

    frozen = jax.custom_jvp(tutorial, nondiff_argnums=(1,))
    frozen.defjvp(rule)
    with computing("float64"):
        silent = jax.jit(jax.grad(lambda x, p: frozen(x, jax.lax.stop_gradient(p)), 1))
        assert silent(0.31415, 3.0) == 0
        right = jax.jit(jax.grad(power().f_with_gradient, 1))
        np.testing.assert_allclose(right(0.31415, 3.0), 0.0535, atol=5e-5)
