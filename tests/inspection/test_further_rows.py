"""Forward mode through the solver, second derivatives and parameters, beside the gradient."""

import numpy as np
import pytest

import gradwidget as gw
from gradwidget.inspection import GradientRow, forward_through_solver, gradient_table


def rows(x: float, p: float, **options: str) -> dict[str, GradientRow]:
    return {row.name: row for row in gradient_table(gw.power(), x, p, **options)}


@pytest.mark.parametrize("x", [-0.9, 0.31415, 1.1])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_other_derivatives_stand_beside_the_closed_forms(x: float, dtype: str) -> None:
    found = rows(x, 3.0, dtype=dtype)
    size = abs(x)
    second, by_p = found["d²f/dx² by the rule"], found["∂f/∂p by the rule"]
    rtol = 1e-12 if dtype == "float64" else 1e-5
    assert second.gradient == pytest.approx(0.5 / np.sqrt(size), rel=rtol)
    # df/dp = -dh/dp at y* = -(|y|^p (log|y| - 1/p) / p)
    y = np.sqrt(size)
    assert by_p.gradient == pytest.approx(-(y**3) * (np.log(y) - 1 / 3) / 3, rel=rtol)
    assert second.verdict is gw.Verdict.agree
    assert by_p.verdict is gw.Verdict.agree


def test_an_infinite_second_derivative_agrees_with_an_infinite_one() -> None:
    row = rows(0.0, 3.0)["d²f/dx² by the rule"]
    assert (row.gradient, row.rel_error, row.verdict) == (np.inf, 0.0, gw.Verdict.agree)


def test_bfgs_takes_the_other_derivatives_along() -> None:
    found = rows(0.18, 3.0, solver="bfgs")
    assert found["d²f/dx² by the rule"].verdict is gw.Verdict.disagree
    assert found["∂f/∂p by the rule"].rel_error == pytest.approx(0.099, abs=5e-3)


def test_forward_mode_differentiates_the_iterations() -> None:
    problem = gw.power()
    value, gradient = forward_through_solver(problem, 0.18, 3.0, solver="bfgs")
    truth = np.sqrt(0.18)
    # Nearer than the argmin, 4.7 % off, since the value is flat at the minimum; but not right.
    assert 1e-3 < abs(gradient - truth) / truth < 5e-3
    assert value == pytest.approx(0.18**1.5 / 1.5, rel=5e-3)
    row = gradient_table(problem, 0.18, 3.0, solver="bfgs", forward=(value, gradient))[4]
    assert row.name == "jax.jvp through the solver"
    assert row.gradient == gradient
    assert row.message is not None
    assert "iterations" in row.message
