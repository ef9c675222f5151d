"""The table of gradients, its times, and the answer in words."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget.inspection import Verdict, gradient_table, headline, inspect, measure_times
from gradwidget.inspection._table import through_solver
from gradwidget.problems import conjugate, power
from tests.inspection import traps

POWER = power()


def test_rows():
    rows = gradient_table(POWER, 0.18, 3, solver="bfgs")
    rule, closed_form, difference, through_solver = rows[:4]
    assert [row.name for row in rows[:4]] == [
        "argmin custom_jvp",
        "closed form",
        "finite difference",
        "jax.grad through the solver",
    ]
    assert rule.verdict == Verdict.disagree
    assert 0.04 < rule.rel_error < 0.05
    assert 0.016 < rule.residual < 0.017
    np.testing.assert_allclose(closed_form.gradient, 0.18**0.5)
    np.testing.assert_allclose(difference.gradient, 0.18**0.5)
    assert difference.rel_error < 1e-9
    assert through_solver.gradient is through_solver.value is None
    assert through_solver.message.startswith("ValueError: Reverse-mode differentiation does not")
    assert all(row.time is None for row in rows)


def test_jax_refuses_every_solver():
    for problem in (POWER, traps.COSH, conjugate(jnp.exp)):
        for solver in problem.solvers:
            message = through_solver(problem.with_solver(solver))
            assert message.startswith("ValueError: Reverse-mode differentiation does not work for")


def test_without_a_closed_form_there_is_no_such_row():
    rows = gradient_table(traps.COSH, 0.5, 2.0)
    assert [row.name for row in rows[:3]] == [
        "argmin custom_jvp",
        "finite difference",
        "jax.grad through the solver",
    ]
    assert rows[0].verdict == Verdict.agree
    assert rows[1].rel_error is None


def test_differences_that_are_unreliable_show_no_number():
    for problem, x, message in (
        (traps.KINK_OF_F, 0.0, "slopes from -1 to 1"),
        (traps.NOWHERE, 0.3, "unreliable here"),
    ):
        row = gradient_table(problem, x)[1]
        assert row.gradient is None
        assert row.message == message


def test_times_are_measured_and_shown():
    times = measure_times(POWER, 0.3, 3, num_calls=20)
    assert list(times) == ["argmin custom_jvp", "closed form", "finite difference"]
    assert all(0 < seconds < 0.1 for seconds in times.values())
    rows = gradient_table(POWER, 0.3, 3, times=times)
    assert [row.time for row in rows[:4]] == [*times.values(), None]


@pytest.mark.parametrize(
    ("x", "p", "settings", "claim", "judgement", "why"),
    [
        (0.31415, 3, {}, "f′(0.314) = 0.5605", "agrees with the closed form", "Tolerance:"),
        (
            0.31415,
            3,
            {"solver": "bfgs", "dtype": "float32"},
            "f′(0.314) = 0.5605",
            "agrees with the closed form to 4 digits",
            "0.1 % of the reference and 0.00012",
        ),
        (
            0.18,
            3,
            {"solver": "bfgs"},
            "f′(0.18) = 0.4044",
            "is wrong by 4.7 %",
            "The closed form says 0.4243.",
        ),
        (
            9e-6,
            3,
            {"solver": "bfgs"},
            "f′(9e−06) = 0",
            "is wrong by 100 %",
            "reports success. The inner residual is 9e-06 after",
        ),
        (
            0.001,
            1.1,
            {"solver": "bfgs"},
            "f′(0.001) = 0.001",
            "is wrong by a factor of 1e+27",
            "The closed form says",
        ),
        (
            5,
            1.01,
            {"dtype": "float32"},
            "f′(5) = ∞",
            "cannot be computed in this precision",
            "too large for this precision",
        ),
        (0, 3, {}, "f′(0) = 0", "agrees with the closed form to every digit", "residual is 0"),
        (-0.5, 2, {}, "f′(−0.5) = −0.5", "agrees with the closed form to every digit", ""),
    ],
)
def test_headline(x, p, settings, claim, judgement, why):
    found = inspect(POWER, x, p, **settings)
    answer = headline(POWER, found, x, (p,), dtype=settings.get("dtype", "float64"))
    assert answer.claim == claim
    assert answer.judgement.startswith(judgement)
    assert why in answer.why
    assert answer.verdict_name == found.verdict.name


def test_headlines_of_the_other_verdicts():
    def judgement(problem, x, *params):
        return headline(problem, inspect(problem, x, *params), x, params).judgement

    assert "+∞" in judgement(traps.BOUNDED_SLOPES, 1.1)
    assert "kink" in judgement(traps.KINK_OF_H, 0.5)
    assert "checked" in judgement(traps.TWO_WELLS, 0.5)
    assert judgement(traps.COSH, 0.5, 2.0).startswith("agrees with finite differences to ")
    vector = headline(POWER, inspect(POWER, [0.25, 1, 4], 3), [0.25, 1, 4], (3,))
    assert vector.claim == "∇f(x) = (0.5, 1, 2)"
