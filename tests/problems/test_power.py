"""Powers whose derivatives are right at zero."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.problems._power import even_power


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    return request.param


def test_derivatives_at_zero(dtype):
    """|y|^a: its first, second and third derivative in y, and the first two in a."""

    def every(y, a):
        f = even_power
        first = jax.grad(f)
        second = jax.grad(first)
        by_a = jax.grad(f, 1)
        return (
            f(y, a),
            first(y, a),
            second(y, a),
            by_a(y, a),
            jax.grad(by_a, 1)(y, a),
            jax.grad(by_a)(y, a),
            jax.grad(first, 1)(y, a),
            jax.jacfwd(jax.jacfwd(f))(y, a),
        )

    with computing(dtype):
        found = jax.jit(jax.vmap(every, (None, 0)))(0.0, jnp.array([1.5, 2.0, 3.0, 50.0]))
    second = [math.inf, 2, 0, 0]
    for i, expected in enumerate([0, 0, second, 0, 0, 0, 0, second]):
        np.testing.assert_array_equal(found[i], expected, err_msg=str(i))


def test_derivatives_elsewhere(dtype):
    y, a = -0.7, 2.5
    with computing(dtype):
        gradient = jax.jit(jax.grad(even_power, (0, 1)))(y, a)
        mixed = jax.jit(jax.grad(jax.grad(even_power), 1))(y, a)
        fourth = jax.jit(jax.jacfwd(jax.grad(jax.jacfwd(jax.grad(even_power)))))(y, a)
    log = math.log(0.7)
    np.testing.assert_allclose(gradient, (-2.5 * 0.7**1.5, 0.7**2.5 * log), rtol=1e-5)
    np.testing.assert_allclose(mixed, -(0.7**1.5) * (1 + 2.5 * log), rtol=1e-5)
    np.testing.assert_allclose(fourth, 2.5 * 1.5 * 0.5 * -0.5 * 0.7**-1.5, rtol=1e-5)


def test_a_derivative_that_underflows_is_no_zero():
    with computing("float32"):
        third = jax.jit(jax.grad(jax.grad(jax.grad(even_power))))
        assert np.isnan(third(1e30, 1.01))  # 1e-61 in truth
        assert third(3.0, 2.0) == 0  # a true zero
