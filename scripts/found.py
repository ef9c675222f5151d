"""Runs `check_gradient` over custom rules that are public, and writes down what it finds.

    python scripts/found.py            prints the table of docs/found.md
    python scripts/found.py --write    puts it there

The examples of JAX's documentation and of the BlackJAX tutorial are told again here in our own
words; everything else is called in the package that ships it. jaxopt is optional: it is no
longer developed, and its rows are left out where it is not installed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
from jax import lax
from jax.scipy.optimize import minimize

from gradwidget.inspection import GradientReport, check_gradient

PAGE = Path(__file__).parents[1] / "docs" / "found.md"
BEGIN, END = "<!-- found: begin -->", "<!-- found: end -->"


class Case(NamedTuple):
    """A public rule.

    Attributes:
        source: Where it comes from.
        what: What it is, and where it is checked.
        fun: The function.
        args: The point.
        options: Further arguments of `check_gradient`.
    """

    source: str
    what: str
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    options: Mapping[str, Any] = MappingProxyType({})


# -- The custom derivatives of JAX's documentation ---------------------------------------------

DOCS = "JAX documentation"


@jax.custom_jvp
def log1pexp(x: Any) -> Any:
    """log(1 + exp(x)), naively."""
    return jnp.log(1.0 + jnp.exp(x))


@log1pexp.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (x,), (x_dot,) = primals, tangents
    return log1pexp(x), (1 - 1 / (1 + jnp.exp(x))) * x_dot


@jax.custom_jvp
def convention(x: Any) -> Any:
    """A function whose derivative at 0 the rule alone knows."""
    return x / (1 + jnp.sqrt(x))


@convention.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (x,), (x_dot,) = primals, tangents
    return convention(x), ((jnp.sqrt(x) + 2) / (2 * (jnp.sqrt(x) + 1) ** 2)) * x_dot


@jax.custom_vjp
def clip_gradient(low: Any, high: Any, x: Any) -> Any:
    """The identity, whose cotangents are clipped."""
    return x


clip_gradient.defvjp(
    lambda low, high, x: (x, (low, high)),
    lambda saved, ct: (None, None, jnp.clip(ct, saved[0], saved[1])),
)


@jax.custom_vjp
def sine_times(x: Any, y: Any) -> Any:
    """sin(x) y."""
    return jnp.sin(x) * y


sine_times.defvjp(
    lambda x, y: (sine_times(x, y), (jnp.cos(x), jnp.sin(x), y)),
    lambda saved, ct: (saved[0] * ct * saved[2], saved[1] * ct),
)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def fixed_point(f: Callable[..., Any], a: Any, guess: Any) -> Any:
    """The x with x = f(a, x), differentiated implicitly."""

    def is_moving(state: Any) -> Any:
        previous, x = state
        return jnp.abs(previous - x) > 1e-6

    return lax.while_loop(is_moving, lambda s: (s[1], f(a, s[1])), (guess, f(a, guess)))[1]


def _fixed_point_forward(f: Callable[..., Any], a: Any, guess: Any) -> Any:
    star = fixed_point(f, a, guess)
    return star, (a, star)


def _fixed_point_backward(f: Callable[..., Any], saved: Any, star_bar: Any) -> Any:
    a, star = saved
    _, vjp_a = jax.vjp(lambda a: f(a, star), a)

    def reverse(packed: Any, u: Any) -> Any:
        a, star, star_bar = packed
        _, vjp_x = jax.vjp(lambda x: f(a, x), star)
        return star_bar + vjp_x(u)[0]

    (a_bar,) = vjp_a(fixed_point(reverse, (a, star, star_bar), star_bar))
    return a_bar, jnp.zeros_like(star)


fixed_point.defvjp(_fixed_point_forward, _fixed_point_backward)


def square_root(a: Any) -> Any:
    """The root of a, as a fixed point of Newton's step."""
    return fixed_point(lambda a, x: 0.5 * (x + a / x), a, a)


def of_documentation() -> Iterator[Case]:
    """The examples of the documentation's chapters on custom derivatives."""
    yield Case(DOCS, "`log1pexp`, custom_jvp, x = 3", log1pexp, (3.0,))
    yield Case(DOCS, "`log1pexp`, x = 100: its value overflows in float32", log1pexp, (100.0,))
    yield Case(DOCS, "x/(1+√x) with its convention, x = 0.5", convention, (0.5,))
    yield Case(DOCS, "x/(1+√x) with its convention, x = 0", convention, (0.0,))
    yield Case(DOCS, "sin(x) y, custom_vjp", sine_times, (2.0, 3.0))
    inside = lambda x: jnp.sin(clip_gradient(-0.75, 0.75, x))  # noqa: E731
    yield Case(DOCS, "`clip_gradient`, where it does not clip, x = 1.2", inside, (1.2,))
    yield Case(DOCS, "`clip_gradient`, where it clips (on purpose), x = 0.2", inside, (0.2,))
    yield Case(DOCS, "`fixed_point` (custom_vjp), √a by Newton, a = 2", square_root, (2.0,))


# -- JAX's own rules ---------------------------------------------------------------------------

JAX = "jax"
SPD = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]])


def _cg(b: Any) -> Any:
    return jsp.sparse.linalg.cg(lambda x: jnp.asarray(SPD, b.dtype) @ x, b, tol=1e-10)[0]


def _cg_in_scale(scale: Any, b: Any) -> Any:
    matrix = jnp.asarray(SPD, b.dtype)
    return jsp.sparse.linalg.cg(lambda x: matrix @ x + scale * x, b, tol=1e-10)[0]


def _custom_root(a: Any) -> Any:
    def solve(f: Any, start: Any) -> Any:
        return lax.fori_loop(0, 40, lambda _, y: y - f(y) / jax.grad(f)(y), start)

    return lax.custom_root(
        lambda y: y**3 + a * y - 1, jnp.ones_like(a), solve, lambda g, y: y / g(jnp.ones_like(y))
    )


def of_jax() -> Iterator[Case]:
    """Functions of JAX that carry a rule of their own."""
    special, linalg = jsp.special, jnp.linalg
    vector = np.array([0.3, -1.2, 0.8])
    yield Case(JAX, "`lax.custom_root`, y³ + a y = 1", _custom_root, (0.7,))
    yield Case(JAX, "`scipy.sparse.linalg.cg` in b", _cg, (vector,))
    yield Case(JAX, "`scipy.sparse.linalg.cg` in the matrix and b", _cg_in_scale, (0.4, vector))
    yield Case(JAX, "`scipy.special.logsumexp`", special.logsumexp, (vector,))
    yield Case(JAX, "`nn.softplus`, x = 30", jax.nn.softplus, (30.0,))
    yield Case(JAX, "`nn.relu`, x = 0: a kink", jax.nn.relu, (0.0,))
    yield Case(JAX, "`nn.gelu`", jax.nn.gelu, (0.7,))
    yield Case(JAX, "`numpy.logaddexp`, equal arguments", jnp.logaddexp, (0.4, 0.4))
    yield Case(JAX, "`numpy.sinc`, x = 0", jnp.sinc, (0.0,))
    yield Case(JAX, "`scipy.special.xlogy`, x = 0.3, y = 0.2", special.xlogy, (0.3, 0.2))
    yield Case(JAX, "`scipy.special.betainc` in x", partial(special.betainc, 2.0, 3.5), (0.4,))
    yield Case(JAX, "`scipy.special.gammainc`", special.gammainc, (2.5, 1.7))
    yield Case(JAX, "`scipy.special.ndtri`", special.ndtri, (0.2,))
    yield Case(JAX, "`scipy.special.i1e`", special.i1e, (0.7,))
    yield Case(JAX, "`numpy.linalg.pinv`, 3 x 2", linalg.pinv, (SPD[:, :2],))
    yield Case(JAX, "`numpy.linalg.eigvalsh`", linalg.eigvalsh, (SPD,))
    yield Case(JAX, "`numpy.linalg.norm`, at 0", linalg.norm, (np.zeros(2),))
    yield Case(JAX, "`numpy.linalg.slogdet`", lambda a: linalg.slogdet(a)[1], (SPD,))
    yield Case(
        JAX,
        "`lax.linalg.cholesky`, one triangle read",
        partial(lax.linalg.cholesky, symmetrize_input=False),
        (SPD,),
    )


# -- optimistix --------------------------------------------------------------------------------


def of_optimistix() -> Iterator[Case]:
    """Its solvers, differentiated implicitly."""
    import optimistix as optx

    name = "optimistix"

    def tight(x: Any) -> float:
        return 1e-10 if x.dtype == jnp.float64 else 1e-5

    def implicit_euler(start: Any, step: Any) -> Any:
        def next_value(y: Any, args: Any) -> Any:
            start, step = args
            return start + step * jnp.tanh(y)

        solver: Any = optx.Newton(rtol=tight(start), atol=tight(start))
        return optx.root_find(
            lambda y, args: y - next_value(y, args), solver, start, args=(start, step)
        ).value

    def cosine(a: Any, tolerance: float | None = None) -> Any:
        tolerance = tight(a) if tolerance is None else tolerance
        solver: Any = optx.FixedPointIteration(rtol=tolerance, atol=tolerance)
        return optx.fixed_point(lambda y, a: jnp.cos(a * y), solver, jnp.ones_like(a), args=a).value

    def decay(times: Any, observed: Any) -> Any:
        solver: Any = optx.LevenbergMarquardt(rtol=tight(times), atol=tight(times))
        start = jnp.ones((), times.dtype)
        residual = lambda rate, data: jnp.exp(-rate * data[0]) - data[1]  # noqa: E731
        return optx.least_squares(residual, solver, start, args=(times, observed)).value

    def smallest(a: Any) -> Any:
        solver: Any = optx.BFGS(rtol=tight(a), atol=tight(a))

        def inner(y: Any, a: Any) -> Any:
            return jnp.sum((y - a) ** 2) + 0.1 * jnp.sum(jnp.cosh(y))

        return optx.minimise(inner, solver, jnp.zeros_like(a), args=a).value

    def bisected(a: Any) -> Any:
        solver: Any = optx.Bisection(rtol=tight(a), atol=tight(a))  # type: ignore[call-arg]
        bracket = {"lower": 0.0, "upper": 3.0}
        return optx.root_find(
            lambda y, a: y**3 + a * y - 1, solver, jnp.ones_like(a), args=a, options=bracket
        ).value

    times = np.linspace(0, 2, 6)
    yield Case(name, "`root_find`, Newton, an implicit Euler step", implicit_euler, (1.0, 0.1))
    yield Case(name, "`root_find`, Bisection", bisected, (0.7,))
    yield Case(name, "`fixed_point`, tolerance 1e-10", cosine, (0.8,))
    yield Case(name, "`fixed_point`, tolerance 1e-3", partial(cosine, tolerance=1e-3), (0.8,))
    yield Case(
        name, "`least_squares`, Levenberg-Marquardt", decay, (times, np.exp(-0.7 * times) + 0.02)
    )
    yield Case(name, "`minimise`, BFGS", smallest, (np.array([0.5, -1.0]),))


# -- The BlackJAX tutorial on custom gradients -------------------------------------------------

TUTORIAL = "BlackJAX tutorial"


def _inner(y: Any, x: Any, p: Any) -> Any:
    return jnp.sum(jnp.abs(y) ** p / p - x * y)


def _argmin(x: Any, p: Any) -> Any:
    result = minimize(_inner, jnp.zeros((1,)), args=(x, p), method="BFGS")
    return -result.fun, result.x[0]


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def tutorial(x: Any, p: Any) -> Any:
    """-min_y |y|^p / p - x y, as the tutorial has it."""
    return _argmin(x, p)[0]


@tutorial.defjvp
def _(p: Any, primals: Any, tangents: Any) -> Any:
    (x,), (x_dot,) = primals, tangents
    value, y = _argmin(x, p)
    return value, y * x_dot


def tutorial_residual(x: Any, p: Any) -> Any:
    """How steep the inner problem is where its solver stopped."""
    return jax.grad(_inner)(_argmin(x, p)[1], x, p)


def of_tutorial() -> Iterator[Case]:
    """The tutorial's function, at its own point and where its solver stops early."""
    solved = {"residual": tutorial_residual}
    yield Case(TUTORIAL, "`f_with_gradient`, x = 0.31415, p = 3", tutorial, (0.31415, 3.0), solved)
    yield Case(TUTORIAL, "the same in x only", tutorial, (0.31415, 3.0), {"argnums": 0, **solved})
    yield Case(TUTORIAL, "in x only, x = 0.18", tutorial, (0.18, 3.0), {"argnums": 0, **solved})


# -- jaxopt ------------------------------------------------------------------------------------


def of_jaxopt() -> Iterator[Case]:
    """Its solvers, projections and proximal operators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces on import that it is not maintained
        jaxopt: Any = import_module("jaxopt")

    name = "jaxopt"
    random = np.random.default_rng(0)
    x = random.standard_normal((8, 2))
    y = x @ np.array([1.0, -0.5]) + 0.1

    def ridge(w: Any, strength: Any, x: Any, y: Any) -> Any:
        return jnp.mean((x @ w - y) ** 2) / 2 + strength * jnp.sum(w**2) / 2

    def fit(solver: str, tolerance: float) -> Callable[..., Any]:
        def weights(strength: Any, x: Any, y: Any) -> Any:
            optimizer = getattr(jaxopt, solver)(fun=ridge, tol=tolerance, maxiter=2000)
            return optimizer.run(jnp.zeros(x.shape[1], x.dtype), strength, x, y).params

        return weights

    def gradient(strength: Any, x: Any, y: Any) -> Any:
        return jax.grad(ridge)(fit("LBFGS", 1e-10)(strength, x, y), strength, x, y)

    data = (0.3, x, y)
    project, prox = jaxopt.projection, jaxopt.prox
    point = np.array([0.6, -0.2, 0.4])
    yield Case(
        name,
        "`LBFGS`, ridge regression, tol 1e-10",
        fit("LBFGS", 1e-10),
        data,
        {"residual": gradient},
    )
    yield Case(
        name,
        "`GradientDescent`, ridge regression, tol 1e-3 (the default)",
        fit("GradientDescent", 1e-3),
        data,
    )
    yield Case(name, "`BFGS`, ridge regression, tol 1e-10", fit("BFGS", 1e-10), data)
    yield Case(name, "`projection_simplex`", project.projection_simplex, (point,))
    yield Case(name, "`projection_l1_ball`", project.projection_l1_ball, (point, 0.7))
    yield Case(name, "`projection_l2_ball`", project.projection_l2_ball, (point, 0.5))
    yield Case(name, "`prox_lasso`", prox.prox_lasso, (point, 0.3))
    yield Case(
        name,
        "`loss.binary_logistic_loss` in the logit",
        partial(jaxopt.loss.binary_logistic_loss, 1),
        (0.7,),
    )


SOURCES = (of_documentation, of_jax, of_optimistix, of_tutorial, of_jaxopt)


# -- The page ----------------------------------------------------------------------------------


def summary(report: GradientReport) -> str:
    """One cell of the table: what fails, else what could not be judged, else "nothing"."""
    parts = []
    for outcome, head in (
        ("fail", "**fails**"),
        ("cannot be judged", "cannot be judged"),
        ("does not apply", "does not apply"),
    ):
        causes: dict[str, list[str]] = {}
        for row in report.rows:
            # That a custom_vjp has no forward derivative is known.
            if row.outcome == outcome and (outcome != "does not apply" or row.order == 2):
                place = " ".join(filter(None, (row.name, row.argument)))
                places = causes.setdefault(row.cause, [])
                places.append(f"{place} ({row.dtype[-2:]})")
        for cause, places in causes.items():
            where = ", ".join(places[:4]) + (", ..." if len(places) > 4 else "")
            parts.append(f"{head}: {where}: {cause}")
    passed = sum(row.outcome == "pass" for row in report.rows)
    nothing = f"nothing ({passed} checks pass)"
    return "<br>".join(parts if not report.ok or passed == 0 else [nothing, *parts])


def table() -> str:
    """The table, and the versions with which it was made."""
    lines = ["| from | what | found |", "|---|---|---|"]
    for source in SOURCES:
        try:
            cases = list(source())
        except ImportError as error:
            lines.append(f"| {source.__name__[3:]} | not installed ({error}) | - |")
            continue
        for case in cases:
            print(f"{case.source}: {case.what}", file=sys.stderr)
            report = check_gradient(case.fun, *case.args, **case.options)
            found = summary(report).replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {case.source} | {case.what} | {found} |")
    return "\n".join([*lines, "", f"Versions: {versions()}."])


def versions() -> str:
    """The packages in play and their versions."""
    found = []
    for name in ("jax", "jaxlib", "numpy", "optimistix", "equinox", "lineax", "jaxopt"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def main(arguments: list[str]) -> None:
    """Prints the table, or writes it into the page."""
    text = table()
    if "--write" not in arguments:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
