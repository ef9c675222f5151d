"""A problem that cannot be translated: the largest eigenvalue, smoothly, of a matrix of x."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

import gradwidget as gw


def problem() -> gw.Problem:
    """Of the eigenvalues +-sqrt(1 + x^2), log sum exp; JAX's `eigh` has no translation."""

    def smooth_maximum(x: Any, k: Any = 1.0) -> Any:
        up, across = jnp.array([[1.0, 0.0], [0.0, -1.0]]), jnp.array([[0.0, 1.0], [1.0, 0.0]])
        matrix = x * up.astype(x.dtype) + across.astype(x.dtype)
        return jax.nn.logsumexp(k * jnp.linalg.eigvalsh(matrix)) / k

    def closed_form(x: Any, k: Any) -> Any:
        return jnp.log(2 * jnp.cosh(k * jnp.sqrt(1 + x**2))) / k

    return gw.from_function(smooth_maximum, reference=closed_form, k=gw.slider(0.5, 4.0))
