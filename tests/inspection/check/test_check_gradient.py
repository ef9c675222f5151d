"""What `check_gradient` promises beyond finding faults."""

import os
import subprocess
import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gradwidget.inspection.check import GradientReport, check_gradient

from .faults import missing_factor, wrong_sign


def outcomes(report: GradientReport, name: str) -> dict[tuple[str, str], str]:
    return {(r.argument, r.dtype): str(r.outcome) for r in report.rows if r.name == name}


def smooth(x: Any, y: Any) -> Any:
    return jnp.sin(x) * jnp.exp(y)


def test_rows_cover_modes_orders_arguments_and_precisions() -> None:
    report = check_gradient(smooth, 0.3, 0.7)
    assert report.ok
    pairs = {(a, d) for a in ("x", "y") for d in ("float64", "float32")}
    for name in ("forward", "reverse", "forward = reverse", "second order"):
        assert outcomes(report, name) == dict.fromkeys(pairs, "pass")
    for name in ("jit", "vmap", "value with the rule"):
        assert set(outcomes(report, name).values()) == {"pass"}
    assert {row.order for row in report.rows} == {0, 1, 2}


def test_same_seed_same_report() -> None:
    matrix = np.arange(9.0).reshape(3, 3) + 1

    def fun(x: Any) -> Any:
        return jnp.tanh(jnp.asarray(matrix, x.dtype) @ x)

    first, second = (check_gradient(fun, np.ones(3), seed=3) for _ in range(2))
    assert first.rows == second.rows or str(first) == str(second)


def test_argnums_choose_the_arguments() -> None:
    @jax.custom_jvp
    def drops_y(x: Any, y: Any) -> Any:
        return x * y

    drops_y.defjvp(lambda p, t: (p[0] * p[1], p[1] * t[0]))
    assert check_gradient(drops_y, 2.0, 3.0, argnums=0).ok
    report = check_gradient(drops_y, 2.0, 3.0, argnums=(-1,))
    assert outcomes(report, "forward")["y", "float64"] == "fail"
    assert {row.argument for row in report.rows} == {"", "y"}


def test_arguments_that_are_no_numbers_are_passed_on() -> None:
    def fun(x: Any, power: int, kind: str, *, data: Any) -> Any:
        assert kind == "sum"
        assert isinstance(power, int)
        return jnp.sum(data * x**power)

    assert check_gradient(fun, 1.3, 2, "sum", data=np.array([1.0, 2.0])).ok


def test_static_argument_does_not_apply() -> None:
    @partial(jax.custom_vjp, nondiff_argnums=(1,))
    def power(x: Any, p: float) -> Any:
        return x**p

    power.defvjp(lambda x, p: (x**p, x), lambda p, x, ct: (ct * p * x ** (p - 1),))
    report = check_gradient(power, 1.3, 2.5)
    assert report.ok
    (row,) = (row for row in report.rows if row.name == "argument")
    assert (row.argument, str(row.outcome)) == ("p", "does not apply")
    assert "nondiff_argnums" in row.cause
    assert outcomes(report, "reverse")["x", "float64"] == "pass"
    assert not check_gradient(power, 1.3, 2.5, argnums=(0, 1)).ok


def test_custom_vjp_has_no_forward_rule_and_that_is_no_fault() -> None:
    @jax.custom_vjp
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, ct: (3 * x**2 * ct,))
    report = check_gradient(cube, 1.3)
    assert report.ok
    assert set(outcomes(report, "forward").values()) == {"does not apply"}
    assert set(outcomes(report, "second order").values()) == {"pass"}


def test_no_reverse_derivative_through_a_loop() -> None:
    def loop(x: Any) -> Any:
        return lax.while_loop(lambda y: y < 10, lambda y: y * (1 + x**2), x)

    report = check_gradient(loop, 1.3)
    assert outcomes(report, "forward")["x", "float64"] == "pass"
    (row,) = (r for r in report.rows if r.name == "reverse" and r.dtype == "float64")
    assert row.outcome == "fail"
    assert "while_loop" in row.cause
    assert "custom_root" in row.what_to_do


def test_reference_judges_where_differences_cannot() -> None:
    def noisy(x: Any) -> Any:
        return jnp.sin(x) + 3e-3 * jnp.sin(1e9 * lax.stop_gradient(x))

    alone = check_gradient(noisy, 0.7)
    assert outcomes(alone, "forward")["x", "float64"] == "cannot be judged"
    judged = check_gradient(noisy, 0.7, reference=jnp.sin, rtol=1e-2)
    assert outcomes(judged, "forward")["x", "float64"] == "pass"
    assert outcomes(judged, "reference")["", "float64"] == "pass"


def test_reference_with_other_values_is_told() -> None:
    report = check_gradient(jnp.sin, 0.7, reference=jnp.cos)
    assert outcomes(report, "reference")["", "float64"] == "fail"
    # The finite differences of the function itself are reliable, and they absolve it.
    assert outcomes(report, "forward")["x", "float64"] == "pass"


def test_residual_is_named_only_where_it_is_given() -> None:
    def descend(x: Any) -> Any:
        """Three steps towards the y with y + y^3 = x."""
        return lax.fori_loop(0, 3, lambda _, y: y - 0.3 * (y + y**3 - x), jnp.zeros_like(x))

    @jax.custom_jvp
    def unsolved(x: Any) -> Any:
        y = descend(x)
        return x * y - y**2 / 2 - y**4 / 4

    unsolved.defjvp(lambda p, t: (unsolved(*p), descend(p[0]) * t[0]))

    without = check_gradient(unsolved, 0.7)
    assert not without.ok
    assert "residual" not in str(without)
    given = check_gradient(unsolved, 0.7, residual=lambda x: descend(x) + descend(x) ** 3 - x)
    assert "residual is up to" in str(given)


def test_a_rule_is_not_blamed_for_a_solver_that_stops_early() -> None:
    @jax.custom_vjp
    def cosine(a: Any) -> Any:
        def step(state: Any) -> Any:
            return jnp.cos(a * state[0]), state[0]

        def is_moving(state: Any) -> Any:
            return jnp.abs(state[0] - state[1]) > 1e-2

        return lax.while_loop(is_moving, step, (jnp.ones_like(a), jnp.zeros_like(a)))[0]

    def backward(saved: Any, ct: Any) -> Any:
        a, y = saved
        slope = -jnp.sin(a * y)
        return (ct * slope * y / (1 - a * slope),)

    cosine.defvjp(lambda a: (cosine(a), (a, cosine(a))), backward)
    report = check_gradient(cosine, 0.8)
    (row,) = (r for r in report.rows if r.name == "reverse" and r.dtype == "float64")
    assert "consistent with an inner solver that stops" in row.cause
    assert "tolerance" in row.what_to_do


def test_small_residual_passes() -> None:
    def square_root(x: Any) -> Any:
        y = lax.stop_gradient(jnp.sqrt(x))
        return y - (y**2 - x) / (2 * y)

    report = check_gradient(square_root, 2.0, residual=lambda x: square_root(x) ** 2 - x)
    assert outcomes(report, "residual")["", "float64"] == "pass"


def test_float32_data_are_the_limit_of_what_can_be_judged() -> None:
    with jax.enable_x64(False):
        data = jnp.linspace(0.1, 1.0, 5)

    report = check_gradient(lambda x: jnp.sum(jnp.tanh(data * x)), 0.7)
    assert report.ok
    (row,) = (row for row in report.rows if row.name == "precision")
    assert row.outcome == "cannot be judged"
    assert "closes over float32 data" in row.cause


def test_second_order_of_a_wrong_first_order_is_not_judged() -> None:
    report = check_gradient(wrong_sign, 0.7)
    assert set(outcomes(report, "second order").values()) == {"cannot be judged"}


def test_kink_is_not_judged_at_the_point_itself() -> None:
    report = check_gradient(jax.nn.relu, 0.0)
    assert report.ok
    (row,) = (r for r in report.rows if r.name == "forward" and r.dtype == "float64")
    assert row.outcome == "cannot be judged"
    assert "kink" in row.cause


def test_value_that_is_not_finite_is_not_judged() -> None:
    report = check_gradient(jnp.log, -1.0)
    assert report.ok
    assert {str(row.outcome) for row in report.rows} == {"cannot be judged"}
    assert "nothing could be judged" in str(report)


def test_random_points_stay_inside_the_domain() -> None:
    report = check_gradient(lambda x: jnp.sqrt(1 - x), 0.9999)
    assert report.ok
    assert outcomes(report, "forward")["x", "float64"] == "pass"


def test_outputs_that_are_pytrees_with_integers() -> None:
    def fun(x: Any) -> Any:
        return {"best": jnp.argmax(x), "value": jnp.max(x), "all": (x**2, [jnp.sum(x)])}

    assert check_gradient(fun, np.array([0.1, 0.9, 0.4])).ok


def test_one_wrong_output_among_many_is_found() -> None:
    @jax.custom_jvp
    def fun(x: Any) -> Any:
        return {"a": jnp.sin(x), "b": 1e-6 * jnp.cos(x)}

    fun.defjvp(
        lambda p, t: (fun(*p), {"a": jnp.cos(p[0]) * t[0], "b": 1e-6 * jnp.sin(p[0]) * t[0]})
    )
    report = check_gradient(fun, 0.7)
    (row,) = (r for r in report.rows if r.name == "forward" and r.dtype == "float64")
    assert row.outcome == "fail"
    assert "of output 1 has the wrong sign" in row.cause


def test_global_settings_are_left_alone() -> None:
    before = jax.config.jax_enable_x64
    check_gradient(jnp.sin, 0.3, num_points=1)
    assert jax.config.jax_enable_x64 == before
    with jax.enable_x64(True):
        assert check_gradient(jnp.sin, jnp.asarray(0.3), num_points=1).ok
    with jax.enable_x64(False):
        assert check_gradient(jnp.sin, jnp.asarray(0.3), num_points=1).ok


def test_function_that_runs_in_float32_only() -> None:
    def fun(x: Any) -> Any:
        if x.dtype != jnp.float32:
            raise TypeError("float32, please")
        return jnp.sin(x)

    report = check_gradient(fun, 0.7)
    assert report.ok
    assert outcomes(report, "argument")["", "float64"] == "cannot be judged"
    assert outcomes(report, "forward")["x", "float32"] == "pass"

    @jax.custom_jvp
    def wrong(x: Any) -> Any:
        return fun(x)

    wrong.defjvp(lambda p, t: (fun(p[0]), -jnp.cos(p[0]) * t[0]))
    assert outcomes(check_gradient(wrong, 0.7), "forward")["x", "float32"] == "fail"


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"num_points": -1}, ValueError, "num_points"),
        ({"rtol": -1.0}, ValueError, "rtol"),
        ({"atol": float("nan")}, ValueError, "atol"),
        ({"argnums": 5}, ValueError, "2 arguments"),
        ({"argnums": 1}, TypeError, "holds no floating-point number"),
        ({"argnums": ()}, ValueError, "empty"),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        check_gradient(lambda x, n: x**n, 0.5, 3, **options)


def test_nothing_to_differentiate() -> None:
    with pytest.raises(TypeError, match=r"Write 3\.0"):
        check_gradient(lambda x: x, 3)
    with pytest.raises(TypeError, match="returns no real"):
        check_gradient(lambda x: jnp.argmax(x), np.ones(3))


def test_what_the_function_raises_comes_through() -> None:
    def broken(x: Any) -> Any:
        raise RuntimeError("its own words")

    with pytest.raises(RuntimeError, match="its own words"):
        check_gradient(broken, 1.0)


def test_text_and_table() -> None:
    def fun(x: Any) -> Any:
        return missing_factor(x)

    fun.__name__ = "<b>fun</b>"
    report = check_gradient(fun, 0.8, num_points=2)
    text = str(report)
    assert "checks fail" in text
    assert "FAIL: forward x float64" in text
    assert "What" in text or "Add what is missing" in text
    table = report._repr_html_()
    assert "<b>fun</b>" not in table
    assert "&lt;b&gt;fun&lt;/b&gt;" in table
    assert table.count("<tr>") == len(report.rows) + 1
    assert repr(report) == text


def test_no_notebook_package_is_imported() -> None:
    code = (
        "import sys; from gradwidget.inspection import check_gradient; "
        "loaded = {'anywidget', 'blackjax', 'matplotlib'} & set(sys.modules); "
        "assert not loaded, loaded"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=environment)
