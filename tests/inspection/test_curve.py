"""Along a line through a vector: everything is that of t -> f(x0 + t v)."""

import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget import conjugate, inspect, inspect_curve, power
from gradwidget.inspection import Verdict, headline, unit_direction

from . import traps

POWER = power()
X0 = [0.3, -0.5, 0.1, 2.0]
TS = np.linspace(-1, 1, 21)


@pytest.mark.parametrize("direction", [1, "gradient", "random", [1.0, -2.0, 0.5, 3.0]])
def test_a_line_is_the_function_of_t(direction):
    found = inspect_curve(POWER, TS, 3.0, x0=X0, direction=direction)
    v = unit_direction(POWER, X0, direction, 3.0)
    assert np.linalg.norm(v) == pytest.approx(1, rel=1e-15)
    points = np.asarray(X0) + TS[:, None] * v
    slopes = np.sign(points) * np.sqrt(np.abs(points))
    np.testing.assert_allclose(found.value, np.sum(np.abs(points) ** 1.5, 1) / 1.5, rtol=1e-13)
    np.testing.assert_allclose(found.gradient, slopes @ v, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(found.reference_gradient, slopes @ v, rtol=1e-12, atol=1e-13)
    # Close to a component's zero, where f'' is infinite, differences say that they err.
    assert np.all(np.abs(found.fd_gradient - slopes @ v) <= 3 * found.fd_error + 1e-9)
    np.testing.assert_allclose(found.argmin, slopes, rtol=1e-12, atol=1e-15)
    is_smooth = np.min(np.abs(points), axis=1) > 1e-9  # f'' is infinite at a component's zero
    points = points[is_smooth]
    bends = np.sum(v**2 / (2 * np.sqrt(np.abs(points))), 1)
    np.testing.assert_allclose(found.hessian[is_smooth], bends, rtol=1e-9)
    assert np.all(found.verdict == 0)


def test_the_direction_of_the_gradient_is_that_of_the_reference():
    v = unit_direction(POWER, X0, "gradient", 3.0)
    slopes = np.sign(X0) * np.sqrt(np.abs(X0))
    np.testing.assert_allclose(v, slopes / np.linalg.norm(slopes), rtol=1e-13)


def test_without_a_closed_form_differences_along_the_line_are_the_reference():
    cosh = conjugate(lambda y: jnp.cosh(y))
    found = inspect_curve(cosh, TS, x0=X0, direction="random")
    v = unit_direction(cosh, X0, "random")
    points = np.asarray(X0) + TS[:, None] * v
    np.testing.assert_allclose(found.reference_gradient, np.arcsinh(points) @ v, rtol=1e-8)
    np.testing.assert_allclose(found.reference_value, found.value, rtol=1e-12)
    assert np.all(found.verdict == 0)


def test_a_wrong_component_shows_along_the_lines_that_see_it():
    # The first component of x is in a band of the tutorial's solver, the second is not.
    for direction, verdict in ((0, "disagree"), (1, "agree"), ([1.0, 1.0], "disagree")):
        at = inspect_curve(POWER, [0.0], 3.0, x0=[0.18, 1.0], direction=direction, solver="bfgs")
        assert Verdict(at.verdict[0]).name == verdict


def test_a_kink_along_the_line():
    kink = conjugate(lambda y: jnp.maximum(jnp.abs(y) - 1, 0) ** 2 / 2)
    found = inspect_curve(kink, [-0.5, 0.0, 0.5], x0=[0.0, 0.7], direction=0)
    assert [Verdict(code).name for code in found.verdict] == ["agree", "kink", "agree"]
    # The interval of slopes: -1 to 1.
    np.testing.assert_allclose([found.fd_gradient[1], found.fd_error[1]], [0, 1], atol=1e-6)


def test_float32_is_judged_as_float32():
    found = inspect_curve(POWER, TS, 3.0, x0=X0, direction="random", dtype="float32")
    assert np.all(found.verdict == 0)
    assert 1e-9 < np.max(found.rel_error) < 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "up"}, "not 'up'"),
        ({"direction": 4}, "There is no coordinate 4: x0 has 0 to 3"),
        ({"direction": -1}, "There is no coordinate -1"),
        ({"direction": [0.0] * 4}, "not all 0"),
        ({"direction": [1.0, 2.0]}, "a vector of 4 numbers"),
        ({"direction": None}, "it needs a direction"),
        ({"x0": None}, "x0 must be given"),
        ({"x0": 0.5}, "x0 of shape"),
        ({"x0": [0.0] * 4, "direction": "gradient"}, "has no direction"),
        ({"xs": [[0.0]]}, "must be of shape"),
    ],
)
def test_bad_lines_are_refused_with_a_sentence(changes, message):
    arguments = {"xs": [0.0], "x0": X0, "direction": 0} | changes
    with pytest.raises(ValueError, match=message):
        inspect_curve(POWER, arguments.pop("xs"), 3.0, **arguments)


def test_a_kink_gives_the_interval_of_slopes():
    def why(problem, x):
        return headline(problem, inspect(problem, x), x)

    of_f = why(traps.KINK_OF_F, 0.0)
    assert of_f.judgement == "lies between the slopes at a kink"
    assert "from −1 to 1 is a subgradient of f" in of_f.why
    of_h = why(traps.KINK_OF_H, 0.5)
    assert of_h.judgement.startswith("agrees with finite differences")
    # Of h(y) - x y at y = 0: -1 - x to 1 - x.
    assert "from −1.5 to 0.5, and 0 lies between" in of_h.why
