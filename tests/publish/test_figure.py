"""The still picture holds what the widget says, and pyplot knows of nothing."""

from __future__ import annotations

import base64
import io
import sys

import numpy as np
import pytest
from PIL import Image

import gradwidget as gw
from gradwidget.publish import png


@pytest.fixture(scope="module")
def wrong():
    """A gradient that is wrong, with draws."""
    w = gw.GradWidget(solver="bfgs", x=0.18, num_chains=2)
    w.run(40)
    yield w
    w.close()


@pytest.fixture(scope="module")
def vector():
    w = gw.GradWidget(gw.gallery()["banana"], direction=1)
    w.run(30)
    yield w
    w.close()


def by_title(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def test_it_shows_the_widgets_numbers(wrong):
    figure = wrong.figure()
    found, axes = wrong.inspection, by_title(figure)
    assert figure.get_suptitle() == "f′(0.18) = 0.4044 is wrong by 4.7 %"
    # The same number three times: where the inner problem is flat, as a slope, and as a height.
    assert axes["inner problem"].get_title(loc="right") == "y* = 0.4044"
    tangent = axes["value"].lines[-1]
    slope = np.diff(tangent.get_ydata()) / np.diff(tangent.get_xdata())
    assert slope[0] == pytest.approx(found.gradient, rel=1e-12)
    (x,), (height,) = axes["gradient"].lines[-1].get_data()
    assert (x, height) == (0.18, found.gradient)
    reference = axes["gradient"].lines[0]
    closed_form = np.sign(reference.get_xdata()) * np.sqrt(np.abs(reference.get_xdata()))
    np.testing.assert_allclose(reference.get_ydata(), closed_form, rtol=1e-12)


def test_it_shows_the_draws(wrong):
    (trace,) = (a for a in wrong.figure().axes if a.get_xlabel() == "draw")
    np.testing.assert_array_equal([line.get_ydata() for line in trace.lines], wrong.samples)
    assert trace.get_title(loc="left").startswith("40 draws by HMC, accepted 0.9")


def test_a_vector_is_drawn_along_its_line_and_without_an_inner_problem(vector):
    figure = vector.figure()
    axes = by_title(figure)
    assert "inner problem" not in axes
    assert axes["gradient"].get_xlabel() == "t, along coordinate 1 of x"
    (trace,) = (a for a in figure.axes if a.get_xlabel() == "draw")
    np.testing.assert_array_equal(trace.lines[0].get_ydata(), vector.samples[0, :, 1])
    # The density is a slice, which the draws do not follow.
    assert not figure.axes[-1].lines


def test_a_notebook_holds_the_picture_and_the_numbers(wrong):
    data, _ = wrong._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    picture = base64.b64decode(data["image/png"])
    assert len(picture) < 150_000
    with Image.open(io.BytesIO(picture)) as image:
        assert image.width > 1_000  # for a projector
        assert len(image.convert("RGB").getcolors()) > 10
    text = data["text/plain"]
    assert text.startswith("GradWidget(power, p=3.0, x=0.18)\nf′(0.18) = 0.4044 is wrong by 4.7 %.")
    (row,) = (line for line in text.splitlines() if line.startswith("closed form"))
    assert float(row.split()[3]) == pytest.approx(0.18**0.5, abs=1e-7)
    assert "40 draws by HMC" in text


def test_what_cannot_be_computed_leaves_the_widget_itself(wrong, monkeypatch):
    def fails(*_):
        raise FloatingPointError("nothing to see")

    monkeypatch.setattr("gradwidget.widget._still.shown", fails)
    data, _ = wrong._repr_mimebundle_()
    assert data["text/plain"] == repr(wrong)
    assert "image/png" not in data
    assert "application/vnd.jupyter.widget-view+json" in data


def test_pyplot_is_left_alone(vector):
    before = "matplotlib.pyplot" in sys.modules
    assert png(vector.figure()).startswith(b"\x89PNG")
    assert ("matplotlib.pyplot" in sys.modules) == before
