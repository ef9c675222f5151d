"""A gradient broken on purpose: df/dx times a number, and nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradwidget as gw


@pytest.mark.parametrize("scale", [-1.0, 0.0, 0.5, 1.0, 1.2, 2.0])
@pytest.mark.parametrize("x", [0.7, np.array([0.1, -0.7, 2.0])])
def test_only_the_rules_derivative_is_scaled(x: float | np.ndarray, scale: float) -> None:
    problem, p = gw.power(), 3.0
    with jax.enable_x64(True):
        x = jnp.asarray(x)
        value = problem.f_with_gradient(x, p)
        slope = jax.grad(problem.f_with_gradient)(x, p)
        # log density = log normal(x) + log normal(f): its gradient is -x - f f'
        expected = -x - value * scale * slope
        for derivative in (jax.grad, jax.jacfwd):
            found = derivative(problem.scaled_logdensity_fn)(x, scale, p)
            np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)
        assert problem.scaled_logdensity_fn(x, scale, p) == problem.logdensity_fn(x, p)


def test_a_scale_of_one_changes_no_bit_of_the_gradient() -> None:
    problem = gw.power()
    xs = np.linspace(-3, 3, 101)
    with jax.enable_x64(True):
        right = jax.vmap(jax.grad(problem.logdensity_fn), (0, None))(xs, 3.0)
        scaled = jax.vmap(jax.grad(problem.scaled_logdensity_fn), (0, None, None))(xs, 1.0, 3.0)
    np.testing.assert_array_equal(right, scaled)
