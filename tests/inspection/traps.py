"""Problems that are hard to judge, made once so that what is compiled for them is shared."""

from __future__ import annotations

import math

import jax.numpy as jnp

from gradwidget.problems import conjugate

COSH = conjugate(lambda y, a=1.0: jnp.cosh(a * y) / a)
BOUNDED_SLOPES = conjugate(lambda y: jnp.sqrt(1 + y**2))
KINK_OF_H = conjugate(lambda y: y**2 / 2 + jnp.abs(y))
KINK_OF_F = conjugate(lambda y: jnp.maximum(jnp.abs(y) - 1, 0) ** 2 / 2)
TWO_WELLS = conjugate(lambda y: (y**2 - 1) ** 2)
ENTROPY = conjugate(lambda y: y * jnp.log(y), domain=(0.0, math.inf))
BARRIER = conjugate(lambda y: -jnp.log(1 - y**2), domain=(-1.0, 1.0))
NOWHERE = conjugate(lambda y: jnp.sqrt(-1 - y**2))
CANCELLATION = conjugate(lambda y: jnp.logaddexp(y, -y))
