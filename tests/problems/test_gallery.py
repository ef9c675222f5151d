"""The gallery: each problem against its closed form, or another algorithm in high precision."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

import gradwidget as gw
from gradwidget._context import computing
from gradwidget.compiler import to_javascript

GALLERY = gw.gallery()
NO_CLOSED_FORM = {"optimal_transport", "logistic_profile"}
# One of each kind is enough for what depends on the kind alone.
KINDS = ("exponential", "moreau", "log_sum_exp", "simplex_entropy", "segment_distance", "banana")

mp.mp.dps = 40


def start(problem):
    return np.array(problem.start) if problem.start else np.array(problem.x.value)


def values(problem):
    return [parameter.value for parameter in problem.parameters]


def curve(problem, xs):
    return gw.inspect_curve(problem, xs, *values(problem), differences=False)


def test_it_is_large_and_told():
    assert len(GALLERY) >= 20
    for name, problem in GALLERY.items():
        assert problem.name == name
        assert len(problem.description.split()) >= 25, name
        assert problem.source.endswith("."), name
        assert problem.has_closed_form == (name not in NO_CLOSED_FORM)
        assert problem.parameters, name
        for parameter in (*problem.parameters, problem.x):
            assert parameter.min <= parameter.value <= parameter.max
            assert parameter.check(parameter.min) == parameter.min
        assert start(problem).shape == (() if problem.dim is None else (problem.dim,))
    assert gw.gallery()["moreau"] is GALLERY["moreau"]


def truths() -> dict[str, tuple[object, object]]:
    """f by mpmath at the start, from its definition or from another formula; and the gradient."""

    def both(f, *x):
        gradient = [mp.diff(f, x, tuple(int(i == j) for j in range(len(x)))) for i in range(len(x))]
        return f(*x), gradient

    def maximum(f, low, high):
        """max f over an interval, where f is concave: golden section, no derivatives."""
        low, high, ratio = mp.mpf(low), mp.mpf(high), (mp.sqrt(5) - 1) / 2
        for _ in range(140):
            a, b = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (low, b) if f(a) > f(b) else (a, high)
        return f((low + high) / 2)

    def by_hand(h, low, high):
        return lambda x: maximum(lambda y: x * y - h(y), low, high)

    half = mp.mpf("0.5")
    return {
        "exponential": both(by_hand(mp.exp, -9, 9), half),
        "entropy": both(by_hand(lambda y: y * mp.log(y) - y, mp.mpf("1e-9"), 9), half),
        "logistic": both(
            by_hand(
                lambda y: y * mp.log(y) + (1 - y) * mp.log(1 - y),
                mp.mpf("1e-9"),
                1 - mp.mpf("1e-9"),
            ),
            half,
        ),
        "log_barrier": both(
            by_hand(lambda y: -mp.log(1 - y * y), mp.mpf("-0.999"), mp.mpf("0.999")), half
        ),
        "huber_conjugate": both(by_hand(lambda y: y * y / 4, -1, 1), mp.mpf("0.3")),
        "hinge": both(by_hand(lambda y: y, -1, 0), mp.mpf("0.3")),
        "smooth_hinge": both(by_hand(lambda y: y + y * y / 4, -1, 0), mp.mpf("0.7")),
        "huber": both(by_hand(lambda y: y * y / 2 if abs(y) < 1 else abs(y) - half, -9, 9), half),
        "moreau": both(lambda x: -maximum(lambda y: -abs(y) - (y - x) ** 2, -9, 9), mp.mpf("0.8")),
    }


def test_values_and_gradients_by_maximisation_without_derivatives():
    """Golden section in 40 digits knows nothing of derivatives, rules or closed forms."""
    for name, (value, (gradient,)) in truths().items():
        problem = GALLERY[name]
        # As many points as in the test below, whose program this is.
        found = curve(problem, np.full(13, start(problem)))
        np.testing.assert_allclose(found.value[0], float(value), rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(found.gradient[0], float(gradient), rtol=1e-7, err_msg=name)


@pytest.mark.parametrize("name", [name for name in GALLERY if name not in NO_CLOSED_FORM])
def test_the_gradient_agrees_with_the_closed_form(name):
    """At the start and at random points of the ranges; where f is infinite, that is said."""
    problem = GALLERY[name]
    x, rng = problem.x, np.random.default_rng(3)
    xs = rng.uniform(x.min, x.max, (12, *start(problem).shape))
    found = curve(problem, np.stack([start(problem), *xs]))
    allowed = {gw.Verdict.agree, gw.Verdict.kink}
    verdicts = [gw.Verdict(v) for v in found.verdict]
    assert verdicts[0] == gw.Verdict.agree
    for verdict, value in zip(verdicts, found.value, strict=True):
        assert verdict in allowed or (verdict == gw.Verdict.unbounded and value == np.inf)
    assert np.mean([verdict in allowed for verdict in verdicts]) > 0.4
    assert np.nanmax(found.rel_error[[v == gw.Verdict.agree for v in verdicts]]) < 1e-7


def test_optimal_transport_is_what_sinkhorn_finds():
    """Sinkhorn's iterations in 40 digits: the value, and the potential as the gradient."""
    problem = GALLERY["optimal_transport"]
    eps = mp.mpf(problem.parameters[0].value)
    masses = [mp.mpf(m) for m in start(problem)]
    masses.append(1 - sum(masses))
    target, places = [mp.mpf(b) for b in (0.2, 0.3, 0.5)], [mp.mpf(z) for z in (0, 0.5, 1)]
    kernel = [[mp.exp(-((a - b) ** 2) / eps) for b in places] for a in places]
    u, v = [mp.mpf(1)] * 3, [mp.mpf(1)] * 3
    for _ in range(500):
        u = [m / mp.fdot(row, v) for m, row in zip(masses, kernel, strict=True)]
        v = [b / mp.fsum(u[i] * kernel[i][j] for i in range(3)) for j, b in enumerate(target)]
    cost = mp.mpf(0)
    for i in range(3):
        for j in range(3):
            mass = u[i] * kernel[i][j] * v[j]
            cost += mass * (places[i] - places[j]) ** 2 + eps * mass * mp.log(mass / target[j])
    potential = [float(eps * (mp.log(u[i]) - mp.log(u[2]))) for i in range(2)]
    found = gw.inspect(problem, start(problem))
    np.testing.assert_allclose(found.value, float(cost), rtol=1e-12)
    np.testing.assert_allclose(found.gradient, potential, rtol=1e-11)
    assert found.verdict == gw.Verdict.agree


def test_the_logistic_profile_is_what_scipy_finds():
    """Another optimiser (trust region) on the same g; the gradient by its own residuals."""
    from scipy.optimize import minimize

    problem = GALLERY["logistic_profile"]
    x, (tau,) = start(problem), values(problem)
    with computing("float64"):
        g = jax.jit(lambda y: problem.inner(y, x, tau))
        gradient, hessian = jax.jit(jax.grad(g)), jax.jit(jax.hessian(g))
        best = minimize(g, np.ones(4), jac=gradient, hess=hessian, method="trust-exact", tol=1e-13)
        by_x = jax.jit(jax.grad(problem.inner, 1))(jnp.asarray(best.x), x, tau)
    found = gw.inspect(problem, x)
    np.testing.assert_allclose(found.value, best.fun, rtol=1e-13)
    np.testing.assert_allclose(found.argmin, best.x, rtol=1e-8)
    np.testing.assert_allclose(found.gradient, by_x, rtol=1e-7)
    assert found.verdict == gw.Verdict.agree
    assert found.residual <= 1e-10


def test_targets_are_normalised_where_their_marginals_are_known():
    """Integrating x2 out of the banana and the funnel leaves a normal x1."""
    wide = np.linspace(-60, 60, 40_001)
    for name, sd in (("banana", 2.0), ("funnel", 1.5)):
        problem = GALLERY[name]
        with computing("float64"):
            density = jax.jit(jax.vmap(lambda x, p=problem: p.logdensity_fn(x)))
            masses = [
                np.sum(np.exp(density(np.column_stack([np.full_like(wide, z), wide]))))
                for z in (0.0, 1.0)
            ]
        np.testing.assert_allclose(masses[1] / masses[0], np.exp(-1 / (2 * sd**2)), rtol=1e-9)


@pytest.mark.parametrize("name", KINDS)
def test_it_is_translated_to_javascript(name):
    problem = GALLERY[name]
    with computing("float64"):
        arguments = (jnp.asarray(start(problem)), *values(problem))
        both = to_javascript(jax.value_and_grad(problem.f_with_gradient), *arguments, name="both")
        density = to_javascript(jax.grad(problem.logdensity_fn), *arguments, name="density")
    assert "function both(" in both
    assert "function density(" in density
