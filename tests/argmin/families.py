"""Inner problems over vectors: seven families g(y, x, theta), in any number of dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Family(NamedTuple):
    """One inner problem of d components, and where to solve it."""

    g: Callable[..., Any]
    xs: np.ndarray  # (n, d)
    theta: float
    start: np.ndarray | None = None
    domain: tuple[float, float] = (-math.inf, math.inf)


def _matrix(d: int) -> np.ndarray:
    """Symmetric positive definite, with a condition number of some hundreds."""
    rows = np.random.default_rng(d).normal(size=(d, d))
    return rows @ rows.T / d + 0.05 * np.eye(d)


def _data(d: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(10 + d)
    features = rng.normal(size=(n, d))
    return features, features @ rng.normal(size=d) + rng.standard_t(2, size=n)


def _points(d: int, sizes: tuple[float, ...]) -> np.ndarray:
    directions = np.random.default_rng(20 + d).normal(size=(4, d))
    return np.concatenate([np.zeros((1, d)), *(size * directions for size in sizes)])


def families(d: int) -> dict[str, Family]:
    """Each family by its name; theta is its one parameter, at which its `theta` is a start."""
    matrix, (features, targets) = _matrix(d), _data(d)
    labels = (targets > 0).astype(float)
    wide = _points(d, (1e-6, 1e-2, 1.0, 100.0))
    simplex = np.random.default_rng(3).dirichlet(np.ones(d + 1), size=12)[:, :d]

    def quadratic(y, x, a):
        return 0.5 * a * y @ matrix @ y - x @ y

    def log_sum_exp(y, x, a):
        return jax.nn.logsumexp(jnp.append(a * y, 0.0)) / a - x @ y

    def power(y, x, a):
        return jnp.sum((1e-3 + y**2) ** (a / 2)) / a + 0.5 * jnp.sum(y) ** 2 - x @ y

    def logistic(y, x, a):
        eta = features @ y
        return jnp.sum(jnp.logaddexp(0.0, eta) - labels * eta) + 0.5 * a * jnp.sum((y - x) ** 2)

    def entropy(y, x, a):
        last = 1 - jnp.sum(y)
        return a * (jnp.sum(y * jnp.log(y)) + last * jnp.log(last)) - x @ y

    def huber(y, x, a):
        r = features @ y - targets
        size = jnp.abs(r)
        loss = jnp.where(size < a, r**2 / 2, a * (size - a / 2))
        return jnp.sum(loss) + 0.05 * jnp.sum((y - x) ** 2)

    def elastic(y, x, a):
        return jnp.sum(jnp.abs(y)) * a + 0.5 * y @ matrix @ y - x @ y

    return {
        "quadratic": Family(quadratic, wide, 1.3),
        "log-sum-exp": Family(log_sum_exp, simplex, 1.3),
        "power with coupling": Family(power, wide, 3.0),
        "logistic regression": Family(logistic, wide, 0.7),
        "entropy on the simplex": Family(
            entropy, _points(d, (1e-6, 1e-2, 1.0)), 0.8, np.full(d, 1 / (d + 1)), (0.0, 1.0)
        ),
        "Huber regression": Family(huber, wide, 1.345),
        "elastic": Family(elastic, wide, 0.3),
    }
