"""The scalar solver on functions other than powers: what it finds, and what it says of the rest."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.argmin import Solution, Status, root_finder

DTYPES = ("float64", "float32")
mp.mp.dps = 50


def solve(h, xs, dtype, domain=(-math.inf, math.inf)) -> Solution:
    with computing(dtype):
        return jax.device_get(jax.jit(jax.vmap(root_finder(h, domain)))(jnp.asarray(xs, dtype)))


def names(solution: Solution) -> list[str]:
    return [Status(s).name for s in solution.status]


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


@pytest.mark.parametrize(
    ("h", "inverse", "domain", "xs"),
    [
        (jnp.cosh, mp.asinh, None, (0.0, 1e-6, 0.5, -3.0, 10.0, 1e5)),
        (
            lambda y: -jnp.log(1 - y**2),
            lambda x: (mp.sqrt(1 + x * x) - 1) / x,
            (-1.0, 1.0),
            (1e-3, 0.3, -3.0, 5.0, 100.0),
        ),
        (
            lambda y: y * jnp.log(y),
            lambda x: mp.exp(x - 1),
            (0.0, math.inf),
            (-20.0, -5.0, 0.0, 0.3, 1.0, 5.0, 20.0),
        ),
        (jnp.exp, mp.log, None, (1e-6, 0.3, 1.0, 5.0)),
        (lambda y: jnp.log(2 * jnp.cosh(y)), mp.atanh, None, (1e-6, 0.3, -0.9)),
        (lambda y: (y - 3) ** 2, lambda x: x / 2 + 3, None, (-7.0, 0.0, 1.0, 100.0)),
    ],
)
def test_inverts_the_slope(h, inverse, domain, xs, dtype):
    solution = solve(h, xs, dtype, domain or (-math.inf, math.inf))
    assert names(solution) == ["CONVERGED"] * len(xs)
    eps = float(np.finfo(dtype).eps)
    for x, argmin in zip(xs, solution.argmin, strict=True):
        x = float(np.dtype(dtype).type(x))
        truth = float(inverse(mp.mpf(x)))
        # An error of a few eps in h' and in x, through the inverse.
        slope = float(abs(mp.diff(inverse, x))) if x else 1.0
        assert abs(argmin - truth) <= 32 * eps * (abs(truth) + slope * (1 + abs(x))), x
    assert max(solution.num_steps) <= 40


def test_slopes_that_never_reach_x_are_unbounded(dtype):
    solution = solve(lambda y: jnp.sqrt(1 + y**2), (0.5, 1.1, -1.1), dtype)
    assert names(solution) == ["CONVERGED", "UNBOUNDED", "UNBOUNDED"]
    np.testing.assert_array_equal(solution.argmin[1:], [np.inf, -np.inf])
    # Neither does a formula that breaks down on the way hide it, nor one that is exactly constant.
    assert names(solve(lambda y: jnp.log(2 * jnp.cosh(y)), (5.0, -3.0), dtype)) == ["UNBOUNDED"] * 2
    assert names(solve(lambda y: 2 * y, (0.0, 2.0, 3.0), dtype)) == [
        "UNBOUNDED",
        "AT_INFINITY",
        "UNBOUNDED",
    ]


def test_kinks_are_found_and_named(dtype):
    solution = solve(lambda y: y**2 / 2 + jnp.abs(y), (0.5, -0.9, 1.5), dtype)
    assert names(solution) == ["KINK", "KINK", "CONVERGED"]
    np.testing.assert_allclose(solution.argmin, [0, 0, 0.5], rtol=1e-6)
    away = solve(lambda y: y**2 / 2 + jnp.abs(y - 1), (0.3, 1.5, 2.5), dtype)
    assert names(away) == ["KINK", "KINK", "CONVERGED"]
    np.testing.assert_allclose(away.argmin, [1, 1, 1.5], rtol=1e-6)


def test_a_minimum_at_the_boundary_stays_inside_the_domain(dtype):
    solution = solve(lambda y: y**2 / 2, (0.3, 5.0, -3.0), dtype, (-1.0, 1.0))
    assert names(solution) == ["CONVERGED", "OUTSIDE_DOMAIN", "OUTSIDE_DOMAIN"]
    assert 1 - 1e-6 < solution.argmin[1] < 1
    assert -1 < solution.argmin[2] < -1 + 1e-6


def test_overflow_and_underflow_are_named(dtype):
    x = {"float64": 1000.0, "float32": 100.0}[dtype]
    solution = solve(lambda y: y * jnp.log(y), (x, -x), dtype, (0.0, math.inf))
    assert names(solution) == ["OVERFLOW", "UNDERFLOW"]
    assert solution.argmin[0] == np.inf
    assert solution.argmin[1] == np.finfo(dtype).tiny


def test_what_is_not_convex_is_named(dtype):
    solution = solve(lambda y: (y**2 - 1) ** 2, (0.0, 0.3, 5.0, -3.0), dtype)
    assert names(solution) == ["NOT_CONVEX"] * 4
    # Stationary points nevertheless, the last three the minimum.
    slope = 4 * solution.argmin * (solution.argmin**2 - 1)
    np.testing.assert_allclose(slope, [0.0, 0.3, 5.0, -3.0], rtol=1e-5)
    assert np.all(np.sign(solution.argmin) == [0, 1, 1, -1])


def test_what_is_not_finite_is_named(dtype):
    assert names(solve(jnp.cosh, (np.nan, np.inf), dtype)) == ["NOT_FINITE"] * 2
    solution = solve(lambda y: jnp.sqrt(-1 - y**2), (0.3, -0.3, 0.0), dtype)
    assert names(solution) == ["NOT_FINITE"] * 3
    assert np.all(np.isnan(solution.argmin))


def test_where_h_is_not_defined_its_domain_has_to_be_told(dtype):
    solution = solve(lambda y: -jnp.sqrt(y - 1), (-0.3, -2.0), dtype, (1.0, math.inf))
    assert names(solution) == ["CONVERGED"] * 2
    np.testing.assert_allclose(solution.argmin, [1 + 1 / 0.36, 1 + 1 / 16], rtol=1e-6)
    solution = solve(lambda y: -jnp.sqrt(y - 1), (-0.3, -2.0), dtype)
    assert names(solution) == ["NOT_FINITE"] * 2


def test_cancellation_in_the_slope_is_seen_in_the_residual():
    # h' = e^y/(e^y + e^-y) - e^-y/(e^y + e^-y) is rounded to eps, not to eps |h'|.
    solution = solve(lambda y: jnp.logaddexp(y, -y), (1e-6,), "float32")
    assert names(solution) == ["CONVERGED"]
    assert 1e-9 < solution.residual[0] < 1e-7
    assert abs(solution.argmin[0] - 1e-6) < 1e-7


def test_flat_slopes_that_underflow_do_not_trap_the_solver():
    solution = solve(lambda y: jnp.abs(y) ** 50 / 50, (1e-6, 0.9), "float32")
    assert names(solution) == ["CONVERGED"] * 2
    np.testing.assert_allclose(solution.argmin, [1e-6 ** (1 / 49), 0.9 ** (1 / 49)], rtol=1e-6)


def test_every_status_is_a_sentence():
    for status in Status:
        assert str(status).endswith(".")
        assert status.name not in str(status)
