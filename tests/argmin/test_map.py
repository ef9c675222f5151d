"""The power problem on the whole map of (x, p), against mpmath, in both precisions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.argmin import Status
from gradwidget.problems import power
from tests.argmin.reference import ORDERS, cells, derivative, is_within

DTYPES = ("float64", "float32")


def tolerance(p: float, dtype: str) -> float:
    """Relative: what is asked of the value and the argmin."""
    return 1e3 * float(np.finfo(dtype).eps) * max(1.0, 1 / (p - 1))


@pytest.fixture(scope="module", params=DTYPES)
def dtype(request):
    return request.param


@pytest.fixture(scope="module")
def solved(dtype):
    """The cells, and the problem's answers there, from one compiled call."""
    problem = power()

    def everything(x, p):
        value, argmin = problem.f(x, p)
        return value, argmin, problem.solve(x, p)

    with computing(dtype):
        xs, ps = (jnp.asarray(c, dtype) for c in zip(*cells(dtype), strict=True))
        value, argmin, solution = jax.device_get(jax.jit(jax.vmap(everything))(xs, ps))
    return cells(dtype), value, argmin, solution


def test_value_and_argmin_are_right_wherever_they_can_be_represented(dtype, solved):
    points, values, argmins, solution = solved
    info = np.finfo(dtype)
    counted = 0
    for (x, p), value, argmin, status in zip(points, values, argmins, solution.status, strict=True):
        if x == 0:
            assert (value, argmin, status) == (0, 0, Status.CONVERGED)
            continue
        truths = derivative("", x, p).value, derivative("x", x, p).value
        if all(info.tiny <= abs(truth) <= info.max for truth in truths):
            counted += 1
            assert status == Status.CONVERGED, (x, p)
            for found, truth in zip((value, argmin), truths, strict=True):
                assert abs(found - truth) <= tolerance(p, dtype) * abs(truth), (x, p, found)
        elif any(abs(truth) > info.max for truth in truths):
            assert status == Status.OVERFLOW, (x, p)
        else:
            assert status == Status.UNDERFLOW, (x, p)
    # Both kinds occur, and the first is the rule.
    assert counted == {"float64": 284, "float32": 264}[dtype]


def test_solution_is_that_of_f_and_its_residual_is_at_the_level_of_rounding(dtype, solved):
    points, _, argmins, solution = solved
    np.testing.assert_array_equal(solution.argmin, argmins)
    eps = float(np.finfo(dtype).eps)
    for (x, p), residual, steps, status in zip(
        points, solution.residual, solution.num_steps, solution.status, strict=True
    ):
        if status == Status.CONVERGED:
            assert residual <= 4 * eps * max(1.0, p - 1) * abs(x), (x, p)
        assert steps <= 32, (x, p)


def all_derivatives(f, mode):
    """Every derivative to third order of f(x, p), in the order of ORDERS."""

    def again(function):
        """What `function` returns, after the derivative of the first of it."""

        def first_and_all(x, p):
            results = function(x, p)
            return results[0], results

        def at(x, p):
            derivative, results = mode(first_and_all, (0, 1), has_aux=True)(x, p)
            return derivative, *results

        return at

    def at(x, p):
        third, second, first, value = again(again(again(lambda x, p: (f(x, p),))))(x, p)
        ((xxx, xxp), (_, xpp)), (_, (_, ppp)) = third
        (xx, xp), (_, pp) = second
        return value, *first, xx, xp, pp, xxx, xxp, xpp, ppp

    return at


@pytest.mark.parametrize("mode", [jax.jacfwd, jax.jacrev])
def test_derivatives_to_third_order(dtype, mode):
    """Each is right to 1e3 eps max(1, 1/(p-1)) times the sum of the magnitudes of its terms.

    That is what a relative error of 1e3 eps max(1, 1/(p-1)) in y*, which is what the solver is
    held to, and rounding can do to it. It holds wherever what the theorems multiply and add (y*,
    its powers, h and its derivatives, their reciprocals) are normal numbers of the dtype. In the
    other cells the result is infinite or NaN, or it is right to the same bound, numbers below the
    smallest normal one counting as zero: never finite and wrong.
    """
    points = [(x, p) for x, p in cells(dtype) if x != 0]
    with computing(dtype):
        xs, ps = (jnp.asarray(c, dtype) for c in zip(*points, strict=True))
        program = jax.jit(jax.vmap(all_derivatives(power().f_with_gradient, mode)))
        found = jax.device_get(program(xs, ps))
    tiny = float(np.finfo(dtype).tiny)
    num_within, failures = 0, []
    for order, column in zip(ORDERS, found, strict=True):
        for (x, p), value in zip(points, column, strict=True):
            truth = derivative(order, x, p)
            is_here = is_within(truth, dtype)
            num_within += is_here
            if np.isfinite(value):
                error = abs(mp.mpf(float(value)) - truth.value)
                allowed = tolerance(p, dtype) * truth.magnitude + (0 if is_here else tiny)
                is_right = error <= allowed
            else:
                is_right = not is_here
            if not is_right:
                failures.append((order, x, p, float(value), mp.nstr(truth.value, 9)))
    assert not failures
    assert num_within >= {"float64": 2800, "float32": 2500}[dtype]  # of 2860
