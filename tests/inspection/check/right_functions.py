"""Functions whose derivatives are right, and that a check must not accuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
from jax import lax


class Right(NamedTuple):
    """A function without a fault.

    Attributes:
        name: What it is.
        fun: The function.
        args: Where to check it.
        is_judged: Whether the float64 derivatives with respect to every argument must be found
            right, and not merely not wrong.
        options: Further arguments of `check_gradient`.
    """

    name: str
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    is_judged: bool = True
    options: dict[str, Any] = {}


_random = np.random.default_rng(1)
_X = _random.standard_normal((12, 3))
_LABELS = (_X @ np.array([1.0, -1.0, 0.5]) > 0).astype(np.float64)
_SPD = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]])


def _newton(residual: Callable[[Any], Any], start: Any, steps: int = 25) -> Any:
    def step(_: Any, y: Any) -> Any:
        return y - jnp.linalg.solve(jax.jacobian(residual)(y), residual(y))

    return lax.fori_loop(0, steps, step, start)


# -- Inner solvers behind a custom_vjp ---------------------------------------------------------


@jax.custom_vjp
def ridge(log_strength: Any, x: Any, y: Any) -> Any:
    """argmin_w |x w - y|^2 / 2 + exp(log_strength) |w|^2 / 2: a vector."""
    identity = jnp.eye(x.shape[1], dtype=x.dtype)
    return jnp.linalg.solve(x.T @ x + jnp.exp(log_strength) * identity, x.T @ y)


def _ridge_forward(log_strength: Any, x: Any, y: Any) -> Any:
    w = ridge(log_strength, x, y)
    return w, (w, log_strength, x, y)


def _ridge_backward(saved: Any, ct: Any) -> Any:
    w, log_strength, x, y = saved
    identity = jnp.eye(x.shape[1], dtype=x.dtype)
    u = jnp.linalg.solve(x.T @ x + jnp.exp(log_strength) * identity, ct)

    def optimality(log_strength: Any, x: Any, y: Any) -> Any:
        return x.T @ (x @ w - y) + jnp.exp(log_strength) * w

    return tuple(-g for g in jax.vjp(optimality, log_strength, x, y)[1](u))


ridge.defvjp(_ridge_forward, _ridge_backward)


def _logistic_gradient(w: Any, strength: Any, x: Any, y: Any) -> Any:
    return x.T @ (jax.nn.sigmoid(x @ w) - y) / len(y) + strength * w


@jax.custom_vjp
def logistic_fit(strength: Any, x: Any, y: Any) -> Any:
    """The weights of a regularised logistic regression, by Newton's method."""
    start = jnp.zeros(x.shape[1], x.dtype)
    return _newton(lambda w: _logistic_gradient(w, strength, x, y), start, 12)


def _logistic_forward(strength: Any, x: Any, y: Any) -> Any:
    w = logistic_fit(strength, x, y)
    return w, (w, strength, x, y)


def _logistic_backward(saved: Any, ct: Any) -> Any:
    w, strength, x, y = saved
    hessian = jax.jacobian(_logistic_gradient)(w, strength, x, y)
    u = jnp.linalg.solve(hessian.T, ct)
    _, pullback = jax.vjp(lambda *params: _logistic_gradient(w, *params), strength, x, y)
    return tuple(-g for g in pullback(u))


logistic_fit.defvjp(_logistic_forward, _logistic_backward)


@jax.custom_vjp
def conjugate(x: Any, p: Any) -> Any:
    """max_y x y - |y|^p / p in every component, by bisection: a vector and its argmax."""
    return _conjugate(x, p)


def _conjugate(x: Any, p: Any) -> Any:
    def halve(_: Any, bracket: Any) -> Any:
        low, high = bracket
        middle = (low + high) / 2
        is_below = middle ** (p - 1) < jnp.abs(x)
        return jnp.where(is_below, middle, low), jnp.where(is_below, high, middle)

    low, high = lax.fori_loop(0, 60, halve, (jnp.zeros_like(x), jnp.full_like(x, 4)))
    y = jnp.sign(x) * (low + high) / 2
    return {"value": jnp.sum(x * y - jnp.abs(y) ** p / p), "argmax": y}


def _conjugate_forward(x: Any, p: Any) -> Any:
    out = conjugate(x, p)
    return out, (x, p, out)


def _conjugate_pullback(saved: Any, ct: Any) -> Any:
    _, p, out = saved
    y = out["argmax"]
    size = jnp.abs(y)
    through_y = ct["argmax"] / ((p - 1) * size ** (p - 2))
    by_p = ct["value"] * jnp.sum(size**p * (1 / p**2 - jnp.log(size) / p))
    by_p -= jnp.sum(through_y * jnp.sign(y) * size ** (p - 1) * jnp.log(size))
    return ct["value"] * y + through_y, by_p


conjugate.defvjp(_conjugate_forward, _conjugate_pullback)


@jax.custom_vjp
def equilibrium(params: dict[str, Any], data: Any) -> dict[str, Any]:
    """The fixed point z = tanh(w z + b + data): pytrees in and out."""

    def step(state: Any) -> Any:
        z, _ = state
        return jnp.tanh(params["w"] @ z + params["b"] + data), z

    def is_moving(state: Any) -> Any:
        return jnp.max(jnp.abs(state[0] - state[1])) > 4 * np.finfo(data.dtype).eps

    start = jnp.tanh(data)
    z, _ = lax.while_loop(is_moving, step, (start, start + 1))
    return {"state": z, "energy": jnp.sum(z**2)}


def _equilibrium_forward(params: Any, data: Any) -> Any:
    out = equilibrium(params, data)
    return out, (params, data, out["state"])


def _equilibrium_backward(saved: Any, ct: Any) -> Any:
    params, _, z = saved
    ct_z = ct["state"] + 2 * ct["energy"] * z
    jacobian = (1 - z**2)[:, None] * params["w"]
    u = jnp.linalg.solve(jnp.eye(len(z), dtype=z.dtype) - jacobian.T, ct_z)
    inner = u * (1 - z**2)
    return {"w": jnp.outer(inner, z), "b": inner}, inner


equilibrium.defvjp(_equilibrium_forward, _equilibrium_backward)


@jax.custom_vjp
def shrinkage(x: Any, strength: Any) -> Any:
    """prox of strength |.|_1: a kink at strength, away from which it is smooth."""
    return jnp.sign(x) * jnp.maximum(jnp.abs(x) - strength, 0)


shrinkage.defvjp(
    lambda x, strength: (shrinkage(x, strength), (x, strength)),
    lambda saved, ct: (
        ct * (jnp.abs(saved[0]) > saved[1]),
        -jnp.sum(ct * jnp.sign(saved[0]) * (jnp.abs(saved[0]) > saved[1])),
    ),
)


@jax.custom_vjp
def optimal_transport(cost: Any, weights: Any) -> Any:
    """The value of entropic transport between two small measures, by Sinkhorn's iteration."""
    return _transport(cost, weights)[0]


def _transport(cost: Any, weights: Any) -> Any:
    log_a = jax.nn.log_softmax(weights)
    log_b = -jnp.log(jnp.asarray(cost.shape[1], cost.dtype)) * jnp.ones_like(cost[0])

    def step(_: Any, potentials: Any) -> Any:
        f, g = potentials
        f = log_a - jsp.special.logsumexp(g[None, :] - cost, axis=1)
        g = log_b - jsp.special.logsumexp(f[:, None] - cost, axis=0)
        return f, g

    f, g = lax.fori_loop(0, 200, step, (jnp.zeros_like(log_a), jnp.zeros_like(log_b)))
    plan = jnp.exp(f[:, None] + g[None, :] - cost)
    value = jnp.sum(f * jnp.exp(log_a)) + jnp.sum(g * jnp.exp(log_b))
    return value, plan, f


def _transport_forward(cost: Any, weights: Any) -> Any:
    value, plan, f = _transport(cost, weights)
    return value, (plan, f, jax.nn.softmax(weights))


def _transport_backward(saved: Any, ct: Any) -> Any:
    plan, f, a = saved
    return ct * plan, ct * a * (f - jnp.sum(a * f))


optimal_transport.defvjp(_transport_forward, _transport_backward)


# -- Implicit functions ------------------------------------------------------------------------


def implicit_root(theta: Any, data: Any) -> Any:
    def residual(y: Any) -> Any:
        return y**3 + theta * y - data

    def solve(f: Any, start: Any) -> Any:
        def is_open(state: Any) -> Any:
            y, count = state
            return (jnp.max(jnp.abs(f(y))) > 1e-12) & (count < 60)

        def step(state: Any) -> Any:
            y, count = state
            return y - f(y) / (3 * y**2 + theta), count + 1

        return lax.while_loop(is_open, step, (start, 0))[0]

    def tangent_solve(g: Any, rhs: Any) -> Any:
        return rhs / jax.jvp(g, (jnp.ones_like(rhs),), (jnp.ones_like(rhs),))[1]

    return lax.custom_root(residual, jnp.ones_like(data), solve, tangent_solve)


def optimistix_fixed_point(a: Any) -> Any:
    import optimistix as optx

    tolerance = 1e-12 if a.dtype == jnp.float64 else 1e-6
    solver: Any = optx.FixedPointIteration(rtol=tolerance, atol=tolerance)
    return optx.fixed_point(lambda y, a: jnp.cos(a * y), solver, jnp.ones_like(a), args=a).value


def optimistix_least_squares(scale: Any, times: Any, observed: Any) -> Any:
    import optimistix as optx

    def residual(rate: Any, data: Any) -> Any:
        scale, times, observed = data
        return scale * jnp.exp(-rate * times) - observed

    tolerance = 1e-10 if times.dtype == jnp.float64 else 1e-5
    solver: Any = optx.LevenbergMarquardt(rtol=tolerance, atol=tolerance)
    start = jnp.ones((), times.dtype)
    return optx.least_squares(residual, solver, start, args=(scale, times, observed)).value


def optimistix_minimum(a: Any) -> Any:
    import optimistix as optx

    def inner(y: Any, a: Any) -> Any:
        return jnp.sum((y - a) ** 2) + 0.1 * jnp.sum(jnp.cosh(y))

    tolerance = 1e-9 if a.dtype == jnp.float64 else 1e-4
    solver: Any = optx.BFGS(rtol=tolerance, atol=tolerance)
    return optx.minimise(inner, solver, jnp.zeros_like(a), args=a).value


def conjugate_gradients(b: Any) -> Any:
    matrix = jnp.asarray(_SPD, b.dtype)
    return jsp.sparse.linalg.cg(lambda x: matrix @ x, b, tol=1e-12)[0]


# -- The rest ----------------------------------------------------------------------------------


def cross_entropy(params: dict[str, Any], x: Any, labels: Any) -> Any:
    logits = jnp.tanh(x @ params["w1"]) @ params["w2"]
    log_probabilities = jax.nn.log_softmax(logits, axis=1)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, labels[:, None], axis=1))


def eigenvalues(matrix: Any) -> Any:
    return jnp.linalg.eigvalsh(matrix)


def log_determinant(matrix: Any) -> Any:
    return 2 * jnp.sum(jnp.log(jnp.diag(jnp.linalg.cholesky(matrix))))


def triangular_only(matrix: Any) -> Any:
    """Reads the lower triangle, and differentiates as if the argument were symmetric."""
    return jnp.sum(jnp.log(jnp.diag(lax.linalg.cholesky(matrix, symmetrize_input=False))))


def interpolated(x: Any) -> Any:
    knots = jnp.linspace(0.0, 3.0, 16, dtype=x.dtype)
    return jnp.interp(x, knots, jnp.sin(knots))


def lotka_volterra(start: Any, rates: Any) -> Any:
    def field(y: Any) -> Any:
        return jnp.stack([rates[0] * y[0] - y[0] * y[1], y[0] * y[1] - rates[1] * y[1]])

    def step(y: Any, _: None) -> Any:
        k1 = field(y)
        k2 = field(y + 0.025 * k1)
        k3 = field(y + 0.025 * k2)
        k4 = field(y + 0.05 * k3)
        return y + 0.05 / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    return lax.scan(step, start, None, length=60)[0]


def straight_line(x: Any) -> Any:
    return 3 * x - 2


def cancelling(x: Any) -> Any:
    return (1 - jnp.cos(x)) / x**2


def safe_square_root(x: Any) -> Any:
    is_positive = x > 0
    return jnp.where(is_positive, jnp.sqrt(jnp.where(is_positive, x, 1.0)), 0.0)


@jax.custom_jvp
def log1pexp(x: Any) -> Any:
    return jnp.log1p(jnp.exp(x))


@log1pexp.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return log1pexp(x), jax.nn.sigmoid(x) * t


def clamped(x: Any) -> Any:
    return jnp.sum(jnp.clip(x, -1.0, 1.0) ** 2)


def network(params: list[tuple[Any, Any]], x: Any) -> Any:
    for weights, bias in params:
        x = jax.nn.relu(x @ weights + bias[None, :])
    return jnp.mean(x)


def branching(x: Any) -> Any:
    return lax.cond(x > 1.0, lambda v: v**2, lambda v: 2 * v - 1, x)


def with_integer(x: Any, power: int, name: str, *, shift: float = 0.0) -> Any:
    return x**power + shift if name == "power" else x


def picks(scores: Any) -> Any:
    """The value at the largest score: the index depends on the argument, its derivative is 0."""
    return (
        scores[jnp.argmax(scores)] * jnp.asarray([1.0, 2.0, 3.0], scores.dtype)[jnp.argmax(scores)]
    )


def constant(x: Any, unused: Any) -> Any:
    return x**2 + 0.0 * jnp.sum(lax.stop_gradient(unused) * 0.0)


def attention(q: Any, k: Any, v: Any) -> Any:
    return jax.nn.softmax(q @ k.T / jnp.sqrt(jnp.asarray(q.shape[1], q.dtype)), axis=1) @ v


def fourier(x: Any) -> Any:
    return jnp.abs(jnp.fft.rfft(x)) ** 2


_BIG = _random.standard_normal(400)
_NETWORK = [
    (_random.standard_normal((3, 5)), _random.standard_normal(5)),
    (_random.standard_normal((5, 2)), _random.standard_normal(2)),
]

RIGHT = (
    Right("ridge regression (custom_vjp)", ridge, (0.3, _X, _LABELS)),
    Right("logistic regression (custom_vjp)", logistic_fit, (0.1, _X, _LABELS)),
    Right("conjugate and argmax (custom_vjp)", conjugate, (np.array([0.31415, -0.8]), 3.0)),
    Right(
        "equilibrium (custom_vjp)",
        equilibrium,
        ({"w": 0.3 * _SPD, "b": np.array([0.1, -0.2, 0.3])}, np.array([0.5, -0.4, 0.2])),
    ),
    Right("soft threshold (custom_vjp)", shrinkage, (np.array([0.9, -0.2, -1.5]), 0.5)),
    Right(
        "optimal transport (custom_vjp)",
        optimal_transport,
        (np.array([[0.1, 0.9], [0.5, 0.4], [0.8, 0.2]]), np.array([0.1, 0.4, -0.3])),
    ),
    Right("custom_root", implicit_root, (0.7, np.array([1.0, 2.0, -1.5]))),
    Right("optimistix fixed point", optimistix_fixed_point, (0.8,)),
    Right(
        "optimistix least squares",
        optimistix_least_squares,
        (1.2, np.linspace(0, 2, 8), 1.2 * np.exp(-0.7 * np.linspace(0, 2, 8)) + 0.02),
    ),
    Right("optimistix minimum", optimistix_minimum, (np.array([0.5, -1.0]),)),
    Right("conjugate gradients", conjugate_gradients, (np.array([1.0, 0.5, -2.0]),)),
    Right("logsumexp", jsp.special.logsumexp, (np.array([0.1, 2.0, -30.0, 1.0]),)),
    Right("logsumexp, large", jsp.special.logsumexp, (np.array([1000.0, 1001.0, 999.0]),)),
    Right(
        "softmax cross-entropy",
        cross_entropy,
        (
            {"w1": _random.standard_normal((3, 4)), "w2": _random.standard_normal((4, 3))},
            _X,
            np.arange(12) % 3,
        ),
    ),
    Right("eigenvalues", eigenvalues, (_SPD,)),
    Right("log-determinant by Cholesky", log_determinant, (_SPD,)),
    Right("Cholesky of one triangle", triangular_only, (_SPD,), is_judged=False),
    Right("linear interpolation", interpolated, (np.array([0.31, 1.13, 2.55]),), False),
    Right("gammaln, digamma", lambda x: jsp.special.gammaln(x) * jsp.special.digamma(x), (2.3,)),
    Right("gammainc", jsp.special.gammainc, (2.5, 1.7)),
    Right("betainc", lambda x: jsp.special.betainc(2.0, 3.5, x), (0.4,)),
    Right("Bessel", lambda x: jsp.special.i0e(x) + jsp.special.i1e(x), (1.4,)),
    Right("ndtri", jsp.special.ndtri, (0.2,)),
    Right("log of the normal tail", jsp.stats.norm.logcdf, (-12.0,)),
    Right("ODE by scan", lotka_volterra, (np.array([1.0, 0.5]), np.array([1.1, 0.6]))),
    Right("absolute value", lambda x: jnp.sum(jnp.abs(x)), (np.array([0.5, -2.0]),)),
    Right("absolute value at 0", lambda x: jnp.sum(jnp.abs(x)), (np.array([0.0, -2.0]),), False),
    Right("near a kink", lambda x: jnp.abs(x - 1), (1.0003,)),
    Right("relu at 0", jax.nn.relu, (0.0,), False),
    Right("relu network", network, (_NETWORK, _X)),
    Right("clip", clamped, (np.array([0.5, 3.0, -0.99]),)),
    Right("cond", branching, (1.3,)),
    Right("badly scaled", lambda x: x[0] * x[1] + jnp.log(x[0]), (np.array([1e-12, 3e9]),)),
    Right("badly scaled sum", lambda x: jnp.sum(x**2), (np.array([1e-9, 1.0, 1e9]),), False),
    Right("large offset", lambda x: 1e6 + jnp.sin(x), (0.7,)),
    Right("tiny", lambda x: 1e-30 * jnp.exp(x), (0.7,)),
    Right("steep", lambda x: jnp.tanh(200 * (x - 1)), (1.002,)),
    Right("fast", lambda x: jnp.sin(300 * x), (0.7,)),
    Right("cancellation", cancelling, (0.01,), False),
    Right("cancellation, tiny argument", cancelling, (1e-4,), False),
    Right("log1p(exp)", log1pexp, (40.0,)),
    Right("masked square root", lambda x: jnp.sum(safe_square_root(x)), (np.array([2.0, -1.0]),)),
    Right("minimum of a parabola", lambda x: jnp.sum((x - 1) ** 2), (np.ones(2),)),
    Right("domain with a border", lambda x: jnp.log(1 - x**2), (0.97,)),
    Right("y log y at a small y", lambda y: y * jnp.log(y), (1e-7,)),
    Right(
        "power problem",
        lambda x, p: jnp.sum(jnp.abs(x) ** (p / (p - 1)) * (p - 1) / p),
        (np.array([9e-6, 0.31415, 5.84]), 3.0),
    ),
    Right("straight line", straight_line, (0.7,)),
    Right("argument without influence", constant, (0.7, np.array([1.0, 2.0]))),
    Right("integers and strings", with_integer, (0.7, 3, "power"), options={"shift": 0.5}),
    Right("value at the argmax", picks, (np.array([0.1, 0.9, 0.3]),)),
    Right("legitimate stop_gradient", lambda x: jsp.special.logsumexp(x - 3.0), (_X[0],)),
    Right("attention", attention, (_X[:4], _X[4:8], _X[8:])),
    Right("Fourier power", fourier, (_X[:, 0],)),
    Right("400 elements", lambda x: jnp.sum(jnp.sin(x) * x**2), (_BIG,)),
    Right("complex inside", lambda x: jnp.abs(jnp.exp(1j * x) + 0.5), (0.7,)),
)
