"""Whole inspections and samplers, translated, against JAX and BlackJAX."""

from __future__ import annotations

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm

import gradwidget as gw
from tests.compiler.engines import outputs, run_in_node, translated

XS = (0.31415, 0.18, -0.5, 1.0, 5.84, 100.0, 9e-6, 0.0, -2.5)
PS = (3.0, 2.0, 1.5, 1.2, 6.0, 50.0)


def inspection(problem: gw.Problem, x: Any, *params: Any) -> Any:
    """The value, its first derivatives and the second, the argmin, and the closed form's."""
    f = problem.f_with_gradient
    every = tuple(range(1 + len(params)))
    value, gradients = jax.value_and_grad(f, every)(x, *params)
    hessian = jax.jacfwd(jax.grad(f))(x, *params)
    closed = None if problem.true_f is None else jax.value_and_grad(problem.true_f)(x, *params)
    return {
        "value": value,
        "gradients": gradients,
        "hessian": hessian,
        "solution": problem.solve(x, *params),
        "closed": closed,
        "logdensity": jax.value_and_grad(problem.logdensity_fn)(x, *params),
    }


PROBLEMS = {
    "power": (gw.power(), [(x, p) for x in XS for p in PS]),
    "cosh": (
        gw.conjugate(lambda y, a=1.0: jnp.cosh(a * y) / a, a=gw.slider(0.5, 3.0)),
        [(x, a) for x in XS for a in (0.5, 1.0, 3.0)],
    ),
    "bounded": (gw.conjugate(lambda y: jnp.sqrt(1 + y**2)), [(x,) for x in XS]),
    "barrier": (
        gw.conjugate(lambda y: -jnp.log(1 - y**2), domain=(-1.0, 1.0)),
        [(x,) for x in XS],
    ),
}


# At the end of the slopes of sqrt(1 + y^2) the argmin is infinite, and its digits are noise.
ILL_CONDITIONED = {("bounded", (1.0,))}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("solver", ["safeguarded", "bfgs"])
def test_inspections(solver, dtype):
    """One unit in the last place may cost or save a solver a step, and decides in float32 whether
    BFGS reports success: the answers agree all the same.
    """
    tolerance, left_out = {
        "float64": (1e-12, {"num_steps"}),
        "float32": (2e-5, {"num_steps", "status", "residual"}),
    }[dtype]
    with jax.enable_x64(dtype == "float64"):
        for name, (problem, calls) in PROBLEMS.items():
            fun = functools.partial(inspection, problem.with_solver(solver))
            calls = [tuple(map(float, call)) for call in calls]
            (results,) = run_in_node([translated(fun, *calls)])
            for call, (expected, found) in zip(calls, outputs(fun, results, calls), strict=True):
                if (name, call) in ILL_CONDITIONED:
                    continue
                for where, one, other in leaves(expected, found):
                    if where.rpartition(".")[2] not in left_out:
                        label = f"{name} {call} {where}"
                        np.testing.assert_allclose(other, one, tolerance, tolerance, err_msg=label)


def leaves(expected: Any, found: Any) -> list[tuple[str, Any, Any]]:
    pairs = zip(jax.tree_util.tree_leaves_with_path(expected), jax.tree.leaves(found), strict=True)
    return [(jax.tree_util.keystr(path), one, other) for (path, one), other in pairs]


def test_the_tutorial():
    """The tutorial's own BFGS, its wrong answer at x = 0.18 included."""

    def f(x: Any, p: Any) -> Any:
        result = jax.scipy.optimize.minimize(
            lambda y: jnp.sum(jnp.abs(y) ** p / p - x * y), jnp.zeros((1,)), method="BFGS"
        )
        return {"value": -result.fun, "argmin": result.x[0], "status": result.status}

    with jax.enable_x64(True):
        calls = [(x, 3.0) for x in (0.31415, 0.18, 0.045, 5.84, 1.1e-5)]
        (results,) = run_in_node([translated(f, *calls)])
        for expected, found in outputs(f, results, calls):
            for where, one, other in leaves(expected, found):
                np.testing.assert_allclose(other, one, rtol=1e-12, err_msg=where)

    wrong = results[1]["out"]
    assert wrong["argmin"] == pytest.approx(0.4044, abs=5e-5)
    assert wrong["status"] == 3


def test_an_optimistix_solver():
    """Primitives of other libraries, which are JAX functions behind a name."""
    import optimistix as optx

    def g(y: Any, args: Any) -> Any:
        x, p = args
        return jnp.sum(jnp.abs(y) ** p) / p + 0.1 * jnp.sum(y) ** 2 - jnp.dot(x, y)

    def f(x: Any, p: Any) -> Any:
        start = jnp.ones_like(x)
        solver = optx.BFGS(rtol=1e-8, atol=1e-8)
        least = optx.minimise(g, solver, start, (x, p), throw=False)
        newton = optx.Newton(rtol=1e-10, atol=1e-10)
        root = optx.root_find(jax.grad(g), newton, least.value, (x, p), throw=False)
        return least.value, root.value

    with jax.enable_x64(True):
        calls = [(np.array([0.3, -1.2]), 3.0), (np.array([2.0, 0.1]), 1.5)]
        (results,) = run_in_node([translated(f, *calls)])
        for expected, found in outputs(f, results, calls):
            for where, one, other in leaves(expected, found):
                np.testing.assert_allclose(other, one, rtol=1e-7, err_msg=where)


def test_a_failed_check_throws():
    """What equinox raises in Python is an exception in JavaScript."""
    import optimistix as optx

    def f(x: Any, enough: Any) -> Any:
        steps = jnp.where(enough, 100, 2)

        def g(y: Any, x: Any) -> Any:
            return jnp.sum(jnp.cosh(y)) - jnp.dot(x, y)

        least = optx.minimise(
            g, optx.BFGS(1e-8, 1e-8), jnp.ones_like(x), x, throw=False, max_steps=100
        )
        few = least.stats["num_steps"] <= steps
        return eqx.error_if(least.value, ~few, "too many steps")

    def both(x: Any, enough: Any) -> Any:
        value, pullback = jax.vjp(lambda x: f(x, enough), x)
        return value, pullback(jnp.ones_like(x))

    with jax.enable_x64(True):
        calls = [(np.array([0.3, -1.2]), True), (np.array([0.3, -1.2]), False)]
        (results,) = run_in_node([translated(both, *calls)])
        ((expected, found),) = outputs(both, results[:1], calls[:1])

    for where, one, other in leaves(expected, found):
        np.testing.assert_allclose(other, one, rtol=1e-7, err_msg=where)
    assert results[1]["error"] == "Error: A check inside the translated program failed."


# --- Samplers ----------------------------------------------------------------------------------

NUM_STEPS = 200


def closed_form_density(y: Any, p: Any) -> Any:
    q = p / (p - 1)
    return jnp.sum(norm.logpdf(y) + norm.logpdf(jnp.abs(y) ** q / q))


def problem_density(y: Any, p: Any) -> Any:
    return gw.power().logdensity_fn(y, p)


def one_step(algorithm: str, density: Any, key: Any, state: Any, *settings: Any) -> Any:
    """One step of BlackJAX's, from the state after `init` on."""
    import blackjax

    p, step_size, *rest = settings
    logdensity_fn = functools.partial(density, p=p)
    kernel = {
        "hmc": lambda n: blackjax.hmc(logdensity_fn, step_size, jnp.ones(state.size), n),
        "nuts": lambda: blackjax.nuts(logdensity_fn, step_size, jnp.ones(state.size)),
        "mala": lambda: blackjax.mala(logdensity_fn, step_size),
    }[algorithm](*rest)
    return kernel.step(key, kernel.init(state))


def chain(step: Any, key: Any, position: Any, *settings: Any) -> Any:
    """Every state and every info of `NUM_STEPS` steps, with the keys as the widget splits them."""

    def body(carry: Any, _: None) -> Any:
        key, position = carry
        key, step_key = jax.random.split(key)
        state, info = step(step_key, position, *settings)
        return (key, state.position), (state, info)

    return jax.lax.scan(body, (key, position), None, length=NUM_STEPS)[1]


SAMPLERS = {
    "hmc": ("hmc", closed_form_density, 1.0, (3.0, 0.3, 5)),
    "hmc of the problem": ("hmc", problem_density, 1.0, (3.0, 0.3, 5)),
    "hmc in two dimensions": ("hmc", closed_form_density, [0.5, -1.0], (1.5, 0.2, 7)),
    "hmc in nine dimensions": ("hmc", closed_form_density, [0.5] * 9, (3.0, 0.1, 7)),
    "mala": ("mala", closed_form_density, 1.0, (3.0, 0.3)),
    "nuts": ("nuts", closed_form_density, 1.0, (3.0, 0.3)),
    "nuts in two dimensions": ("nuts", problem_density, [0.5, -1.0], (3.0, 0.3)),
    "nuts in nine dimensions": ("nuts", closed_form_density, [0.5] * 9, (3.0, 0.2)),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_chain_is_blackjaxs(name):
    algorithm, density, start, settings = SAMPLERS[name]
    with jax.enable_x64(True):
        fun = functools.partial(chain, functools.partial(one_step, algorithm, density))
        calls = [(jax.random.key(seed), jnp.asarray(start), *settings) for seed in (0, 7)]
        (results,) = run_in_node([translated(fun, *calls)])
        for expected, found in outputs(fun, results, calls):
            for where, one, other in leaves(expected, found):
                np.testing.assert_allclose(other, one, rtol=1e-11, atol=1e-12, err_msg=where)


def test_one_step_takes_settings_as_arguments():
    """Nothing is compiled again for another step size, number of steps, parameter or key."""
    step = functools.partial(one_step, "hmc", problem_density)
    with jax.enable_x64(True):
        calls = [
            (jax.random.key(seed), position, p, step_size, n)
            for seed, position, p, step_size, n in (
                (0, 1.0, 3.0, 0.3, 5),
                (1, -0.2, 1.5, 0.05, 48),
                (2, 2.0, 6.0, 1.4, 1),
                (3, 1.0, 3.0, 30.0, 5),
            )
        ]
        (results,) = run_in_node([translated(step, *calls)])
        for expected, found in outputs(step, results, calls):
            for where, one, other in leaves(expected, found):
                np.testing.assert_allclose(other, one, rtol=1e-11, atol=1e-12, err_msg=where)
    assert results[3]["out"][1]["is_divergent"] is True


def test_window_adaptation():
    """It feeds back what it finds, so that the last digits grow; the settings agree."""
    import blackjax

    def warmup(key: Any, position: Any, p: Any) -> Any:
        adaptation = blackjax.window_adaptation(
            blackjax.nuts, functools.partial(closed_form_density, p=p)
        )
        (state, parameters), _ = adaptation.run(key, position, 60)
        return state, parameters

    with jax.enable_x64(True):
        calls = [(jax.random.key(0), 1.0, 3.0)]
        (results,) = run_in_node([translated(warmup, *calls)])
        for expected, found in outputs(warmup, results, calls):
            for where, one, other in leaves(expected, found):
                np.testing.assert_allclose(other, one, rtol=1e-6, err_msg=where)
