"""Log densities that are sampled in the tests."""

import jax.numpy as jnp
from jax.scipy.stats import norm


def power(y, p):
    """The power problem's, in closed form: f(y) = |y|^q / q."""
    q = p / (p - 1)
    return jnp.sum(norm.logpdf(y) + norm.logpdf(jnp.abs(y) ** q / q))


def normal(y, mean, sd):
    return jnp.sum(norm.logpdf(y, mean, sd))


def half_line(y):
    """An exponential density: minus infinity below 0."""
    return jnp.where(y > 0, -y, -jnp.inf)


def with_a_hole(y):
    """A normal density that is not a number beyond 1."""
    return jnp.where(y < 1, norm.logpdf(y), jnp.nan)


def flat(y):
    """Constant: no density at all."""
    return 0.0 * y
