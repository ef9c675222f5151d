"""The exact density, against quadrature in many digits and known densities."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from jax.scipy.stats import norm

from gradwidget.sampling import exact_density
from tests.sampling.targets import half_line, normal, power


def exact_sd(p):
    """Of the power problem's density, whose mean is 0 by symmetry."""
    with mpmath.workdps(30):
        q = mpmath.mpf(p) / (mpmath.mpf(p) - 1)

        def density(y):
            return mpmath.exp(-(y**2) / 2 - (y**q / q) ** 2 / 2)

        pieces = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 6, 12]
        total = mpmath.quad(density, pieces)
        return float(mpmath.sqrt(mpmath.quad(lambda y: y**2 * density(y), pieces) / total))


@pytest.mark.parametrize("p", [1.02, 1.1, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0, 50.0])
def test_moments_of_the_power_problem(p):
    found = exact_density(power, (p,))
    assert found.sd == pytest.approx(exact_sd(p), rel=1e-9)
    assert abs(found.mean) < 1e-12


@pytest.mark.parametrize(
    ("mean", "sd"),
    [(0.0, 1.0), (1e3, 1e-2), (-1e5, 1e-3), (3.0, 1e4), (0.0, 1e-6), (1e-8, 1e-10), (2e6, 50.0)],
)
def test_the_mass_is_found_wherever_it_is(mean, sd):
    found = exact_density(normal, (mean, sd))
    assert found.mean == pytest.approx(mean, abs=1e-9 * sd + 1e-15 * abs(mean))
    # The log density of a narrow peak far away is itself rounded: (x - mean) has few digits.
    assert found.sd == pytest.approx(sd, rel=1e-9 + 1e-15 * abs(mean) / sd)
    assert found.log_normalizer == pytest.approx(0, abs=1e-9 + 1e-15 * abs(mean) / sd)
    assert found.x[0] < mean - 4.5 * sd
    assert mean + 4.5 * sd < found.x[-1] < mean + 10 * sd
    np.testing.assert_allclose(np.diff(found.x), found.x[1] - found.x[0], rtol=1e-3)
    assert np.trapezoid(found.density, found.x) == pytest.approx(1, abs=1e-5)


def test_two_modes_and_an_edge():
    def two(y):
        return jnp.logaddexp(norm.logpdf(y, -4.0, 0.5), norm.logpdf(y, 4.0, 0.25))

    found = exact_density(two)
    assert found.mean == pytest.approx(0, abs=1e-10)
    assert found.sd == pytest.approx(np.sqrt(16 + (0.25 + 0.0625) / 2), rel=1e-9)

    edge = exact_density(half_line)
    assert edge.mean == pytest.approx(1, rel=1e-7)
    assert edge.sd == pytest.approx(1, rel=1e-7)


def test_float32_is_good_to_its_digits():
    found = exact_density(power, (3.0,), "float32")
    assert found.sd == pytest.approx(exact_sd(3.0), rel=1e-5)
    assert found.density.dtype == np.float64


def test_a_position_of_shape_one():
    found = exact_density(power, (3.0,), shape=(1,))
    assert found.sd == pytest.approx(exact_sd(3.0), rel=1e-9)


def test_a_density_that_cannot_be_normalised_is_refused():
    with pytest.raises(ValueError, match="cannot be normalised"):
        exact_density(lambda y: 0.0 * y)
    with pytest.raises(ValueError, match="cannot be normalised"):
        exact_density(lambda y: y)
    with pytest.raises(ValueError, match="no finite maximum"):
        exact_density(lambda y: jnp.where(y > -1, -jnp.inf, jnp.nan))


def test_changed_parameters_compile_nothing(compilations):
    exact_density(power, (3.0,))
    compilations.reset()
    for p in np.linspace(1.05, 30, 50):
        exact_density(power, (p,))
    assert compilations.count == 0
