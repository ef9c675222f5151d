"""What an inspection computes with JAX: two programs, compiled once for each problem.

One computes what is in question, in the precision in question; the other what it is compared
with, in float64. Everything is traced, so that no x and no parameter compiles anything again.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from .._context import computing
from ..argmin import Solution, Status
from ..problems import Problem
from .check._differences import SHIFTS


class Answer(NamedTuple):
    """What a problem says of itself at x, scalar or (d,); JAX arrays inside a program."""

    value: Any  # ()
    gradient: Any  # x's shape
    param_gradients: tuple[Any, ...]  # () each
    hessian: Any  # () or (d, d); NaN where the function has no second derivative
    argmin: Any  # y's shape; NaN without an inner problem
    residual: Any  # x's shape, and so below; NaN and codes of success without an inner problem
    num_steps: Any
    status: Any


class Comparison(NamedTuple):
    """What is known of the truth at x, in float64."""

    value: Any  # () in closed form, else by the safeguarded solver
    gradient: Any  # x's shape, in closed form; NaN without one
    shifted: Any  # (27,) or (d, 27): f at the shifts of a difference scheme, times `scale`
    scale: Any  # x's shape
    residual: Any  # x's shape, and so below: h'(y) - x at the answer's argmin
    curvature: Any  # h''(y) there
    output: Any  # what errs by residual / curvature: the argmin
    slope: Any  # what h'(y) is rounded to: x


def answer(problem: Problem, xs: Any, params: Sequence[Any], dtype: str, device: str) -> Answer:
    """The problem's own answers, computed in `dtype`, as NumPy arrays.

    `xs` has a leading axis, as each field then has; a parameter is one number or has it too.
    """
    with computing(dtype, device):
        if problem.is_joint:
            return _answers(problem, dtype, xs, params, True)
        out: Answer = jax.device_get(_run(problem, "answer", _answer, dtype, xs, params))
    return out


def _answers(
    problem: Problem, dtype: str, xs: Any, params: Sequence[Any], has_derivatives: bool
) -> Answer:
    """Of a vector's inner problem, at any number of x by one program; without derivatives NaN."""
    wanted = np.full(len(xs), has_derivatives)
    out: Answer = _run(problem, "answer", _joint_answer, dtype, xs, params, wanted)
    return out


def _values(problem: Problem, xs: NDArray[Any], params: Sequence[Any]) -> NDArray[Any]:
    """The value f at every x, (n,), by the best solver, in float64."""
    best = problem.with_solver("safeguarded")
    values: NDArray[Any] = _answers(best, "float64", xs, params, False).value
    return values


def comparison(
    problem: Problem, xs: Any, params: Sequence[Any], argmins: Any, device: str, differences: bool
) -> Comparison:
    """What the answers at `xs`, with these argmins, are to be compared with, as NumPy arrays.

    Without `differences`, the function is not evaluated beside x: the field `shifted` is NaN.
    """
    make = _comparison if differences else _closed_form_alone
    with computing("float64", device):
        if problem.is_joint:
            return _joint_comparison(problem, xs, params, argmins, differences)
        out: Comparison = jax.device_get(
            _run(problem, make.__name__, make, "float64", xs, params, argmins)
        )
    return out


def _joint_comparison(
    problem: Problem, xs: Any, params: Sequence[Any], argmins: Any, differences: bool
) -> Comparison:
    """The same where a solver takes long to compile: the program that answers serves here too."""
    known: Comparison = _run(
        problem, "closed form", _closed_form_alone, "float64", xs, params, argmins
    )
    if not differences:
        return known
    moved, scale = shifted(xs)
    steps = known.shifted.shape
    each = [np.repeat(p, moved.shape[1]) if np.ndim(p) else p for p in params]
    values = _values(problem, moved.reshape((-1, *xs.shape[1:])), each).reshape(len(xs), -1)
    return known._replace(
        value=known.value if problem.has_closed_form else values[:, 0],
        shifted=values.reshape(steps),
        scale=scale,
    )


def differences_along(
    problem: Problem, xs: Any, v: Any, params: Sequence[Any], device: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The value at the shifts of a difference scheme times `scale`, (n, 27), along v from each x,
    (n, d).

    Returns also the scales, (n,).
    """
    with computing("float64", device):
        along = np.broadcast_to(v, np.shape(xs))
        if problem.is_joint:
            scale = np.maximum(np.linalg.norm(xs, axis=1), 1.0)
            moved = xs[:, None] + (scale[:, None] * SHIFTS)[..., None] * along[:, None]
            return _values(problem, moved.reshape(-1, xs.shape[1]), params).reshape(
                len(xs), -1
            ), scale
        shifted, scale = jax.device_get(
            _run(problem, "along", _shifted_along, "float64", xs, params, along)
        )
    return shifted, scale


def gradient_at(
    problem: Problem, x: Any, params: Sequence[Any], device: str
) -> NDArray[np.float64]:
    """The best gradient there is at x, in float64: the closed form's, else the rule's."""
    with computing("float64", device):
        out = jax.device_get(_run(problem, "gradient", _gradient, "float64", x[None], params))
    gradient: NDArray[np.float64] = out[0]
    return gradient


def _gradient(problem: Problem) -> Callable[..., Array]:
    return jax.grad(problem.true_f or problem.with_solver("safeguarded").f_with_gradient)


def _shifted_along(
    problem: Problem, vectorised: "Vectorised" = jax.vmap
) -> Callable[..., tuple[Array, Array]]:
    f = problem.with_solver("safeguarded").f_with_gradient

    def at(x: Array, v: Array, *params: Array) -> tuple[Array, Array]:
        scale = jnp.maximum(jnp.linalg.norm(x), 1.0)
        moved = x[None] + jnp.multiply.outer(scale * jnp.asarray(SHIFTS, x.dtype), v)
        return vectorised(lambda x: f(x, *params))(moved), scale

    return at


def _run(
    problem: Problem,
    name: str,
    make: Callable[[Problem], Callable[..., Any]],
    dtype: str,
    xs: Any,
    params: Sequence[Any],
    *more: Any,
) -> Any:
    """`make(problem)(x, more, *params)`, compiled once and kept with the problem."""
    arrays = [_as(a, dtype) for a in (xs, *more)]
    numbers = [np.asarray(p, dtype) for p in params]
    axes = (*[0 for _ in arrays], *[0 if p.ndim else None for p in numbers])
    key = (name, axes)
    if key not in problem.programs:
        made = make(problem)
        problem.programs[key] = (
            _in_turn(made, axes)
            if problem.is_joint
            else jax.jit(_along(made, axes, _TOGETHER.get(problem.solver)))
        )
    return problem.programs[key](*arrays, *numbers)


def _as(array: Any, dtype: str) -> NDArray[Any]:
    array = np.asarray(array)
    return array if array.dtype == bool else np.asarray(array, dtype)


#: So many points, or fewer, are computed by one call of a program that takes them in turn.
_ROOM = 256


def _in_turn(function: Callable[..., Any], axes: tuple[int | None, ...]) -> Callable[..., Any]:
    """`function` at every point, one after the other: compiled once for any number of points.

    What takes longest where a vector is solved for is to compile its solver; and a batch of its
    nested loops runs as long as the slowest member.
    """
    jitted = jax.jit(function)

    @jax.jit
    def run(count: Array, *args: Array) -> Any:
        def at(i: Any) -> Any:
            return jitted(
                *(
                    jax.lax.dynamic_index_in_dim(arg, i, keepdims=False) if axis == 0 else arg
                    for arg, axis in zip(args, axes, strict=True)
                )
            )

        def put(i: Any, all_: Any) -> Any:
            return jax.tree.map(
                lambda to, one: jax.lax.dynamic_update_index_in_dim(to, one, i, 0), all_, at(i)
            )

        room = jax.tree.map(
            lambda one: jnp.zeros((_ROOM, *one.shape), one.dtype), jax.eval_shape(at, 0)
        )
        return jax.lax.fori_loop(0, count, put, room)

    def all_of(*args: NDArray[Any]) -> Any:
        length = next(len(arg) for arg, axis in zip(args, axes, strict=True) if axis == 0)
        parts = []
        for first in range(0, length, _ROOM):
            count = min(_ROOM, length - first)
            chunk = (
                _filled(arg[first : first + count]) if axis == 0 else arg
                for arg, axis in zip(args, axes, strict=True)
            )
            found = jax.device_get(run(np.int32(count), *chunk))
            parts.append(jax.tree.map(lambda leaf, count=count: leaf[:count], found))
        return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)

    return all_of


def _filled(array: NDArray[Any]) -> NDArray[Any]:
    """With zeros in the room that is left."""
    return np.concatenate([array, np.zeros((_ROOM - len(array), *array.shape[1:]), array.dtype)])


# A batch of nested loops runs every loop as long as its slowest member needs: of BFGS with its
# line search a small batch is 25 times faster than one over all points.
_TOGETHER = {"bfgs": 8}


def _along(
    function: Callable[..., Any], axes: tuple[int | None, ...], together: int | None
) -> Callable[..., Any]:
    """`function` vectorised over the arguments with an axis, all points or some at a time."""
    if together is None:
        return jax.vmap(function, axes)

    def mapped(*args: Array) -> Any:
        with_axis = [arg for arg, axis in zip(args, axes, strict=True) if axis is not None]

        def at(point: list[Array]) -> Any:
            rest = iter(point)
            return function(
                *(arg if axis is None else next(rest) for arg, axis in zip(args, axes, strict=True))
            )

        return jax.lax.map(at, with_axis, batch_size=together)

    return mapped


def _answer(problem: Problem) -> Callable[..., Answer]:
    if problem.given is not None:
        answer = _joint_answer(problem)
        return lambda x, *params: answer(x, None, *params)

    def at(x: Array, *params: Array) -> Answer:
        derivatives = _derivatives(problem, problem.f_with_gradient, x, params)
        return Answer(*derivatives, *_solution(problem, x, params))

    return at


def _joint_answer(problem: Problem) -> Callable[..., Answer]:
    """Of x, whether derivatives are wanted (None: yes), and the parameters; solved once."""
    given, solve = problem.given, problem.solve
    assert given is not None
    assert solve is not None

    def at(x: Array, wanted: Array | None, *params: Array) -> Answer:
        solution: Solution = solve(x, *params)

        def f(x: Array, *params: Array) -> Array:
            value: Array = given(solution.located, x, *params)
            return value

        def all_() -> Any:
            return _derivatives(problem, f, x, params)

        def value_alone() -> Any:
            shapes = jax.eval_shape(all_)
            nothing = jax.tree.map(lambda s: jnp.full(s.shape, jnp.nan, s.dtype), shapes)
            return (f(x, *params), *nothing[1:])

        derivatives = all_() if wanted is None else jax.lax.cond(wanted, all_, value_alone)
        return Answer(*derivatives, *_spread(solution, x))

    return at


def _derivatives(
    problem: Problem, f: Callable[..., Array], x: Array, params: Sequence[Array]
) -> tuple[Array, Array, tuple[Array, ...], Array]:
    """The first fields of an [`Answer`][]."""

    def gradient_and_all(x: Array) -> tuple[Array, Any]:
        every = tuple(range(1 + len(params)))
        value, gradients = jax.value_and_grad(f, every)(x, *params)
        return gradients[0], (value, gradients)

    try:
        hessian, (value, gradients) = jax.jacfwd(gradient_and_all, has_aux=True)(x)
    except Exception:  # whatever a rule that is not ours raises when it is differentiated
        if problem.inner is not None:
            raise
        _, (value, gradients) = gradient_and_all(x)
        hessian = jnp.full(2 * x.shape, jnp.nan, x.dtype)
    return value, gradients[0], gradients[1:], hessian


def _solution(problem: Problem, x: Array, params: Sequence[Array]) -> tuple[Array, ...]:
    """The last fields of an [`Answer`][], where every component of x has a solution of its own."""
    if problem.solve is None:
        nothing, code = jnp.full_like(x, jnp.nan), jnp.zeros(x.shape, jnp.int32)
        return nothing, nothing, code, code + Status.CONVERGED
    return _told(problem.solve(x, *params))


def _spread(solution: Solution, x: Array) -> tuple[Array, ...]:
    """The same where what the solver says is said of all components together."""
    argmin, *rest = _told(solution)
    return argmin, *(jnp.broadcast_to(field, x.shape) for field in rest)


def _told(solution: Solution) -> tuple[Array, ...]:
    return solution.argmin, solution.residual, solution.num_steps, solution.status


def argmin_shape(problem: Problem, x: Any, params: Sequence[Any]) -> tuple[int, ...]:
    """Of the answer's argmin at one x."""
    key = ("shape of the argmin", np.shape(x))
    if key not in problem.programs:
        said = jax.eval_shape(_answer(problem), x, *params)
        problem.programs[key] = said.argmin.shape
    shape: tuple[int, ...] = problem.programs[key]
    return shape


def _closed_form_alone(problem: Problem) -> Callable[..., Comparison]:
    true_f, unsolved = problem.true_f, _unsolved(problem)

    def at(x: Array, argmin: Array, *params: Array) -> Comparison:
        nothing = jnp.full_like(x, jnp.nan)
        value, gradient = jnp.full((), jnp.nan, x.dtype), nothing
        if true_f is not None:
            value, gradient = jax.value_and_grad(true_f)(x, *params)
        shifted = jnp.full((*x.shape, len(SHIFTS)), jnp.nan, x.dtype)
        evidence = unsolved(x, argmin, *params)
        return Comparison(value, gradient, shifted, jnp.ones_like(x), *evidence)

    return at


def _unsolved(problem: Problem) -> Callable[..., tuple[Array, Array, Array, Array]]:
    """What is left of the inner problem: the last four fields of a [`Comparison`][]."""
    g = problem.inner

    def none(x: Array, argmin: Array, *params: Array) -> tuple[Array, Array, Array, Array]:
        nothing = jnp.full_like(x, jnp.nan)
        return nothing, nothing, nothing, x

    def by_component(x: Array, argmin: Array, *params: Array) -> tuple[Array, Array, Array, Array]:
        # g is a sum over components, so that one direction sees every second derivative.
        residual, curvature = jax.jvp(
            lambda y: jax.grad(g)(y, x, *params),  # type: ignore[arg-type]
            (argmin,),
            (jnp.ones_like(x),),
        )
        return residual, curvature, argmin, x

    def joint(x: Array, argmin: Array, *params: Array) -> tuple[Array, Array, Array, Array]:
        """To first order the gradient sign * dg/dx errs by <d2g/dxdy, (d2g/dy2)^-1 dg/dy>."""

        def flat(y: Array, x: Array) -> Array:
            value: Array = g(y.reshape(argmin.shape), x, *params)  # type: ignore[misc]
            return value

        y = argmin.reshape(-1)
        step = jnp.linalg.solve(jax.hessian(flat)(y, x), jax.grad(flat)(y, x))
        mixed = jax.jacfwd(jax.grad(flat, 1))(y, x)  # x's axes, then y's
        gradient = jax.grad(flat, 1)(y, x)
        # A gradient of zero, where no error is a relative one, stands for a very small one.
        output = jnp.where(gradient == 0, 1e-200, gradient)
        return mixed @ step, jnp.ones_like(x), output, jnp.abs(mixed) @ (1 + jnp.abs(y))

    if g is None:
        return none
    return joint if problem.is_joint else by_component


def shifted(xs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a difference scheme looks beside each x, and its scale there, as in `_comparison`.

    Returns points of shape (n, 27), or (n, 27 d, d), and scales of the shape of xs.
    """
    size = np.abs(xs)
    scale = np.where(size == 0, 1.0, np.minimum(np.maximum(size, 1.0), 1e5 * size))
    steps = np.multiply.outer(scale, np.asarray(SHIFTS))
    if xs.ndim == 1:
        return xs[:, None] + steps, scale
    n, d = xs.shape
    moved = xs[:, None, None, :] + steps[..., None] * np.eye(d)[:, None, :]
    return moved.reshape(n, -1, d), scale


Vectorised = Callable[[Callable[[Array], Array]], Callable[[Array], Array]]


def _comparison(problem: Problem, vectorised: Vectorised = jax.vmap) -> Callable[..., Comparison]:
    closed_form_alone = _closed_form_alone(problem)
    # The best value there is, whatever solver is in question.
    f = problem.with_solver("safeguarded").f_with_gradient

    def at(x: Array, argmin: Array, *params: Array) -> Comparison:
        known = closed_form_alone(x, argmin, *params)
        size = jnp.abs(x)
        # One, since functions vary over x's of order one, unless x is so small that the smallest
        # of the steps would cross zero.
        scale = jnp.where(size == 0, 1.0, jnp.minimum(jnp.maximum(size, 1.0), 1e5 * size))
        steps = jnp.multiply.outer(scale, jnp.asarray(SHIFTS, x.dtype))
        if x.ndim == 0:
            moved = x + steps
        else:
            moved = x[None, None, :] + steps[:, :, None] * jnp.eye(len(x))[:, None, :]
        values = vectorised(lambda x: f(x, *params))(moved.reshape((-1, *x.shape)))
        value = known.value if problem.has_closed_form else f(x, *params)
        return known._replace(value=value, shifted=values.reshape(steps.shape), scale=scale)

    return at


#: How far to both sides of a kink its slopes are taken, relative to max(1, |y|).
_BESIDE = 1e-8


def slopes_of_inner(
    problem: Problem, argmin: Any, x: Any, params: Sequence[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """dg/dy to the left and to the right of y*, in float64 and of its shape: the subgradients."""
    with computing("float64"):
        y, x = jnp.asarray(argmin, jnp.float64), jnp.asarray(x, jnp.float64)
        left, right = slopes_beside(problem)(y, x, *params)
        return np.asarray(left), np.asarray(right)


def slopes_beside(problem: Problem) -> Callable[..., tuple[Array, Array]]:
    """The program of `slopes_of_inner`, of y, x and the parameters."""
    g = problem.inner
    assert g is not None

    def at(y: Array, x: Array, *params: Array) -> tuple[Array, Array]:
        step = _BESIDE * jnp.maximum(1.0, jnp.abs(y))
        left, right = (jax.grad(g)(y + side * step, x, *params) for side in (-1, 1))
        return left, right

    return at
