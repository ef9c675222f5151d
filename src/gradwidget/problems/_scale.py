"""Breaking a gradient on purpose."""

from typing import Any

import jax
from jax import Array


@jax.custom_jvp
def scale_gradient(x: Array, scale: Array) -> Array:
    """Hand on x; whatever is computed from it has its derivative with respect to x scaled.

    The scale multiplies tangents and, transposed, cotangents: `f(scale_gradient(x, s))` has the
    value f(x) and the gradient s f'(x), which for s other than 1 is wrong.

    **Arguments:**

    - `x`: of any shape.
    - `scale`: a scalar; not differentiated.
    """
    return x


@scale_gradient.defjvp
def _rule(primals: tuple[Array, Array], tangents: tuple[Any, Any]) -> tuple[Array, Array]:
    x, scale = primals
    return scale_gradient(x, scale), scale * tangents[0]
