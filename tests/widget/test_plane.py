"""Two coordinates of a vector: what the page is told of the plane."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import traitlets
from scipy.stats import norm

import gradwidget as gw
from gradwidget import Verdict
from gradwidget.widget import protocol

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def ask(w: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Both parts of the plane, as a page gets them that asks."""
    before = len(w.comm.custom(protocol.PLANE))
    w.comm.receive(type="plane", view="v", seq=1)
    deadline = time.monotonic() + 60
    while len(w.comm.custom(protocol.PLANE)) < before + 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    found = [protocol.unpack(b[0]) for _, b in w.comm.custom(protocol.PLANE)[before:]]
    return {header["part"]: (header, arrays) for header, arrays in found}


def test_the_gradient_and_its_reference_are_arrows(make: Make, settle: Settle) -> None:
    w = make(gw.gallery()["banana"], x=[1.0, 2.0], plane=[1, 0])
    settle(w)
    header, arrays = protocol.unpack(w._frame)
    assert header["values"]["plane"] == [1, 0]
    across = 2 + 0.3 * (1 - 4)
    expected = [across, 1 / 4 + 2 * 0.3 * 1 * across]
    np.testing.assert_allclose(arrays["arrows.gradient"], expected, rtol=1e-12)
    np.testing.assert_allclose(arrays["arrows.reference"], expected, rtol=1e-12)


def test_both_parts_of_the_banana(make: Make, settle: Settle) -> None:
    w: Any = make(gw.gallery()["banana"])
    w.step(40)
    settle(w)
    parts = ask(w)
    header, field = parts["field"]
    assert header["values"]["plane"] == [0, 1]
    across, up = np.meshgrid(field["field.across"], field["field.up"])
    exact = across**2 / 8 + (up + 0.3 * (across**2 - 4)) ** 2 / 2
    np.testing.assert_allclose(field["field.value"], exact, rtol=1e-12, atol=1e-12)
    assert np.all(field["field.verdict"] == Verdict.agree)
    assert np.nanmax(field["field.rel_error"]) < 1e-9
    assert (across.min(), across.max()) == (-6, 6)

    _, density = parts["density"]
    x, marginal = density["marginals.x"][0], density["marginals.density"][0]
    np.testing.assert_allclose(marginal, norm.pdf(x, 0, 2), atol=1e-8)
    np.testing.assert_allclose(density["marginals.mean"], [0, 0], atol=1e-7)
    np.testing.assert_allclose(density["marginals.sd"], [2, np.sqrt(1 + 0.09 * 32)], rtol=1e-7)
    across, up = np.meshgrid(density["slice.across"], density["slice.up"])
    exact = across**2 / 8 + (up + 0.3 * (across**2 - 4)) ** 2 / 2
    np.testing.assert_allclose(density["slice.logdensity"], -exact, rtol=1e-12, atol=1e-12)

    _, told = protocol.unpack(w._chain)
    np.testing.assert_array_equal(told["plane.draws"], np.moveaxis(w.samples, -1, 1))
    np.testing.assert_allclose(told["plane.mean"], w.diagnostics.mean)
    np.testing.assert_array_equal(told["transition.plane"], w.last_step.path_position.T)


def test_two_of_three_coordinates(make: Make, settle: Settle) -> None:
    def curved(x: Any) -> Any:
        return jnp.sum(x**2) / 2 + x[0] * x[2]

    w: Any = make(
        gw.from_function(curved, dim=3, logdensity=lambda x, f: -jnp.sum(x**2)),
        x=[0.1, 0.2, 9.0],
        gradient_scale=0.5,
    )
    w.step(5)
    settle(w)
    w.comm.receive(type="change", view="v", seq=1, values={"plane": [2, 1]}, settled=True)
    settle(w)
    # The draws are told anew, in the other coordinates, though no draw is new.
    _, told = w.comm.draws()[-1]
    np.testing.assert_array_equal(told["plane.draws"], np.moveaxis(w.samples[..., [2, 1]], -1, 1))
    right = w._session.transition(w._snapshot(), gradient_scale=1.0)
    np.testing.assert_array_equal(told["right.plane"], right.last_step.path_position[:, [2, 1]].T)
    parts = ask(w)
    header, field = parts["field"]
    assert header["position"] == [0.1, 0.2, 9.0]
    # The range of x, widened to hold the point.
    low, high = field["field.across"][[0, -1]]
    assert low == w.problem.x.min
    assert high > 9.0
    across, up = np.meshgrid(field["field.across"], field["field.up"])
    exact = (0.01 + across**2 + up**2) / 2 + 0.1 * across
    np.testing.assert_allclose(field["field.value"], exact, rtol=1e-12)
    _, density = parts["density"]
    assert "marginals.x" not in density
    across, up = np.meshgrid(density["slice.across"], density["slice.up"])
    np.testing.assert_allclose(density["slice.logdensity"], -(0.01 + across**2 + up**2))
    assert across.min() < -2
    assert across.max() > 2


def test_a_scalar_and_one_component_have_no_plane(make: Make, settle: Settle) -> None:
    with pytest.raises(TypeError, match="plane"):
        gw.GradWidget(plane=[0, 1])
    w: Any = make(gw.from_function(lambda x: jnp.sum(x**2), dim=1))
    settle(w)
    assert not w.has_trait("plane")
    assert "arrows.gradient" not in protocol.unpack(w._frame)[1]
    w.comm.receive(type="plane", view="v", seq=1)
    w._planner.join(60)
    assert not w.comm.custom(protocol.PLANE)


@pytest.mark.parametrize("value", [[0], [0, 0], [0, 2], [-1, 0], [0.5, 1], "ab", None, [0, 1, 1]])
def test_a_bad_plane_says_what_is_allowed(make: Make, value: Any) -> None:
    w: Any = make(gw.gallery()["banana"])
    with pytest.raises(traitlets.TraitError, match="plane must be"):
        w.plane = value
    assert w.plane == [0, 1]


def test_it_gives_way_to_a_drag(make: Make, settle: Settle) -> None:
    w: Any = make(gw.gallery()["banana"])
    settle(w)
    w.comm.receive(type="change", view="v", seq=1, values={"bend": 0.5}, settled=False)
    w.comm.receive(type="plane", view="v", seq=2)
    time.sleep(0.5)
    assert not w.comm.custom(protocol.PLANE)
    w.comm.receive(type="change", view="v", seq=3, values={"bend": 0.6}, settled=True)
    deadline = time.monotonic() + 60
    while len(w.comm.custom(protocol.PLANE)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # What had begun goes on; the page knows for which inputs it was, and asks again.
    header, _ = protocol.unpack(w.comm.custom(protocol.PLANE)[0][1][0])
    assert header["values"]["bend"] == 0.5
