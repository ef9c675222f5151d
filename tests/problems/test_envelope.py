"""envelope(), conjugate() of a whole vector, from_function(): what they make; choices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm

import gradwidget as gw
from gradwidget._context import computing
from gradwidget.problems import choices

MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])


def quadratic(y, a=1.0):
    return a * y @ MATRIX @ y / 2


def test_a_whole_vector():
    problem = gw.conjugate(
        quadratic,
        elementwise=False,
        a=(0.5, 3.0),
        closed_form=lambda x, a: x @ jnp.asarray(np.linalg.inv(MATRIX)) @ x / (2 * a),
    )
    assert (problem.dim, problem.is_joint, problem.sign) == (2, True, -1.0)
    x = np.array([0.3, -0.8])
    found = gw.inspect(problem, x, 2.0)
    np.testing.assert_allclose(found.gradient, np.linalg.solve(2 * MATRIX, x), rtol=1e-12)
    np.testing.assert_allclose(found.hessian, np.linalg.inv(2 * MATRIX), rtol=1e-12)
    np.testing.assert_array_equal(found.argmin, found.gradient)
    np.testing.assert_allclose(found.param_gradients["a"], -found.value / 2, rtol=1e-12)
    assert found.verdict == gw.Verdict.agree
    assert found.residual < 1e-12
    with pytest.raises(ValueError, match=r"x must be of shape \(2,\), not of shape \(3,\)"):
        problem.f(np.zeros(3))
    with computing("float64"):
        expected = np.sum(norm.logpdf(x)) + norm.logpdf(found.value)
        np.testing.assert_allclose(problem.logdensity_fn(x, 2.0), expected)


def test_a_solver_that_stops_early_is_seen():
    problem = gw.conjugate(
        lambda y: jnp.sum(jnp.abs(y) ** 3) / 3 + jnp.sum(y) ** 2 / 200, elementwise=False
    )
    found = gw.inspect(problem, [0.18, 0.0001], solver="bfgs")
    assert found.verdict in (gw.Verdict.disagree, gw.Verdict.not_converged)
    assert gw.inspect(problem, [0.18, 0.0001]).verdict == gw.Verdict.agree


def test_envelopes_of_both_signs_and_any_shape_of_y():
    """min_y |y - A x|^2/2 + t |y|^2/2 = t/(1 + t) |A x|^2/2, with three y for two x."""
    features = np.array([[1.0, 0.2], [-0.3, 0.5], [0.7, -1.0]])

    def g(y, x, t=0.5):
        return (jnp.sum((y - features @ x) ** 2) + t * jnp.sum(y**2)) / 2

    x, t = np.array([0.4, -1.2]), 0.7
    for sign in (1, -1):
        problem = gw.envelope(g, sign=sign, dim=2, start=np.zeros(3), t=(0.1, 2.0))
        found = gw.inspect(problem, x, t)
        assert found.verdict == gw.Verdict.agree
        np.testing.assert_allclose(found.argmin, features @ x / (1 + t), rtol=1e-12)
        truth = sign * t / (1 + t) * features.T @ features
        np.testing.assert_allclose(found.value, x @ truth @ x / 2, rtol=1e-12)
        np.testing.assert_allclose(found.gradient, truth @ x, rtol=1e-12)
        np.testing.assert_allclose(found.hessian, truth, rtol=1e-11)


def test_a_function_with_a_rule_of_its_own():
    @jax.custom_jvp
    def wrong(x, a):
        return a * x**2

    wrong.defjvps(lambda dx, out, x, a: 2.1 * a * x * dx, lambda da, out, x, a: x**2 * da)
    problem = gw.from_function(wrong, reference=lambda x, a: a * x**2, a=(0.5, 3.0))
    assert (problem.inner, problem.argmin, problem.solve) == (None, None, None)
    assert problem.with_solver("bfgs") is problem
    found = gw.inspect(problem, 0.7, 2.0)
    assert found.verdict == gw.Verdict.disagree
    np.testing.assert_allclose(found.rel_error, 0.05, rtol=1e-9)
    assert np.isnan(found.residual)
    assert np.isnan(found.argmin)
    rows = gw.inspection.gradient_table(problem, 0.7, 2.0, inspection=found)
    assert [row.name for row in rows[:3]] == ["custom rule", "closed form", "finite difference"]
    assert not any("solver" in row.name for row in rows)
    words = gw.inspection.headline(problem, found, 0.7, [2.0])
    assert words.judgement == "is wrong by 5 %"
    assert "residual" not in words.why
    # Without a reference finite differences are it; a rule without derivatives has no Hessian.
    alone = gw.from_function(lambda x, a: wrong(x, a), a=(0.5, 3.0))
    assert gw.inspect(alone, 0.7, 2.0).verdict == gw.Verdict.disagree


def test_a_rule_that_cannot_be_differentiated_again():
    @jax.custom_vjp
    def once(x):
        return x**3

    def back(x, ct):
        return (ct * jax.pure_callback(lambda x: 3 * x**2, x, x, vmap_method="sequential"),)

    once.defvjp(lambda x: (once(x), x), back)
    found = gw.inspect(gw.from_function(once), 0.5)
    assert found.verdict == gw.Verdict.agree
    assert np.isnan(found.hessian)


def test_choices_and_whole_numbers():
    def h(y, kind="round", n=2, scale=1.0, flag=False):
        return jnp.where(kind == 0, y**2, jnp.cosh(y)) * scale + y ** (2 * n) + flag

    problem = gw.conjugate(
        h, kind=["round", "steep"], n=gw.slider(1, 4, step=1), scale={"small": 0.5, "large": 2.0}
    )
    kind, n, scale, flag = problem.parameters
    assert kind.choices == (("round", 0.0), ("steep", 1.0))
    assert (kind.value, kind.check("steep"), kind.check(1)) == (0.0, 1.0, 1.0)
    assert scale.choices == (("small", 0.5), ("large", 2.0))
    assert flag.choices == (("False", 0.0), ("True", 1.0))
    assert (n.is_integer, n.value, kind.is_integer, scale.is_integer) == (True, 2.0, False, False)
    with pytest.raises(ValueError, match="kind must be one of 'round', 'steep', not 'stepe'"):
        kind.check("stepe")
    with pytest.raises(ValueError, match="numbers only"):
        choices([("a", "b")])
    with pytest.raises(ValueError, match="different labels"):
        choices(["a", "a"])


def test_the_middle_of_whole_numbers_is_whole():
    (n,) = gw.conjugate(lambda y, n: y**2 * n, n=(0, 5)).parameters
    assert (n.value, n.step, n.is_integer) == (2.0, 1.0, True)
