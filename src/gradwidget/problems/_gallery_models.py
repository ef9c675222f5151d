"""Likelihoods of which the parameters of no interest are maximised out."""

import jax.numpy as jnp
import numpy as np
from jax import Array

from ._envelope import make_envelope
from ._parameter import Parameter
from ._problem import Problem

_PROFILES = (
    "S. A. Murphy and A. W. van der Vaart, On profile likelihood, J. Am. Stat. Assoc. 95 (2000)"
)


def problems() -> list[Problem]:
    """All of them."""
    return [_normal_profile(), _ridge_profile(), _logistic_profile()]


def _normal_profile() -> Problem:
    data = np.random.default_rng(5).normal(0.4, 1.5, size=20).round(2)
    n = len(data)

    def squares(x: Array) -> Array:
        return jnp.sum((jnp.asarray(data, x.dtype) - x) ** 2)

    def g(y: Array, x: Array, nu: Array) -> Array:
        return (n + nu) * y + (squares(x) + nu) * jnp.exp(-2 * y) / 2

    def closed_form(x: Array, nu: Array) -> Array:
        return (n + nu) / 2 * (1 + jnp.log((squares(x) + nu) / (n + nu)))

    return make_envelope(
        name="normal_profile",
        formula="g(y, x) = (n + nu) y + (nu + sum_i (d_i - x)^2) exp(-2 y)/2",
        g=g,
        sign=1.0,
        x_shape=(),
        y_shape=(),
        closed_form=closed_form,
        logdensity=lambda x, value, nu: -value,
        parameters=(Parameter("nu", 1.0, 0.5, 20.0, lower=0.0),),
        x=Parameter("x", 0.5, -2.0, 2.0),
        description=(
            "The mean x of 20 normal observations whose standard deviation exp(y) is not known: "
            "it is maximised out, with a weak prior of nu degrees of freedom. What remains, the "
            "profile likelihood of x, is a Student t; the sampler draws from it."
        ),
        source=f"{_PROFILES}, example 1.",
    )


def _ridge_profile() -> Problem:
    rng = np.random.default_rng(11)
    wanted, nuisance = rng.normal(size=(30, 2)), rng.normal(size=(30, 6))
    nuisance[:, :2] += 0.7 * wanted
    target = wanted @ [0.8, -0.5] + nuisance @ rng.normal(size=6) + rng.normal(size=30)

    def left(x: Array) -> Array:
        error: Array = jnp.asarray(target, x.dtype) - jnp.asarray(wanted, x.dtype) @ x
        return error

    def g(y: Array, x: Array, lam: Array) -> Array:
        error = left(x) - jnp.asarray(nuisance, x.dtype) @ y
        total: Array = (jnp.sum(error**2) + lam * jnp.sum(y**2)) / 2
        return total

    def closed_form(x: Array, lam: Array) -> Array:
        features, error = jnp.asarray(nuisance, x.dtype), left(x)
        normal = features.T @ features + lam * jnp.eye(features.shape[1], dtype=x.dtype)
        explained = error @ features @ jnp.linalg.solve(normal, features.T @ error)
        total: Array = (error @ error - explained) / 2
        return total

    return make_envelope(
        name="ridge_profile",
        formula="g(y, x) = |t - Z x - W y|^2/2 + lam |y|^2/2",
        g=g,
        sign=1.0,
        x_shape=(2,),
        y_shape=(6,),
        y_start=np.zeros(6),
        closed_form=closed_form,
        logdensity=lambda x, value, lam: -value,
        parameters=(Parameter("lam", 1.0, 0.01, 100.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -2.0, 3.0),
        start=(0.8, -0.5),
        description=(
            "Linear regression with 30 observations: two coefficients x of interest, and six, y, "
            "that are fitted by ridge regression for every x. The profile likelihood of x is "
            "normal. A small lam lets the nuisance explain away the effect."
        ),
        source="A. E. Hoerl and R. W. Kennard, Ridge regression, Technometrics 12 (1970).",
    )


def _logistic_profile() -> Problem:
    rng = np.random.default_rng(17)
    n = 1_000
    wanted = rng.normal(size=(n, 2))
    nuisance = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    odds = wanted @ [0.6, -0.4] + nuisance @ [-0.5, 1.0, -0.7, 0.3]
    is_one = (rng.uniform(size=n) < 1 / (1 + np.exp(-odds))).astype(float)

    def g(y: Array, x: Array, tau: Array) -> Array:
        odds = jnp.asarray(wanted, x.dtype) @ x + jnp.asarray(nuisance, x.dtype) @ y
        loss = jnp.logaddexp(0.0, odds) - jnp.asarray(is_one, x.dtype) * odds
        return jnp.sum(loss) + y @ y / (2 * tau**2)

    return make_envelope(
        name="logistic_profile",
        formula="g(y, x) = -log likelihood(z x + w y) + |y|^2/(2 tau^2)",
        g=g,
        sign=1.0,
        x_shape=(2,),
        y_shape=(4,),
        y_start=np.zeros(4),
        logdensity=lambda x, value, tau: -value - x @ x / 50,
        parameters=(Parameter("tau", 5.0, 0.1, 20.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -0.5, 1.5),
        start=(0.6, -0.4),
        description=(
            "Logistic regression on 1,000 observations: two coefficients x of interest, and an "
            "intercept with three more, y, fitted anew for every x. Every gradient that the "
            "sampler asks for contains an optimisation over all the data. There is no closed form."
        ),
        source=f"{_PROFILES}; data simulated.",
    )
