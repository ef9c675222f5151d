"""A vector x: the page looks at f along a line, Python at all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import traitlets

import gradwidget as gw
from gradwidget import Verdict, inspect, power
from gradwidget.widget import protocol

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]

X = [0.3, -0.5, 0.18]


def frame(w: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return protocol.unpack(w._frame)


def test_everything_is_seen_along_a_line(make: Make, settle: Settle) -> None:
    w = make(x=X, direction=2, t=0.1)
    settle(w)
    header, arrays = frame(w)
    assert header["position"] == pytest.approx([0.3, -0.5, 0.28], rel=1e-15)
    assert header["headline"]["claim"] == "∇f(x) = (0.5477, −0.7071, 0.5292)"
    point = dict(zip(protocol.POINT_FIELDS, arrays["point"], strict=True))
    assert point["gradient"] == pytest.approx(0.28**0.5, rel=1e-13)
    assert point["argmin"] == pytest.approx(0.28**0.5, rel=1e-13)
    assert point["hessian"] == pytest.approx(0.5 / 0.28**0.5, rel=1e-12)
    t, slopes = arrays["curve.x"], arrays["curve.gradient"]
    np.testing.assert_allclose(slopes, np.sign(0.18 + t) * np.sqrt(np.abs(0.18 + t)), rtol=1e-12)
    # The inner problem along v is least where y* is.
    lowest = np.argmin(arrays["inner.g"])
    assert abs(arrays["inner.y"][lowest] - point["argmin"]) <= np.diff(arrays["inner.y"])[0]
    names = [row["name"] for row in header["rows"]]
    assert "d²f/dt² by the rule" in names
    assert all(row["verdict"] in (None, "agree") for row in header["rows"])


def test_the_inspection_is_that_of_the_whole_gradient(make: Make, settle: Settle) -> None:
    w = make(x=X, solver="bfgs")
    settle(w)
    assert w.inspection.verdict == Verdict.disagree  # by its last component alone
    np.testing.assert_array_equal(
        w.inspection.gradient, inspect(power(), X, 3.0, solver="bfgs").gradient
    )
    header, arrays = frame(w)
    assert header["headline"]["judgement"] == "is wrong by 4.7 %"
    at = arrays["curve.x"] == 0
    assert arrays["curve.verdict"][at] == Verdict.agree  # along the first coordinate it is right
    w.direction = 2
    settle(w)
    _, arrays = frame(w)
    assert arrays["curve.verdict"][at] == Verdict.disagree


def test_another_direction_goes_through_the_point_of_inspection(make: Make) -> None:
    w = make(x=X, t=0.2)
    w.direction = "gradient"
    assert w.x == pytest.approx([0.5, -0.5, 0.18], rel=1e-15)
    assert w.t == 0.0


def test_the_sampler_runs_in_all_coordinates_and_shows_one(make: Make, settle: Settle) -> None:
    w = make(x=X, direction=1, initial_position=[1.0, -1.0, 0.5], num_chains=2)
    w.step(20)
    settle(w)
    assert w.samples.shape == (2, 20, 3)
    assert w.diagnostics.mean.shape == (3,)
    header, arrays = protocol.unpack(w._chain)
    np.testing.assert_array_equal(arrays["draws"], w.samples[:, :, 1])
    np.testing.assert_array_equal(arrays["transition.position"], w.last_step.path_position[:, 1])
    summary = dict(zip(protocol.SUMMARY_FIELDS, arrays["summary"], strict=True))
    assert summary["mean"] == w.diagnostics.mean[1]
    assert np.isnan(summary["exact_mean"])
    assert f"{w.last_step.momentum[1]:+.3f}".replace("-", "−") in header["transition"]["sentence"]
    assert "x[2]" in w.to_csv().splitlines()[0]


def test_the_page_moves_the_point_and_the_line(make: Make, settle: Settle) -> None:
    w = make(x=X)
    settle(w)
    page: Any = w.comm
    page.receive(type="change", view="v", seq=1, values={"t": 0.5}, settled=False)
    page.receive(type="change", view="v", seq=2, values={"x": [1, 2, 3]}, settled=True)
    page.receive(type="change", view="v", seq=3, values={"direction": [0, 3, 4]}, settled=True)
    settle(w)
    # The new direction goes through where t was.
    assert (w.x, w.t, w.direction) == ([1.5, 2.0, 3.0], 0.0, [0.0, 3.0, 4.0])
    page.receive(type="sampler", view="v", seq=4, action="reset", position=0.25)
    settle(w)
    assert w.initial_position == [0.25, 1.0, 1.0]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("x", 0.5, "x must be a list or an array of 3 finite numbers"),
        ("x", [1.0, 2.0], "of 3 finite numbers"),
        ("x", (1.0, 2.0, 3.0), "of 3 finite numbers"),
        ("x", [1.0, 2.0, np.inf], "of 3 finite numbers"),
        ("direction", 3, "There is no coordinate 3"),
        ("direction", "up", "not 'up'"),
        ("direction", [0.0, 0.0, 0.0], "not all 0"),
        ("direction", None, "direction must be"),
        ("initial_position", [1.0], "initial_position must be"),
        ("inverse_mass_matrix", [1.0, 2.0], "inverse_mass_matrix"),
        ("t", np.nan, "finite"),
    ],
)
def test_bad_input_says_what_is_allowed(make: Make, name: str, value: Any, says: str) -> None:
    w = make(x=X)
    before = getattr(w, name)
    with pytest.raises(traitlets.TraitError, match=says):
        setattr(w, name, value)
    assert getattr(w, name) == before


def test_a_gradient_without_a_direction_is_told(make: Make, settle: Settle) -> None:
    w = make(x=[0.0, 0.0])
    settle(w)
    page: Any = w.comm
    before = w._frame
    page.receive(type="change", view="v", seq=1, values={"direction": "gradient"}, settled=True)
    settle(w)
    message = page.custom("error")[-1][0]["message"]
    assert "has no direction" in message
    assert w._frame == before
    page.receive(type="change", view="v", seq=2, values={"direction": 1}, settled=True)
    settle(w)
    assert frame(w)[0]["values"]["direction"] == 1


def test_a_vector_for_a_scalar_problem_is_refused_at_once() -> None:
    softplus = gw.from_function(lambda x, k=1.0: jnp.logaddexp(0.0, k * x) / k, k=(0.5, 4.0))
    for problem in (softplus, gw.gallery()["moreau"]):
        with pytest.raises(ValueError, match=r"x of this problem is a number.*dim=2"):
            gw.GradWidget(problem, x=[0.1, 0.2])


def test_the_gallerys_vectors_have_no_parameter_with_the_name_of_a_trait(make: Make) -> None:
    assert make(gw.gallery()["simplex_entropy"]).params == {"tau": 1.0}
