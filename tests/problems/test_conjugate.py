"""conjugate(): parameters from the signature and from sliders, and what it refuses."""

from __future__ import annotations

import gc
import math
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm

from gradwidget._context import computing
from gradwidget.problems import conjugate, power, slider


def cosh(y, a=1.0):
    return jnp.cosh(a * y) / a


def test_a_function_of_the_users():
    problem = conjugate(cosh, a=slider(0.5, 3.0))
    assert (problem.name, problem.formula) == ("cosh", "g(y) = h(y; a) - x y")
    (a,) = problem.parameters
    assert (a.name, a.value, a.min, a.max, a.log, a.step) == ("a", 1.0, 0.5, 3.0, False, None)
    assert not problem.has_closed_form
    assert problem.true_f is None
    with computing("float64"):
        value, argmin = jax.jit(problem.f)(0.7, 2)
        np.testing.assert_allclose(argmin, np.arcsinh(0.7) / 2, rtol=1e-14)
        np.testing.assert_allclose(value, 0.7 * argmin - np.cosh(2 * argmin) / 2, rtol=1e-14)
        by_a = jax.jit(jax.grad(problem.f_with_gradient, 1))(0.7, 2.0)
        np.testing.assert_allclose(by_a, -argmin * 0.7 / 2 + np.cosh(2 * argmin) / 4, rtol=1e-12)
        inner = jax.jit(problem.inner)(argmin, 0.7, 2.0)
        np.testing.assert_allclose(inner, -value)


def test_parameters_by_position_and_by_name():
    problem = conjugate(lambda y, a=1.0, b=2.0: a * y**2 + b * y**4)
    with computing("float64"):
        f = jax.jit(problem.f_with_gradient)
        reference = f(0.5, 3.0, 4.0)
        for other in (f(0.5, 3, 4), f(0.5, 3, b=4), f(0.5, b=4, a=3), f(np.float32(0.5), 3.0, 4)):
            np.testing.assert_allclose(other, reference, rtol=1e-7)
        # What is left out is at its start.
        np.testing.assert_allclose(f(0.5), f(0.5, 1.0, 2.0))
        with pytest.raises(TypeError, match=r"no parameter 'bb', only a, b\. Did you mean 'b'"):
            problem.f(0.5, bb=1.0)
        with pytest.raises(TypeError, match="3 parameters were given, but there are 2: a, b"):
            problem.f(0.5, 1.0, 2.0, 3.0)
        with pytest.raises(TypeError, match="'a' was given twice"):
            problem.f(0.5, 1.0, a=2.0)


def test_ambient_precision_and_casts():
    f = power().f_with_gradient
    with computing("float64"):
        assert jax.eval_shape(f, 1, 3).dtype == np.float64
        assert jax.eval_shape(f, np.float32(1), 3).dtype == np.float32
        assert jax.eval_shape(f, [1, 2], 3).shape == ()
        result = jax.eval_shape(f, 1.0, 3.0)
        assert not result.weak_type
    with computing("float32"):
        assert jax.eval_shape(f, 1, 3).dtype == np.float32


def ranges(problem):
    return [(p.name, p.value, p.min, p.max, p.step) for p in problem.parameters]


def test_ranges_are_those_of_interact():
    def h(y, a=2.0, b=-1.0, c=0.0, *, d=0.5):
        return y**2 / 2

    assert ranges(conjugate(h)) == [
        ("a", 2.0, -2.0, 6.0, None),
        ("b", -1.0, -3.0, 1.0, None),
        ("c", 0.0, 0.0, 1.0, None),
        ("d", 0.5, -0.5, 1.5, None),
    ]
    assert ranges(conjugate(h, a=(0, 10), b=(0, 1, 0.25), c=slider(1, 100, log=True), d=3)) == [
        ("a", 2.0, 0.0, 10.0, 1.0),
        ("b", -1.0, 0.0, 1.0, 0.25),
        ("c", 0.0, 1.0, 100.0, None),
        ("d", 3.0, -3.0, 9.0, None),
    ]

    def without(y, a, b):
        return y**2 / 2

    assert ranges(conjugate(without, a=(0, 10), b=slider(1, 100, log=True))) == [
        ("a", 5.0, 0.0, 10.0, 1.0),
        ("b", 10.0, 1.0, 100.0, None),
    ]
    assert ranges(conjugate(without, params={"a": slider(0, 1, value=0.2)}, b=(0, 1)))[0][1] == 0.2


def test_parameters_whose_names_are_keywords_go_in_params():
    problem = conjugate(lambda y, domain=1.0: domain * y**2, params={"domain": (0.5, 2.0)})
    assert [p.name for p in problem.parameters] == ["domain"]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: conjugate(cosh, aa=(0, 1)), TypeError, "Did you mean 'a'"),
        (lambda: conjugate(cosh, closd_form=None), TypeError, "'closd_form' is neither a keyword"),
        (
            lambda: conjugate(cosh, elementwise=False),
            ValueError,
            r"returns an array of shape \(2,\)",
        ),
        (lambda: conjugate(lambda y, a: a * y**2), TypeError, "'a' needs a slider"),
        (lambda: conjugate(cosh, a=(3, 1)), ValueError, "min < max"),
        (lambda: conjugate(cosh, a=(1, 2, 3, 4)), ValueError, "a must be a slider"),
        (lambda: conjugate(cosh, a="wide"), ValueError, "a must be a slider"),
        (lambda: conjugate(cosh, a=(0, math.inf)), ValueError, "two finite numbers"),
        (lambda: conjugate(cosh, a=(0, 1, 2)), ValueError, "step must be positive"),
        (lambda: slider(0, 1, log=True), ValueError, "0 < min"),
        (lambda: slider(0, 1, value=math.nan), ValueError, "must be a finite number"),
        (lambda: slider("a", 1), ValueError, "two finite numbers"),
        (lambda: conjugate(lambda y, x=1.0: y), ValueError, "cannot be called 'x'"),
        (lambda: conjugate(lambda y: (y, y)), ValueError, "must map a scalar to a scalar"),
        (lambda: conjugate(cosh, domain=(1, 0)), ValueError, "lower < upper"),
        (lambda: conjugate(cosh, domain=3), ValueError, "lower < upper"),
        (lambda: power().with_solver("newton"), ValueError, "solver must be one of"),
        (lambda: power().with_solver("BFGS"), ValueError, "Did you mean 'bfgs'"),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_log_densities():
    with computing("float64"):
        f = power().true_f
        for x in (0.3, np.array([0.3, -1.2])):
            expected = np.sum(norm.logpdf(x)) + norm.logpdf(jax.jit(f)(x, 3.0))
            np.testing.assert_allclose(jax.jit(power().logdensity_fn)(x, 3.0), expected)
        own = conjugate(cosh, logdensity=lambda x, value, a: -x * x - a * value)
        x, a = 0.4, 2.0
        expected = -x * x - a * jax.jit(own.f_with_gradient)(x, a)
        np.testing.assert_allclose(jax.jit(own.logdensity_fn)(x, a), expected)
        gradient = jax.jit(jax.grad(own.logdensity_fn))(x, a)
        np.testing.assert_allclose(gradient, -2 * x - a * np.arcsinh(x) / a, rtol=1e-12)


def test_siblings_are_the_same_objects_and_functions_can_be_keys():
    problem = conjugate(cosh)
    tutorial = problem.with_solver("bfgs")
    assert tutorial is problem.with_solver("bfgs")
    assert tutorial.with_solver("safeguarded") is problem
    assert tutorial.solver == "bfgs"
    assert {problem: 1, tutorial: 2}[problem] == 1
    assert hash(problem.logdensity_fn) == hash(problem.logdensity_fn)
    assert problem.logdensity_fn is problem.logdensity_fn
    assert power() is power()


def test_a_problem_and_its_programs_are_garbage_together():
    def make():
        problem = conjugate(lambda y: jnp.cosh(y))
        problem.programs["gradient"] = jax.jit(jax.grad(problem.f_with_gradient))
        problem.programs["gradient"](0.5)
        return weakref.ref(problem)

    reference = make()
    gc.collect()
    assert reference() is None
