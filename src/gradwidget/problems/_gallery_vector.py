"""Problems of several variables that see each other."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ._conjugate import make_joint_conjugate
from ._envelope import make_envelope
from ._parameter import Parameter
from ._problem import Problem


def problems() -> list[Problem]:
    """All of them."""
    return [
        _quadratic(),
        _log_sum_exp(),
        _simplex_entropy(),
        _segment_distance(),
        _optimal_transport(),
    ]


def _quadratic() -> Problem:
    def h(y: Array, rho: Array, s: Array) -> Array:
        return s * (y[0] ** 2 + 2 * rho * y[0] * y[1] + y[1] ** 2) / 2

    def closed_form(x: Array, rho: Array, s: Array) -> Array:
        return (x[0] ** 2 - 2 * rho * x[0] * x[1] + x[1] ** 2) / (2 * s * (1 - rho) * (1 + rho))

    return make_joint_conjugate(
        name="quadratic",
        formula="g(y) = s (y1^2 + 2 rho y1 y2 + y2^2)/2 - <x, y>",
        h=h,
        dim=2,
        closed_form=closed_form,
        parameters=(
            Parameter("rho", 0.6, -0.95, 0.95, lower=-1.0, upper=1.0),
            Parameter("s", 1.0, 0.1, 10.0, log=True, lower=0.0),
        ),
        x=Parameter("x", 0.5, -2.0, 2.0),
        start=(0.8, -0.4),
        description=(
            "The conjugate of the quadratic form of a matrix A is that of its inverse: "
            "f = <x, A^-1 x>/2, and the argmin solves A y = x. Its contours are ellipses, turned "
            "by the correlation rho; near rho = 1 the matrix is nearly singular."
        ),
        source="S. Boyd and L. Vandenberghe, Convex optimization, 2004, example 3.22.",
    )


def _log_sum_exp() -> Problem:
    def h(y: Array, a: Array) -> Array:
        return jax.nn.logsumexp(jnp.append(a * y, 0.0)) / a

    def closed_form(x: Array, a: Array) -> Array:
        last = 1 - jnp.sum(x)
        return (jnp.sum(x * jnp.log(x)) + last * jnp.log(last)) / a

    return make_joint_conjugate(
        name="log_sum_exp",
        formula="g(y) = log(1 + exp(a y1) + exp(a y2))/a - <x, y>",
        h=h,
        dim=2,
        closed_form=closed_form,
        parameters=(Parameter("a", 1.0, 0.3, 3.0, log=True, lower=0.0),),
        x=Parameter("x", 0.3, 0.02, 0.6),
        start=(0.5, 0.2),
        description=(
            "Log-sum-exp is a smooth maximum, and its conjugate is the negative entropy of the "
            "probabilities (x1, x2, 1 - x1 - x2). The argmin are their log odds. Outside of the "
            "triangle x1 > 0, x2 > 0, x1 + x2 < 1 there is no minimum."
        ),
        source="S. Boyd and L. Vandenberghe, Convex optimization, 2004, example 3.25.",
    )


def _simplex_entropy() -> Problem:
    def g(y: Array, x: Array, tau: Array) -> Array:
        probabilities = jnp.append(y, 1 - jnp.sum(y))
        return tau * jnp.sum(probabilities * jnp.log(probabilities)) - x @ probabilities

    return make_envelope(
        name="simplex_entropy",
        formula="g(y, x) = tau sum y log y - <x, y>, y a probability",
        g=g,
        sign=-1.0,
        x_shape=(3,),
        y_shape=(2,),
        y_start=np.full(2, 1 / 3),
        domain=(0.0, 1.0),
        closed_form=lambda x, tau: tau * jax.nn.logsumexp(x / tau),
        parameters=(Parameter("tau", 1.0, 0.1, 5.0, log=True, lower=0.0),),
        x=Parameter("x", 0.5, -2.0, 2.0),
        start=(0.5, -0.3, 1.0),
        description=(
            "The free energy tau log sum exp(x/tau) as a minimum over probabilities on three "
            "states, of which two are free. The gradient is the minimising probability: softmax, "
            "the Boltzmann distribution at the temperature tau. The minimum is always inside of "
            "the simplex, but for small tau very near to its boundary."
        ),
        source=(
            "M. J. Wainwright and M. I. Jordan, Graphical models, exponential families, and "
            "variational inference, Found. Trends Mach. Learn. 1 (2008), section 3.6."
        ),
    )


def _segment_distance() -> Problem:
    def direction(angle: Array) -> Array:
        return jnp.stack([jnp.cos(angle), jnp.sin(angle)])

    def g(y: Array, x: Array, angle: Array) -> Array:
        return jnp.sum((x - y * direction(angle)) ** 2) / 2

    def closed_form(x: Array, angle: Array) -> Array:
        return g(jnp.clip(x @ direction(angle), -1.0, 1.0), x, angle)

    return make_envelope(
        name="segment_distance",
        formula="g(y, x) = |x - y u(angle)|^2/2, -1 < y < 1",
        g=g,
        sign=1.0,
        x_shape=(2,),
        y_shape=(),
        domain=(-1.0, 1.0),
        closed_form=closed_form,
        parameters=(Parameter("angle", 0.5, -math.pi / 2, math.pi / 2),),
        x=Parameter("x", 0.5, -2.0, 2.0),
        start=(0.4, 0.9),
        description=(
            "Half the squared distance of a point in the plane to a segment of length two: the "
            "Moreau envelope of a set. The gradient is x minus its projection onto the segment; "
            "beyond the ends of the segment the projection is an end, and stands still."
        ),
        source="S. Boyd and L. Vandenberghe, Convex optimization, 2004, section 8.1.",
    )


def _optimal_transport() -> Problem:
    places = np.array([0.0, 0.5, 1.0])
    cost = (places[:, None] - places[None, :]) ** 2
    target = np.array([0.2, 0.3, 0.5])

    def h(y: Array, eps: Array) -> Array:
        potential = jnp.append(y, 0.0)
        each = jax.nn.logsumexp((potential[:, None] - jnp.asarray(cost, y.dtype)) / eps, axis=0)
        return eps * jnp.asarray(target, y.dtype) @ each

    return make_joint_conjugate(
        name="optimal_transport",
        formula="g(y) = eps sum_j b_j log sum_i exp((y_i - C_ij)/eps) - <x, y>",
        h=h,
        dim=2,
        parameters=(Parameter("eps", 0.1, 0.02, 1.0, log=True, lower=0.0),),
        x=Parameter("x", 0.3, 0.02, 0.6),
        start=(0.5, 0.3),
        description=(
            "The cheapest way to carry a histogram (x1, x2, 1 - x1 - x2) at the places 0, 1/2, 1 "
            "to the histogram (0.2, 0.3, 0.5), at the squared distance, blurred by the entropy "
            "eps. The argmin is the dual (Kantorovich) potential, relative to the last place, and "
            "it is the gradient of the Sinkhorn cost. There is no closed form."
        ),
        source=(
            "G. Peyré and M. Cuturi, Computational optimal transport, Found. Trends Mach. Learn. "
            "11 (2019), sections 4.4 and 9.1."
        ),
    )
