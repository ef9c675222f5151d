"""The derivative rule: exact to every order, in every mode, at the points where formulas break."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gradwidget._context import computing
from gradwidget.argmin import minimum
from gradwidget.problems import power

DTYPES = ("float64", "float32")
F = power().f_with_gradient


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def test_check_grads_to_second_order():
    """At each (x, p) for itself: the components of a vector are independent of each other."""
    xs, ps = np.meshgrid([0.31415, -0.31415, 0.9, -0.9], [1.5, 2.0, 3.0, 4.0])
    with computing("float64"):
        check_grads(jax.jit(jax.vmap(F)), (xs.ravel(), ps.ravel()), order=2)


def test_p_is_an_ordinary_argument():
    with computing("float64"):
        both = jax.jit(jax.grad(F, argnums=(0, 1)))(0.31415, 3.0)
        np.testing.assert_allclose(both, (0.31415**0.5, 0.0535440), rtol=1e-5)
        # By name, and as an integer where it is not differentiated.
        np.testing.assert_allclose(jax.jit(F)(0.5, 3), jax.jit(F)(0.5, p=3.0))
        np.testing.assert_allclose(jax.jit(jax.grad(F))(0.5, 3), 0.5**0.5, rtol=1e-6)


def test_hessian_at_zero(dtype):
    """h''(0) is 0 for p > 2 and infinite for p < 2; the mixed terms are 0 * inf and 0 in truth."""
    both = (0, 1)

    def everything(p):
        return (
            F(0.0, p),
            jax.grad(F, both)(0.0, p),
            jax.hessian(F, both)(0.0, p),
            jax.jacfwd(jax.jacfwd(F, both), both)(0.0, p),
            jax.jacrev(jax.jacrev(F, both), both)(0.0, p),
        )

    with computing(dtype):
        ps = jnp.array([10.0, 3.0, 2.0, 1.5, 1.01])
        value, gradient, *hessians = jax.jit(jax.vmap(everything))(ps)
    np.testing.assert_array_equal(value, 0)
    np.testing.assert_array_equal(gradient, 0)
    for (xx, xp), (px, pp) in hessians:
        np.testing.assert_array_equal(xx, [math.inf, math.inf, 1, 0, 0])
        np.testing.assert_array_equal([xp, px, pp], 0)


def test_nothing_is_claimed_of_higher_derivatives_at_zero():
    with computing("float64"):
        third = jax.jit(jax.jacfwd(jax.hessian(F, (0, 1)), (0, 1)))(0.0, 3.0)
        # d3f/dx2dp is +infinity in truth, d3f/dx3 has no value.
        assert not any(np.isfinite(v) for v in (third[0][0][0], third[0][0][1], third[0][1][0]))


def test_where_h_is_flat_at_a_smooth_point():
    """A derivative of h that is zero at y* has derivatives of its own: none may be masked away."""

    def g(y, x, a):
        return y**2 / 2 + a * y**4 - x * y

    # At x = 0, where all is asked, y* is 0; how it moves is the rule's affair.
    f = minimum(g, lambda x, a: (jnp.zeros_like(x), True), sign=-1.0).value
    with computing("float64"):
        fourth = jax.jacfwd(jax.grad(jax.jacfwd(jax.grad(f))))
        # f = x^2/2 - a x^4 + ..., and so is its derivative in a.
        found = jax.jit(jax.value_and_grad(fourth, 1))(0.0, 0.25)
        np.testing.assert_allclose(found, (-6.0, -24.0), rtol=1e-12)


def test_an_envelope_has_the_other_sign():
    """The Moreau envelope min_y |y| + (y - x)^2 / (2 t): Huber's function."""

    def solve(x, t):
        return jnp.sign(x) * jnp.maximum(jnp.abs(x) - t, 0), jnp.abs(x) > t

    f = minimum(lambda y, x, t: jnp.abs(y) + (y - x) ** 2 / (2 * t), solve, sign=1.0).value
    with computing("float64"):
        both = jax.jit(jax.value_and_grad(f, (0, 1)))
        value, gradients = both(2.0, 0.5)
        np.testing.assert_allclose((value, *gradients), (1.75, 1.0, -0.5))
        value, gradients = both(0.2, 0.5)
        np.testing.assert_allclose((value, *gradients), (0.04, 0.4, -0.08))
        # On the kink the argmin stands still: f is x^2 / (2 t) there.
        second = jax.jit(jax.hessian(f, (0, 1)))(0.2, 0.5)
        np.testing.assert_allclose(second, ((2.0, -0.8), (-0.8, 0.32)))


def test_vectors_component_by_component(dtype):
    x = np.array([0.0, 0.18, -0.9, 2.0], dtype)
    with computing(dtype):
        value, argmin = jax.jit(power().f)(x, 3.0)
        gradient, hessian = jax.jit(lambda x: (jax.grad(F)(x, 3.0), jax.hessian(F)(x, 3.0)))(x)
    truth = np.sign(x) * np.abs(x) ** 0.5
    np.testing.assert_allclose(argmin, truth, rtol=1e-6)
    np.testing.assert_allclose(gradient, truth, rtol=1e-6)
    np.testing.assert_allclose(value, np.sum(np.abs(x) ** 1.5) / 1.5, rtol=1e-6)
    np.testing.assert_allclose(
        np.diag(hessian), [math.inf, *(0.5 / np.abs(x[1:]) ** 0.5)], rtol=1e-5
    )
    np.testing.assert_array_equal(hessian[~np.eye(4, dtype=bool)], 0)


def test_any_nesting_of_transformations(dtype):
    xs, ps = np.array([0.3, 0.9], dtype), np.array([1.5, 4.0], dtype)
    with computing(dtype):
        nested = jax.jit(jax.vmap(jax.grad(lambda x, p: jax.jvp(F, (x, p), (1.0, 0.5))[1])))
        truth = jax.jit(
            jax.vmap(jax.grad(lambda x, p: jax.jvp(power().true_f, (x, p), (1.0, 0.5))[1]))
        )
        np.testing.assert_allclose(nested(xs, ps), truth(xs, ps), rtol=2e-5)
        loop = jax.lax.scan(lambda x, _: (x - 0.1 * jax.grad(F)(x, 3.0), x), 1.0, length=5)[1]
        assert loop.shape == (5,)
        assert np.all(np.diff(loop) < 0)


def test_overflow_is_infinite_and_says_so():
    for dtype, x, p in (("float32", 5.0, 1.01), ("float64", 2.5, 1.001)):
        with computing(dtype):
            assert jax.jit(jax.value_and_grad(F))(x, p) == (math.inf, math.inf)


def test_the_argmin_has_the_rule_too():
    with computing("float64"):
        both = jax.jit(jax.value_and_grad(power().argmin))(0.5, 3.0)
        np.testing.assert_allclose(both, (0.5**0.5, 0.5 / 0.5**0.5))
        slope = jax.jit(jax.grad(lambda x: power().f(x, 3.0)[1]))(0.5)
        np.testing.assert_allclose(slope, 0.5 / 0.5**0.5)
