"""Both marginals of a density in the plane, against known ones and quadrature in many digits."""

from __future__ import annotations

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from gradwidget import gallery
from gradwidget.sampling import exact_marginals, on_plane, slice_of, visible_box
from tests.sampling.targets import flat

ACCURATE = 1e-6


def gaussian(x, rho, sd_0, sd_1, mean_0, mean_1):
    a, b = (x[0] - mean_0) / sd_0, (x[1] - mean_1) / sd_1
    return -(a**2 - 2 * rho * a * b + b**2) / (2 * (1 - rho**2))


def triangle(x):
    """Constant where x0, x1 and 1 - x0 - x1 are positive: a jump that no axis follows."""
    return jnp.where(jnp.minimum(jnp.min(x), 1 - x[0] - x[1]) > 0, 0.0, jnp.nan)


def marginals_of(function, *params):
    return exact_marginals(on_plane(function, params, [0.0, 0.0], (0, 1)))


def of(problem):
    return gallery()[problem].logdensity_fn


def worst(found, coordinate, density):
    """The largest error of a marginal, relative to its top; of some of its points."""
    x, said = found.x[coordinate][::24], found.density[coordinate][::24]
    exact = np.array([float(density(at)) for at in x])
    return np.max(np.abs(said - exact)) / exact.max()


@pytest.mark.parametrize(
    ("rho", "sd", "mean"),
    [
        (0.0, (1.0, 1.0), (0.0, 0.0)),
        (0.99, (1.0, 2.0), (3.0, -1.0)),
        (0.95, (0.1, 0.1), (50.0, 70.0)),
        (0.5, (1e-3, 1e3), (5.0, 100.0)),
        (-0.8, (1e-6, 1e-6), (0.0, 0.0)),
    ],
)
def test_a_gaussian_wherever_it_is(rho, sd, mean):
    found = marginals_of(gaussian, rho, *sd, *mean)
    for i in (0, 1):
        assert worst(found, i, norm(mean[i], sd[i]).pdf) < ACCURATE
        assert found.mean[i] == pytest.approx(mean[i], abs=1e-9 * sd[i])
        assert found.sd[i] == pytest.approx(sd[i], rel=1e-9)
        low, high = norm(mean[i], sd[i]).ppf([1e-3, 1 - 1e-3])
        assert found.x[i][[0, -1]] == pytest.approx([low, high], abs=0.1 * sd[i])
    exact = np.log(2 * np.pi * sd[0] * sd[1] * np.sqrt(1 - rho**2))
    assert found.log_normalizer == pytest.approx(exact, abs=1e-8)
    assert found.error < 1e-7


@pytest.mark.parametrize("bend", [0.3, 1.0])
def test_the_banana(bend):
    found = marginals_of(of("banana"), bend)
    assert worst(found, 0, norm(0, 2).pdf) < ACCURATE

    def bent(at):
        """The average over x0 of a normal density about -bend (x0^2 - 4)."""

        def density(x):
            return mpmath.npdf(x, 0, 2) * mpmath.npdf(at, -bend * (x**2 - 4), 1)

        # Where x0 is such that the middle of the banana is at this height, all of it lies.
        middle = mpmath.sqrt(max(4 - at / bend, 0))
        pieces = sorted({-16, -middle - 2, -middle, -middle / 2, 0, middle / 2, middle})
        return mpmath.quad(density, [*pieces, middle + 2, 16])

    assert worst(found, 1, bent) < ACCURATE
    assert found.mean == pytest.approx([0, 0], abs=1e-6)
    assert found.sd == pytest.approx([2, np.sqrt(1 + bend**2 * 2 * 2**4)], rel=1e-8)


@pytest.mark.parametrize("s", [0.5, 1.5, 3.0])
def test_the_funnel(s):
    found = marginals_of(of("funnel"), s)
    assert worst(found, 0, norm(0, s).pdf) < ACCURATE

    def wide(at):
        def density(v):
            return mpmath.npdf(v, 0, s) * mpmath.npdf(at, 0, mpmath.exp(v / 2))

        return mpmath.quad(density, mpmath.linspace(-9 * s, 9 * s, 13))

    assert worst(found, 1, wide) < ACCURATE
    assert found.sd == pytest.approx([s, np.exp(s**2 / 4)], rel=1e-7)


def test_an_edge_costs_accuracy_and_says_so():
    found = marginals_of(triangle)
    wrong = np.abs(found.density[0] - 2 * (1 - found.x[0])) / 2
    assert np.mean(wrong) < 1e-3
    assert 1e-6 < found.error < 1e-2
    assert found.mean == pytest.approx([1 / 3, 1 / 3], abs=found.error)


def test_a_refinement_that_is_ended_early_says_how_good_it_is():
    logdensity = on_plane(of("funnel"), (3.0,), [0.0, 0.0], (0, 1))
    rough = exact_marginals(logdensity, keep_going=lambda: False)
    assert rough.error > 0.05
    assert abs(rough.sd[1] / np.exp(9 / 4) - 1) < rough.error


def test_what_has_no_end_or_no_beginning_is_refused():
    for function, says in (
        (flat, "does not vanish"),
        (lambda x: jnp.sum(x) * jnp.nan, "no finite maximum"),
    ):
        logdensity = on_plane(lambda x, of=function: jnp.sum(of(x)), (), [0.0, 0.0], (0, 1))
        with pytest.raises(ValueError, match=says):
            exact_marginals(logdensity)


def test_a_slice_through_more_dimensions():
    logdensity = on_plane(lambda x: -jnp.sum((x - 1) ** 2) / 2, (), [0.0, 3.0, 0.0], (2, 0))
    box = visible_box(logdensity)
    assert np.all(box[0] < 1 - 3)
    assert np.all(box[1] > 1 + 3)
    assert np.all(np.ptp(box, axis=0) < 25)
    found = slice_of(logdensity, box)
    assert found.logdensity.shape == (len(found.up), len(found.across))
    exact = -((found.across - 1) ** 2 + (found.up[:, None] - 1) ** 2 + 4) / 2
    np.testing.assert_allclose(found.logdensity, exact, rtol=1e-12)
