"""Functions with one fault each in their derivative, and what a check has to say about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.optimize import minimize


class Fault(NamedTuple):
    """A planted fault.

    Attributes:
        name: What is wrong.
        fun: The function.
        args: Where to check it.
        row: The name of the row that has to fail.
        says: A regular expression that the row's cause has to match.
        options: Further arguments of `check_gradient`.
    """

    name: str
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    row: str
    says: str
    options: dict[str, Any] = {}


def with_jvp(fun: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    """`fun` with the tangent `rule(primals, tangents)`, whatever that is."""
    wrapped = jax.custom_jvp(fun)
    wrapped.defjvp(lambda primals, tangents: (fun(*primals), rule(primals, tangents)))
    return wrapped


# -- Wrong numbers -----------------------------------------------------------------------------

wrong_sign = with_jvp(jnp.sin, lambda p, t: -jnp.cos(p[0]) * t[0])
wrong_factor = with_jvp(lambda x: x**3, lambda p, t: 1.5 * p[0] ** 2 * t[0])


@jax.custom_vjp
def wrong_sign_of_one_argument(x: Any, w: Any) -> Any:
    return jnp.sum(jnp.tanh(x @ w))


def _tanh_forward(x: Any, w: Any) -> tuple[Any, Any]:
    return jnp.sum(jnp.tanh(x @ w)), (x, w)


def _tanh_backward(saved: Any, ct: Any) -> tuple[Any, Any]:
    x, w = saved
    inner = ct * (1 - jnp.tanh(x @ w) ** 2)
    return inner @ w.T, -(x.T @ inner)


wrong_sign_of_one_argument.defvjp(_tanh_forward, _tanh_backward)


@jax.custom_vjp
def no_cotangent(x: Any, a: Any) -> Any:
    """Right in `jax.grad`, which passes a cotangent of 1, and nowhere else."""
    return jnp.sin(a * x)


no_cotangent.defvjp(
    lambda x, a: (jnp.sin(a * x), (x, a)),
    lambda saved, ct: (
        saved[1] * jnp.cos(saved[0] * saved[1]),
        saved[0] * jnp.cos(saved[0] * saved[1]),
    ),
)

missing_factor = with_jvp(lambda x: jnp.sin(x**2), lambda p, t: jnp.cos(p[0] ** 2) * t[0])
missing_term = with_jvp(
    lambda x: x * jnp.exp(jnp.sin(x)), lambda p, t: jnp.exp(jnp.sin(p[0])) * t[0]
)


def _envelope(x: Any, p: Any) -> Any:
    """-min_y [|y|^p / p - x y], whose minimum is where |y|^(p-1) = x, for x > 0."""
    y = x ** (1 / (p - 1))
    return x * y - y**p / p


missing_argument = with_jvp(_envelope, lambda p, t: p[0] ** (1 / (p[1] - 1)) * t[0])


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def nondiff_argument(x: Any, p: Any) -> Any:
    return _envelope(x, p)


@nondiff_argument.defjvp
def _(p: Any, primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    return _envelope(x, p), x ** (1 / (p - 1)) * t


def left_in_stop(x: Any) -> Any:
    return jnp.sum(jnp.sin(x) * lax.stop_gradient(jnp.exp(x)))


def stop_in_a_scan(x: Any) -> Any:
    def step(carry: Any, _: None) -> tuple[Any, None]:
        return carry * jnp.cos(lax.stop_gradient(carry)), None

    return lax.scan(step, x, None, length=3)[0]


def stop_in_a_pytree(params: dict[str, Any], x: Any) -> Any:
    return jnp.tanh(lax.stop_gradient(params["w"]) @ x + params["b"])


MATRIX = np.array([[3.0, 1.0, 0.2], [0.1, 2.0, 0.7], [0.4, 0.3, 4.0]])


def wrong_transpose_solve(b: Any) -> Any:
    matrix = jnp.asarray(MATRIX, b.dtype)
    return lax.custom_linear_solve(
        lambda x: matrix @ x,
        b,
        lambda matvec, rhs: jnp.linalg.solve(matrix, rhs),
        # The transposed system, but with the matrix itself.
        lambda vecmat, rhs: jnp.linalg.solve(matrix, rhs),
    )


def wrong_tangent_solve(theta: Any) -> Any:
    """The root of A y + 0.1 y^3 = theta, its tangent solved with a bad transpose."""
    matrix = jnp.asarray(MATRIX, theta.dtype)

    def residual(y: Any) -> Any:
        return matrix @ y + 0.1 * y**3 - theta

    def solve(f: Any, start: Any) -> Any:
        return lax.fori_loop(
            0, 30, lambda _, y: y - jnp.linalg.solve(jax.jacobian(f)(y), f(y)), start
        )

    def tangent_solve(g: Any, rhs: Any) -> Any:
        jacobian = jax.jacobian(g)(jnp.zeros_like(rhs))
        return lax.custom_linear_solve(
            g,
            rhs,
            lambda _, b: jnp.linalg.solve(jacobian, b),
            lambda _, b: jnp.linalg.solve(jacobian, b),
        )

    return lax.custom_root(residual, jnp.zeros_like(theta), solve, tangent_solve)


def _swirl(x: Any) -> Any:
    matrix = jnp.asarray(MATRIX, x.dtype)
    return jnp.sin(matrix @ x) + x * jnp.sum(jnp.array([1.0, 2.0, 3.0], x.dtype) * x)


transposed_jvp = with_jvp(_swirl, lambda p, t: jax.jacobian(_swirl)(p[0]).T @ t[0])


@jax.custom_vjp
def transposed_vjp(x: Any) -> Any:
    return _swirl(x)


transposed_vjp.defvjp(lambda x: (_swirl(x), x), lambda x, ct: (jax.jacobian(_swirl)(x) @ ct,))


@jax.custom_vjp
def transposed_cotangent(matrix: Any) -> Any:
    return jnp.sin(matrix) @ jnp.arange(1.0, 4.0, dtype=matrix.dtype)


transposed_cotangent.defvjp(
    lambda matrix: (transposed_cotangent(matrix), matrix),
    lambda matrix, ct: (
        (ct[:, None] * jnp.cos(matrix) * jnp.arange(1.0, 4.0, dtype=matrix.dtype)[None, :]).T,
    ),
)

# -- Second order ------------------------------------------------------------------------------

# The coefficient is right, and a constant to JAX.
no_second_order = with_jvp(
    lambda x: x * jnp.log(x), lambda p, t: lax.stop_gradient(jnp.log(p[0]) + 1) * t[0]
)


@jax.custom_vjp
def no_second_order_vjp(x: Any) -> Any:
    return x**4


def _fourth_backward(x: Any, ct: Any) -> tuple[Any]:
    slope = jax.pure_callback(
        lambda v: np.asarray(4 * np.asarray(v) ** 3),
        jax.ShapeDtypeStruct(x.shape, x.dtype),
        lax.stop_gradient(x),
        vmap_method="expand_dims",
    )
    return (ct * slope,)


no_second_order_vjp.defvjp(lambda x: (x**4, x), _fourth_backward)


def _argmin_by_bisection(x: Any) -> Any:
    """The y with y^3 + y = x, in a bracket that depends on x."""

    def halve(bracket: Any) -> Any:
        low, high = bracket
        middle = (low + high) / 2
        is_below = middle**3 + middle < x
        return jnp.where(is_below, middle, low), jnp.where(is_below, high, middle)

    def is_wide(bracket: Any) -> Any:
        return bracket[1] - bracket[0] > 8 * np.finfo(x.dtype).eps * (1 + x)

    return sum(lax.while_loop(is_wide, halve, (jnp.zeros_like(x), 1 + x))) / 2


@jax.custom_jvp
def by_iterations(x: Any) -> Any:
    """max_y x y - y^4/4 - y^2/2."""
    y = _argmin_by_bisection(x)
    return x * y - y**4 / 4 - y**2 / 2


@by_iterations.defjvp
def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    # Right, but its own derivative is that of the bracket's ends.
    return by_iterations(x), _argmin_by_bisection(x) * t


# -- Not a number, not this precision, not the value -------------------------------------------

# sign(x) |x|^0.5 written as a product that is 0·inf at 0.
nan_at_zero = with_jvp(
    lambda x: jnp.abs(x) ** 1.5, lambda p, t: 1.5 * p[0] * jnp.abs(p[0]) ** -0.5 * t[0]
)


def cardinal_sine(x: Any) -> Any:
    return jnp.sum(jnp.where(x == 0, 1.0, jnp.sin(x) / x))


def lowered(x: Any) -> Any:
    return jnp.sum(jnp.sin(x.astype(jnp.float32))).astype(x.dtype)


lowered_rule = with_jvp(
    jnp.sin, lambda p, t: jnp.cos(p[0]).astype(jnp.float32).astype(p[0].dtype) * t[0]
)

another_primal = jax.custom_jvp(jnp.sin)
another_primal.defjvp(
    lambda primals, tangents: (jnp.sin(primals[0]) + 0.01, jnp.cos(primals[0]) * tangents[0])
)


# -- Transformations ---------------------------------------------------------------------------


def no_vmap(x: Any) -> Any:
    return _callback_sine(x)


@jax.custom_jvp
def _callback_sine(x: Any) -> Any:
    shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
    return jax.pure_callback(lambda v: np.sin(np.asarray(v)), shape, x)


@_callback_sine.defjvp
def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    return _callback_sine(x), jnp.cos(x) * t


def mixed_by_vmap(x: Any) -> Any:
    """Right one by one; under vmap the callback adds over the whole batch."""
    return _callback_sum_of_squares(x)


@jax.custom_jvp
def _callback_sum_of_squares(x: Any) -> Any:
    return jax.pure_callback(
        lambda v: (
            np.sum(np.asarray(v) ** 2, keepdims=True).reshape(())
            + np.zeros(np.shape(v)[:-1], v.dtype)
        ),
        jax.ShapeDtypeStruct((), x.dtype),
        x,
        vmap_method="expand_dims",
    )


@_callback_sum_of_squares.defjvp
def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    return _callback_sum_of_squares(x), 2 * jnp.sum(x * t)


def no_jit(x: Any) -> Any:
    return x**2 if x > 0 else -(x**2)


@jax.custom_jvp
def no_jit_in_the_rule(x: Any) -> Any:
    return jnp.abs(x) * x


@no_jit_in_the_rule.defjvp
def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    slope = 2 * x if x > 0 else -2 * x
    return jnp.abs(x) * x, slope * t


# -- An inner problem that is not solved -------------------------------------------------------


def _argmin_by_bfgs(x: Any, p: Any) -> Any:
    def inner(y: Any) -> Any:
        return jnp.sum(jnp.abs(y) ** p / p - x * y)

    return minimize(inner, jnp.zeros((1,)), method="BFGS").x[0]


@jax.custom_jvp
def unsolved(x: Any) -> Any:
    """The tutorial's way, where its solver stops early: the gradient is 4.7 % off."""
    y = _argmin_by_bfgs(x, 3.0)
    return x * y - jnp.abs(y) ** 3 / 3


@unsolved.defjvp
def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (t,) = primals, tangents
    y = _argmin_by_bfgs(x, 3.0)
    return x * y - jnp.abs(y) ** 3 / 3, y * t


def unsolved_residual(x: Any) -> Any:
    y = _argmin_by_bfgs(x, 3.0)
    return jnp.abs(y) * y - x


# At x = 1 the first step of BFGS happens to be the solution: y = x on small scales, sqrt(x) on
# those above its tolerance.
by_lucky_iterations = unsolved

FAULTS = (
    Fault("wrong sign", wrong_sign, (0.7,), "forward", "wrong sign at every point"),
    Fault(
        "wrong sign of one argument",
        wrong_sign_of_one_argument,
        (np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(0.2, 1, 6).reshape(3, 2)),
        "reverse",
        "respect to w has the wrong sign",
    ),
    Fault(
        "no cotangent", no_cotangent, (0.7, 1.3), "reverse", "does not multiply by its cotangent"
    ),
    Fault("wrong factor", wrong_factor, (1.3,), "forward", r"constant factor.* 0\.5 times"),
    Fault(
        "missing chain-rule factor",
        missing_factor,
        (0.8,),
        "forward",
        "missing in the custom rule of .*factor of `(integer_pow|square)` is left out",
    ),
    Fault(
        "missing chain-rule term",
        missing_term,
        (0.8,),
        "forward",
        "missing in the custom rule of .*term through operand 2 of `mul`",
    ),
    Fault(
        "silent zero, nondiff_argnums",
        nondiff_argument,
        (0.31415, 3.0),
        "reverse",
        "respect to p is silently 0: it is in `nondiff_argnums`",
    ),
    Fault(
        "silent zero, argument dropped",
        missing_argument,
        (0.31415, 3.0),
        "forward",
        "respect to p is silently 0: the custom rule of .* drops it",
    ),
    Fault(
        "stop_gradient left in",
        left_in_stop,
        (np.array([0.3, 0.9]),),
        "reverse",
        "`stop_gradient` is left in: without it",
    ),
    Fault("stop_gradient in a scan", stop_in_a_scan, (0.6,), "forward", "`stop_gradient`"),
    Fault(
        "stop_gradient in a pytree",
        stop_in_a_pytree,
        ({"w": np.eye(2) + 0.1, "b": np.array([0.2, -0.1])}, np.array([0.5, 0.7])),
        "reverse",
        "`stop_gradient`",
    ),
    Fault(
        "wrong transpose_solve",
        wrong_transpose_solve,
        (np.array([1.0, -2.0, 0.5]),),
        "reverse",
        "forward derivative is right, .*`transpose_solve` .* does not solve",
    ),
    Fault(
        "wrong transpose in an implicit rule",
        wrong_tangent_solve,
        (np.array([1.0, -2.0, 0.5]),),
        "reverse",
        "`transpose_solve` .* does not solve",
    ),
    Fault(
        "transposed Jacobian, jvp",
        transposed_jvp,
        (np.array([0.4, -0.3, 0.8]),),
        "forward",
        "Jacobian with respect to x is transposed",
    ),
    Fault(
        "transposed Jacobian, vjp",
        transposed_vjp,
        (np.array([0.4, -0.3, 0.8]),),
        "reverse",
        "Jacobian with respect to x is transposed",
    ),
    # Right for symmetric changes of the symmetric matrix at which it is checked.
    Fault(
        "transposed cotangent of a symmetric matrix",
        transposed_cotangent,
        (np.eye(3) + 0.1,),
        "reverse",
        "respect to matrix is transposed: element",
    ),
    Fault(
        "second order missing, jvp",
        no_second_order,
        (1.7,),
        "second order",
        "because of a `stop_gradient`",
    ),
    Fault(
        "second order missing, vjp",
        no_second_order_vjp,
        (1.7,),
        "second order",
        "is missing",
    ),
    Fault(
        "second order of the iterations",
        by_iterations,
        (1.0,),
        "second order",
        "that of the solver's iterations",
    ),
    Fault(
        "second order of BFGS",
        by_lucky_iterations,
        (1.0,),
        "second order",
        "that of the solver's iterations",
        {"num_points": 2},
    ),
    Fault("NaN at one point", nan_at_zero, (0.0,), "reverse", "not finite .* 0·inf"),
    Fault(
        "NaN behind a where",
        cardinal_sine,
        (np.array([0.0, 1.0]),),
        "reverse",
        "not finite",
    ),
    Fault(
        "lowered to float32",
        lowered,
        (np.array([0.3, 0.8]),),
        "precision",
        "silently lowers .* float32",
    ),
    Fault(
        "rule lowered to float32", lowered_rule, (0.3,), "precision", "silently lowers .* float32"
    ),
    Fault("fails under vmap", no_vmap, (0.7,), "vmap", "fails under `jax.vmap`"),
    Fault("mixed under vmap", mixed_by_vmap, (np.array([0.7, 0.2]),), "vmap", "mixes the elements"),
    Fault("fails under jit", no_jit, (0.7,), "jit", "Python branch on a traced value"),
    Fault(
        "rule fails under jit",
        no_jit_in_the_rule,
        (0.7,),
        "jit",
        "derivative fails under `jax.jit`.*Python branch",
    ),
    Fault(
        "another primal",
        another_primal,
        (0.7,),
        "value with the rule",
        "returns another primal output",
    ),
    Fault(
        "residual not converged",
        unsolved,
        (0.18,),
        "residual",
        "did not converge",
        {"residual": unsolved_residual},
    ),
)
