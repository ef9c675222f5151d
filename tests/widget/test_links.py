"""Several widgets linked to one p or x, as ipywidgets and traitlets link them."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import traitlets

import gradwidget as gw

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def test_two_widgets_share_what_traitlets_links(make: Make, settle: Settle) -> None:
    one, other = make(p=3, x=0.5), make(p=2, x=0.5)
    link = traitlets.link((one, "p"), (other, "p"))
    assert other.p == 3.0
    other.p = 1.5
    assert one.inspection.gradient == other.inspection.gradient
    # A hand that drags in one page moves the other widget's.
    one.comm.receive(type="change", values={"p": 2.5}, settled=False, view="v", seq=1)
    one.comm.receive(type="change", values={"p": 2.0}, settled=True, view="v", seq=2)
    settle(other)
    assert (one.p, other.p) == (2.0, 2.0)
    assert other.comm.states("p")[-1] == 2.0
    header, _ = other.comm.frames()[-1]
    assert header["values"]["p"] == 2.0
    # What is refused moves neither.
    one.comm.receive(type="change", values={"p": 0.5}, settled=True, view="v", seq=3)
    assert (one.p, other.p) == (2.0, 2.0)
    link.unlink()
    one.p = 4
    assert other.p == 2.0


def test_a_slider_of_ipywidgets_and_observers_follow(make: Make) -> None:
    w = make(p=3, x=0.5)
    seen: list[float] = []
    w.observe(lambda change: seen.append(change["new"]), names="x")
    slider = ipywidgets.FloatSlider(value=0.2, min=-1, max=1)
    ipywidgets.link((slider, "value"), (w, "x"))
    slider.value = 0.25
    w.x = -0.75
    assert (slider.value, seen) == (-0.75, [0.2, 0.25, -0.75])
    # jslink wants the names of synced traits, and the page does the rest.
    link = ipywidgets.jslink((slider, "value"), (w, "p"))
    assert (link.source[1], link.target[1]) == ("value", "p")
    assert "p" in w.keys
