"""A widget as a script of plain JAX and BlackJAX: what it does, written out."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problems import Problem
from ..sampling import Settings
from ._source import Sources

#: So many of the last draws are printed.
LAST_DRAWS = 5

_TAKEN = (
    *("argmin", "f", "f_rule", "g", "logdensity_fn", "minimize", "true_f", "x", "y", "params"),
    *("draw", "key", "keys", "state", "states", "algorithm", "run", "scaled", "scaled_rule"),
    *("jax", "jnp", "np", "norm", "blackjax", "value", "gradient", "position", "draws"),
)


class Situation(NamedTuple):
    """What a widget stands for at a moment.

    Attributes:
        problem: with the solver in question.
        params: its parameters by name.
        x: the point of inspection, a number or `(d,)`.
        dtype: "float64" or "float32".
        algorithm: BlackJAX's name.
        segments: how many draws were made with which settings, in their order.
        initial_position: where every chain starts, of x's shape.
        seed: of the chain's key.
        num_chains: number of chains.
        gradient_scale: multiplies df/dx as the sampler sees it.
    """

    problem: Problem
    params: Mapping[str, float]
    x: float | NDArray[Any]
    dtype: str
    algorithm: str
    segments: Sequence[tuple[int, Settings]]
    initial_position: float | NDArray[Any]
    seed: int
    num_chains: int
    gradient_scale: float


def code(now: Situation) -> str:
    """The script: it prints the value, the gradient, the closed form and the last draws.

    Args:
        now: what to write down.

    Returns:
        Python's text; it needs JAX and, for draws, BlackJAX.

    Raises:
        SourceError: the source of a function of the user's is not known, or uses what cannot be
            written down; says which and what to do.
    """
    recipe = now.problem.recipe
    sources = Sources(_TAKEN)
    names = [p.name for p in now.problem.parameters]
    given = {
        part: sources.add(getattr(recipe, part), default)
        for part, default in (
            (
                "function",
                {"conjugate": "h", "envelope": "inner", "function": "function"}[recipe.kind],
            ),
            ("closed_form", "closed_form"),
            ("logdensity", "logdensity"),
        )
        if getattr(recipe, part) is not None
    }
    parts = [
        *([sources.definitions] if sources.definitions else []),
        *_value(now, given, names),
        *_closed_form(now, given),
        *([] if not now.segments else _chain(now, given)),
        _printed(now),
    ]
    head = [
        f'"""{now.problem.name}: what a gradwidget showed, in plain JAX and BlackJAX."""',
        "",
        "import jax",
        "import jax.numpy as jnp",
        "import numpy as np",
    ]
    if recipe.kind != "function" and now.problem.solver == "bfgs":
        head.append("from jax.scipy.optimize import minimize")
    if now.segments:
        head.append("import blackjax")
        if recipe.logdensity is None:
            head.append("from jax.scipy.stats import norm")
    head += [line for line in sources.imports.splitlines() if line not in head]
    wide = now.dtype == "float64"
    setting = f'jax.config.update("jax_enable_x64", {wide})'
    values = [f"{name} = {_number(value)}" for name, value in now.params.items()]
    values.append(
        f"params = ({''.join(f'{name}, ' for name in names)})" if names else "params = ()"
    )
    start = [f"x = {_array(now.x, now.dtype)}", *values]
    return (
        "\n".join(head)
        + f"\n\n{setting}\n\n"
        + "\n".join(start)
        + "\n\n\n"
        + ("\n\n\n".join(parts) + "\n")
    )


def _number(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def _array(value: Any, dtype: str) -> str:
    return f"jnp.asarray({np.asarray(value, float).tolist()!r}, jnp.{dtype})"


def _call(function: Any, name: str, before: Sequence[str], names: Sequence[str]) -> str:
    """The call of a function with its parameters, by name where it wants it so."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    by_name = inspect.Parameter.KEYWORD_ONLY in kinds
    rest = [f"{p}={p}" if by_name else p for p in names]
    return f"{name}({', '.join([*before, *rest])})"


def _value(now: Situation, given: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """The value f with its derivative rule."""
    recipe, params = now.problem.recipe, "".join(f", {name}" for name in names)
    call = _call(recipe.function, given["function"], _variables(recipe.kind), names)
    if recipe.kind == "function":
        return [f"def f(x{params}):\n    return {call}"]
    if recipe.kind == "envelope":
        inner = f"def g(y, x{params}):\n    return {call}"
    else:
        product = "x * y" if recipe.is_elementwise else "x @ y"
        inner = f"def g(y, x{params}):\n    return {call} - {product}"
    sign = "" if recipe.sign > 0 else "-"
    rule = f"""\
# The value is {sign}min_y g(y, x). By the envelope theorem its derivative is that of g
# at the minimum, where y is held: the solver is never differentiated.
@jax.custom_jvp
def f_one(x{params}):
    return {sign}g(argmin(x{params}), x{params})


@f_one.defjvp
def f_rule(primals, tangents):
    y = jax.lax.stop_gradient(argmin(*primals))
    return jax.jvp(lambda *theta: {sign}g(y, *theta), primals, tangents)"""
    if recipe.is_elementwise:
        whole = f"""def f(x{params}):
    # Component by component, and the sum of them.
    return jnp.sum(jax.vmap(lambda x: f_one(x{params}))(jnp.atleast_1d(x)))"""
    else:
        whole = f"def f(x{params}):\n    return f_one(x{params})"
    return [inner, _solver(now, params), rule, whole]


def _variables(kind: str) -> tuple[str, ...]:
    return {"conjugate": ("y",), "envelope": ("y", "x"), "function": ("x",)}[kind]


def _solver(now: Situation, params: str) -> str:
    recipe = now.problem.recipe
    if now.problem.solver == "bfgs":
        shape = (1,) if recipe.is_elementwise or not recipe.y_shape else recipe.y_shape
        start = f"jnp.zeros({shape}, x.dtype)"
        if recipe.start is not None:
            start = f"jnp.asarray({np.reshape(recipe.start, shape).tolist()!r}, x.dtype)"
        at = "y.reshape(())" if not recipe.y_shape else "y"
        out = ".reshape(())" if not recipe.y_shape else ""
        return f"""def argmin(x{params}):
    # The solver says in its status that it has stopped early, and nobody looks.
    found = minimize(lambda y: g({at}, x{params}), {start}, method="BFGS")
    return found.x{out}"""
    if not recipe.y_shape:
        return _bisection(recipe.domain, params)
    return _newton(recipe, params)


def _bisection(domain: tuple[float, float], params: str) -> str:
    lower, upper = domain
    middle = 0.0
    if lower > -math.inf and upper < math.inf:
        middle = (lower + upper) / 2
    elif lower > -math.inf:
        middle = max(0.0, lower + 1)
    elif upper < math.inf:
        middle = min(0.0, upper - 1)

    def end(bound: float, side: int) -> str:
        if math.isfinite(bound):
            return (
                f"low = jnp.asarray({bound!r}, x.dtype)"
                if side < 0
                else (f"high = jnp.asarray({bound!r}, x.dtype)")
            )
        name, sign, wrong = ("low", "-", ">") if side < 0 else ("high", "+", "<")
        return f"""{name} = {middle!r} {sign} jax.lax.while_loop(
        lambda reach: (slope({middle!r} {sign} reach) {wrong} 0) & (reach < 1e30),
        lambda reach: 2 * reach,
        jnp.ones((), x.dtype),
    )"""

    return f"""def argmin(x{params}):
    # Where the slope of a convex g changes its sign: by bisection, to the last digit.
    slope = jax.grad(lambda y: g(y, x{params}))
    {end(lower, -1)}
    {end(upper, +1)}

    def halve(_, ends):
        low, high = ends
        middle = low + (high - low) / 2
        is_left = slope(middle) < 0
        return jnp.where(is_left, middle, low), jnp.where(is_left, high, middle)

    low, high = jax.lax.fori_loop(0, 200, halve, (low, high))
    return high"""


def _newton(recipe: Any, params: str) -> str:
    start = np.zeros(recipe.y_shape) if recipe.start is None else np.asarray(recipe.start)
    return f"""def argmin(x{params}):
    # Newton's method; a step that does not lead downhill is halved.
    def objective(y):
        return g(y, x{params})

    def size(y):
        return jnp.max(jnp.abs(jax.grad(objective)(y)))

    def step(at):
        y, _, count = at
        slope = jax.grad(objective)(y)
        newton = -jnp.linalg.solve(jax.hessian(objective)(y), slope)
        stride = jnp.where(jnp.all(jnp.isfinite(newton)) & (newton @ slope < 0), newton, -slope)

        rounding = 100 * jnp.finfo(x.dtype).eps * (1 + jnp.abs(objective(y)))

        def is_good(there):
            is_lower = objective(there) < objective(y) - rounding
            is_flatter = (objective(there) < objective(y) + rounding) & (size(there) < size(y))
            return is_lower | is_flatter

        fraction = jax.lax.while_loop(
            lambda s: ~is_good(y + s * stride) & (s > 1e-9), lambda s: s / 2, jnp.ones((), x.dtype)
        )
        there = y + fraction * stride
        return jnp.where(is_good(there), there, y), is_good(there), count + 1

    start = jnp.asarray({start.tolist()!r}, x.dtype)
    y, _, _ = jax.lax.while_loop(
        lambda at: at[1] & (at[2] < 200), step, (start, jnp.array(True), 0)
    )
    return y"""


def _closed_form(now: Situation, given: Mapping[str, str]) -> list[str]:
    recipe = now.problem.recipe
    if recipe.closed_form is None:
        return []
    name = given["closed_form"]
    if not recipe.is_elementwise:
        return [f"true_f = {name}"]
    return [
        f"""def true_f(x, *params):
    return jnp.sum(jax.vmap(lambda x: {name}(x, *params))(jnp.atleast_1d(x)))"""
    ]


def _chain(now: Situation, given: Mapping[str, str]) -> list[str]:
    recipe = now.problem.recipe
    if recipe.logdensity is None:
        density = "return jnp.sum(norm.logpdf(x)) + norm.logpdf(f({x}, *params))"
    else:
        density = f"return {given['logdensity']}(x, f({{x}}, *params), *params)"
    parts = []
    seen = "x"
    if now.gradient_scale != 1.0:
        seen = "scaled(x)"
        parts.append(
            f"""# The sampler is given {now.gradient_scale!r} times df/dx, on purpose.
@jax.custom_jvp
def scaled(x):
    return x


@scaled.defjvp
def scaled_rule(primals, tangents):
    return primals[0], {now.gradient_scale!r} * tangents[0]"""
        )
    parts.append(f"def logdensity_fn(x):\n    {density.format(x=seen)}")
    parts.append(
        f"""def draws_of(algorithm, count, state, key):
    def draw(carry, _):
        state, key = carry
        key, step_key = jax.random.split(key)
        state, info = algorithm.step(step_key, state)
        return (state, key), state.position

    return jax.lax.scan(draw, (state, key), length=count)


position = {_array(now.initial_position, now.dtype)}
key = jax.random.key({now.seed})
keys = {"key[None]" if now.num_chains == 1 else f"jax.random.split(key, {now.num_chains})"}
states, draws = None, []
for algorithm, count in [
{_segments(now)}
]:
    if states is None:
        states = jax.vmap(lambda _: algorithm.init(position))(keys)
    run = jax.jit(jax.vmap(lambda s, k: draws_of(algorithm, count, s, k)))
    (states, keys), more = run(states, keys)
    draws.append(np.asarray(more))
draws = np.concatenate(draws, axis=1)"""
    )
    return parts


def _segments(now: Situation) -> str:
    lines = []
    for count, settings in now.segments:
        step = repr(float(settings.step_size))
        mass = _array(np.atleast_1d(settings.inverse_mass_matrix), now.dtype)
        arguments = {
            "hmc": f"{step}, {mass}, {settings.num_integration_steps}",
            "nuts": f"{step}, {mass}",
            "mala": step,
        }[now.algorithm]
        lines.append(f"    (blackjax.{now.algorithm}(logdensity_fn, {arguments}), {count}),")
    return "\n".join(lines)


def _printed(now: Situation) -> str:
    lines = [
        "value, gradient = jax.jit(jax.value_and_grad(f))(x, *params)",
        'print("value      ", float(value))',
        'print("gradient   ", np.asarray(gradient).tolist())',
    ]
    if now.problem.recipe.closed_form is not None:
        lines += [
            "value, gradient = jax.jit(jax.value_and_grad(true_f))(x, *params)",
            'print("closed form", float(value), np.asarray(gradient).tolist())',
        ]
    if now.segments:
        lines.append(f'print("last draws ", draws[:, -{LAST_DRAWS}:].tolist())')
    return "\n".join(lines)
